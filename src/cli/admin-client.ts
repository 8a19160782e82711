// Asks a running sluice's admin port, over TCP or a Unix socket, with TLS where it has it.
import { readFileSync } from "node:fs";
import { request } from "node:http";
import { request as requestOverTls } from "node:https";
import { json, text } from "node:stream/consumers";
import type { Command } from "commander";
import { type ErrorDetails, SluiceError } from "../errors.ts";

const TIMEOUT_MS = 5000;
const UNIX = "unix:";
const MAX_SAID = 300; // characters of why it refuses

/** For a port with TLS; files of PEM. */
export interface AdminTlsOptions {
  readonly ca?: string; // beside none of the system's: it alone is trusted
  readonly cert?: string; // for a port that asks its clients for one
  readonly key?: string;
}

export interface AdminOptions extends AdminTlsOptions {
  readonly admin: string;
}

const DEFAULT_ADMIN = "http://127.0.0.1:9003";

/** Adds the options of `AdminOptions`, for a command that asks a running sluice. */
export function withAdminOptions(command: Command): Command {
  return command
    .option("--admin <url>", "its admin port: a URL, host:port, or unix:/path", DEFAULT_ADMIN)
    .option("--ca <file>", "the CA of its certificate, where it has TLS (https://)")
    .option("--cert <file>", "a certificate to bring, where it asks for one")
    .option("--key <file>", "the private key of that certificate");
}

/** As `request` of node:https takes them. */
export type AdminTls = Readonly<Partial<Record<"ca" | "cert" | "key", Buffer>>>;

/** Reads the files. Throws `admin-tls-files`. */
export function adminTls({ ca, cert, key }: AdminTlsOptions): AdminTls {
  if ((cert === undefined) !== (key === undefined)) throw new SluiceError("admin-tls-files", "--cert and --key go together");
  const given = Object.entries({ ca, cert, key }).flatMap(([name, file]) =>
    file === undefined ? [] : [[name, contentOf(name, file)] as const],
  );
  return Object.fromEntries(given);
}

function contentOf(option: string, file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new SluiceError("admin-tls-files", `--${option} ${file}: cannot be read`, { cause: error });
  }
}

export interface Told {
  readonly path: string;
  readonly body: object;
  readonly token: string | undefined;
}

/** POSTs JSON and gives what is answered. Throws as `askAdmin` does, and `admin-refused` with the port's own words. */
export async function tellAdmin(admin: string, told: Told, tls: AdminTls = {}): Promise<unknown> {
  const { status, said } = await sendAdmin(admin, told, tls);
  if (status === 200) return said;
  throw new SluiceError("admin-refused", refusal(said) ?? `${admin}: status ${status}`);
}

/** In the port's own words. */
export function refusal(said: unknown): string | undefined {
  const { error } = said as { readonly error?: { readonly message?: string } };
  return error?.message?.slice(0, MAX_SAID);
}

/** Likewise, whatever the status is; it does not throw `admin-refused`. */
export async function sendAdmin(
  admin: string,
  { path, body, token }: Told,
  tls: AdminTls = {},
): Promise<{ readonly status: number; readonly said: unknown }> {
  const text = JSON.stringify(body);
  const { socketPath, url } = target(admin, path);
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(text), ...authorization };
  const options = { method: "POST", timeout: TIMEOUT_MS, headers, ...tls, ...(socketPath === undefined ? {} : { socketPath }) };
  const ask = url.protocol === "https:" ? requestOverTls : request;
  return new Promise<{ readonly status: number; readonly said: unknown }>((resolve, reject) => {
    const asked = ask(url, options, (response) => {
      json(response).then((said) => resolve({ status: response.statusCode ?? 0, said }), reject);
    });
    asked.on("timeout", () => asked.destroy(new Error(`nothing within ${TIMEOUT_MS / 1000} s`)));
    asked.on("error", (error: NodeJS.ErrnoException) => reject(error.code === "ECONNREFUSED" ? new Error("nothing listens there") : error));
    asked.end(text);
  }).catch((error: unknown) => {
    throw adminError(admin, error);
  });
}

/** GETs JSON. `admin`: a URL, host:port, or unix:/path. Throws `admin-unreachable`, `admin-not-trusted` and `admin-tls-files`. */
export async function askAdmin(admin: string, path: string, tls: AdminTls = {}): Promise<unknown> {
  try {
    return await get(admin, path, tls);
  } catch (error) {
    throw adminError(admin, error);
  }
}

function adminError(admin: string, cause: unknown): SluiceError {
  const { code = "", message } = cause as NodeJS.ErrnoException;
  const unreachable = (details: ErrorDetails) =>
    new SluiceError("admin-unreachable", `${admin}: no answer from the admin port of sluice`, details);
  if (/alert certificate required|alert handshake failure/.test(message))
    return unreachable({
      cause: new Error("it asks for a certificate"),
      hint: "Give --cert FILE and --key FILE, a certificate it trusts.",
    });
  if (/wrong version number|packet length too long/.test(message))
    return unreachable({ cause: new Error("it does not speak TLS"), hint: "Write http:// in place of https://." });
  if (NOT_TRUSTED.test(code)) return new SluiceError("admin-not-trusted", `${admin}: its certificate is not trusted here`, { cause });
  if (/^ERR_OSSL/.test(code)) return new SluiceError("admin-tls-files", "--ca, --cert or --key: TLS does not take it", { cause });
  return unreachable(code === "ECONNRESET" ? { cause, hint: TRY_TLS } : { cause });
}

const NOT_TRUSTED = /^(?:CERT_|ERR_TLS_CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|INVALID_CA|INVALID_PURPOSE|HOSTNAME_MISMATCH)/;
const TRY_TLS = "Where it has TLS (listen.adminTls) write https:// in front, and give its CA with --ca FILE.";

function get(admin: string, path: string, tls: AdminTls): Promise<unknown> {
  const { socketPath, url } = target(admin, path);
  const ask = url.protocol === "https:" ? requestOverTls : request;
  return new Promise((resolve, reject) => {
    const asked = ask(url, { timeout: TIMEOUT_MS, ...tls, ...(socketPath === undefined ? {} : { socketPath }) }, (response) => {
      if (response.statusCode === 200) return void json(response).then(resolve, reject);
      const refused = (why: string) => reject(new Error(`it answered ${path} with status ${response.statusCode}: ${why}`));
      if (response.statusCode === 403) return void text(response).then((said) => refused(said.slice(0, MAX_SAID).trim()), reject);
      response.resume();
      refused("is it sluice?");
    });
    asked.on("timeout", () => asked.destroy(new Error(`nothing within ${TIMEOUT_MS / 1000} s`)));
    asked.on("error", (error: NodeJS.ErrnoException) => reject(error.code === "ECONNREFUSED" ? new Error("nothing listens there") : error));
    asked.end();
  });
}

function target(admin: string, path: string): { readonly socketPath: string | undefined; readonly url: URL } {
  if (admin.startsWith(UNIX)) return { socketPath: admin.slice(UNIX.length), url: new URL(path, "http://localhost") };
  return { socketPath: undefined, url: new URL(path, admin.includes("://") ? admin : `http://${admin}`) };
}
