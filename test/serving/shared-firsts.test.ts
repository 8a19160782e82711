// A consensus whose two answers are judged by different replicas, over a real Redis and a real Valkey.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type CascadeSettings, cascadeJudge, type Judged } from "../../src/answer/cascade/cascade.ts";
import { answerJudges } from "../../src/answer/checks/judges.ts";
import { sharedFirsts } from "../../src/serving/shared-firsts.ts";
import type { StateConnection } from "../../src/state/connection.ts";
import { connected, type StoreServer, startStore, storePrograms } from "../support/store-server.ts";
import { waitFor } from "../support/wait-for.ts";

const SETTINGS: CascadeSettings = {
  steps: ["a", "b", "dear"],
  hold: { bytes: 1, tokens: 1, ms: 1 },
  maxShare: 1,
  judges: answerJudges([{ check: "refusal" }]),
  consensus: { similarity: 0.8, ms: 30_000 },
};
const REQUEST = Buffer.from(JSON.stringify({ messages: [{ role: "user", content: "How many?" }] }));
const HEADERS = new Map(Object.entries({ ":status": "200", "content-type": "application/json" }));

describe.each(storePrograms())("two replicas over %s", (program) => {
  let server: StoreServer;
  let connections: StateConnection[];
  beforeEach(async () => {
    server = await startStore(program);
    connections = await Promise.all([connected(server.url, { commandMs: 300 }), connected(server.url, { commandMs: 300 })]);
  });
  afterEach(async () => {
    for (const connection of connections) await connection.close();
    await server.close();
  });

  function replica(index: number) {
    const told: Judged[] = [];
    const connection = connections[index];
    if (connection === undefined) throw new Error("two connections");
    const shared = sharedFirsts(connection);
    let looked: Promise<unknown> = Promise.resolve();
    const { asked, judge } = cascadeJudge({
      settings: () => SETTINGS,
      now: () => 0,
      onJudged: (judged) => void told.push(judged),
      sharedFirsts: {
        ...shared,
        take(requestId) {
          const found = shared.take(requestId);
          looked = found;
          return found;
        },
      },
    });
    const answer = async (requestId: string, attempt: number, content: string, headers = HEADERS) => {
      const about = { requestId, attempts: "a,b,dear,a", attempt };
      asked(about);
      await looked; // while the server thinks
      const held = judge({ ...about, requestBody: REQUEST }, headers);
      const message = { role: "assistant", content };
      held?.piece(Buffer.from(JSON.stringify({ object: "chat.completion", choices: [{ index: 0, message, finish_reason: "stop" }] })));
      return held?.ended();
    };
    return { answer, last: () => told.at(-1) };
  }
  const keys = async () => (await connections[0]?.send(["KEYS", "*first*"])) as readonly string[];

  test.each([
    ["The answer is 12.", "It comes to 12. The answer is 12.", "pass", { result: "accepted" }],
    ["The answer is 12.", "The answer is 13.", "ask-next", { result: "refused", reason: "disagreement" }],
    ["I cannot help with that.", "I cannot help with that.", "ask-next", { result: "refused", reason: "nothing-to-compare" }],
  ] as const)("compare %j with %j", async (first, second, verdict, judged) => {
    const [one, other] = [replica(0), replica(1)];
    expect(await one.answer("r", 1, first)).toBe("ask-next");
    expect(await other.answer("r", 2, second)).toBe(verdict);
    expect(other.last()).toMatchObject({ tier: "b", ...judged });
    expect(await keys()).toEqual([]);
  });

  test("know of a first that failed, and do not compare with it", async () => {
    const [one, other] = [replica(0), replica(1)];
    await one.answer("r", 1, "", new Map([...HEADERS, [":status", "500"]]));
    expect(await other.answer("r", 2, "The answer is 12.")).toBe("ask-next");
    expect(other.last()).toMatchObject({ result: "refused", reason: "nothing-to-compare" });
  });

  test("leave nothing in the store where one judges both, and nothing that does not go", async () => {
    const one = replica(0);
    await one.answer("r", 1, "The answer is 12.");
    const [key = ""] = await keys();
    expect(Number(await connections[0]?.send(["PTTL", key]))).toBeGreaterThan(0);
    expect(await one.answer("r", 2, "The answer is 12.")).toBe("pass");
    await waitFor("it to be gone", async () => (await keys()).length === 0);
  });

  test("let the second pass where the store hangs, or nobody has left anything, and count it", async () => {
    const [one, other] = [replica(0), replica(1)];
    expect(await other.answer("unknown", 2, "The answer is 12.")).toBeUndefined();
    expect(other.last()).toMatchObject({ tier: "b", result: "unmatched" });
    server.hang();
    expect(await one.answer("r", 1, "The answer is 12.")).toBe("ask-next");
    expect(await other.answer("r", 2, "The answer is 12.")).toBeUndefined();
    expect(other.last()).toMatchObject({ tier: "b", result: "unmatched" });
    server.goOn();
  });
});
