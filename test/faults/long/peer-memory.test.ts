// Every way to have us hold something, at once and again: bounded, served beside, let go, and hardly more the second time. What V8 and the
// C library add to what is held differs from run to run, and most on a busy machine: the figures are printed.
import { describe, expect, test } from "vitest";
import { attackable, type Toll } from "../../support/memory-under-attack.ts";

const BUDGET_MB = 256; // the default
const KINDS = ["partial", "unread", "deaf", "headers", "streams", "kept", "large"];
const FOR_MS = 30_000;

describe("64 hostile connections of all kinds", () => {
  test("take the budget and 100 MB at most, twice over, and nothing from others", { timeout: 600_000 }, async () => {
    const sluice = await attackable(BUDGET_MB << 20);
    const tolls: Toll[] = [];
    for (let round = 0; round < 2; round++) {
      const toll = await sluice.attack({ kinds: KINDS, connections: 64, cutOffs: 100, forMs: FOR_MS });
      console.log("peer memory", toll);
      tolls.push(toll);
    }
    for (const { mostMB, mostHeldMB, others, goesFirst, longestTurnMs, longTurnsShare, leftMB } of tolls) {
      expect(mostHeldMB).toBeLessThan(BUDGET_MB + 8);
      expect(mostMB).toBeLessThan(BUDGET_MB + 100);
      expect(Object.keys(others.answers)).toEqual(["weak"]);
      // What others wait for, in CPU time. By the clock it is more on a busy machine, and much more where that goes first: see the figures.
      expect(longestTurnMs).toBeLessThan(60);
      expect(longTurnsShare).toBeLessThan(0.01);
      expect(others.p99Ms).toBeLessThan(goesFirst ? 60 : 2000);
      expect(leftMB).toBeLessThan(190);
    }
    expect(tolls[1]?.mostMB).toBeLessThan((tolls[0]?.mostMB ?? 0) + 90);
  });
});
