// The choice among changes, with kinds of changes by script: one that has learned its rows by heart, one that is right, and chance.
import { describe, expect, test } from "vitest";
import { randomSource } from "../../../src/study/evaluate/random-source.ts";
import { nestedChoice } from "../../../src/study/propose/choice.ts";
import type { Family, FamilyName } from "../../../src/study/propose/families.ts";
import { compared } from "../../../src/study/propose/figures.ts";
import { changeOf } from "../../../src/study/propose/proposal.ts";
import type { Studied } from "../../../src/study/propose/studied.ts";

const ROWS = 400;
const NEEDS = 0.3;

function madeStudy(): Studied {
  const random = randomSource(3);
  const needs = Uint8Array.from({ length: ROWS }, () => (random() < NEEDS ? 1 : 0));
  return {
    rows: Array.from({ length: ROWS }, () => ({
      body: new Uint8Array(),
      path: undefined,
      place: "",
      quality: [],
      weight: 1,
      group: undefined,
    })),
    tiers: 2,
    weights: new Float64Array(ROWS).fill(1),
    quality: Float64Array.from({ length: 2 * ROWS }, (_, at) => (at % 2 === 1 || needs[at >> 1] === 0 ? 1 : 0)),
    spend: Float64Array.from({ length: 2 * ROWS }, (_, at) => at % 2),
    dollars: undefined,
    clusters: Int32Array.from({ length: ROWS }, (_, at) => at),
    groups: new Int32Array(ROWS),
    needs,
    present: new Uint8Array(ROWS),
    base: new Uint8Array(ROWS),
  };
}

const study = madeStudy();
const CHANGE = { kind: "rules", rules: [] } as const;

/** Sends what `isStrong` says of a row; `seen`: it was among those it was fitted to. */
function scripted(name: FamilyName, isStrong: (row: number, seen: boolean) => boolean, seenWhenHeld = false): Family {
  return {
    name,
    async study(rows) {
      const fitted = new Set(rows);
      const tiers = study.base.map((_, row) => (isStrong(row, fitted.has(row)) ? 1 : 0));
      const held = study.base.map((_, row) => (isStrong(row, seenWhenHeld) ? 1 : 0));
      return { fitted: { tiers, change: CHANGE }, held };
    },
  };
}

const needed = (row: number) => study.needs[row] === 1;
const atRandom = (row: number) => randomSource(row)() < NEEDS;
/** Right on a part of the rows, else at random. */
const rightOn = (share: number) => (row: number) => (row < share * ROWS ? needed(row) : atRandom(row));

async function chosenOf(...families: readonly Family[]) {
  const found = await nestedChoice(study, families, { seed: 1, onStep: () => {} });
  const gainOf = (tiers: Uint8Array) => changeOf(compared(study, study.base, tiers, { seed: 1, resamples: 200 }), "overChance");
  return { ...found, gain: gainOf(found.plain.chosen), gainOf };
}

describe("what a change is worth", () => {
  test("is told on rows that it was not fitted to, even where its own cross-validation lies", async () => {
    const byHeart = scripted("learned", (row, seen) => (seen ? needed(row) : atRandom(row)), true);
    const { family, fitted, gain, gainOf } = await chosenOf(byHeart);
    expect(family).toBe("learned");
    expect(gainOf(fitted?.tiers ?? study.base).value).toBeCloseTo(NEEDS * (1 - NEEDS), 1);
    expect([gain.low <= 0, Math.abs(gain.value) < 0.04]).toEqual([true, true]);
  });

  test("is that of the way of choosing, and beside it that of each kind", async () => {
    const { family, gain, plain, gainOf, picks } = await chosenOf(scripted("keywords", rightOn(0.5)), scripted("learned", rightOn(0.9)));
    expect([family, ...new Set(picks)]).toEqual(["learned", "learned"]);
    const [ofWords, ofLearned] = plain.byFamily.map((tiers) => gainOf(tiers).value);
    expect(gain.value).toBe(ofLearned);
    expect(ofWords).toBeLessThan(gain.value);
  });
});

describe("the choice", () => {
  test("of two kinds that are as good falls on the simpler", async () => {
    const wrongOn =
      (...rows: number[]) =>
      (row: number) =>
        needed(row) !== rows.includes(row);
    const { family } = await chosenOf(scripted("keywords", wrongOn(0, 1, 2)), scripted("learned", wrongOn(3, 4)));
    expect(family).toBe("keywords");
  });

  test("falls on no change where a kind is no better than chance", async () => {
    expect(await chosenOf(scripted("keywords", atRandom))).toMatchObject({ family: undefined, fitted: undefined });
  });

  test("falls on no change where there is no kind to choose", async () => {
    expect(await chosenOf()).toMatchObject({ family: undefined, picks: Array(5).fill(undefined) });
  });
});
