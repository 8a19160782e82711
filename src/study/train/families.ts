// The kinds of model that are compared: what each is put together from, and what it scores on rows it was not trained on.
import type { Calibration } from "../../request/policy/learned/learned-model.ts";
import { nearnessOf, probability } from "../../request/policy/learned/score.ts";
import { fitCalibration } from "./calibration.ts";
import { type Band, bandsOf, knownShares } from "./known-features.ts";
import { combined, type LeftOut, safeOnNewTopics, type Worth, worthOf } from "./left-out.ts";
import type { LinearKind } from "./linear-rows.ts";
import {
  best,
  type Fitting,
  GRAM_WEIGHTS,
  lengthPart,
  lengthScores,
  linearParts,
  modelsOf,
  type Part,
  type Side,
  targetOf,
  treesPart,
} from "./parts.ts";
import type { TrainingRows } from "./training-rows.ts";

/** From the simplest to what leans least on words alone. The first is no model: what every other has to beat. */
export const FAMILIES = [
  "length",
  "linear facts",
  "trees on facts",
  "n-grams",
  "n-grams and facts",
  "n-grams averaged with trees",
  "two-sided trees",
  "two-sided n-grams",
  "two-sided n-grams with trees",
  "n-grams, trees and length",
  "moved by distance",
] as const;
/** What a model is that takes no vector. */
export type TextFamily = (typeof FAMILIES)[number];
export type Family = TextFamily | "embedding" | `embedding and ${TextFamily}`;

/** A part with its place in a model, see ModelPart. */
export interface PlacedPart {
  readonly part: Part;
  readonly link: Calibration | undefined;
  readonly middle: number;
  readonly near: number;
  readonly far: number;
}

export interface FamilyScores {
  readonly family: Family;
  readonly scores: LeftOut;
  readonly worth: Worth;
  readonly setting: string; // what cross-validation chose, for the report
  readonly parts: readonly PlacedPart[];
  readonly band: Band | undefined; // in which weight moves with the distance
  readonly beside?: BesideText; // of a family with a vector, whose own parts are of that alone
}

/** What is there without the vector, which is added. */
export interface BesideText {
  readonly family: FamilyScores;
  readonly weight: number;
}

/** Says which of how many models is being trained. */
export type Progress = (done: number, of: number) => void;

/** Rows on which strong is worse, and others: with fewer there is nothing to learn a second side from. */
const LEAST_WORSE = 30;

export function isTwoSided({ worse }: Pick<TrainingRows, "worse">): boolean {
  return worse.filter((much) => much > 0).length >= LEAST_WORSE;
}

export function compareFamilies(fitting: Omit<Fitting, "progress">, onProgress: Progress): readonly FamilyScores[] {
  const { rows, splits } = fitting;
  const twoSides = isTwoSided(rows);
  const all = (twoSides ? 8 : 5) * modelsOf(splits);
  let done = 0;
  const own: Fitting = { ...fitting, progress: () => onProgress(++done, all) };
  const atCosts = (kind: LinearKind) => linearParts(own, kind, "better");
  const nGrams = (side: Side) => GRAM_WEIGHTS.flatMap((weight) => linearParts(own, "n-grams", side, weight));
  const [length, linearFacts, trees] = [lengthPart(own), atCosts("linear facts"), treesPart(own, "better")];
  const [grams, gramsAndFacts] = [nGrams("better"), atCosts("n-grams and facts")];
  const build = (family: Family, terms: readonly Weighed[]) => familyOf(fitting, family, terms);
  const single = (family: Family, part: Part) => familyOf(fitting, family, [{ ...AS_IT_IS, term: { ...oneSided(part), spread: 1 } }]);
  const one = { length: oneSided(length), trees: oneSided(trees), grams: grams.map(oneSided) };
  const families = [
    single("length", length),
    bestOf(linearFacts, (part) => single("linear facts", part)),
    single("trees on facts", trees),
    bestOf(grams, (part) => single("n-grams", part)),
    bestOf(gramsAndFacts, (part) => single("n-grams and facts", part)),
    bestOf(one.grams, (words) => build("n-grams averaged with trees", [weighed(words, 1), weighed(one.trees, TREES_BESIDE_GRAMS)])),
  ];
  let terms = one;
  if (twoSides) {
    const worse = nGrams("worse");
    terms = {
      ...one,
      trees: twoSided(rows, trees, treesPart(own, "worse")),
      grams: grams.flatMap((part, at) => worse.slice(at, at + 1).map((other) => twoSided(rows, part, other))),
    };
    const facts = weighed(terms.trees, TREES_BESIDE_GRAMS);
    families.push(
      build("two-sided trees", [weighed(terms.trees, 1)]),
      bestOf(terms.grams, (words) => build("two-sided n-grams", [weighed(words, 1)])),
      bestOf(terms.grams, (words) => build("two-sided n-grams with trees", [weighed(words, 1), facts])),
    );
  }
  const beside = [weighed(terms.trees, 0.5), weighed(one.length, 0.5)];
  families.push(bestOf(terms.grams, (words) => build("n-grams, trees and length", [weighed(words, 1), ...beside])));
  return [...families, ...movedByDistance(fitting, terms)];
}

/** With the part or term, of one for each cost, that makes the best of the family. */
export function bestOf<Item>(items: readonly Item[], make: (item: Item) => FamilyScores): FamilyScores {
  return best(items.map(make), ({ worth }) => worth.expected);
}

/** What trees count beside n-grams, each in units of its own spread. In full they weigh too much: .667 instead of .672 on MMLU. */
const TREES_BESIDE_GRAMS = 0.5;

/** A score that is weighed as one: a part, or what two say of both sides. */
export interface Term {
  readonly parts: readonly Omit<PlacedPart, "near" | "far">[];
  readonly signs: readonly (1 | -1)[];
  readonly spread: number; // of the term over the rows
}

export interface Weighed {
  readonly term: Term;
  readonly near: number; // in spreads, as is the next
  readonly far: number;
}

const AS_IT_IS = { near: 1, far: 1 };

export function weighed(term: Term, near: number, far = near): Weighed {
  return { term, near, far };
}

export function oneSided(part: Part): Term {
  const { plain } = part.scores;
  return { parts: [{ part, link: undefined, middle: meanOf(plain) }], signs: [1], spread: spreadOf(plain) };
}

/**
 * P(strong is better) - P(strong is worse): what strong is expected to add, which is what the routing curve counts. On MMLU the area is
 * .675 instead of .670 with words alone. A side that tells nothing gets a flat probability from its calibration, and so no say.
 */
export function twoSided(rows: TrainingRows, better: Part, worse: Part): Term {
  const links = [better, worse].map(({ scores, side }) => rising(fitCalibration(scores.plain, targetOf(rows, side), rows.weights)));
  const told = [better, worse].map(({ scores }, at) => scores.plain.map((raw) => probability(links[at] ?? FLAT, raw)));
  const [up = NOTHING, down = NOTHING] = told;
  return {
    parts: [better, worse].map((part, at) => ({ part, link: links[at], middle: meanOf(told[at] ?? NOTHING) })),
    signs: [1, -1],
    spread: spreadOf(up.map((value, row) => value - (down[row] ?? 0))),
  };
}

const NOTHING = new Float64Array(0);
const FLAT: Calibration = { a: 0, b: 0 };

/** A score that ranks the wrong way round on rows it has not seen is noise, not evidence of the contrary. */
function rising({ a, b }: Calibration): Calibration {
  return { a: Math.max(0, a), b };
}

/**
 * How words (n-grams), facts (trees) and length are weighed for a text that is like none of the training: with whole subjects or tasks left
 * out, which of these is best differs from one set of data to another, so each is tried. Where facts hold for known topics alone, there are
 * none: on a mix of tasks the area is .01 more.
 */
const MOVES = [
  { trees: TREES_BESIDE_GRAMS, far: { grams: 0.5, trees: 1, length: 0.5 } },
  { trees: TREES_BESIDE_GRAMS, far: { grams: 0.5, trees: 0.5, length: 0.5 } },
  { trees: TREES_BESIDE_GRAMS, far: { grams: 0.5, trees: 0, length: 1 } },
  { trees: TREES_BESIDE_GRAMS, far: { grams: 0, trees: 0, length: 1 } },
  { trees: 0, far: { grams: 1, trees: 0, length: 0.5 } },
  { trees: 0, far: { grams: 0.5, trees: 0, length: 1 } },
] as const;

/** The best of what was tried, where groups can be left out to try it on. */
function movedByDistance(
  fitting: Omit<Fitting, "progress">,
  terms: { readonly grams: readonly Term[]; readonly trees: Term; readonly length: Term },
): FamilyScores[] {
  const shares = knownShares(fitting.rows, fitting.splits);
  const tried = bandsOf(shares).flatMap((band) =>
    MOVES.flatMap(({ trees, far }) => {
      const facts = trees === 0 && far.trees === 0 ? [] : [weighed(terms.trees, trees, far.trees)];
      const weights = `n-grams 1 to ${far.grams}, trees ${trees} to ${far.trees}, length 0 to ${far.length}`;
      const setting = `from ${percent(band.to)} known features to ${percent(band.from)}: ${weights}`;
      return terms.grams.map((words) => {
        const parts = [weighed(words, 1, far.grams), ...facts, weighed(terms.length, 0, far.length)];
        return familyOf(fitting, "moved by distance", parts, { band, shares, setting });
      });
    }),
  );
  if (tried.length === 0) return [];
  const { rows, splits, newTopics } = fitting;
  const safe = safeOnNewTopics(tried, ({ worth }) => worth, worthOf(lengthScores(rows, splits), rows, newTopics), newTopics);
  return [best(safe, ({ worth }) => worth.expected)];
}

export function familyOf(
  { rows, newTopics }: Omit<Fitting, "progress">,
  family: Family,
  terms: readonly Weighed[],
  moved?: { readonly band: Band; readonly shares: LeftOut; readonly setting: string },
): FamilyScores {
  const parts = terms.flatMap(({ term, near, far }) =>
    term.parts.map((placed, at): PlacedPart => {
      const unit = (term.signs[at] ?? 1) / (term.spread || 1);
      return { ...placed, near: near * unit, far: far * unit };
    }),
  );
  const columns = [...parts.map(({ part }) => part.scores), ...(moved === undefined ? [] : [moved.shares])];
  const scores = combined(columns, (values) => {
    const nearness = moved === undefined ? 1 : nearnessOf(moved.band, values[parts.length] ?? 1);
    return parts.reduce((sum, placed, at) => sum + placedScore(placed, values[at] ?? 0, nearness), 0);
  });
  const costs = [...new Set(parts.filter(({ part }) => part.cost > 0).map(({ part }) => costText(part)))].join(" and ");
  const setting = [costs, moved?.setting ?? ""].filter((text) => text !== "").join("; ");
  return { family, scores, worth: worthOf(scores, rows, newTopics), setting, parts, band: moved?.band };
}

function costText({ cost, grams }: Part): string {
  return grams === 1 ? `C ${cost}` : `C ${cost}, character grams at ${grams}`;
}

/** As `scoreRead` weighs it. */
function placedScore({ link, middle, near, far }: PlacedPart, raw: number, nearness: number): number {
  return (far + nearness * (near - far)) * ((link === undefined ? raw : probability(link, raw)) - middle);
}

function meanOf(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Standard deviation; 1 where there is none. */
export function spreadOf(values: Float64Array): number {
  const mean = meanOf(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length) || 1;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(0)} %`;
}
