// What a replica tells the others of what it is asked, and hears of them, where repeats are shared and where not.
import { expect, test } from "vitest";
import type { Shared } from "../../src/config/capabilities/state.ts";
import type { SiblingDeps } from "../../src/outcome/join/siblings.ts";
import { type Question, SKETCH_LENGTH } from "../../src/request/routing/asked.ts";
import { replicasOver } from "../../src/serving/replicas.ts";
import { connected, startStore, storePrograms } from "../support/store-server.ts";
import { waitFor } from "../support/wait-for.ts";

const QUESTION: Question = { asked: { by: 1, sketch: new Int8Array(SKETCH_LENGTH), message: 0 }, turns: 1, startedAtMs: 1.8e12 };
const [program] = storePrograms();

async function replica(url: string, ...share: readonly Shared[]) {
  const heard: string[] = [];
  const deps: SiblingDeps = {
    take: () => false,
    nobodys() {},
    reading() {},
    read() {},
    discarded() {},
    learned: (key) => heard.push(key),
    asked: () => heard.push("a question"),
  };
  const connection = await connected(url);
  const state = {
    connection,
    shares: (what: Shared) => share.includes(what),
    live: () => ({ away: null, forSeconds: 0, roundTripMs: null }),
  };
  const calls = replicasOver(state)?.open(deps, () => ({ kind: "unknown" }));
  if (calls === undefined) throw new Error("nothing is shared");
  const close = async () => {
    await calls.close();
    await connection.close();
  };
  return { heard, calls, close };
}

test.skipIf(program === undefined)("repeats are shared by those that `state.share` has do so", async () => {
  const store = await startStore(program ?? "redis-server");
  const sharing = await Promise.all([replica(store.url, "repeats", "continued"), replica(store.url, "repeats")]);
  const other = await replica(store.url, "continued");
  expect(other.calls.asked).toBeUndefined();
  sharing[0].calls.asked?.(QUESTION);
  sharing[0].calls.learned("a key", "weak"); // in the same message
  for (const { heard } of [sharing[1], other]) await waitFor("the message to be heard", () => heard.includes("a key"));
  expect([sharing[0].heard, sharing[1].heard, other.heard]).toEqual([[], ["a key", "a question"], ["a key"]]);
  for (const { close } of [...sharing, other]) await close();
  await store.close();
});
