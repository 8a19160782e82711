import { describe, expect, test } from "vitest";
import { Column, float64, uint16 } from "../../../src/study/evaluate/column.ts";
import { GroupNames, NO_GROUP, OTHER_GROUPS } from "../../../src/study/evaluate/group-names.ts";
import { qualityOf, Rows } from "../../../src/study/evaluate/rows.ts";

describe("a column", () => {
  test.each([0, 1, 65_536, 65_537, 150_000])("gives back %i values in the order they came, whenever it is asked", (count) => {
    const column = new Column(float64);
    for (let value = 0; value < count; value++) column.push(value / 2);
    expect(column.length).toBe(count);
    expect(column.values()).toHaveLength(count);
    column.push(-1);
    expect(column.length).toBe(count + 1);
    const values = column.values();
    expect(values[count]).toBe(-1);
    expect(values.subarray(0, count).every((value, at) => value === at / 2)).toBe(true);
    expect(column.values()).toBe(values);
  });

  test("is of the type it was made with", () => {
    const column = new Column(uint16);
    column.push(65_537);
    expect([...column.values()]).toEqual([1]);
  });
});

describe("group names", () => {
  test("are kept once; rows without one are a group of their own", () => {
    const groups = new GroupNames();
    expect(groups.idOf(undefined)).toBe(groups.idOf(""));
    expect(groups.any).toBe(false);
    const math = groups.idOf("math");
    expect(groups.idOf("law")).not.toBe(math);
    expect(groups.idOf("math")).toBe(math);
    expect(groups.any).toBe(true);
    expect(groups.names[math]).toBe("math");
    expect(groups.names[groups.idOf(undefined)]).toBe(NO_GROUP);
  });

  test("beyond two hundred are counted together", () => {
    const groups = new GroupNames();
    for (let at = 0; at < 1000; at++) groups.idOf(`group ${at}`);
    expect(groups.names).toHaveLength(202);
    expect(groups.names[groups.idOf("group 199")]).toBe("group 199");
    expect(groups.names[groups.idOf("group 200")]).toBe(OTHER_GROUPS);
  });
});

describe("rows", () => {
  test("take labels as quality: weak is as good as strong, or worth nothing", () => {
    expect(qualityOf({ kind: "label", needed: "strong" })).toEqual({ weak: 0, gain: 1 });
    expect(qualityOf({ kind: "label", needed: "weak" })).toEqual({ weak: 1, gain: 0 });
    expect(qualityOf({ kind: "scores", weak: 0.75, strong: 0.5 })).toEqual({ weak: 0.75, gain: -0.25 });
  });

  test("are ordered by the scores of a graded policy, by the tiers of any other", () => {
    const rows = new Rows(2);
    const quality = { weak: 1, gain: 0 };
    const choices = [
      { tier: 2, score: 0.5 },
      { tier: 1, score: undefined },
    ];
    rows.add({ quality, chars: 3, textBytes: 4, group: "g", script: "han", choices });
    const sample = rows.sample([true, false]);
    expect(sample.policies.map(({ scores, tiers }) => [[...scores], [...tiers]])).toEqual([
      [[0.5], [2]],
      [[1], [1]],
    ]);
    expect([rows.count, [...sample.chars], [...rows.textBytes()], [...rows.scripts()]]).toEqual([1, [3], [4], [1]]);
  });
});
