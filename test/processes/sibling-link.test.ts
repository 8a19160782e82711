// Processes behind one Envoy tell each other what belongs to another: here all of them in this process, on real sockets.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Reading } from "../../src/answer/answer-reader.ts";
import type { AccessLogEntry } from "../../src/envoy/wire/access-log.ts";
import type { Siblings } from "../../src/outcome/join/siblings.ts";
import { openSiblings } from "../../src/processes/sibling-link.ts";
import { type Question, SKETCH_LENGTH } from "../../src/request/routing/asked.ts";
import { waitFor } from "../support/wait-for.ts";

const COUNT = 3;
const entryOf = (requestId: string) => ({ requestId }) as AccessLogEntry;
const bytesOf = (requestId: string) => Buffer.from(`entry of ${requestId}`);
const questionOf = (by: number, message: number) => {
  return { asked: { by, sketch: new Int8Array(SKETCH_LENGTH).fill(-message), message }, turns: message + 1, startedAtMs: 1.8e12 + 0.25 };
};

interface Process {
  readonly knows: Set<string>;
  readonly taken: string[];
  readonly nobodys: string[];
  readonly readings: string[];
  readonly questions: Question[];
  readonly siblings: Siblings;
}

let folder: string;
let processes: Process[];

async function open(index: number): Promise<Process> {
  const [taken, nobodys, readings]: [string[], string[], string[]] = [[], [], []];
  const questions: Question[] = [];
  const knows = new Set<string>();
  const siblings = await openSiblings(
    { folder, index, count: COUNT },
    {
      take(requestId, entry) {
        if (knows.has(requestId)) taken.push(Buffer.from(entry).toString());
        return knows.has(requestId);
      },
      nobodys: ({ requestId }) => nobodys.push(requestId),
      reading: (requestId) => readings.push(`reading ${requestId}`),
      read: (requestId, reading) => readings.push(`read ${requestId} ${reading?.model}`),
      discarded: (requestId, { tier, thrownAway }) => readings.push(`discarded ${requestId} ${tier} ${thrownAway?.bytes}`),
      learned: (key, tier) => readings.push(`learned ${key} ${tier}`),
      asked: (question) => questions.push(question),
    },
  );
  return { knows, taken, nobodys, readings, questions, siblings };
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "sluice-siblings-"));
  processes = await Promise.all(Array.from({ length: COUNT }, (_, index) => open(index)));
});
afterEach(async () => {
  for (const { siblings } of processes) await siblings.close();
  rmSync(folder, { recursive: true });
});

const at = (index: number): Process => processes[index] as Process;

describe("siblings", () => {
  test("take, byte for byte, what they know of an offer; what none knows comes back", async () => {
    at(1).knows.add("one");
    at(2).knows.add("two");
    for (const id of ["one", "nobody's", "two"]) at(0).siblings.offer(entryOf(id), bytesOf(id));
    await waitFor("what none knows comes back", () => at(0).nobodys.length > 0);
    expect(at(0).nobodys).toEqual(["nobody's"]);
    expect(at(1).taken).toEqual(["entry of one"]);
    expect(at(2).taken).toEqual(["entry of two"]);
  });

  test("hear that an answer is read, what it said, and what was learned of its server", async () => {
    at(0).siblings.reading("one");
    at(0).siblings.read("one", { model: "glm-5" } as Reading);
    at(0).siblings.read("two", undefined);
    at(0).siblings.learned("resp_1", "strong");
    at(0).siblings.discarded("three", { tier: "weak", reason: "refusal", thrownAway: { reading: {} as Reading, bytes: 7, events: 2 } });
    const expected = ["reading one", "read one glm-5", "read two undefined", "learned resp_1 strong", "discarded three weak 7"];
    for (const index of [1, 2]) await waitFor("it hears", () => at(index).readings.length === expected.length);
    expect(at(1).readings).toEqual(expected);
  });

  test("hear what was asked, each once, and not what they asked themselves", async () => {
    const told = [questionOf(7, 0), questionOf(-7, 2), questionOf(7, 4)];
    for (const gathered of [told.slice(0, 2), told.slice(2)]) {
      for (const question of gathered) at(0).siblings.asked(question);
      for (const index of [1, 2]) await waitFor("it hears", () => at(index).questions.at(-1)?.turns === (gathered.at(-1)?.turns ?? 0));
    }
    expect(processes.map(({ questions }) => questions)).toEqual([[], told, told]);
  });

  test("that are gone refuse, and are asked again when they are back", async () => {
    await at(1).siblings.close();
    await at(2).siblings.close();
    at(0).siblings.offer(entryOf("lost"), bytesOf("lost"));
    await waitFor("all refuse", () => at(0).nobodys.includes("lost"));
    processes[1] = await open(1);
    processes[2] = await open(2);
    at(1).knows.add("one");
    at(0).siblings.offer(entryOf("one"), bytesOf("one"));
    await waitFor("it is taken", () => at(1).taken.length === 1);
  });

  test("leave nothing of what was offered when one closes: it is taken, or nobody's", async () => {
    at(1).knows.add("last");
    for (const id of ["last", "nobody's"]) at(0).siblings.offer(entryOf(id), bytesOf(id));
    await at(0).siblings.close();
    expect(at(0).nobodys).toEqual(["nobody's"]);
    expect(at(1).taken).toEqual(["entry of last"]);
  });
});
