// One request to a model server, and what came of it, as a value: nothing that a server does is thrown.
import type { AskedRequest } from "../asked-request.ts";

/** Why there is no answer. The first four may pass: they are tried again. */
export const FAILURES = [
  "rate-limited",
  "server-error",
  "timeout",
  "network",
  "refused",
  "key-refused",
  "not-trusted",
  "no-answer",
] as const;
export type Failure = (typeof FAILURES)[number];

export type Outcome =
  | { readonly kind: "answered"; readonly text: string; readonly ms: number }
  | { readonly kind: "failed"; readonly failure: Failure; readonly detail: string; readonly retryAfterMs: number | undefined };

export interface CallSettings {
  readonly timeoutMs: number;
  readonly signal: AbortSignal; // nobody waits any more
}

/** More is no answer to a chat; it is not kept. */
const MAX_ANSWER_BYTES = 32 << 20;
const MAX_DETAIL = 200; // characters
const NOT_TRUSTED = /^(?:CERT_|ERR_TLS_CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|INVALID_CA|INVALID_PURPOSE|HOSTNAME_MISMATCH)/;

/** Certificates are verified, redirects not followed: a key goes to the server that was named, and to no other. */
export async function call({ url, headers, body }: AskedRequest, { timeoutMs, signal }: CallSettings): Promise<Outcome> {
  const timeout = AbortSignal.timeout(timeoutMs);
  const started = performance.now();
  try {
    const within = AbortSignal.any([signal, timeout]);
    const response = await fetch(url, { method: "POST", headers, body, redirect: "manual", signal: within });
    const text = await boundedText(response);
    if (text === undefined) return failed("no-answer", `an answer of more than ${MAX_ANSWER_BYTES >> 20} MiB`);
    if (response.status === 200) return { kind: "answered", text, ms: Math.round(performance.now() - started) };
    return failed(failureOf(response.status), `status ${response.status}: ${detailOf(text)}`, retryAfterMs(response.headers, Date.now()));
  } catch (error) {
    if (timeout.aborted && !signal.aborted) return failed("timeout", `nothing whole within ${timeoutMs / 1000} s`);
    const cause = causeOf(error);
    return failed(NOT_TRUSTED.test(cause.code ?? "") ? "not-trusted" : "network", cause.message || cause.code || "no connection");
  }
}

function failed(failure: Failure, detail: string, retryAfterMs?: number): Outcome {
  return { kind: "failed", failure, detail, retryAfterMs };
}

/** 529: Anthropic is overloaded. */
function failureOf(status: number): Failure {
  if (status === 429) return "rate-limited";
  if (status === 401 || status === 403) return "key-refused";
  return status >= 500 || status === 408 || status === 409 ? "server-error" : "refused";
}

/** RFC 9110, 10.2.3: seconds or a date; OpenAI's finer header before it. Undefined: not said. */
export function retryAfterMs(headers: Pick<Headers, "get">, now: number): number | undefined {
  const exact = headers.get("retry-after-ms");
  if (exact !== null && /^\d+(?:\.\d+)?$/.test(exact)) return Number(exact);
  const said = headers.get("retry-after");
  if (said === null) return undefined;
  if (/^\d+(?:\.\d+)?$/.test(said)) return 1000 * Number(said);
  const date = Date.parse(said);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

/** Undefined: too much. */
async function boundedText({ body }: Response): Promise<string | undefined> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body ?? []) {
    bytes += chunk.length;
    if (bytes > MAX_ANSWER_BYTES) return undefined; // leaving the loop cancels the rest
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** What a server says of its refusal, on one line. */
function detailOf(text: string): string {
  const said = /"message"\s*:\s*("(?:[^"\\]|\\.)*")/.exec(text)?.[1];
  const words = said === undefined ? text : String(JSON.parse(said));
  return words.replace(/\s+/g, " ").trim().slice(0, MAX_DETAIL) || "no words";
}

function causeOf(error: unknown): NodeJS.ErrnoException {
  const { cause } = error as { readonly cause?: unknown };
  return (cause instanceof Error ? cause : error) as NodeJS.ErrnoException;
}
