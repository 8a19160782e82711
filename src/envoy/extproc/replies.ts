// A decision in Envoy's terms: which headers to set and remove, which bytes to forward, and that the route is to be chosen anew.
import { type Decision, decisionHeaders, HEADER_PREFIX, headersToRemove } from "../../request/routing/decision.ts";
import { contentLength } from "../../request/routing/route-headers.ts";
import type { Routed } from "../../request/routing/routing.ts";
import type { HeaderReader } from "../wire/processing-request.ts";
import { type CommonReply, encodeBodyReply, encodeHeadersReply, encodeStreamedBodyReply } from "../wire/processing-response.ts";

/** The decision in reply to the request headers. */
export function replyInHeaders(decision: Decision, headers: HeaderReader | undefined): Uint8Array {
  return encodeHeadersReply("request", {
    headers: { set: decisionHeaders(decision), remove: forgedNames(headers, decision) },
    clearRouteCache: true,
  });
}

/** The decision in reply to a whole body. Envoy leaves content-length to us: a client that sent one gets the new one. */
export function replyInBody({ decision, body }: Routed, headers: HeaderReader | undefined): Uint8Array {
  const set = decisionHeaders(decision);
  const remove = forgedNames(headers, decision);
  if (body === undefined) return encodeBodyReply("request", { headers: { set, remove }, clearRouteCache: true });
  if (headers !== undefined && contentLength(headers) !== undefined) set.push(["content-length", String(totalBytes(body))]);
  return encodeBodyReply("request", { headers: { set, remove }, body, clearRouteCache: true });
}

/** What to take away while the decision is still out, so that a forged tier does not survive our own failure; undefined: nothing. */
export function forgedHeaders(headers: HeaderReader): CommonReply | undefined {
  const remove = headers.namesStartingWith(HEADER_PREFIX);
  return remove.length > 0 ? { headers: { set: [], remove }, clearRouteCache: true } : undefined;
}

function forgedNames(headers: HeaderReader | undefined, decision: Decision): string[] {
  return headers === undefined ? [] : headersToRemove(headers.namesStartingWith(HEADER_PREFIX), decision);
}

/** Envoy takes streamed pieces up to this size without buffering trouble. */
const MAX_PIECE_BYTES = 64 << 10;

/** The body as FULL_DUPLEX_STREAMED replies; the last one ends the stream when `endOfStream`. At least one reply then. */
export function* pieces(body: readonly Uint8Array[], endOfStream: boolean): Generator<Uint8Array> {
  for (const part of body) {
    for (let start = 0; start < part.length; start += MAX_PIECE_BYTES) {
      yield encodeStreamedBodyReply("request", { body: part.subarray(start, start + MAX_PIECE_BYTES), endOfStream: false });
    }
  }
  if (endOfStream) yield encodeStreamedBodyReply("request", { body: new Uint8Array(0), endOfStream: true });
}

export function totalBytes(parts: readonly Uint8Array[]): number {
  let bytes = 0;
  for (const part of parts) bytes += part.length;
  return bytes;
}
