// Listen addresses as the configuration spells them, and what a failure to listen on one means to the user. Shared by every server.
import { lstatSync, statSync, unlinkSync } from "node:fs";
import { connect } from "node:net";
import { dirname } from "node:path";
import { type ErrorCode, SluiceError } from "./errors.ts";

export type ListenAddress =
  | { readonly kind: "tcp"; readonly host: string; readonly port: number } // port 0 takes a free one
  | { readonly kind: "unix"; readonly path: string };

const MAX_SOCKET_PATH_BYTES = 107; // sun_path of Linux, without its terminating zero

/** Reads `host:port`, `[IPv6]:port` or `unix:/path`. Throws `listen-invalid`. */
export function parseListenAddress(text: string): ListenAddress {
  const read = readAddress(text);
  if (typeof read === "string") throw new SluiceError("listen-invalid", `listen address ${JSON.stringify(text)}: ${read}`);
  return read;
}

/** What is wrong with an address, as the end of a sentence; undefined when nothing is. */
export function listenAddressProblem(text: string): string | undefined {
  const read = readAddress(text);
  return typeof read === "string" ? read : undefined;
}

export function formatListenAddress(address: ListenAddress): string {
  if (address.kind === "unix") return `unix:${address.path}`;
  return address.host.includes(":") ? `[${address.host}]:${address.port}` : `${address.host}:${address.port}`;
}

function readAddress(text: string): ListenAddress | string {
  if (text.startsWith("unix:")) return readSocketPath(text.slice("unix:".length).replace(/^\/\/(?=\/)/, ""));
  const match = /^(?:\[(?<ipv6>[0-9A-Fa-f:.]+)\]|(?<host>[A-Za-z0-9._-]*)):(?<port>[0-9]{1,5})$/.exec(text);
  if (!match?.groups) return "must be host:port, [IPv6]:port or unix:/path";
  const { ipv6, host, port } = match.groups;
  if (Number(port) > 65535) return "the port must be 0 to 65535";
  const name = ipv6 ?? host;
  return name === undefined || name === ""
    ? `the host is missing; 0.0.0.0:${port} listens on every interface`
    : { kind: "tcp", host: name, port: Number(port) };
}

function readSocketPath(path: string): ListenAddress | string {
  if (path === "") return "the path of the socket is missing";
  const bytes = Buffer.byteLength(path);
  return bytes > MAX_SOCKET_PATH_BYTES
    ? `the socket's path has ${bytes} bytes; at most ${MAX_SOCKET_PATH_BYTES} work`
    : { kind: "unix", path };
}

/**
 * To be called before listening. Removes the socket file of a server that is gone; one where somebody still listens is `listen-in-use`, and
 * anything else at the path, or no directory for it, is `listen-bad-path`. TCP addresses need nothing.
 */
export async function claimListenAddress(address: ListenAddress): Promise<void> {
  if (address.kind === "tcp") return;
  const shown = formatListenAddress(address);
  // Asked here because libuv reports a missing directory as EACCES.
  if (!statSync(dirname(address.path), { throwIfNoEntry: false })?.isDirectory()) {
    throw new SluiceError("listen-bad-path", `${shown}: the directory does not exist`);
  }
  const there = lstatSync(address.path, { throwIfNoEntry: false });
  if (there === undefined) return;
  if (!there.isSocket()) throw new SluiceError("listen-bad-path", `${shown}: something that is not a socket is there`);
  if (await isListenedTo(address.path)) throw new SluiceError("listen-in-use", `${shown}: another process listens there`);
  unlinkSync(address.path);
}

function isListenedTo(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    // Refused: nobody holds the file any more. Every other error (full backlog, no permission) may be a live server: leave it alone.
    socket.once("error", (error: NodeJS.ErrnoException) => resolve(error.code !== "ECONNREFUSED" && error.code !== "ENOENT"));
  });
}

const LISTEN_ERRORS: Readonly<Record<string, readonly [code: ErrorCode, what: string]>> = {
  EADDRINUSE: ["listen-in-use", "another process listens there"],
  EACCES: ["listen-not-permitted", "this user may not listen there"],
  EPERM: ["listen-not-permitted", "this user may not listen there"],
  EADDRNOTAVAIL: ["listen-no-address", "not an address of this machine"],
  ENOTFOUND: ["listen-no-address", "the host name is not known"],
  EAI_AGAIN: ["listen-no-address", "the host name is not known"],
  ENOENT: ["listen-bad-path", "the directory does not exist"],
  ENOTDIR: ["listen-bad-path", "the directory does not exist"],
};

/** What a failed `listen` means. Also reads errors that name the system's code only in their message, as gRPC's do. */
export function listenError(address: ListenAddress, error: unknown): SluiceError {
  if (error instanceof SluiceError) return error;
  const shown = formatListenAddress(address);
  const known = LISTEN_ERRORS[systemErrorName(error)];
  if (known === undefined) return new SluiceError("listen-failed", `${shown}: cannot listen there`, { cause: error });
  const [code, what] = known;
  return new SluiceError(code, `${shown}: ${what}`);
}

function systemErrorName(error: unknown): string {
  if (!(error instanceof Error)) return "";
  const { code } = error as NodeJS.ErrnoException;
  return typeof code === "string" ? code : (Object.keys(LISTEN_ERRORS).find((name) => error.message.includes(name)) ?? "");
}
