// Langfuse's public API, read page by page: its own time-outs and limits are waited out, what will not change is told at once.
import { setTimeout as wait } from "node:timers/promises";
import { SluiceError } from "../../errors.ts";
import { isObject } from "../dataset/messages.ts";

export interface LangfuseAccess {
  readonly url: string; // of the server, without a path
  readonly publicKey: string;
  readonly secretKey: string;
}

export interface PageWaits {
  readonly firstWaitMs: number; // doubled with every try
  readonly mostWaitMs: number;
  readonly tries: number;
  readonly timeoutMs: number; // of one try
}

export const PAGE_WAITS: PageWaits = { firstWaitMs: 500, mostWaitMs: 60_000, tries: 8, timeoutMs: 120_000 };

export interface Page {
  readonly items: readonly Readonly<Record<string, unknown>>[];
  readonly cursor: string | undefined; // of the next; undefined: this is the last
}

/** Throws `langfuse-refused` and `langfuse-unreachable`. */
export async function langfusePage(
  access: LangfuseAccess,
  path: string,
  query: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal,
  waits: PageWaits = PAGE_WAITS,
): Promise<Page> {
  const url = new URL(path, access.url.endsWith("/") ? access.url : `${access.url}/`);
  for (const [name, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(name, value);
  return pageOf(await answered(access, { url, path, body: undefined }, signal, waits));
}

/** Sends one thing. Throws likewise. */
export async function langfuseSend(
  access: LangfuseAccess,
  path: string,
  body: object,
  signal: AbortSignal,
  waits: PageWaits = PAGE_WAITS,
): Promise<void> {
  const url = new URL(path, access.url.endsWith("/") ? access.url : `${access.url}/`);
  await answered(access, { url, path, body: JSON.stringify(body) }, signal, waits);
}

interface Call {
  readonly url: URL;
  readonly path: string;
  readonly body: string | undefined; // undefined: something is asked for
}

async function answered(access: LangfuseAccess, call: Call, signal: AbortSignal, waits: PageWaits): Promise<string> {
  const { path } = call;
  let trouble = "";
  for (let tried = 0; tried < waits.tries; tried++) {
    const answer = await asked(call, access, signal, waits.timeoutMs);
    if (answer.kind === "text") return answer.text;
    if (answer.kind === "refused") throw refused(access.url, path, answer.why);
    trouble = answer.why;
    const backOffMs = Math.min(waits.firstWaitMs * 2 ** tried, waits.mostWaitMs);
    if (tried + 1 < waits.tries) await wait(Math.max(backOffMs, Math.min(answer.afterMs ?? 0, waits.mostWaitMs)), undefined, { signal });
  }
  const what = call.body === undefined ? "page" : "answer";
  throw new SluiceError("langfuse-unreachable", `${access.url}: no ${what} of ${path} in ${waits.tries} tries: ${trouble}`);
}

type Answer =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "refused"; readonly why: string }
  | { readonly kind: "later"; readonly why: string; readonly afterMs: number | undefined };

async function asked({ url, body }: Call, access: LangfuseAccess, signal: AbortSignal, timeoutMs: number): Promise<Answer> {
  const authorization = `Basic ${Buffer.from(`${access.publicKey}:${access.secretKey}`).toString("base64")}`;
  try {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
    const headers = { authorization, accept: "application/json" };
    const sent = body === undefined ? { headers } : { method: "POST", headers: { ...headers, "content-type": "application/json" }, body };
    const response = await fetch(url, { ...sent, redirect: "error", signal: limit });
    const text = await response.text();
    if (response.ok) return { kind: "text", text };
    const why = `status ${response.status}: ${text.slice(0, 300).trim()}`;
    const isLater = response.status === 429 || response.status === 408 || response.status >= 500;
    return isLater ? { kind: "later", why, afterMs: afterMs(response.headers.get("retry-after")) } : { kind: "refused", why };
  } catch (error) {
    signal.throwIfAborted();
    const { message, cause } = error as Error;
    return { kind: "later", why: cause instanceof Error ? `${message}: ${cause.message}` : message, afterMs: undefined };
  }
}

/** Seconds, or a date. */
function afterMs(header: string | null): number | undefined {
  if (header === null) return undefined;
  const ms = /^\d+$/.test(header) ? 1000 * Number(header) : Date.parse(header) - Date.now();
  return ms > 0 ? ms : undefined;
}

function pageOf(text: string): Page {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    body = undefined;
  }
  const { data, meta } = isObject(body) ? body : {};
  if (!Array.isArray(data)) throw new SluiceError("langfuse-refused", "what answers is not Langfuse's API: expected a list under data");
  const { cursor, nextCursor } = isObject(meta) ? meta : {};
  const next = cursor ?? nextCursor;
  return { items: data.filter(isObject), cursor: typeof next === "string" && next !== "" ? next : undefined };
}

function refused(server: string, path: string, why: string): SluiceError {
  return new SluiceError("langfuse-refused", `${server}${path.startsWith("/") ? "" : "/"}${path}: ${why}`);
}
