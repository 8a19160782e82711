// Units are counted once, in bounded memory.
import { describe, expect, test } from "vitest";
import { armOf, saltOf, unitHash } from "../../../src/request/rollout/assignment.ts";
import { EACH_ONCE, firstTime } from "../../../src/request/rollout/first-time.ts";

const salt = saltOf("cheaper");
const hashes = (count: number) => Array.from({ length: count }, (_, at) => unitHash(`user-${at}`, salt));

describe("the first time", () => {
  test("a unit is met for the first time once", () => {
    const met = firstTime(1024);
    const units = hashes(500);
    expect(units.filter((unit) => met.isFirst(unit))).toHaveLength(500);
    expect(units.filter((unit) => met.isFirst(unit))).toHaveLength(0);
  });

  test("no unit counts twice when more come than the table holds, in whatever order they come back", () => {
    const met = firstTime(256);
    const units = hashes(20_000);
    const counted = new Map<number, number>();
    for (let round = 0; round < 3; round++)
      for (const unit of units) if (met.isFirst(unit)) counted.set(unit, (counted.get(unit) ?? 0) + 1);
    expect([...counted.values()].filter((times) => times > 1)).toEqual([]);
    expect(counted.size).toBeGreaterThan(128);
  });

  test("those that count are a fair sample of both arms", () => {
    const met = firstTime(4096);
    const counted = hashes(60_000).filter((unit) => met.isFirst(unit));
    const own = counted.filter((unit) => armOf(unit, 0.1) === "candidate").length;
    expect(counted.length).toBeGreaterThan(4_000);
    expect(counted.length).toBeLessThan(20_000);
    expect(Math.abs(own - 0.1 * counted.length) / Math.sqrt(0.09 * counted.length)).toBeLessThan(4);
  });

  test("a hash of 0, and those that fall on the same slot, are units like others", () => {
    const met = firstTime(8);
    expect([0, 1, 2].map((unit) => met.isFirst(unit))).toEqual([true, true, true]);
    expect([0, 1, 2].map((unit) => met.isFirst(unit))).toEqual([false, false, false]);
  });

  test("where requests are the units, each is the first", () => {
    expect([EACH_ONCE.isFirst(1), EACH_ONCE.isFirst(1)]).toEqual([true, true]);
  });
});
