import { describe, expect, test } from "vitest";
import type { LoopRow } from "../../../src/study/loop/loop-row.ts";
import type { PlacedRow } from "../../../src/study/loop/read-loop.ts";
import { readRows } from "../../../src/study/propose/labelled-rows.ts";

async function* placed(rows: readonly Partial<LoopRow>[]): AsyncGenerator<PlacedRow> {
  for (const [at, row] of rows.entries()) yield { row: { id: String(at), request: {}, ...row }, place: `rows:${at + 1}` };
}

const read = (rows: readonly Partial<LoopRow>[], tiers = ["weak", "strong"]) => readRows(placed(rows), tiers);

describe("what a row says of the tiers", () => {
  test.each<[string, Partial<LoopRow>, readonly number[] | undefined]>([
    ["its two scores", { weak: 0.2, strong: 0.9 }, [0.2, 0.9]],
    ["one score", { weak: 0.2 }, undefined],
    ["a score that is none", { weak: 0.2, strong: 9 }, undefined],
    ["its label", { label: "strong" }, [0, 1]],
    ["what most people say", { labels: [said("ana", "weak"), said("ben", "weak"), said("cem", "strong")] }, [1, 1]],
    ["a draw of people", { labels: [said("ana", "weak"), said("ben", "strong")] }, undefined],
    ["people before judges", { labels: [said("judge", "weak"), said("judge", "weak"), said("ana", "strong")] }, [0, 1]],
    ["a judge, where there is nobody else", { labels: [{ by: "judge", better: "strong" }] }, [0, 1]],
    ["nothing", {}, undefined],
  ])("%s", async (_, row, quality) => {
    expect((await read([row])).labelled.map((each) => each.quality)).toEqual(quality === undefined ? [] : [quality]);
  });

  test("a score for each of three tiers, else two for the first and the others", async () => {
    const tiers = ["small", "middle", "large"];
    const { labelled } = await read([{ scores: { small: 0.1, middle: 0.7, large: 0.8 } }, { weak: 0.1, strong: 0.8 }], tiers);
    expect(labelled.map(({ quality }) => quality)).toEqual([
      [0.1, 0.7, 0.8],
      [0.1, 0.8, 0.8],
    ]);
  });

  test("of scores and labels in one file the kind that most rows have", async () => {
    const { truth, labelled, otherTruth } = await read([{ label: "weak" }, { label: "strong" }, { weak: 1, strong: 1 }]);
    expect([truth, labelled.length, otherTruth]).toEqual(["labels", 2, 1]);
  });
});

test("of more rows than can be kept as many are drawn, from all of them", async () => {
  const rows = Array.from({ length: 1000 }, () => ({ label: "weak" as const }));
  const { labelled, beyond, read: all } = await readRows(placed(rows), ["weak", "strong"], 100);
  expect([labelled.length, beyond, all]).toEqual([100, 900, 1000]);
  const late = labelled.filter(({ place }) => Number(place.slice(5)) > 500).length;
  expect([late > 30, late < 70]).toEqual([true, true]);
});

test("a row stands for what is like it, over its chance to be drawn; ratings count beside labels", async () => {
  const rated = { seen: { tier: "weak", rating: 2 } };
  const rows = await read([{ label: "weak", inclusion: 0.25, like: 3 }, rated, { seen: { rating: 5 } }, { label: "weak", ...rated }]);
  expect(rows.labelled.map(({ weight }) => weight)).toEqual([12, 1]);
  expect(rows.rated.map(({ place, tier, rating }) => [place, tier, rating])).toEqual([
    ["rows:2", "weak", 2],
    ["rows:4", "weak", 2],
  ]);
  expect(rows).toMatchObject({ read: 4, drawn: true });
});

function said(by: string, needed: "weak" | "strong") {
  return { by, needed };
}
