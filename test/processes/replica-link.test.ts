// Replicas that share a store tell each other what belongs to another: here all of them in this process, over a real store.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Reading } from "../../src/answer/answer-reader.ts";
import type { AccessLogEntry } from "../../src/envoy/wire/access-log.ts";
import { decodeReplicaFrame, encodeReplicaFrame, type ReplicaFrame, senderOf } from "../../src/processes/replica-frames.ts";
import { openReplicaLink, type ReplicaLink } from "../../src/processes/replica-link.ts";
import { sharedSessions } from "../../src/processes/shared-sessions.ts";
import { questionBytes } from "../../src/processes/told-questions.ts";
import { type SessionStore, sessionsInMemory } from "../../src/request/guard/session-store.ts";
import { hashOfId } from "../../src/request/policy/id-hash.ts";
import { type Question, SKETCH_LENGTH } from "../../src/request/routing/asked.ts";
import type { StateConnection } from "../../src/state/connection.ts";
import { connected, type StoreServer, startStore, storePrograms } from "../support/store-server.ts";
import { waitFor } from "../support/wait-for.ts";

const entryOf = (requestId: string) => ({ requestId }) as AccessLogEntry;
const bytesOf = (requestId: string) => Buffer.from(`entry of ${requestId}`);
const questionOf = (by: number, message: number) => {
  return { asked: { by, sketch: new Int8Array(SKETCH_LENGTH).fill(-message), message }, turns: message + 1, startedAtMs: 1.8e12 + 0.25 };
};
const READING = { usage: undefined, knowsOutput: true, isComplete: true, failure: undefined, model: "glm-5", keys: ["a"] } as Reading;
const SESSION = hashOfId("a session");
const TIERS = ["weak", "strong"];

interface Process {
  readonly knows: Set<string>;
  readonly taken: string[];
  readonly nobodys: string[];
  readonly told: string[];
  readonly questions: Question[];
  readonly link: ReplicaLink;
  readonly sessions: SessionStore;
  readonly connection: StateConnection;
}

async function open(url: string): Promise<Process> {
  const [taken, nobodys, told]: [string[], string[], string[]] = [[], [], []];
  const questions: Question[] = [];
  const knows = new Set<string>();
  const connection = await connected(url, { commandMs: 200 });
  const sessions = sharedSessions(sessionsInMemory(), connection, (session) => link.session(session));
  sessions.keepOnly(new Set(TIERS));
  const link = openReplicaLink(connection, {
    take(requestId, entry) {
      if (knows.has(requestId)) taken.push(Buffer.from(entry).toString());
      return knows.has(requestId);
    },
    nobodys: ({ requestId }) => nobodys.push(requestId),
    reading: (requestId) => told.push(`reading ${requestId}`),
    read: (requestId, reading) => told.push(`read ${requestId} ${reading?.model}`),
    discarded: (requestId, { tier, thrownAway }) => told.push(`discarded ${requestId} ${tier} ${thrownAway?.bytes}`),
    learned: (key, tier) => told.push(`learned ${key} ${tier}`),
    asked: (question) => questions.push(question),
    rated: ({ requestId, rating }) => (knows.has(requestId) ? { kind: "rated", rating: rating - 1 } : { kind: "unknown" }),
    session: sessions.heard,
  });
  return { knows, taken, nobodys, told, questions, link, sessions, connection };
}

const [program] = storePrograms();

describe.skipIf(program === undefined)("replicas with a store", () => {
  let server: StoreServer;
  let processes: readonly Process[];
  const at = (index: number) => processes[index] as Process;

  beforeEach(async () => {
    server = await startStore(program ?? "redis-server");
    processes = await Promise.all([1, 2, 3].map(() => open(server.url)));
  });
  afterEach(async () => {
    server.goOn();
    for (const { link, connection } of processes) {
      await link.close();
      await connection.close();
    }
    await server.close();
  });

  test("take, byte for byte, what they know of an offer; what nobody knows comes back", async () => {
    at(1).knows.add("one");
    at(2).knows.add("two");
    for (const id of ["one", "two", "none"]) at(0).link.offer(entryOf(id), bytesOf(id));
    await waitFor("the last to come back", () => at(0).nobodys.length > 0, 15_000);
    expect(at(0).nobodys).toEqual(["none"]);
    expect([at(1).taken, at(2).taken]).toEqual([["entry of one"], ["entry of two"]]);
  });

  test("hear of answers that are read, and of what was learned, but not from themselves", async () => {
    at(0).link.reading("a");
    at(0).link.read("a", READING);
    at(0).link.read("b", undefined);
    at(0).link.discarded("c", { tier: "weak", reason: "refusal", thrownAway: { reading: READING, bytes: 7, events: undefined } });
    at(0).link.learned("key", "strong");
    for (const index of [1, 2]) {
      const { told } = await waitFor("all to be heard", () => at(index).told.length === 5 && at(index));
      expect(told).toEqual(["reading a", "read a glm-5", "read b undefined", "discarded c weak 7", "learned key strong"]);
    }
    expect(at(0).told).toEqual([]);
  });

  test("hear what was asked, beside what is offered, but not from themselves", async () => {
    const told = [questionOf(7, 0), questionOf(-7, 2)];
    at(1).knows.add("one");
    at(0).link.offer(entryOf("one"), bytesOf("one"));
    for (const question of told) at(0).link.asked(question);
    for (const index of [1, 2]) await waitFor("it to be heard", () => at(index).questions.length === 2);
    expect(processes.map(({ questions }) => questions)).toEqual([[], told, told]);
    expect(at(1).taken).toEqual(["entry of one"]);
  });

  test("hear nothing of questions that a message has no bytes for", async () => {
    const tell = (frame: ReplicaFrame, ...pieces: Buffer[]) =>
      at(0).connection.send(["PUBLISH", at(0).connection.key("v1:all"), encodeReplicaFrame("abcdefgh", frame, pieces)]);
    const [one, another] = [questionBytes(questionOf(1, 1)), questionBytes(questionOf(2, 2))];
    at(2).link.asked(questionOf(3, 3));
    await waitFor("it to hear at all", () => at(1).questions.length > 0);
    for (const asked of [2 * one.length, one.length - 1, -1, 0]) await tell({ asked }, one);
    await tell({ asked: another.length }, another);
    await waitFor("the last to be heard", () => at(1).questions.length > 1);
    expect(at(1).questions).toEqual([questionOf(3, 3), questionOf(2, 2)]);
  });

  test("take a rating wherever it comes", async () => {
    at(2).knows.add("rated");
    const result = await waitFor("the one that knows to hear", async () => {
      const answer = await at(0).link.rate({ requestId: "rated", rating: 4 });
      return answer.kind !== "unknown" && answer;
    });
    expect(result).toEqual({ kind: "rated", rating: 3 });
    expect(await at(0).link.rate({ requestId: "other", rating: 4 })).toEqual({ kind: "unknown" });
  });

  test("lose nothing that was offered or read while the store hung, or was gone and came back empty", async () => {
    for (const [name, away, back] of [
      ["hung", async () => server.hang(), async () => server.goOn()],
      ["gone", server.kill, server.startAgain],
    ] as const) {
      await away();
      at(1).knows.add(name);
      at(0).link.offer(entryOf(name), bytesOf(name));
      at(0).link.read(name, READING);
      await waitFor("the store to be missed", () => !at(0).connection.isUp);
      expect(await at(0).link.rate({ requestId: name, rating: 1 })).toEqual({ kind: "unknown" });
      at(0).link.learned(name, "weak");
      at(0).link.asked(questionOf(1, 1));
      await back();
      await waitFor("what was offered to be taken", () => at(1).taken.includes(`entry of ${name}`), 15_000);
      await waitFor("what was read to be heard", () => at(1).told.includes(`read ${name} glm-5`));
      await waitFor("what was learned to be heard", () => at(1).told.includes(`learned ${name} weak`));
      await waitFor("what was asked to be heard", () => at(1).questions.splice(0).length > 0);
    }
    expect(at(0).nobodys).toEqual([]);
  });

  test("offer again to one that hears from now on", async () => {
    at(0).link.offer(entryOf("late"), bytesOf("late"));
    at(0).link.flush();
    await waitFor("the offer to be made", async () => (await at(0).connection.send(["PING"])) === "PONG");
    const late = await open(server.url);
    processes = [...processes, late];
    late.knows.add("late");
    late.link.flush();
    await waitFor("the offer to be taken", () => late.taken.length > 0);
  });

  test("end with what is open being nobody's", async () => {
    await server.kill();
    at(0).link.offer(entryOf("left"), bytesOf("left"));
    await at(0).link.close();
    expect(at(0).nobodys).toEqual(["left"]);
  });

  test("know a session's last action, wherever it was, and one that started later learns of it from the store", async () => {
    at(0).sessions.acted(SESSION, { tier: "strong", inputTokens: 5000, isQuestion: true, willRefer: false, atMs: performance.now() });
    const tierAt = (process: Process) => process.sessions.find(SESSION, TIERS)?.tier;
    for (const index of [1, 2]) await waitFor("the session to be known", () => tierAt(at(index)) === 1);
    at(1).sessions.acted(SESSION, { tier: "weak", inputTokens: 6000, isQuestion: false, willRefer: false, atMs: performance.now() });
    await waitFor("its next action to be known", () => tierAt(at(0)) === 0);
    expect(at(0).sessions.find(SESSION, TIERS)).toMatchObject({ actions: 2, questions: 1, cachedTokens: [6000, 5000] });
    const late = await open(server.url);
    processes = [...processes, late];
    expect(tierAt(late)).toBeUndefined();
    await waitFor("the session to be found", () => tierAt(late) === 0);
    expect(late.sessions.find(SESSION, TIERS)).toMatchObject({ actions: 2, inputTokens: 6000 });
  });
});

describe("a message between replicas", () => {
  test("carries its bytes, and who sent it", () => {
    const message = encodeReplicaFrame("abcdefgh", { taken: ["ä"] }, [Buffer.from([1]), Buffer.from([0, 255])]);
    expect(senderOf(message)).toBe("abcdefgh");
    expect(decodeReplicaFrame(message)).toEqual({ frame: { taken: ["ä"] }, bytes: Buffer.from([1, 0, 255]) });
  });

  test.each([
    ["nothing", Buffer.alloc(0)],
    ["a text", Buffer.from("PING and more")],
    ["one cut off", encodeReplicaFrame("abcdefgh", { taken: ["a"] }).subarray(0, 20)],
    ["no JSON", Buffer.concat([Buffer.from("abcdefgh"), Buffer.from([2, 0, 0, 0]), Buffer.from("{,")])],
  ])("that is %s is none", (_name, message) => {
    expect(decodeReplicaFrame(message)).toBeUndefined();
  });
});
