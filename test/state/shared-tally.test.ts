// What replicas count together and agree on, in a real Redis and a real Valkey.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { StateConnection } from "../../src/state/connection.ts";
import type { Exchange, SharedTally } from "../../src/state/shared-tally.ts";
import { sharedTalliesInRedis } from "../../src/state/shared-tally-in-redis.ts";
import { connected, type StoreServer, startStore, storePrograms } from "../support/store-server.ts";
import { waitFor } from "../support/wait-for.ts";

describe.each(storePrograms())("a shared tally in %s", (program) => {
  let server: StoreServer;
  let connections: StateConnection[];
  let one: SharedTally;
  let other: SharedTally;

  beforeEach(async () => {
    server = await startStore(program);
    connections = await Promise.all([connected(server.url), connected(server.url)]);
    const [first, second] = connections.map((connection) => sharedTalliesInRedis(connection).of("rollout"));
    if (first === undefined || second === undefined) throw new Error("two connections");
    [one, other] = [first, second];
  });
  afterEach(async () => {
    for (const connection of connections) await connection.close();
    await server.close();
  });

  const part = (id: string, sequence: number, text = `${id}${sequence}`) => ({ id, sequence, text });
  const told = (more: Partial<Exchange> = {}): Exchange => ({ version: 1, epoch: "0.7", parts: [], claimant: "c", claims: [], ...more });
  const agreed = (from: number, record: string, epoch = "0.7") => one.agree({ from, version: from + 1, epoch, record });
  const partsOf = async (by: SharedTally, more: Partial<Exchange> = {}) => {
    const reply = await by.exchange(told(more));
    return reply.kind === "done" ? [...reply.parts].sort() : reply;
  };

  test("gives each the parts of all, and never an older one in a newer one's place", async () => {
    await agreed(0, "{}");
    expect(await partsOf(one, { parts: [part("a", 2)] })).toEqual(["a2"]);
    expect(await partsOf(other, { parts: [part("b", 1, "has:a colon"), part("a", 1)] })).toEqual(["a2", "has:a colon"]);
    expect(await partsOf(one, { parts: [part("a", 2, "not newer")] })).toEqual(["a2", "has:a colon"]);
    expect(await partsOf(one, { parts: [part("a", 10)] })).toEqual(["a10", "has:a colon"]);
  });

  test("gives each claim to one, who may ask again", async () => {
    await agreed(0, "{}");
    const claim = async (by: SharedTally, claimant: string, members: readonly number[], set = 0) => {
      const reply = await by.exchange(told({ claimant, claims: members.map((member) => ({ set, member })) }));
      return reply.kind === "done" && reply.granted;
    };
    expect(await claim(one, "a", [1, 2, 4_294_967_295])).toEqual([true, true, true]);
    expect(await claim(other, "b", [3, 2, 4_294_967_295])).toEqual([true, false, false]);
    expect(await claim(one, "a", [2, 3, 2])).toEqual([true, false, true]);
    expect(await claim(other, "b", [2], 1)).toEqual([true]);
  });

  test("of two who would change the same, the second is told what the first did, and changes nothing", async () => {
    expect(await agreed(0, "first")).toEqual({ kind: "agreed" });
    const proposals = [one, other].map((by, at) => by.agree({ from: 1, version: 2, epoch: "0.7", record: `by ${at}` }));
    const replies = await Promise.all(proposals);
    expect(replies.filter(({ kind }) => kind === "agreed")).toHaveLength(1);
    const winner = replies[0]?.kind === "agreed" ? "by 0" : "by 1";
    expect(replies.find(({ kind }) => kind === "stands")).toEqual({ kind: "stands", version: 2, record: winner });
    expect(await one.exchange(told())).toEqual({ kind: "stands", version: 2, record: winner });
  });

  test("takes no part and no claim of another epoch or version, and begins one empty", async () => {
    await agreed(0, "{}");
    await one.exchange(told({ parts: [part("a", 1)], claims: [{ set: 0, member: 5 }] }));
    await agreed(1, "next", "1.9");
    const stands = { kind: "stands", version: 2, record: "next" };
    expect(await other.exchange(told({ parts: [part("b", 1)] }))).toEqual(stands);
    expect(await other.exchange(told({ version: 2, parts: [part("b", 1)] }))).toEqual(stands);
    const anew = { version: 2, epoch: "1.9", claimant: "b", claims: [{ set: 0, member: 5 }] };
    expect(await other.exchange(told({ ...anew, parts: [part("b", 1)] }))).toEqual({ kind: "done", parts: ["b1"], granted: [true] });
  });

  test("says nothing stands where nothing does, as after a store's loss", async () => {
    expect(await one.exchange(told())).toEqual({ kind: "stands", version: 0, record: "" });
  });

  test("tells those that listen to it, and no others, when something was agreed, and when the store is back", async () => {
    const news: string[] = [];
    other.onNews(() => news.push("other"));
    const [, connection] = connections;
    if (connection !== undefined)
      sharedTalliesInRedis(connection)
        .of("another")
        .onNews(() => news.push("another"));
    await agreed(0, "{}");
    await waitFor("the news", () => news.length > 0);
    expect(news).toEqual(["other"]);
    await server.kill();
    await waitFor("the store to be away", () => connection?.isUp === false);
    await server.startAgain();
    await waitFor("the store to be back", () => news.includes("another"), 10_000);
    other.close();
    const before = news.filter((each) => each === "other").length;
    await waitFor("a connection", () => connections.every(({ isUp }) => isUp), 10_000);
    await agreed(0, "{}");
    await expect(other.exchange(told())).resolves.toMatchObject({ kind: "done" });
    expect(news.filter((each) => each === "other")).toHaveLength(before);
  });

  test("leaves nothing in the store that never goes", async () => {
    await agreed(0, "{}");
    await one.exchange(told({ parts: [part("a", 1)], claims: [{ set: 3, member: 5 }] }));
    const [connection] = connections;
    const keys = (await connection?.send(["KEYS", "*shared*"])) as readonly string[];
    expect(keys).toHaveLength(3);
    for (const key of keys) expect(Number(await connection?.send(["PTTL", key]))).toBeGreaterThan(0);
  });
});
