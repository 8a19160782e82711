// A decision in Envoy's terms: which headers to set and remove, which bytes to forward, and that the route is to be chosen anew.
import {
  decisionHeaders,
  FLIGHT_HEADER,
  HEADER_PREFIX,
  headersToRemove,
  paramsHeader,
  SHAPED_HEADER,
} from "../../request/routing/decision.ts";
import { contentLength } from "../../request/routing/route-headers.ts";
import type { Routed } from "../../request/routing/routing.ts";
import type { Call } from "../grpc/transport.ts";
import type { HeaderReader } from "../wire/processing-request.ts";
import {
  bodyReplyInParts,
  type CommonReply,
  encodeBodyReply,
  encodeHeadersReply,
  encodeStreamedBodyReply,
  type Phase,
} from "../wire/processing-response.ts";

/** The decision in reply to the request headers. */
export function replyInHeaders(routed: Routed, headers: HeaderReader | undefined): Uint8Array {
  const set = headersOf(routed);
  return encodeHeadersReply("request", { headers: { set, remove: forgedNames(headers, set) }, clearRouteCache: true });
}

/** A copy of so much costs less than to send it in parts. */
const COPIED_BYTES = 64 << 10;

/** The decision in reply to a whole body. Envoy leaves content-length to us: a client that sent one gets the new one. */
export function sendReplyInBody(call: Call, routed: Routed, headers: HeaderReader | undefined): void {
  const { body } = routed;
  const set = headersOf(routed);
  const remove = forgedNames(headers, set);
  if (body === undefined) return call.send(encodeBodyReply("request", { headers: { set, remove }, clearRouteCache: true }));
  const bytes = totalBytes(body);
  if (headers !== undefined && contentLength(headers) !== undefined) set.push(["content-length", String(bytes)]);
  const reply = { headers: { set, remove }, body, clearRouteCache: true };
  if (bytes <= COPIED_BYTES || call.sendParts === undefined) call.send(encodeBodyReply("request", reply));
  else call.sendParts(bodyReplyInParts("request", reply));
}

/** What to take away while the decision is still out, so that a forged tier does not survive our own failure; undefined: nothing. */
export function forgedHeaders(headers: HeaderReader): CommonReply | undefined {
  const remove = headers.namesStartingWith(HEADER_PREFIX);
  return remove.length > 0 ? { headers: { set: [], remove }, clearRouteCache: true } : undefined;
}

type Headers = [name: string, value: string][];

function headersOf({ decision, inserted, measured, shapedAt }: Routed): Headers {
  const set = decisionHeaders(decision);
  if (inserted !== undefined) set.push(paramsHeader(inserted));
  if (shapedAt !== undefined) set.push([SHAPED_HEADER, shapedAt]);
  if (measured?.flight !== undefined) set.push([FLIGHT_HEADER, measured.flight]);
  return set;
}

function forgedNames(headers: HeaderReader | undefined, set: Headers): string[] {
  return headers === undefined ? [] : headersToRemove(headers.namesStartingWith(HEADER_PREFIX), set);
}

/** Envoy takes streamed pieces up to this size without buffering trouble. */
export const MAX_PIECE_BYTES = 64 << 10;

/** The body as FULL_DUPLEX_STREAMED replies; the last one ends the stream when `endOfStream`. At least one reply then. */
export function* streamedPieces(phase: Phase, body: readonly Uint8Array[], endOfStream: boolean): Generator<Uint8Array> {
  for (const part of body) {
    for (let start = 0; start < part.length; start += MAX_PIECE_BYTES) {
      yield encodeStreamedBodyReply(phase, { body: part.subarray(start, start + MAX_PIECE_BYTES), endOfStream: false });
    }
  }
  if (endOfStream) yield encodeStreamedBodyReply(phase, { body: new Uint8Array(0), endOfStream: true });
}

export function totalBytes(parts: readonly Uint8Array[]): number {
  let bytes = 0;
  for (const part of parts) bytes += part.length;
  return bytes;
}
