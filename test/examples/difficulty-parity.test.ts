// The difficulty policy's default words exist in English, Chinese and Korean alike, and put the same prompt into the same band.
import { describe, expect, test } from "vitest";
import { difficultyPolicy } from "../../src/request/policy/difficulty.ts";
import { DIFFICULTY_WORDS, defaultBands } from "../../src/request/policy/difficulty-words.ts";
import { parityTriples, sameTier, shown, verdictsOf } from "./parity-triples.ts";

/**
 * Prompts that differ, and why. Its 2,900 English characters are 1,000 in Chinese; and the `tables` of a database and `finance`, the
 * department, are other words in Chinese and Korean than those for a drawn table and for finance as a field.
 */
const KNOWN_DIFFERENCES = ["three-witnesses"];

const TIERS = [{ tiers: ["weak", "strong"] }, { tiers: ["weak", "middle", "strong"] }, { tiers: ["first", "second", "third", "fourth"] }];
const triples = parityTriples();

describe.each(TIERS)("with the tiers $tiers", ({ tiers }) => {
  const policy = difficultyPolicy({ words: DIFFICULTY_WORDS, bands: defaultBands(tiers) });
  const verdicts = verdictsOf(policy);

  test("each prompt goes to the same tier in all three languages", () => {
    const differing = triples.filter((triple) => !sameTier(verdicts(triple)) && !KNOWN_DIFFERENCES.includes(triple.en.id));
    expect(differing.map((triple) => shown(triple, verdicts(triple)))).toEqual([]);
  });

  test("at least two prompts reach each tier", () => {
    const reached = Map.groupBy(triples, (triple) => verdicts(triple).ko.tier);
    expect(tiers.filter((tier) => (reached.get(tier)?.length ?? 0) < 2)).toEqual([]);
  });
});

describe.each(["reasoning", "structure", "domain"] as const)("the list of %s words", (kind) => {
  const words = DIFFICULTY_WORDS[kind];
  const written = (script: RegExp) => words.filter((word) => script.test(word)).length;

  test("has each concept in all three languages; JSON and CSV are called that in all of them", () => {
    const shared = words.filter((word) => word === "json" || word === "csv").length;
    expect(written(/\p{Script=Han}/u)).toBe(written(/\p{Script=Latin}/u) - shared);
    expect(written(/\p{Script=Hangul}/u)).toBe(written(/\p{Script=Latin}/u) - shared);
    expect(words.length).toBeGreaterThan(0);
    expect(new Set(words).size).toBe(words.length);
  });
});
