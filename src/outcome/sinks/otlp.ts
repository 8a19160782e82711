// Spans in OTLP's protobuf (opentelemetry-proto, trace.proto and common.proto), written where they stand in the request to a receiver. The
// SDK's serializer takes 20 µs for a span of ours, from objects that must be made for it first; this one 2 µs (bench/outcome-parts.ts).
import type { Attributes, AttributeValue } from "@opentelemetry/api";
import { FIELD_OVERHEAD, MessageWriter, textBound } from "../../envoy/wire/message-writer.ts";
import type { TraceParent } from "../join/traceparent.ts";
import type { RecurringBytes, Value } from "./recurring-bytes.ts";

/** Whose trace a span belongs to: a client's, or one of its own. */
export type SpanOrigin = TraceParent | TraceWords;

/** A trace's id, 32 bits each. */
export type TraceWords = readonly [number, number, number, number];

export interface OtlpOrigin {
  readonly resource: Attributes;
  readonly scope: { readonly name: string; readonly version: string };
}

/** What a span says beside its attributes. */
export interface SpanEnds {
  readonly name: string;
  readonly startMs: number; // since the epoch, as is the next
  readonly endMs: number;
  readonly failed: boolean; // the client got no good answer
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
const FIRST_BYTES = 16 << 10; // of a batch; a span takes some 1.2 KB

/** Spans that are sent together, the last one in front. Each is written back to front: its attributes, then `end`. */
export class SpanBatch {
  readonly #writer: MessageWriter;
  readonly #begin: number;
  #spanEnd: number;
  #count = 0;

  /** `bytes`: as many as it may come to, else memory is asked for, and copied, several times. */
  constructor(bytes = 0) {
    this.#writer = new MessageWriter(Math.max(FIRST_BYTES, bytes));
    this.#begin = this.#writer.position;
    this.#spanEnd = this.#begin;
  }

  get bytes(): number {
    return this.#begin - this.#writer.position;
  }

  get count(): number {
    return this.#count;
  }

  /** An attribute that the span does not have yet. Undefined: there is none. */
  add(name: string, value: AttributeValue | undefined): void {
    if (value === undefined) return;
    writeAttribute(this.#writer, SPAN.attributes, name, value);
  }

  /** Attributes that are the same whenever these values are, as `write` adds them. */
  addRecurring(kept: RecurringBytes, values: readonly Value[], write: () => void): void {
    const writer = this.#writer;
    const known = kept.find(values);
    if (known !== undefined) {
      writer.reserve(known.length);
      return writer.raw(known);
    }
    const end = writer.position;
    write();
    kept.keep(values, writer.since(end));
  }

  end({ name, startMs, endMs, failed }: SpanEnds, origin: SpanOrigin): void {
    const writer = this.#writer;
    const isChild = "spanId" in origin;
    writer.reserve(FIXED_BYTES + textBound(name));
    writer.fixed32(SPAN.flags, SAMPLED | KNOWS_WHETHER_REMOTE | (isChild ? PARENT_IS_REMOTE : 0));
    const statusEnd = writer.position;
    if (failed) writer.varint(STATUS.code, ERROR);
    writer.message(SPAN.status, statusEnd);
    writeNanos(writer, SPAN.end, endMs);
    writeNanos(writer, SPAN.start, startMs);
    writer.varint(SPAN.kind, CLIENT);
    writer.text(SPAN.name, name);
    if (isChild) writeId(writer, SPAN.parentSpanId, origin.spanId);
    writeWords(writer, SPAN.spanId, [randomWord(), randomWord()]);
    if (isChild) writeId(writer, SPAN.traceId, origin.traceId);
    else writeWords(writer, SPAN.traceId, origin);
    writer.message(SCOPE_SPANS.spans, this.#spanEnd);
    this.#spanEnd = writer.position;
    this.#count++;
  }

  /** The bytes of an ExportTraceServiceRequest with all of them. It can be asked for once. */
  request({ resource, scope }: OtlpOrigin): Uint8Array {
    const writer = this.#writer;
    writer.reserve(textBound(scope.name) + textBound(scope.version) + 4 * FIELD_OVERHEAD);
    const scopeEnd = writer.position;
    writer.text(SCOPE.version, scope.version);
    writer.text(SCOPE.name, scope.name);
    writer.message(SCOPE_SPANS.scope, scopeEnd);
    writer.message(RESOURCE_SPANS.scopeSpans, this.#begin);
    const resourceEnd = writer.position;
    for (const [name, value] of Object.entries(resource)) writeAttribute(writer, RESOURCE.attributes, name, value ?? "");
    writer.reserve(2 * FIELD_OVERHEAD);
    writer.message(RESOURCE_SPANS.resource, resourceEnd);
    writer.message(REQUEST.resourceSpans, this.#begin);
    return writer.result();
  }
}

/** Two of them are a span's id, four a trace's. */
export function randomWord(): number {
  return Math.floor(Math.random() * HIGH);
}

function writeWords(writer: MessageWriter, field: number, words: readonly number[]): void {
  const end = writer.position;
  for (let at = words.length - 1; at >= 0; at--) writer.word(words[at] ?? 0);
  writer.message(field, end);
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

/** In whatever order: a receiver makes a map of them. */
function writeAttribute(writer: MessageWriter, field: number, name: string, value: AttributeValue): void {
  const key = keyField(name);
  writer.reserve(valueBound(value) + key.length + 2 * FIELD_OVERHEAD);
  const end = writer.position;
  writeValue(writer, value);
  writer.message(KEY_VALUE.value, end);
  writer.raw(key);
  writer.message(field, end);
}

/** Names are our own, and few. Most of a span is names, which are copied faster than written. */
const keyFields = new Map<string, Uint8Array>();

function keyField(name: string): Uint8Array {
  const known = keyFields.get(name);
  if (known !== undefined) return known;
  const writer = new MessageWriter(textBound(name));
  writer.text(KEY_VALUE.key, name);
  const bytes = Uint8Array.from(writer.result());
  keyFields.set(name, bytes);
  return bytes;
}

function valueBound(value: AttributeValue): number {
  if (typeof value === "string") return textBound(value);
  if (!Array.isArray(value)) return 2 * FIELD_OVERHEAD;
  return value.reduce<number>((sum, each) => sum + valueBound(each ?? "") + FIELD_OVERHEAD, FIELD_OVERHEAD);
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
