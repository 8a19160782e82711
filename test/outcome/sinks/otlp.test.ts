// What the bytes of spans say, number by number, read with OpenTelemetry's own .proto files.
import { expect, test } from "vitest";
import { SpanBatch } from "../../../src/outcome/sinks/otlp.ts";
import { RecurringBytes } from "../../../src/outcome/sinks/recurring-bytes.ts";
import { decodedSpans } from "../../support/otlp-receiver.ts";

const ENDS = { name: "chat", startMs: 0, endMs: 1, failed: false };
const TRACE = [0, 1, 0xfedcba98, 0xffffffff] as const;
const spansOf = (batch: SpanBatch) =>
  decodedSpans(batch.request({ resource: { "service.name": "sluice" }, scope: { name: "sluice", version: "0" } }));

test.each([
  ["the epoch", 0, 0n],
  ["its first millisecond", 1, 1_000_000n],
  ["today", 1_790_000_000_123, 1_790_000_000_123_000_000n],
  ["a part of a millisecond", 1_790_000_000_000.25, 1_790_000_000_000_250_000n],
  ["just below a second", 1_790_000_000_999.75, 1_790_000_000_999_750_000n],
  ["where the seconds' lower half runs over", 65_536_000 * 27_000 - 1, 1_769_471_999_999_000_000n],
  ["the last year that 64 bits hold", 9_223_372_036_854, 9_223_372_036_854_000_000n],
])("a time of a span is exact to the nanosecond: %s", (_what, ms, nanos) => {
  const batch = new SpanBatch();
  batch.end({ ...ENDS, startMs: ms, endMs: ms + 1000 }, TRACE);
  expect(spansOf(batch)).toMatchObject([{ startNanos: nanos, endNanos: nanos + 1_000_000_000n }]);
});

test("a span without a parent has the trace it is given, and an id of its own", () => {
  const batch = new SpanBatch();
  for (let count = 0; count < 2; count++) batch.end(ENDS, TRACE);
  const [last, first] = spansOf(batch);
  expect(first).toMatchObject({
    traceId: "0000000000000001fedcba98ffffffff",
    parentSpanId: "",
    spanId: expect.stringMatching(/^[0-9a-f]{16}$/),
  });
  expect(first?.spanId).not.toBe(last?.spanId);
});

test("values of every kind are read as they were, in spans larger than the memory that a batch begins with", () => {
  const long = "설계 ".repeat(20_000);
  const values = { text: "a", long, no: false, whole: 200, large: 2 ** 40, below: -1, part: 0.25, none: [], list: ["", "x", long] };
  const batch = new SpanBatch();
  for (let count = 0; count < 3; count++) {
    for (const [name, value] of Object.entries(values)) batch.add(name, value);
    batch.add("absent", undefined);
    batch.end(ENDS, TRACE);
  }
  expect(batch.count).toBe(3);
  expect(spansOf(batch).map(({ attributes }) => attributes)).toEqual([values, values, values]);
});

test("what recurs is written once and said each time, also when so many other values came between that it is forgotten", () => {
  const kept = new RecurringBytes();
  const batch = new SpanBatch();
  let written = 0;
  const say = (value: string, times: number) => {
    for (let count = 0; count < times; count++) {
      batch.add("front", value);
      batch.addRecurring(kept, [value, undefined], () => {
        written++;
        batch.add("once", value);
        batch.add("twice", [value, value]);
      });
      batch.end(ENDS, TRACE);
    }
  };
  say("a", 3);
  say("b", 2);
  expect(written).toBe(2);
  for (let other = 0; other < 1000; other++) say(`other ${other}`, 1);
  say("a", 2);
  expect(written).toBe(1003);
  const spans = spansOf(batch).reverse();
  expect(spans).toHaveLength(1007);
  for (const { attributes } of spans)
    expect(attributes).toEqual({ front: attributes["front"], once: attributes["front"], twice: Array(2).fill(attributes["front"]) });
  expect(spans.slice(0, 5).map(({ attributes }) => attributes["once"])).toEqual(["a", "a", "a", "b", "b"]);
});
