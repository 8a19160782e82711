// What is counted of the last while, held against a plain list of outcomes.
import fc from "fast-check";
import { expect, test } from "vitest";
import { outcomeWindow } from "../../../../src/request/guard/health/outcome-window.ts";

const WINDOW_MS = 30_000;
const SLICE_MS = 1000;

test("counts each outcome from its arrival until its slice is as old as the window", () => {
  const step = fc.record({ passes: fc.oneof(fc.nat(500), fc.nat(70_000)), isFailed: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), fc.integer({ min: 1, max: 30 }), (steps, slices) => {
      const window = outcomeWindow(WINDOW_MS);
      const all: { readonly slice: number; readonly isFailed: boolean }[] = [];
      let nowMs = 5_000_000;
      for (const { passes, isFailed } of steps) {
        nowMs += passes;
        const slice = Math.floor(nowMs / SLICE_MS);
        window.count(isFailed, nowMs);
        all.push({ slice, isFailed });
        const counted = (width: number) => {
          const inside = all.filter((one) => one.slice > slice - width);
          return { outcomes: inside.length, failed: inside.filter((one) => one.isFailed).length };
        };
        expect({ ...window.whole(nowMs) }).toEqual(counted(30));
        expect(window.last(slices, nowMs)).toEqual(counted(slices));
      }
    }),
  );
});
