// Usage and log entries in either order: each entry is handed on once, with the usage of its answer where that comes in time.
import fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import type { Reading } from "../../../src/answer/answer-reader.ts";
import { finishedEntry, newEntry } from "../../../src/envoy/wire/access-log-entry.ts";
import { type ReadingJoin, readingJoin } from "../../../src/outcome/join/reading-join.ts";

const ENTRY_AGE_MS = 100;
const USAGE_AGE_MS = 5000;

let handedOn: { id: string; output: number | undefined }[];
let clock: number;

const entry = (requestId: string) => ({ ...finishedEntry(newEntry()), requestId });
const usage = (outputTokens: number): Reading => ({
  usage: { inputTokens: 1, cachedInputTokens: 0, cacheWriteTokens: 0, outputTokens, reasoningTokens: 0 },
  knowsOutput: true,
  isComplete: true,
  model: undefined,
  keys: [],
  failure: undefined,
});

function join(maxWaiting = 100): ReadingJoin {
  return readingJoin({
    maxWaiting,
    maxEntryAgeMs: ENTRY_AGE_MS,
    maxReadingAgeMs: USAGE_AGE_MS,
    now: () => clock,
    onEntry: ({ requestId }, used) => handedOn.push({ id: requestId, output: used?.usage?.outputTokens }),
  });
}

beforeEach(() => {
  handedOn = [];
  clock = 0;
});

describe("an entry", () => {
  test("of an answer that nobody reads goes on at once", () => {
    join().entry(entry("a"));
    expect(handedOn).toEqual([{ id: "a", output: undefined }]);
  });

  test("behind the usage takes it along", () => {
    const joined = join();
    joined.reading("a");
    joined.read("a", usage(7));
    joined.entry(entry("a"));
    expect(handedOn).toEqual([{ id: "a", output: 7 }]);
  });

  test.each([
    ["and takes its usage along", usage(7), 7],
    ["and goes on without, where the answer said none", undefined, undefined],
  ])("in front of its answer's end waits for it, %s", (_what, used, output) => {
    const joined = join();
    joined.reading("a");
    joined.entry(entry("a"));
    expect(handedOn).toEqual([]);
    joined.read("a", used);
    expect(handedOn).toEqual([{ id: "a", output }]);
  });

  test("that cannot wait longer takes along what was read so far", () => {
    const joined = join();
    joined.reading("a", () => usage(7));
    joined.entry(entry("a"));
    clock = ENTRY_AGE_MS;
    joined.expire();
    expect(handedOn).toEqual([{ id: "a", output: 7 }]);
  });

  test("does not wait for long, and usage that comes later is not taken for another entry's", () => {
    const joined = join();
    joined.reading("a");
    joined.entry(entry("a"));
    clock = ENTRY_AGE_MS - 1;
    joined.expire();
    expect(handedOn).toEqual([]);
    clock++;
    joined.expire();
    expect(handedOn).toEqual([{ id: "a", output: undefined }]);
  });

  test("that comes twice while it waits goes on twice: what follows tells them apart", () => {
    const joined = join();
    joined.reading("a");
    joined.entry(entry("a"));
    joined.entry(entry("a"));
    joined.read("a", undefined);
    expect(handedOn).toHaveLength(2);
  });

  test("that waits goes on when there are too many, oldest first", () => {
    const joined = join(2);
    for (const id of ["a", "b", "c"]) {
      joined.reading(id);
      joined.entry(entry(id));
    }
    expect(handedOn).toEqual([{ id: "a", output: undefined }]);
  });

  test("that waits goes on at the end", () => {
    const joined = join();
    joined.reading("a");
    joined.entry(entry("a"));
    joined.close();
    expect(handedOn).toHaveLength(1);
  });
});

describe("usage whose entry never comes", () => {
  test.each([
    ["a moment before it is too old", USAGE_AGE_MS - 1, 7],
    ["when it is too old", USAGE_AGE_MS, undefined],
  ])("is kept or forgotten: %s", (_when, atMs, output) => {
    const joined = join();
    joined.read("a", usage(7));
    clock = atMs;
    joined.expire();
    joined.entry(entry("a"));
    expect(handedOn).toEqual([{ id: "a", output }]);
  });

  test("is forgotten when there is too much, oldest first", () => {
    const joined = join(2);
    for (const id of ["a", "b", "c"]) joined.read(id, usage(7));
    for (const id of ["a", "b", "c"]) joined.entry(entry(id));
    expect(handedOn.map(({ output }) => output)).toEqual([undefined, 7, 7]);
  });
});

test("whatever comes in whatever order, every entry is handed on once", () => {
  const step = fc.record({
    what: fc.constantFrom("reading", "read", "entry", "expire"),
    id: fc.constantFrom("a", "b", "c"),
    ms: fc.nat(90),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), fc.integer({ min: 1, max: 3 }), (steps, maxWaiting) => {
      handedOn = [];
      clock = 0;
      const joined = join(maxWaiting);
      for (const { what, id, ms } of steps) {
        clock += ms;
        if (what === "reading") joined.reading(id);
        else if (what === "read") joined.read(id, ms % 2 === 0 ? usage(ms) : undefined);
        else if (what === "entry") joined.entry(entry(id));
        else joined.expire();
      }
      joined.close();
      expect(handedOn).toHaveLength(steps.filter(({ what }) => what === "entry").length);
    }),
  );
});
