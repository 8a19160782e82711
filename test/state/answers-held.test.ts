// The limit of kept answers is what the process really gains, not only what is counted. The same for 1 GB: test/faults/long.
import { expect, test } from "vitest";
import { heldMemory } from "../support/cache-memory.ts";

test("answers turned over three times take what they may take of the process, and no more", { timeout: 60_000 }, () => {
  const { evicted, counted, heldAtMost } = heldMemory(128);
  expect(evicted).toBeGreaterThan(10_000);
  expect(counted).toBeGreaterThan(0.98);
  expect(counted).toBeLessThanOrEqual(1);
  expect(heldAtMost).toBeLessThan(1.1); // of so little, what a process takes anyway is a twentieth
});
