// The page and its questions over HTTP, for one person on this machine: everything stands under a path that nobody can guess, is asked by
// loopback's names alone (a page from anywhere can have its own name resolve to this machine), and is written by our own page only.
import { randomBytes, timingSafeEqual } from "node:crypto";
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { describe } from "../../errors.ts";
import type { Desk } from "./desk.ts";
import { labelPage } from "./page.ts";

const MAX_BODY_BYTES = 64 * 1024; // a note has room
const NAMES = ["127.0.0.1", "localhost", "[::1]"];

interface Reply {
  readonly status: number;
  readonly type: "text/html" | "text/plain" | "application/json";
  readonly body: string;
  readonly policy?: string; // for the page
}

/** A word for the path, of 128 bits. */
export function newToken(): string {
  return randomBytes(16).toString("base64url");
}

/** `onTrouble`: what the person at the page is told, for the terminal too. */
export function deskListener(desk: Desk, token: string, onTrouble: (message: string) => void): RequestListener {
  return (request, response) => {
    answer(desk, token, request).then(
      (reply) => send(request, response, reply),
      (error: unknown) => {
        onTrouble(describe(error));
        send(request, response, failure(500, describe(error).split("\n", 1)[0] ?? ""));
      },
    );
  };
}

async function answer(desk: Desk, token: string, request: IncomingMessage): Promise<Reply> {
  if (!isOwnName(request.headers.host)) return failure(403, "this page is asked for by 127.0.0.1 or localhost only");
  const [, given = "", path = ""] = /^\/([^/?]*)\/([^?]*)/.exec(request.url ?? "") ?? [];
  if (!isSame(given, token)) return failure(404, "not found: open the address that `sluice label` printed, all of it");
  if (request.method === "POST") return write(desk, path, request);
  if (request.method !== "GET" && request.method !== "HEAD") return failure(405, "only GET and POST are understood");
  if (path === "") return page(desk);
  if (path === "state") return json(desk.state());
  const [, at] = /^rows\/(\d{1,6})$/.exec(path) ?? [];
  const row = at === undefined ? undefined : desk.row(Number(at));
  return row === undefined ? failure(404, "there is no such row") : json(row);
}

/** The browser names the origin of a page with every write; a page of another origin cannot send JSON without being asked first. */
async function write(desk: Desk, path: string, request: IncomingMessage): Promise<Reply> {
  const { origin, host = "", "content-type": type = "" } = request.headers;
  if (origin !== undefined && origin !== `http://${host}`) return failure(403, "pages of another origin may not write");
  if (!/^application\/json\s*(?:;|$)/i.test(type)) return failure(415, "content-type must be application/json");
  const body = await bodyOf(request);
  if (body === undefined) return failure(413, `a note has at most ${MAX_BODY_BYTES / 1024} KiB`);
  if (path === "undo") return json((await desk.takeBack()) ?? desk.state());
  if (path !== "labels") return failure(404, "labels go to labels or undo");
  const { at, choice, note } = membersOf(body);
  if (typeof at !== "number" || typeof choice !== "string" || typeof note !== "string") {
    return failure(400, "expected {at, choice, note}: a row's place, what was chosen, a text");
  }
  const state = await desk.say(at, choice, note);
  return state === undefined ? failure(400, "no such row, or not one of its choices") : json(state);
}

function membersOf(body: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function isOwnName(host: string | undefined): boolean {
  return host !== undefined && NAMES.includes(host.toLowerCase().replace(/:\d*$/, ""));
}

function isSame(given: string, token: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(token)];
  return a.length === b.length && timingSafeEqual(a, b);
}

/** Undefined: too long. */
async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of request as AsyncIterable<Buffer>) {
    bytes += piece.length;
    if (bytes <= MAX_BODY_BYTES) pieces.push(piece);
  }
  return bytes > MAX_BODY_BYTES ? undefined : Buffer.concat(pieces).toString();
}

/** Only what we wrote may run or be drawn, whatever a prompt holds. */
function page(desk: Desk): Reply {
  const nonce = randomBytes(16).toString("base64url");
  const sources = `script-src 'nonce-${nonce}'; style-src 'nonce-${nonce}'; connect-src 'self'; img-src data:`;
  const policy = `default-src 'none'; ${sources}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;
  return { status: 200, type: "text/html", body: labelPage(desk.state().by, nonce), policy };
}

function json(value: unknown): Reply {
  return { status: 200, type: "application/json", body: JSON.stringify(value) };
}

function failure(status: number, message: string): Reply {
  return { status, type: "text/plain", body: `${message}\n` };
}

function send(request: IncomingMessage, response: ServerResponse, { status, type, body, policy }: Reply): void {
  response.writeHead(status, {
    "content-type": `${type}; charset=utf-8`,
    "content-length": Buffer.byteLength(body),
    "cache-control": "no-store",
    "content-security-policy": policy ?? "default-src 'none'; frame-ancestors 'none'",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
  });
  response.end(request.method === "HEAD" ? undefined : body);
  request.resume(); // a body nobody asked for must not keep the connection
}
