// The W3C trace context header: which trace a request belongs to, and below which span of it.
export interface TraceParent {
  readonly traceId: string; // 32 hex digits
  readonly spanId: string; // 16
  readonly flags: number; // bit 0: sampled
}

/** https://www.w3.org/TR/trace-context/ says: later versions may have more behind; version ff and ids of zeros are invalid. */
const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(?:-|$)/;

/** Undefined: the request belongs to no trace. */
export function parseTraceparent(text: string | undefined): TraceParent | undefined {
  const [, traceId, spanId, flags] = (text !== undefined && TRACEPARENT.exec(text)) || [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined;
  return { traceId, spanId, flags: Number.parseInt(flags, 16) };
}
