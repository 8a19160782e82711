// Reads the certificate, key and clients' CA that a port is to have, and judges whether they will do. What it says of a file that will not
// is for the operator: which file, what is wrong with it.
import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { createSecureContext } from "node:tls";
import { type ErrorCode, SluiceError } from "../errors.ts";
import { secureContextOf, type TlsIdentity } from "../tls.ts";
import { readBounded, type Trouble } from "./bounded-file.ts";

/** As in the configuration. */
export interface CertificateFiles {
  readonly certFile: string;
  readonly keyFile: string;
  readonly clientCaFile?: string | undefined;
}

export interface Certificate {
  readonly identity: TlsIdentity;
  readonly expiresAt: Date; // from then on it does not serve any more: the first of its chain, or the last CA, has expired
}

/** `fingerprint` is another where any of the files is. */
export type CertificateRead = { readonly fingerprint: string } & (
  | { readonly kind: "usable"; readonly certificate: Certificate }
  | { readonly kind: "unusable"; readonly error: SluiceError }
);

const MAX_BYTES = 1 << 20;
const PEM_CERTIFICATE = /-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----/;
const PEM_CERTIFICATES = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;
const PEM_KEY = /-----BEGIN [A-Z ]*PRIVATE KEY-----/;
const ENCRYPTED_KEY = /-----BEGIN ENCRYPTED PRIVATE KEY-----|Proc-Type: 4,ENCRYPTED/;

/** `key`: where the files stand in the configuration, `listen.tls`. Throws `tls-…` errors. */
export async function loadCertificate(key: string, files: CertificateFiles, now = new Date()): Promise<Certificate> {
  const read = await readCertificate(key, files, now);
  if (read.kind === "unusable") throw read.error;
  return read.certificate;
}

/** As `loadCertificate`, for who looks again later. */
export async function readCertificate(key: string, files: CertificateFiles, now: Date): Promise<CertificateRead> {
  const named = { certFile: files.certFile, keyFile: files.keyFile, clientCaFile: files.clientCaFile };
  const texts: Partial<Record<keyof CertificateFiles, PemFile>> = {};
  const identities: string[] = [];
  const troubles: SluiceError[] = [];
  for (const name of ["certFile", "keyFile", "clientCaFile"] as const) {
    const path = named[name];
    if (path === undefined) continue;
    const where = `${key}.${name}: ${path}`;
    const found = await readBounded(path, MAX_BYTES, "files");
    identities.push(found.identity);
    if (found.kind === "trouble") troubles.push(unreadable(where, found.trouble));
    else texts[name] = { where, text: found.bytes.toString("latin1") };
  }
  const fingerprint = identities.join(" ");
  const [trouble] = troubles;
  if (trouble !== undefined) return { kind: "unusable", fingerprint, error: trouble };
  try {
    return { kind: "usable", fingerprint, certificate: judged(texts, now) };
  } catch (error) {
    if (error instanceof SluiceError) return { kind: "unusable", fingerprint, error };
    throw error;
  }
}

interface PemFile {
  readonly where: string; // key and path, for messages
  readonly text: string;
}

function judged({ certFile, keyFile, clientCaFile }: Partial<Record<keyof CertificateFiles, PemFile>>, now: Date): Certificate {
  if (certFile === undefined || keyFile === undefined) throw new Error("a certificate's files were not read");
  const chain = certificatesIn(certFile);
  const key = privateKeyIn(keyFile);
  const [leaf] = chain;
  if (leaf?.checkPrivateKey(key) === false)
    throw new SluiceError("tls-key-mismatch", `${keyFile.where}: not the key of the certificate in ${certFile.where}`);
  for (const each of chain) requireCurrent(certFile.where, each, now);
  const clientCas = clientCaFile === undefined ? [] : certificatesIn(clientCaFile);
  const lastCa = clientCas.toSorted((one, other) => other.validToDate.getTime() - one.validToDate.getTime())[0];
  if (clientCaFile !== undefined && lastCa !== undefined) requireCurrent(clientCaFile.where, lastCa, now);
  const identity = { cert: certFile.text, key: keyFile.text, clientCa: clientCaFile?.text };
  try {
    createSecureContext(secureContextOf(identity));
  } catch (error) {
    throw new SluiceError("tls-file-invalid", `${certFile.where}: not taken by TLS with the key in ${keyFile.where}`, { cause: error });
  }
  const ends = [...chain, ...(lastCa === undefined ? [] : [lastCa])].map(({ validToDate }) => validToDate.getTime());
  return { identity, expiresAt: new Date(Math.min(...ends)) };
}

/** At least one, the server's first. */
function certificatesIn({ where, text }: PemFile): readonly X509Certificate[] {
  const blocks = text.match(PEM_CERTIFICATES) ?? [];
  if (text.trim() === "") throw invalid(where, "is empty: it may be in the middle of being written");
  if (!PEM_CERTIFICATE.test(text)) {
    throw invalid(where, PEM_KEY.test(text) ? "holds a private key, and no certificate" : "holds no certificate in PEM");
  }
  if (blocks.length < (text.match(/-----BEGIN CERTIFICATE-----/g)?.length ?? 0) || blocks.length === 0) {
    throw invalid(where, "a certificate in it has no end: it may be in the middle of being written");
  }
  return blocks.map((block, at) => {
    try {
      return new X509Certificate(block);
    } catch (error) {
      throw invalid(where, `its certificate number ${at + 1} cannot be read`, error);
    }
  });
}

function privateKeyIn({ where, text }: PemFile): KeyObject {
  if (text.trim() === "") throw invalid(where, "is empty: it may be in the middle of being written");
  if (ENCRYPTED_KEY.test(text)) throw new SluiceError("tls-key-encrypted", `${where}: the private key in it is encrypted`);
  if (!PEM_KEY.test(text)) {
    throw invalid(where, PEM_CERTIFICATE.test(text) ? "holds a certificate, and no private key" : "holds no private key in PEM");
  }
  try {
    return createPrivateKey(text);
  } catch (error) {
    throw invalid(where, "the private key in it cannot be read", error);
  }
}

function requireCurrent(where: string, { subject, validFromDate, validToDate }: X509Certificate, now: Date): void {
  const name = subject?.replaceAll("\n", ", ") || "without a subject";
  if (validToDate <= now) throw notCurrent(`${where}: the certificate ${name} expired at ${validToDate.toISOString()}`);
  if (validFromDate > now) throw notCurrent(`${where}: the certificate ${name} is not valid before ${validFromDate.toISOString()}`);
}

function notCurrent(message: string): SluiceError {
  return new SluiceError("tls-certificate-expired", message);
}

function invalid(where: string, what: string, cause?: unknown): SluiceError {
  return new SluiceError("tls-file-invalid", `${where}: ${what}`, { cause });
}

function unreadable(where: string, trouble: Trouble): SluiceError {
  const code: ErrorCode = "tls-file-unreadable";
  switch (trouble.what) {
    case "absent":
      return new SluiceError(code, `${where}: ${trouble.dangling ? "a symbolic link that leads to no file" : "no such file"}`);
    case "folder":
    case "no-file":
      return new SluiceError(code, `${where}: is ${trouble.what === "folder" ? "a folder" : "no file"}`);
    case "too-large":
      return new SluiceError(code, `${where}: ${trouble.bytes} bytes; at most ${trouble.maxBytes} are possible`);
    case "unreadable":
      return new SluiceError(code, `${where}: cannot be read`, { cause: trouble.cause });
    default:
      return trouble satisfies never;
  }
}
