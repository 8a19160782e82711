// 1 GB of kept answers is 1 GB of the process, within a twentieth.
import { expect, test } from "vitest";
import { heldMemory } from "../../support/cache-memory.ts";

test("1 GB of answers, turned over three times, is held to within 5 %", () => {
  const { counted, held, heldAtMost } = heldMemory(1024);
  expect(counted).toBeGreaterThan(0.99);
  expect(held).toBeGreaterThan(0.95);
  expect(heldAtMost).toBeLessThan(1.05);
});
