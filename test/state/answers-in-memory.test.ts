import { describe, expect, test } from "vitest";
import type { KeptAnswer } from "../../src/state/answer-store.ts";
import { answersInMemory } from "../../src/state/answers-in-memory.ts";

const KB = 1024;
/** What each takes of the heap, and its first block, which holds what is known of it. */
const [ENTRY, HEAD] = [320, KB];
const answer = (body: string | Uint8Array, untilMs = 1000): KeptAnswer => ({
  body: typeof body === "string" ? Buffer.from(body) : body,
  contentType: "application/json",
  model: "m",
  inputTokens: 1,
  outputTokens: 2,
  costUsd: 0.5,
  atMs: 0,
  untilMs,
});

function memory(maxBytes: number) {
  const evicted: string[] = [];
  const clock = { ms: 0, maxBytes };
  const store = answersInMemory({ maxBytes: () => clock.maxBytes, now: () => clock.ms, onEvicted: (why) => evicted.push(why) });
  const has = (...keys: readonly string[]) => keys.filter((key) => store.get(key) !== undefined).join("");
  return { store, evicted, clock, has };
}

describe("answers in memory", () => {
  test.each([0, 1, KB - 1, KB, KB + 1, 5 * KB, 200 * KB + 7])(
    "a body of %d bytes comes back as it was, with all that is known of it",
    (bytes) => {
      const { store } = memory(1 << 20);
      const body = Buffer.from(Array.from({ length: bytes }, (_, at) => (at * 31) % 251));
      store.set("other", answer("x".repeat(3000)));
      store.set("a", answer(body));
      store.set("third", answer("y".repeat(3000)));
      const kept = store.get("a");
      expect(kept && Buffer.compare(kept.body, body)).toBe(0);
      expect(kept).toMatchObject({ contentType: "application/json", model: "m", costUsd: 0.5 });
    },
  );

  test("where they take too much, those go first that were not asked for the longest", () => {
    const { store, evicted, has } = memory(4 * (2 * KB + HEAD + ENTRY));
    for (const key of "abcd") store.set(key, answer("x".repeat(2 * KB)));
    store.get("a");
    store.set("e", answer("x".repeat(2 * KB)));
    expect(has(..."abcde")).toBe("acde");
    expect(evicted).toEqual(["full"]);
    store.set("f", answer("x".repeat(6 * KB)));
    expect(has(..."abcdef")).toBe("ef");
    expect(store.bytes).toBe(2 * KB + 6 * KB + 2 * (HEAD + ENTRY));
  });

  test("one that is larger than all there may be is not kept, and costs nothing else its place", () => {
    const { store, has } = memory(10 * KB);
    store.set("a", answer("x"));
    store.set("b", answer("x".repeat(20 * KB)));
    expect(has("a", "b")).toBe("a");
  });

  test("one whose time is over is not given, and is let go of", () => {
    const { store, evicted, clock, has } = memory(1 << 20);
    store.set("a", answer("x", 100));
    store.set("b", answer("x", 200));
    clock.ms = 100;
    expect(has("a", "b")).toBe("b");
    store.expire();
    expect([store.count, evicted]).toEqual([1, ["old"]]);
    clock.ms = 200;
    for (let turn = 0; turn < 2; turn++) store.expire();
    expect([store.count, store.bytes]).toEqual([0, 0]);
  });

  test("a newer answer takes an older one's place", () => {
    const { store } = memory(1 << 20);
    store.set("a", answer("old".repeat(KB)));
    store.set("a", answer("new"));
    expect(store.get("a")?.body.toString()).toBe("new");
    expect([store.count, store.bytes]).toEqual([1, HEAD + ENTRY]);
  });

  test("a smaller limit is kept to soon, and nothing is left behind a clearing", () => {
    const { store, clock } = memory(1 << 20);
    for (let index = 0; index < 100; index++) store.set(String(index), answer("x".repeat(5 * KB)));
    clock.maxBytes = 50 * KB;
    store.expire();
    expect(store.bytes).toBeLessThanOrEqual(50 * KB);
    store.clear();
    expect([store.count, store.bytes, store.get("99")]).toEqual([0, 0, undefined]);
  });

  test("any sequence leaves every answer as it was set", () => {
    const { store } = memory(60 * KB);
    const shadow = new Map<string, string>();
    let seed = 1;
    const random = (below: number) => {
      seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff;
      return seed % below;
    };
    for (let turn = 0; turn < 20_000; turn++) {
      const key = String(random(40));
      if (random(2) === 0) {
        const text = `${key}:${turn}:`.repeat(1 + random(800));
        shadow.set(key, text);
        store.set(key, answer(text, 1e9));
      } else {
        const kept = store.get(key);
        if (kept !== undefined) expect(kept.body.toString()).toBe(shadow.get(key));
      }
      expect(store.bytes).toBeLessThanOrEqual(60 * KB);
    }
  });
});
