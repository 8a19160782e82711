// A span in OTLP's protobuf (opentelemetry-proto, trace.proto and common.proto), written as soon as it has ended, and a request of many of
// them. The SDK's serializer takes 20 µs for a span of ours, from objects that must be made for it first; this one 3 µs (bench/sinks.ts).
import type { Attributes, AttributeValue } from "@opentelemetry/api";
import { FIELD_OVERHEAD, MessageWriter, textBound } from "../../envoy/wire/message-writer.ts";
import type { TraceParent } from "../join/traceparent.ts";
import { AttributeList } from "./attribute-list.ts";
import type { RequestSpan } from "./request-span.ts";

/** In hexadecimal. */
export interface SpanIds {
  readonly traceId: string;
  readonly spanId: string;
  readonly parent: TraceParent | undefined;
}

export interface OtlpOrigin {
  readonly resource: Attributes;
  readonly scope: { readonly name: string; readonly version: string };
}

const REQUEST = { resourceSpans: 1 } as const;
const RESOURCE_SPANS = { resource: 1, scopeSpans: 2 } as const;
const RESOURCE = { attributes: 1 } as const;
const SCOPE_SPANS = { scope: 1, spans: 2 } as const;
const SCOPE = { name: 1, version: 2 } as const;
const SPAN = {
  traceId: 1,
  spanId: 2,
  parentSpanId: 4,
  name: 5,
  kind: 6,
  start: 7,
  end: 8,
  attributes: 9,
  status: 15,
  flags: 16,
} as const;
const STATUS = { code: 3 } as const;
const KEY_VALUE = { key: 1, value: 2 } as const;
const ANY_VALUE = { text: 1, bool: 2, int: 3, double: 4, array: 5 } as const;
const ARRAY = { values: 1 } as const;

const CLIENT = 3; // SpanKind
const ERROR = 2; // StatusCode; that of a span that did not fail is left out
const SAMPLED = 1;
const KNOWS_WHETHER_REMOTE = 0x100;
const PARENT_IS_REMOTE = 0x200;
const FIXED_BYTES = 200; // ids, times, kind, status and flags, and what goes around them

/** Where a span is written, to be copied in its right size: its bound is three times that. */
const scratch = Buffer.allocUnsafeSlow(64 << 10);

/** The bytes of one Span. */
export function encodedSpan({ name, startMs, endMs, attributes, failed }: RequestSpan, { traceId, spanId, parent }: SpanIds): Uint8Array {
  const bound = FIXED_BYTES + textBound(name) + attributesBound(attributes);
  const writer = new MessageWriter(bound, bound <= scratch.length ? scratch : undefined);
  writer.fixed32(SPAN.flags, SAMPLED | KNOWS_WHETHER_REMOTE | (parent === undefined ? 0 : PARENT_IS_REMOTE));
  const statusEnd = writer.position;
  if (failed) writer.varint(STATUS.code, ERROR);
  writer.message(SPAN.status, statusEnd);
  writeAttributes(writer, SPAN.attributes, attributes);
  writeNanos(writer, SPAN.end, endMs);
  writeNanos(writer, SPAN.start, startMs);
  writer.varint(SPAN.kind, CLIENT);
  writer.text(SPAN.name, name);
  if (parent !== undefined) writeId(writer, SPAN.parentSpanId, parent.spanId);
  writeId(writer, SPAN.spanId, spanId);
  writeId(writer, SPAN.traceId, traceId);
  return Buffer.from(writer.result());
}

/** The bytes of an ExportTraceServiceRequest. `spans`: as `encodedSpan` gives them. */
export function encodedRequest({ resource, scope }: OtlpOrigin, spans: readonly Uint8Array[]): Uint8Array {
  const ofResource = listOf(resource); // by the environment, when the process starts: these names are few, too
  let bound = attributesBound(ofResource) + textBound(scope.name) + textBound(scope.version) + 8 * FIELD_OVERHEAD;
  for (const span of spans) bound += span.length + FIELD_OVERHEAD;
  const writer = new MessageWriter(bound);
  const end = writer.position;
  for (const span of spans.toReversed()) {
    const spanEnd = writer.position;
    writer.raw(span);
    writer.message(SCOPE_SPANS.spans, spanEnd);
  }
  const scopeEnd = writer.position;
  writer.text(SCOPE.version, scope.version);
  writer.text(SCOPE.name, scope.name);
  writer.message(SCOPE_SPANS.scope, scopeEnd);
  writer.message(RESOURCE_SPANS.scopeSpans, end);
  const resourceEnd = writer.position;
  writeAttributes(writer, RESOURCE.attributes, ofResource);
  writer.message(RESOURCE_SPANS.resource, resourceEnd);
  writer.message(REQUEST.resourceSpans, end);
  return writer.result();
}

function writeId(writer: MessageWriter, field: number, hex: string): void {
  const end = writer.position;
  writer.hex(hex);
  writer.message(field, end);
}

const NANOS_PER_SECOND = 1e9;
const HALF = 2 ** 16;
const HIGH = 2 ** 32;

/** Since the epoch. As nanoseconds it is beyond what a number holds exactly, so the seconds are taken in two parts. */
function writeNanos(writer: MessageWriter, field: number, ms: number): void {
  const seconds = Math.floor(ms / 1000);
  const upper = Math.floor(seconds / HALF) * NANOS_PER_SECOND; // × 2^16
  const lower = (seconds % HALF) * NANOS_PER_SECOND + Math.round((ms - seconds * 1000) * 1e6) + (upper % HALF) * HALF;
  writer.fixed64(field, lower % HIGH, Math.floor(upper / HALF) + Math.floor(lower / HIGH));
}

function listOf(attributes: Attributes): AttributeList {
  const list = new AttributeList();
  for (const [name, value] of Object.entries(attributes)) list.add(name, value);
  return list;
}

function attributesBound({ names, values }: AttributeList): number {
  let bound = 0;
  for (const name of names) bound += textBound(name) + 3 * FIELD_OVERHEAD;
  for (const value of values) bound += valueBound(value);
  return bound;
}

function valueBound(value: AttributeValue): number {
  if (typeof value === "string") return textBound(value);
  if (!Array.isArray(value)) return 2 * FIELD_OVERHEAD;
  return value.reduce<number>((sum, each) => sum + valueBound(each ?? "") + FIELD_OVERHEAD, FIELD_OVERHEAD);
}

/** In whatever order: a receiver makes a map of them. */
function writeAttributes(writer: MessageWriter, field: number, { names, values }: AttributeList): void {
  for (let index = 0; index < names.length; index++) {
    const end = writer.position;
    writeValue(writer, values[index] ?? "");
    writer.message(KEY_VALUE.value, end);
    writer.raw(keyField(names[index] ?? ""));
    writer.message(field, end);
  }
}

/** Names are our own, and few. Most of a span is names, which are copied faster than written. */
const keyFields = new Map<string, Uint8Array>();

function keyField(name: string): Uint8Array {
  const known = keyFields.get(name);
  if (known !== undefined) return known;
  const writer = new MessageWriter(textBound(name));
  writer.text(KEY_VALUE.key, name);
  const bytes = writer.result();
  keyFields.set(name, bytes);
  return bytes;
}

function writeValue(writer: MessageWriter, value: AttributeValue): void {
  if (typeof value === "string") return writer.text(ANY_VALUE.text, value);
  if (typeof value === "boolean") return writer.varint(ANY_VALUE.bool, value ? 1 : 0);
  if (typeof value === "number") return writeNumber(writer, value);
  if (!Array.isArray(value)) throw new Error(`invariant: no attribute of ours is a ${typeof value}`);
  const end = writer.position;
  for (let at = value.length - 1; at >= 0; at--) {
    const itemEnd = writer.position;
    writeValue(writer, value[at] ?? "");
    writer.message(ARRAY.values, itemEnd);
  }
  writer.message(ANY_VALUE.array, end);
}

/** Whole numbers as such, up to what a varint of ours holds; all others as doubles. */
function writeNumber(writer: MessageWriter, value: number): void {
  if (Number.isInteger(value) && value >= 0 && value < HIGH / 2) writer.varint(ANY_VALUE.int, value);
  else writer.double(ANY_VALUE.double, value);
}
