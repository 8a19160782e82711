// Requests through Envoy for tests: chat bodies, an asking that takes any bytes, and what came of it.
import { createHash } from "node:crypto";
import type { Echo } from "./stand-ins.ts";

export interface Answer {
  readonly status: number;
  readonly tier: string | null; // the one decided; null: Envoy had no decision
  readonly servedBy: string | null;
  readonly attempts: number; // 0 when the answer is Envoy's own
  readonly echo: Echo; // what the server that answered says it received
}

export type Body = string | Uint8Array<ArrayBuffer> | undefined;
export type Headers = Readonly<Record<string, string>>;

/** A chat body of one user message. `fields` come first, as most clients write `model`. */
export function chat(content: unknown, fields: object = {}): string {
  return JSON.stringify({ ...fields, messages: [{ role: "user", content }] });
}

/** A chat body of exactly `bytes` bytes, with a `model` in front and no keyword in it: it is strong for its length alone. */
export function chatOfBytes(bytes: number): string {
  const frame = chat("", { model: "glm-5", temperature: 0.7 }).length;
  return chat("lorem ip ".repeat(bytes / 9 + 1).slice(0, bytes - frame), { model: "glm-5", temperature: 0.7 });
}

/** A body as it must arrive when `model` is its first member and is dropped: cut from the text, never re-serialised. */
export function withoutFirstModel(body: string): string {
  return body.replace(/^\{"model":"[^"]*",/, "{");
}

/** POSTs a body with its content-length and reads the stand-in's echo. */
export async function ask(url: string, body: Body, headers: Headers = {}): Promise<Answer> {
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: body === undefined ? "GET" : "POST",
    headers: { "content-type": "application/json", "x-stand-in-echo": "1", ...headers },
    ...(body === undefined ? {} : { body }),
  });
  return read(response);
}

/** The same without a content-length: the body is sent in chunks. */
export async function askChunked(url: string, body: string | Uint8Array, headers: Headers = {}): Promise<Answer> {
  const bytes = Buffer.from(body);
  const stream = new ReadableStream({
    start(controller) {
      for (let at = 0; at < bytes.length; at += 100_000) controller.enqueue(new Uint8Array(bytes.subarray(at, at + 100_000)));
      controller.close();
    },
  });
  const init: RequestInit & { duplex: "half" } = {
    method: "POST",
    headers: { "content-type": "application/json", "x-stand-in-echo": "1", ...headers },
    body: stream,
    duplex: "half",
  };
  return read(await fetch(`${url}/v1/chat/completions`, init));
}

/** What came of a body sent to any path, and the body as the stand-in received it. */
export interface Posted {
  readonly tier: string | null;
  readonly servedBy: string | null;
  readonly received: string;
}

/** POSTs a body to a path and has the stand-in send it back. */
export async function post(url: string, path: string, body: string, headers: Headers = {}): Promise<Posted> {
  const response = await fetch(`${url}${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-stand-in-echo": "body", ...headers },
    body,
  });
  const received = await response.text();
  if (response.status !== 200) throw new Error(`${response.status}: ${received}`);
  return { tier: response.headers.get("x-sluice-tier"), servedBy: response.headers.get("x-stand-in"), received };
}

async function read(response: Response): Promise<Answer> {
  const text = await response.text();
  if (response.status !== 200) throw new Error(`${response.status}: ${text}`);
  return {
    status: response.status,
    tier: response.headers.get("x-sluice-tier"),
    servedBy: response.headers.get("x-stand-in"),
    attempts: Number(response.headers.get("x-envoy-attempt-count") ?? 0),
    echo: JSON.parse(text) as Echo,
  };
}

/** What of an answer says how the request was routed. */
export function routed({ tier, servedBy, echo }: Answer) {
  return { tier, servedBy, reason: echo.headers["x-sluice-reason"] };
}

/** The body a server received, as far as an echo tells. */
export function received({ echo }: Answer) {
  return { bytes: echo.bytes, sha256: echo.sha256 };
}

/** What `received` is for these bytes. */
export function bytesOf(body: string | Uint8Array) {
  return { bytes: Buffer.byteLength(body), sha256: createHash("sha256").update(body).digest("hex") };
}
