// Certificates for tests: a CA of their own, and what it signs. Keys are made by Node, since the library takes seconds for one.
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import forge from "node-forge";
import type { TlsIdentity } from "../../src/tls.ts";

export interface Pair {
  readonly cert: string; // PEM, as is the next
  readonly key: string;
}

export interface Issued {
  readonly name: string; // the subject's, and its DNS name
  readonly usage?: "server" | "client"; // server when not given; it is good for 127.0.0.1 and localhost, too
  readonly from?: Date; // a minute ago when not given
  readonly until?: Date; // a day from now when not given
}

export interface TestCa {
  readonly cert: string;
  issue(what: Issued): Pair;
}

interface Signer {
  readonly subject: forge.pki.CertificateField[];
  readonly key: forge.pki.rsa.PrivateKey;
}

const DAY_MS = 86_400_000;

function newKey(): { readonly pem: string; readonly publicKey: forge.pki.rsa.PublicKey; readonly key: forge.pki.rsa.PrivateKey } {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const pem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  const key = forge.pki.privateKeyFromPem(pem);
  return { pem, key, publicKey: forge.pki.setRsaPublicKey(key.n, key.e) };
}

function signed(publicKey: forge.pki.rsa.PublicKey, subject: Signer["subject"], by: Signer, extensions: object[], times: Partial<Issued>) {
  const certificate = forge.pki.createCertificate();
  certificate.publicKey = publicKey;
  certificate.serialNumber = `01${randomBytes(15).toString("hex")}`;
  certificate.validity.notBefore = times.from ?? new Date(Date.now() - 60_000);
  certificate.validity.notAfter = times.until ?? new Date(Date.now() + DAY_MS);
  certificate.setSubject(subject);
  certificate.setIssuer(by.subject);
  certificate.setExtensions(extensions);
  certificate.sign(by.key, forge.md.sha256.create());
  return forge.pki.certificateToPem(certificate);
}

export function newCa(name = "Test CA", times: Pick<Issued, "from" | "until"> = {}): TestCa {
  const { key, publicKey } = newKey();
  const subject = [{ name: "commonName", value: name }];
  const usages = [
    { name: "basicConstraints", cA: true, critical: true },
    { name: "keyUsage", keyCertSign: true, cRLSign: true, critical: true },
    { name: "subjectKeyIdentifier" },
  ];
  return {
    cert: signed(publicKey, subject, { subject, key }, usages, { until: new Date(Date.now() + 30 * DAY_MS), ...times }),
    issue(what) {
      const own = newKey();
      const usage = what.usage ?? "server";
      const names =
        usage === "client"
          ? []
          : [
              { type: 2, value: "localhost" },
              { type: 7, ip: "127.0.0.1" },
            ];
      const extensions = [
        { name: "keyUsage", digitalSignature: true, keyEncipherment: true, critical: true },
        { name: "extKeyUsage", serverAuth: usage === "server", clientAuth: usage === "client" },
        { name: "subjectAltName", altNames: [{ type: 2, value: what.name }, ...names] },
      ];
      const named = [{ name: "commonName", value: what.name }];
      return { cert: signed(own.publicKey, named, { subject, key }, extensions, what), key: own.pem };
    },
  };
}

export interface CertificateFolder {
  readonly folder: string;
  readonly certFile: string; // as cert-manager calls them: tls.crt, tls.key, ca.crt
  readonly keyFile: string;
  readonly clientCaFile: string;
  remove(): void;
}

/** A folder with what a secret of cert-manager holds. */
export function certificateFolder(pair: Pair, ca: string): CertificateFolder {
  const folder = mkdtempSync(join(tmpdir(), "sluice-tls-"));
  const [certFile, keyFile, clientCaFile] = ["tls.crt", "tls.key", "ca.crt"].map((name) => join(folder, name)) as [string, string, string];
  writeFileSync(certFile, pair.cert);
  writeFileSync(keyFile, pair.key);
  writeFileSync(clientCaFile, ca);
  return { folder, certFile, keyFile, clientCaFile, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** For a server in the test's own process. */
export function identityOf({ cert, key }: Pair, clientCa?: string): TlsIdentity {
  return { cert, key, clientCa };
}
