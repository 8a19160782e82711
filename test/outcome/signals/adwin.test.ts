import { describe, expect, test } from "vitest";
import { Adwin } from "../../../src/outcome/signals/adwin.ts";
import { randomSource } from "../../../src/study/evaluate/random-source.ts";

const SETTINGS = { delta: 0.002, block: 32 };

function fed(adwin: Adwin, values: number, share: number, random: () => number) {
  const changes: { readonly at: number; readonly from: number; readonly to: number }[] = [];
  for (let at = 0; at < values; at++) {
    const change = adwin.add(random() < share ? 1 : 0);
    if (change !== undefined) changes.push({ at, from: change.from, to: change.to });
  }
  return changes;
}

describe("ADWIN", () => {
  test.each([0.01, 0.3, 0.5])("sees nothing in fifty streams of 20,000 whose share stays %s, but for one in five hundred", (share) => {
    let seen = 0;
    for (let seed = 1; seed <= 50; seed++) seen += fed(new Adwin(SETTINGS), 20_000, share, randomSource(seed)).length;
    expect(seen).toBeLessThanOrEqual(1);
  });

  test.each([
    [0.35, 0.5, 1000],
    [0.5, 0.35, 1000],
    [0.02, 0.1, 1000],
    [0.35, 0.95, 256],
    [0.35, 0.4, 12_000],
  ])("sees a share go from %s to %s within %i values, and says from where to where", (from, to, within) => {
    for (let seed = 1; seed <= 5; seed++) {
      const random = randomSource(seed);
      const adwin = new Adwin(SETTINGS);
      expect(fed(adwin, 10_000, from, random)).toEqual([]);
      const [first] = fed(adwin, within, to, random);
      expect(first?.at).toBeLessThan(within);
      expect(Math.abs((first?.from ?? 0) - from)).toBeLessThan(0.05);
      expect(Math.sign((first?.to ?? 0) - (first?.from ?? 0))).toBe(Math.sign(to - from));
      fed(adwin, 10_000, to, random);
      expect(Math.abs(adwin.mean - to)).toBeLessThan(0.02);
    }
  });

  test("counts what it keeps: the mean is that of the last values", () => {
    const random = randomSource(4);
    const adwin = new Adwin({ delta: 0.002, block: 1 });
    const values: number[] = [];
    for (let at = 0; at < 3000; at++) {
      const value = random() < (at < 1500 ? 0.2 : 0.8) ? 1 : 0;
      values.push(value);
      adwin.add(value);
      const kept = values.slice(-adwin.values);
      expect(adwin.mean).toBeCloseTo(kept.reduce((sum, each) => sum + each, 0) / kept.length, 10);
    }
    expect(adwin.values).toBeLessThan(1600);
  });

  test("begins anew when told to", () => {
    const adwin = new Adwin(SETTINGS);
    const random = randomSource(2);
    fed(adwin, 5000, 0.1, random);
    adwin.forget();
    expect([adwin.values, adwin.mean]).toEqual([0, 0]);
    expect(fed(adwin, 5000, 0.9, random)).toEqual([]);
  });
});
