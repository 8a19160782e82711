// Which tiers are left for being late, by a clock that stands still: when, for which requests, and when they are found again.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { latencies, type PromptSize } from "../../../../src/request/guard/health/latencies.ts";

const LEVEL_MS = 1000;
const SHORT: PromptSize = { inputTokens: 100, stream: true };
const LONG: PromptSize = { inputTokens: 50_000, stream: true };

function watched() {
  let nowMs = 1_000_000;
  const changes: string[] = [];
  const all = latencies({ now: () => nowMs, random: () => 0, onChange: (tier, size, to) => changes.push(`${tier} ${size} ${to}`) });
  const levels = (firstByteMs: number | undefined) => [
    { name: "weak", firstByteMs },
    { name: "strong", firstByteMs: undefined },
  ];
  all.use(levels(LEVEL_MS));
  return {
    all,
    changes,
    reload: (firstByteMs: number | undefined) => all.use(levels(firstByteMs)),
    pass: (ms: number) => {
      nowMs += ms;
    },
    now: () => nowMs,
    /** Each 100 ms after the one before. */
    waits(times: readonly number[], size = SHORT, tier = "weak") {
      for (const ms of times) {
        nowMs += 100;
        all.waited(tier, size, { ms, isOver: true }, nowMs);
      }
    },
  };
}

const every = (count: number, ms: number) => Array.from({ length: count }, () => ms);

describe("a tier is left", () => {
  test.each<[why: string, times: readonly number[], isSlow: boolean]>([
    ["where nearly all are late", every(20, 3000), true],
    ["not of nineteen", every(19, 3000), false],
    ["not where one of twenty is late, as may be", [...every(19, 100), 3000], false],
    ["where four of twenty are", [...every(16, 100), ...every(4, 3000)], true],
    ["within seconds after hours in time", [...every(5000, 100), ...every(150, 3000)], true],
    ["not by one in twenty-five, ever", Array.from({ length: 5000 }, (_, at) => (at % 25 === 0 ? 3000 : 100)), false],
  ])("%s", (_, times, isSlow) => {
    const one = watched();
    one.waits(times);
    expect(one.all.isSlow("weak", SHORT)).toBe(isSlow);
    expect(one.all.areWell).toBe(!isSlow);
  });

  test("never where all are in time", () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: LEVEL_MS, noNaN: true }), { maxLength: 300 }), (times) => {
        const one = watched();
        one.waits(times);
        return one.changes.length === 0;
      }),
    );
  });

  test("for requests of the size that is late only, streamed ones apart", () => {
    const one = watched();
    one.waits(every(40, 3000), LONG);
    one.waits(every(40, 300), SHORT);
    const isSlow = (inputTokens: number, stream: boolean) => one.all.isSlow("weak", { inputTokens, stream });
    expect([isSlow(32_768, true), isSlow(65_535, true), isSlow(32_767, true), isSlow(65_536, true), isSlow(50_000, false)]).toEqual([
      true,
      true,
      false,
      false,
      false,
    ]);
    expect(one.changes).toEqual(["weak 32768-65535 streamed slow"]);
  });

  test("not where it has no level", () => {
    const one = watched();
    one.waits(every(100, 60_000), SHORT, "strong");
    expect(one.changes).toEqual([]);
  });

  test("by clients who left too late too; of those who left in time nobody knows", () => {
    const one = watched();
    const left = (ms: number) => one.all.waited("weak", SHORT, { ms, isOver: false }, one.now());
    for (let index = 0; index < 200; index++) left(500);
    expect(one.all.tiers()).toEqual([{ tier: "weak", levelMs: LEVEL_MS, p95Ms: undefined, slow: [] }]);
    for (let index = 0; index < 20; index++) left(1500);
    expect(one.changes).toEqual(["weak 64-127 streamed slow"]);
  });
});

describe("a tier that was left", () => {
  const left = () => {
    const one = watched();
    one.waits(every(20, 3000));
    return one;
  };

  test("is found again by five in time, and one that is late among them begins the count anew", () => {
    const one = left();
    one.waits([...every(4, 100), 3000, ...every(4, 100)]);
    expect(one.all.isSlow("weak", SHORT)).toBe(true);
    one.waits([100]);
    expect(one.all.isSlow("weak", SHORT)).toBe(false);
    one.waits([3000]);
    expect(one.changes).toEqual(["weak 64-127 streamed slow", "weak 64-127 streamed well"]);
  });

  test("hears nothing of requests from before: late ones cannot take it away again", () => {
    const one = left();
    const before = one.now();
    one.waits(every(5, 100));
    for (let index = 0; index < 50; index++) one.all.waited("weak", SHORT, { ms: 3000, isOver: true }, before);
    expect(one.all.areWell).toBe(true);
  });

  test("is tried with one of a hundred", () => {
    const one = left();
    const drawn = Array.from({ length: 1000 }, () => one.all.drawsProbe("weak")).filter(Boolean);
    expect(drawn).toHaveLength(10);
  });

  test("is forgiven after ten minutes without a request", () => {
    const one = left();
    one.pass(599_000);
    expect(one.all.isSlow("weak", SHORT)).toBe(true);
    one.pass(1000);
    expect(one.all.isSlow("weak", SHORT)).toBe(false);
    expect(one.all.areWell).toBe(true);
  });

  test("outlives a reload; with another level it is well until that is exceeded, and without any for good", () => {
    const one = left();
    one.reload(LEVEL_MS);
    expect(one.all.isSlow("weak", SHORT)).toBe(true);
    one.reload(5000);
    expect(one.all.areWell).toBe(true);
    one.waits(every(20, 6000));
    expect(one.all.areWell).toBe(false);
    one.reload(undefined);
    expect(one.all.areWell).toBe(true);
    expect(one.all.tiers()).toEqual([]);
  });

  test("is shown with what is predicted and for which sizes", () => {
    const [shown] = left().all.tiers();
    expect(shown).toMatchObject({ tier: "weak", levelMs: LEVEL_MS, slow: ["64-127 streamed"] });
    expect(shown?.p95Ms).toBeGreaterThan(2880);
    expect(shown?.p95Ms).toBeLessThan(3120);
  });
});
