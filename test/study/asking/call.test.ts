// How often, how fast and for how much a server is asked.
import { describe, expect, test } from "vitest";
import { atOnce } from "../../../src/study/asking/at-once.ts";
import { type Failure, retryAfterMs } from "../../../src/study/asking/call/call.ts";
import { Pace } from "../../../src/study/asking/call/pace.ts";
import { retryInMs } from "../../../src/study/asking/call/retry.ts";
import { Spending } from "../../../src/study/asking/call/spending.ts";

describe("tried again", () => {
  const tried = (failure: Failure, attempts: number, retryAfter?: number) =>
    retryInMs({ failure, attempts, mostAttempts: 4, retryAfterMs: retryAfter }, () => 0.5);

  test.each<[string, number | undefined, number | undefined]>([
    ["at first after up to a second", tried("server-error", 1), 500],
    ["then after twice as long", tried("timeout", 3), 2000],
    ["not sooner than the server asks, and not all at once", tried("rate-limited", 1, 7000), 7500],
    ["not where the server asks for hours", tried("rate-limited", 1, 3_600_000), undefined],
    ["not for ever", tried("network", 4), undefined],
    ["not where the request is at fault", tried("refused", 1), undefined],
    ["not with a wrong key", tried("key-refused", 1), undefined],
  ])("%s", (_, ms, expected) => {
    expect(ms).toBe(expected);
  });

  test.each<[Record<string, string>, number | undefined]>([
    [{ "retry-after": "3" }, 3000],
    [{ "retry-after": "Thu, 01 Jan 1970 00:01:40 GMT" }, 40_000],
    [{ "retry-after-ms": "250", "retry-after": "1" }, 250],
    [{ "retry-after": "soon" }, undefined],
    [{}, undefined],
  ])("Retry-After %j", (headers, expected) => {
    expect(retryAfterMs(new Headers(headers), 60_000)).toBe(expected);
  });
});

describe("the pace", () => {
  test("spreads requests over the minute", () => {
    const pace = new Pace({ requestsPerMinute: 60, tokensPerMinute: undefined });
    expect([pace.take(0, 1), pace.take(0, 1), pace.take(500, 1), pace.take(9000, 1)]).toEqual([0, 1000, 1500, 0]);
  });

  test("spreads tokens, and makes up for those that were not foreseen", () => {
    const pace = new Pace({ requestsPerMinute: undefined, tokensPerMinute: 6000 });
    expect(pace.take(0, 100)).toBe(0);
    pace.took(100, 300);
    expect(pace.take(0, 100)).toBe(3000);
  });

  test("rests for as long as the server asks", () => {
    const pace = new Pace({ requestsPerMinute: undefined, tokensPerMinute: undefined });
    pace.rest(1000, 5000);
    expect([pace.take(2000, 1), pace.take(7000, 1)]).toEqual([4000, 0]);
  });
});

describe("the cap", () => {
  test("counts what is under way as it may come to, and never goes over", async () => {
    const spending = new Spending(1);
    expect(await spending.reserve(0.6)).toBe(true);
    const waiting = spending.reserve(0.6);
    spending.settle(0.6, 0.2);
    expect(await waiting).toBe(true);
    spending.settle(0.6, 0.6);
    expect(await spending.reserve(0.3)).toBe(false);
    expect(spending.spent).toBeCloseTo(0.8);
  });

  test("says no where it cannot fit any more, though something is under way", async () => {
    const spending = new Spending(1);
    await spending.reserve(0.5);
    expect(await spending.reserve(1.1)).toBe(false);
  });
});

describe("so many at once", () => {
  async function* numbers(read: number[]) {
    for (let number = 0; number < 20; number++) {
      read.push(number);
      yield number;
    }
  }

  test("and nothing is read ahead", async () => {
    const read: number[] = [];
    let [now, most, ended, ahead] = [0, 0, 0, 0];
    await atOnce(numbers(read), 3, async () => {
      most = Math.max(most, ++now);
      ahead = Math.max(ahead, read.length - ended);
      await new Promise((resolve) => setImmediate(resolve));
      now--;
      ended++;
      return true;
    });
    expect([most, ahead, read.length]).toEqual([3, 3, 20]);
  });

  test("until one says to stop: those under way end", async () => {
    const read: number[] = [];
    let ended = 0;
    await atOnce(numbers(read), 4, async (number) => {
      await new Promise((resolve) => setImmediate(resolve));
      ended++;
      return number < 2;
    });
    expect(read.length).toBeLessThan(10);
    expect(ended).toBeGreaterThanOrEqual(4);
  });

  test("and the first error is thrown when all have ended", async () => {
    let ended = 0;
    const work = async (number: number) => {
      await new Promise((resolve) => setImmediate(resolve));
      ended++;
      if (number === 1) throw new Error("one");
      return true;
    };
    await expect(atOnce(numbers([]), 3, work)).rejects.toThrow("one");
    expect(ended).toBeGreaterThanOrEqual(3);
  });
});
