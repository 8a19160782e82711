// What a span's bytes say, number by number.
import { expect, test } from "vitest";
import { FieldReader } from "../../../src/envoy/wire/protobuf.ts";
import { AttributeList } from "../../../src/outcome/sinks/attribute-list.ts";
import { encodedSpan } from "../../../src/outcome/sinks/otlp.ts";

const [START, END] = [(7 << 3) | 1, (8 << 3) | 1]; // fixed64 start_time_unix_nano and end_time_unix_nano

function timesOf(startMs: number, endMs: number): readonly bigint[] {
  const span = { name: "chat", startMs, endMs, attributes: new AttributeList(), failed: false };
  const bytes = Buffer.from(encodedSpan(span, { traceId: "a1".repeat(16), spanId: "b2".repeat(8), parent: undefined }));
  const reader = new FieldReader(bytes);
  const times = new Map<number, bigint>();
  while (reader.nextField()) {
    if (reader.tag === START || reader.tag === END) times.set(reader.tag, bytes.readBigUInt64LE(reader.cursor));
    reader.skipField();
  }
  return [START, END].map((tag) => times.get(tag) ?? -1n);
}

test.each([
  ["the epoch", 0, 0n],
  ["its first millisecond", 1, 1_000_000n],
  ["today", 1_790_000_000_123, 1_790_000_000_123_000_000n],
  ["a part of a millisecond", 1_790_000_000_000.25, 1_790_000_000_000_250_000n],
  ["just below a second", 1_790_000_000_999.75, 1_790_000_000_999_750_000n],
  ["where the seconds' lower half runs over", 65_536_000 * 27_000 - 1, 1_769_471_999_999_000_000n],
  ["the last year that 64 bits hold", 9_223_372_036_854, 9_223_372_036_854_000_000n],
])("a time of a span is exact to the nanosecond: %s", (_what, ms, nanos) => {
  expect(timesOf(ms, ms + 1000)).toEqual([nanos, nanos + 1_000_000_000n]);
});
