// Which process is told what an answer said, where several are behind one Envoy.
import { afterEach, describe, expect, test, vi } from "vitest";
import type { Reading } from "../../../src/answer/answer-reader.ts";
import type { AccessLogEntry } from "../../../src/envoy/wire/access-log.ts";
import { readingJoin } from "../../../src/outcome/join/reading-join.ts";
import { sharedReadings } from "../../../src/outcome/join/shared-readings.ts";

const READING = { model: "glm-5" } as Reading;
const entryOf = (requestId: string) => ({ requestId }) as AccessLogEntry;
const nothing = () => undefined;

afterEach(() => void vi.useRealTimers());

function setup({ alone = false } = {}) {
  const handedOn: string[] = [];
  const told: string[] = [];
  const clock = { ms: 0 };
  const readings = readingJoin({
    maxWaiting: 10,
    maxEntryAgeMs: 3000,
    maxReadingAgeMs: 60_000,
    now: () => clock.ms,
    onEntry: ({ requestId }, reading) => handedOn.push(`${requestId} ${reading?.model}`),
  });
  const siblings = {
    reading: (requestId: string) => told.push(`reading ${requestId}`),
    read: (requestId: string, reading: Reading | undefined) => told.push(`read ${requestId} ${reading?.model}`),
    discarded: (requestId: string) => told.push(`discarded ${requestId}`),
  };
  const shared = sharedReadings(readings, (requestId) => requestId === "ours", alone ? undefined : siblings);
  return { shared, readings, handedOn, told, clock };
}

describe("an answer read here", () => {
  test("to a request that is known here stays here", () => {
    const { shared, handedOn, told } = setup();
    const tell = shared.begin("ours", nothing);
    shared.entry(entryOf("ours"));
    expect(handedOn).toEqual([]);
    tell(READING);
    expect(handedOn).toEqual(["ours glm-5"]);
    expect(told).toEqual([]);
  });

  test("to another one is told to the siblings, its beginning and its end", () => {
    const { shared, told } = setup();
    shared.begin("another's", nothing)(READING);
    expect(told).toEqual(["reading another's", "read another's glm-5"]);
  });

  test("stays here without siblings, whoever decided", () => {
    const { shared, handedOn } = setup({ alone: true });
    shared.begin("another's", nothing)(READING);
    shared.entry(entryOf("another's"));
    expect(handedOn).toEqual(["another's glm-5"]);
  });
});

describe("without siblings, an entry that overtakes the word that its answer is being read", () => {
  function reading() {
    vi.useFakeTimers();
    const { shared, handedOn } = setup({ alone: true });
    shared.begin("before", nothing)(undefined); // answers are read here
    return { shared, handedOn };
  }

  test("waits a moment for it, and then for the answer's end", () => {
    const { shared, handedOn } = reading();
    shared.entry(entryOf("ours"));
    const tell = shared.begin("ours", nothing);
    vi.advanceTimersByTime(1000);
    expect(handedOn).toEqual([]);
    tell(READING);
    expect(handedOn).toEqual(["ours glm-5"]);
  });

  test("has what was read meanwhile", () => {
    const { shared, handedOn } = reading();
    shared.entry(entryOf("ours"));
    shared.begin("ours", nothing)(READING);
    vi.advanceTimersByTime(50);
    expect(handedOn).toEqual(["ours glm-5"]);
  });

  test("is handed on soon where nobody reads, at the end at once, and at once where no answer was ever read", () => {
    const { shared, handedOn } = reading();
    shared.entry(entryOf("ours"));
    vi.advanceTimersByTime(49);
    expect(handedOn).toEqual([]);
    vi.advanceTimersByTime(1);
    shared.entry(entryOf("another's"));
    shared.close();
    expect(handedOn).toEqual(["ours undefined", "another's undefined"]);
    const fresh = setup({ alone: true });
    fresh.shared.entry(entryOf("ours"));
    expect(fresh.handedOn).toEqual(["ours undefined"]);
  });
});

describe("an answer read by a sibling", () => {
  test("is for the entry of a request that is known here, whichever comes first", () => {
    const { shared, handedOn } = setup();
    shared.fromSiblings.reading("ours");
    shared.entry(entryOf("ours"));
    shared.fromSiblings.read("ours", READING);
    expect(handedOn).toEqual(["ours glm-5"]);
  });

  test("is waited for though it has not been heard of, once any has been; not for ever", () => {
    const { shared, readings, handedOn, clock } = setup();
    shared.entry(entryOf("ours"));
    expect(handedOn).toEqual(["ours undefined"]); // nobody reads answers yet
    shared.fromSiblings.reading("another's");
    shared.entry(entryOf("ours"));
    expect(handedOn).toHaveLength(1);
    shared.fromSiblings.read("ours", READING);
    expect(handedOn.at(-1)).toBe("ours glm-5");
    shared.entry(entryOf("third"));
    clock.ms += 3001;
    readings.expire();
    expect(handedOn.at(-1)).toBe("third undefined");
  });

  test("is nothing to a process that does not know the request", () => {
    const { shared, readings } = setup();
    shared.fromSiblings.reading("another's");
    shared.fromSiblings.read("another's", READING);
    expect(readings.expects("another's")).toBe(false);
  });
});
