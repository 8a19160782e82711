// Answers shared over a real Redis and Valkey: they come back to the byte, for their time, and what the store does not say is not there.
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { KeptAnswer } from "../../src/state/answer-store.ts";
import { answersInRedis } from "../../src/state/answers-in-redis.ts";
import type { StateConnection } from "../../src/state/connection.ts";
import { connected, type StoreServer, startStore, storePrograms } from "../support/store-server.ts";
import { waitFor } from "../support/wait-for.ts";

const READ_MS = 50;

describe.each(storePrograms())("over %s", (program) => {
  let server: StoreServer;
  let connection: StateConnection;
  let failures: string[] = [];
  const answers = () => answersInRedis({ connection, readMs: READ_MS, now: Date.now, onFailed: (what) => failures.push(what) });
  const answer = (body: Uint8Array, lifeMs = 60_000): KeptAnswer => ({
    body,
    contentType: "text/event-stream",
    model: "m",
    inputTokens: 1,
    outputTokens: 2,
    costUsd: undefined,
    atMs: Date.now(),
    untilMs: Date.now() + lifeMs,
  });

  beforeAll(async () => {
    server = await startStore(program);
    connection = await connected(server.url);
  });
  afterEach(() => {
    failures = [];
  });
  afterAll(async () => {
    await connection.close();
    await server.close();
  });

  test("an answer comes back to the byte, whatever its bytes are, to whoever has its key", async () => {
    const bytes = Buffer.from(Array.from({ length: 70_000 }, (_, at) => (at * 7) % 256));
    const kept = answer(bytes);
    answers().set("a", kept);
    const other = await connected(server.url);
    const theirs = answersInRedis({ connection: other, readMs: 1000, now: Date.now, onFailed: (what) => failures.push(what) });
    const got = await waitFor("the answer", () => theirs.get("a"));
    expect(Buffer.compare(got.body, bytes)).toBe(0);
    expect({ ...got, body: undefined }).toEqual({ ...kept, body: undefined });
    expect(await theirs.get("b")).toBeUndefined();
    expect(failures).toEqual([]);
    await other.close();
  });

  test("it is gone when its time is over, from the store too", async () => {
    answers().set("short", answer(Buffer.from("x"), 80));
    await waitFor("the answer", () => answers().get("short"));
    await waitFor("the store to let go", async () => (await connection.send(["EXISTS", connection.key("answer:short")])) === 0);
    expect(await answers().get("short")).toBeUndefined();
    const { set, get } = answersInRedis({ connection, readMs: READ_MS, now: () => Date.now() + 120_000, onFailed() {} });
    answers().set("mine", answer(Buffer.from("x")));
    expect(await get("mine")).toBeUndefined(); // by this one's clock it is over
    set("late", answer(Buffer.from("x"))); // and is not written any more
    expect(await connection.send(["EXISTS", connection.key("answer:late")])).toBe(0);
  });

  test("what another replica saw is taken once", async () => {
    answers().offer("f", { body: Buffer.from("body"), contentType: "application/json" });
    const taken = await waitFor("the offer", () => answers().take("f"));
    expect([taken.body.toString(), taken.contentType]).toEqual(["body", "application/json"]);
    expect(await answers().take("f")).toBeUndefined();
  });

  test("what is taken is not lost to a store that is late, since no request waits for it", async () => {
    answers().offer("late", { body: Buffer.from("body"), contentType: "application/json" });
    await waitFor("the offer", async () => (await connection.send(["EXISTS", connection.key("offered:late")])) === 1);
    server.hang();
    const taking = answers().take("late");
    setTimeout(server.goOn, 4 * READ_MS);
    expect((await taking)?.body.toString()).toBe("body");
    expect(failures).toEqual([]);
  });

  test.each([
    ["text", "no answer"],
    ["other JSON", '{"a":1}\nbody'],
    ["nothing", ""],
  ])("what is no answer (%s) is counted, and is not there", async (_, value) => {
    await connection.send(["SET", connection.key("answer:bad"), value]);
    expect(await answers().get("bad")).toBeUndefined();
    expect(failures).toEqual(["bad"]);
  });

  test("a store of another type under the key is counted, and the request goes on", async () => {
    await connection.send(["LPUSH", connection.key("answer:list"), "x"]);
    expect(await answers().get("list")).toBeUndefined();
    expect(failures).toEqual(["read"]);
  });

  test("a store that hangs is waited for 50 ms, and one that is away not at all", async () => {
    server.hang();
    const begun = performance.now();
    expect(await answers().get("a")).toBeUndefined();
    expect(performance.now() - begun).toBeLessThan(READ_MS + 500);
    expect(failures).toEqual(["read"]);
    await waitFor("the store to be away", () => !connection.isUp, 10_000);
    const again = performance.now();
    expect(await answers().get("a")).toBeUndefined();
    expect(performance.now() - again).toBeLessThan(READ_MS);
    answers().set("a", answer(Buffer.from("x")));
    expect(failures).toEqual(["read"]);
    server.goOn();
    await waitFor("the store to be up", () => connection.isUp, 10_000);
  });
});
