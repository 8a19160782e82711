import { describe, expect, test } from "vitest";
import type { LoopRow } from "../../../src/study/loop/loop-row.ts";
import { freshSlices, sliceCounts } from "../../../src/study/sample/slices.ts";
import { isSuspect } from "../../../src/study/sample/suspects.ts";

function counted(counts: Readonly<Record<string, number>>, weight = 1) {
  const slices = sliceCounts();
  for (const [name, rows] of Object.entries(counts)) for (let row = 0; row < rows; row++) slices.add(name, weight);
  return slices;
}

describe("kinds of requests are new", () => {
  test.each([
    ["when there were none of them", { law: 10, code: 90 }, { code: 100 }, ["law"]],
    ["when their share has grown by half and more, and no accident", { law: 60, code: 140 }, { law: 20, code: 180 }, ["law"]],
    ["not when it has grown a little", { law: 24, code: 176 }, { law: 20, code: 180 }, []],
    ["not when it is few rows that make the growth", { law: 3, code: 97 }, { law: 1, code: 99 }, []],
    ["not when nothing is known", { law: 10 }, {}, []],
  ])("%s", (_, now, known, fresh) => {
    expect([...freshSlices(counted(now), counted(known))]).toEqual(fresh);
  });

  test("by what rows stand for: a drawn sample of the same traffic makes nothing new", () => {
    const drawn = sliceCounts();
    for (let row = 0; row < 40; row++) drawn.add("law", 2); // 1 in 2 was drawn
    for (let row = 0; row < 60; row++) drawn.add("code", 52);
    expect([...freshSlices(counted({ law: 80, code: 3120 }), drawn)]).toEqual([]);
  });
});

describe("a request looks misrouted", () => {
  const row = (seen: LoopRow["seen"]): LoopRow => ({ id: "a", request: {}, ...(seen !== undefined && { seen }) });
  test.each([
    ["when weak's answer was rated badly", { tier: "weak", rating: 2 }, 500, true],
    ["when it was asked again behind weak", { tier: "weak", signals: ["repeat"] }, 500, true],
    ["when strong answered a short one for much money", { tier: "strong", cost: 0.02 }, 50, true],
    ["when sluice said so", { tier: "strong", signals: ["cheap-strong"] }, 500, true],
    ["not when strong's answer was rated badly: a stronger one there is not", { tier: "strong", rating: 1 }, 500, false],
    ["not when weak's was rated well", { tier: "weak", rating: 4 }, 50, false],
    ["not when a long one was dear", { tier: "strong", cost: 0.5 }, 5000, false],
    ["not when nothing is known", undefined, 50, false],
  ])("%s", (_, seen, chars, is) => {
    expect(isSuspect(row(seen), chars, { strong: "strong" })).toBe(is);
  });
});
