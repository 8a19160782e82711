// The pairs of examples/cache-pairs.jsonl: how often an answer to another question would be given, and how many paraphrases are served,
// with a stand-in for embeddings, and with one that calls everything alike, so that the veto stands alone.
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { cachePairs } from "../../../../scripts/cache-pairs.ts";
import { questionOf } from "../../../../src/request/cache/veto/question.ts";
import { vetoOf } from "../../../../src/request/cache/veto/veto.ts";
import { ngramVector } from "../../../support/ngram-vector.ts";

interface Pair {
  readonly one: string;
  readonly two: string;
  readonly same: boolean;
  readonly kind: string;
  readonly language: string;
  readonly split: "tuned" | "held-out";
}

const FILE = new URL("../../../../examples/cache-pairs.jsonl", import.meta.url);
const TEXT = readFileSync(FILE, "utf8");
const PAIRS = TEXT.trimEnd()
  .split("\n")
  .map((line) => JSON.parse(line) as Pair);
const LANGUAGES = ["en", "zh", "ko"];
const NAMED = ["number", "name", "negation", "order", "unit"];
const LEAST = 0.95;

const passes = ({ one, two }: Pair) => vetoOf(questionOf(one), questionOf(two)) === undefined;
const likeness = ({ one, two }: Pair) => {
  const other = ngramVector(two);
  return ngramVector(one).reduce((sum, value, at) => sum + value * (other[at] ?? 0), 0);
};
const share = (of: readonly Pair[], isServed: (pair: Pair) => boolean) => of.filter(isServed).length / of.length;

test("the file is what its templates make, and no pair is one question twice", () => {
  expect(TEXT).toBe(cachePairs());
  expect(PAIRS.filter(({ one, two }) => one === two)).toEqual([]);
  expect(PAIRS.length).toBeGreaterThanOrEqual(600);
});

test.each(LANGUAGES)("%s has a hundred near misses and fifty paraphrases of each half, and near misses of all kinds", (language) => {
  for (const split of ["tuned", "held-out"]) {
    const half = PAIRS.filter((pair) => pair.language === language && pair.split === split);
    expect(half.filter(({ same }) => !same).length).toBeGreaterThanOrEqual(100);
    expect(half.filter(({ same }) => same).length).toBeGreaterThanOrEqual(50);
    expect(NAMED.filter((kind) => !half.some((pair) => pair.kind === kind))).toEqual([]);
  }
});

describe.each(["tuned", "held-out"])("of the %s half", (split) => {
  const half = PAIRS.filter((pair) => pair.split === split);
  const [alike, different] = [half.filter(({ same }) => same), half.filter(({ same }) => !same)];

  test.each(NAMED)("where everything is called alike, the veto alone lets at most 1 % of near misses by %s through", (kind) => {
    const misses = different.filter((pair) => pair.kind === kind);
    expect(misses.filter(passes).length / misses.length).toBeLessThanOrEqual(0.01);
  });

  test("where everything is called alike, at most 1 % of all near misses are served, and over a third of the paraphrases", () => {
    expect(share(different, passes)).toBeLessThanOrEqual(0.01);
    expect(share(alike, passes)).toBeGreaterThan(1 / 3);
  });

  test(`with n-grams for embeddings at ${LEAST}, likeness alone serves wrong answers, and with the veto at most 1 %`, () => {
    const isLike = (pair: Pair) => likeness(pair) >= LEAST;
    expect(share(different, isLike)).toBeGreaterThan(0.01);
    expect(share(different, (pair) => isLike(pair) && passes(pair))).toBeLessThanOrEqual(0.01);
  });
});
