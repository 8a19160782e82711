// The certificates that servers with https are verified against: the operating system's, or those SSL_CERT_FILE names, or else Node's own.
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { rootCertificates } from "node:tls";

const SYSTEM_BUNDLES = [
  "/etc/ssl/certs/ca-certificates.crt", // Debian, Ubuntu, Alpine, Arch
  "/etc/pki/tls/certs/ca-bundle.crt", // Fedora, Red Hat
  "/etc/ssl/ca-bundle.pem", // SUSE
  "/etc/ssl/cert.pem", // macOS, BSD
];

/** Path of the system's PEM bundle, or the one that SSL_CERT_FILE names. */
export function systemCaFile(env: NodeJS.ProcessEnv): string | undefined {
  return env["SSL_CERT_FILE"] ?? SYSTEM_BUNDLES.find((path) => existsSync(path));
}

/** Path of a PEM bundle. Where the system has none, Node's is written to `folder`. */
export function caFile(env: NodeJS.ProcessEnv, folder: string): string {
  const chosen = systemCaFile(env);
  if (chosen !== undefined) return chosen;
  const path = join(folder, "ca-certificates.pem");
  writeFileSync(path, rootCertificates.join("\n"));
  return path;
}
