// Keywords to add, and to drop: found by how much more often words are in missed requests than in others, and measured on labels they were
// not found in. What chance alone explains is left out.
import { checkKeyword } from "../../request/chat/keywords.ts";
import { randomSource } from "../evaluate/random-source.ts";
import { believed, overChance, type Population, populationOf } from "../evaluate/tests-of-means.ts";
import { FOLDS } from "../train/folds.ts";
import { foldsAmong, inside, type KeywordChange, outside, type WordEvidence } from "./families.ts";
import { logOdds } from "./log-odds.ts";
import type { Studied } from "./studied.ts";
import type { WordRows } from "./word-rows.ts";

export interface KeywordSearch {
  readonly studied: Studied;
  readonly worth: Float64Array; // of worths()
  readonly index: WordRows;
  readonly over: number; // tier that a keyword asks for
  readonly reaches: Uint8Array; // by row: 1 where a keyword would be looked for
  readonly own: readonly string[]; // keywords there are; none is added twice
  /** By row: the one own keyword without which it would go lower, as an index in `own`; -1: none. */
  readonly decisive: Int32Array;
  readonly under: number; // tier that a row goes to without it
  readonly seed: number;
}

/** What a word must be to be measured: of the missed against the others, as a z-score. */
const TELLING = 1.5;
const MOST_CANDIDATES = 40;
/** Rows that a word moves. */
const LEAST_MOVED = 5;
const MOST_ADDED = 10;
/** Of the words that are looked at again, so many may be chance. */
const FALSE_RATE = 0.1;
/** That any of the words that are chosen is chance. */
const ERROR_RATE = 0.05;

/** On these rows alone. */
export function searchKeywords(search: KeywordSearch, rows: Int32Array): KeywordChange {
  const movable = rows.filter((row) => search.reaches[row] === 1 && (search.studied.base[row] ?? 0) < search.over);
  return { added: addedWords(search, rows, movable), dropped: droppedWords(search, rows) };
}

function addedWords(search: KeywordSearch, rows: Int32Array, movable: Int32Array): readonly WordEvidence[] {
  const { studied, index } = search;
  const folds = foldsAmong(studied, rows, randomSource(search.seed + 1));
  const tested = new Map<string, number[]>(); // rows that a word moves, of the folds it was not found in
  for (let fold = 0; fold < FOLDS; fold++) {
    const chosen = new Set(outside(rows, folds, fold));
    const words = tellingWords(
      search,
      movable.filter((row) => chosen.has(row)),
    );
    index.lookFor(words);
    const left = inside(rows, folds, fold);
    for (const word of words) {
      const hits = index.hits(word);
      const moved = left.filter((row) => hits[row] === 1 && isMovable(search, row));
      tested.set(word, [...(tested.get(word) ?? []), ...moved]);
    }
  }
  const chance = chanceOf(search, movable);
  const findings = [...tested].flatMap(([word, moved]) => evidenceOf(search, word, moved, chance) ?? []);
  const words = believed(findings, FALSE_RATE);
  return together(search, { words, tested, tried: findings.length }, movable);
}

function isMovable({ reaches, studied, over }: KeywordSearch, row: number): boolean {
  return reaches[row] === 1 && (studied.base[row] ?? 0) < over;
}

/** What the tier above is worth more, on a row that goes lower now. */
function gainOf({ studied, worth, over }: KeywordSearch, row: number): number {
  return (worth[row * studied.tiers + over] ?? 0) - (worth[row * studied.tiers + (studied.base[row] ?? 0)] ?? 0);
}

/** Of rows that go lower: a word must beat both what they gain at random and what spending at random buys. */
function chanceOf(search: KeywordSearch, movable: Int32Array): Population {
  if (movable.length === 0) return { mean: 0, variance: 0 };
  const { mean, variance } = populationOf(
    Array.from(movable, (row) => gainOf(search, row)),
    Array.from(movable, (row) => search.studied.weights[row] ?? 0),
  );
  return { mean: Math.max(0, mean), variance };
}

function tellingWords(search: KeywordSearch, movable: Int32Array): readonly string[] {
  const { studied, index, own } = search;
  const width = index.words.length;
  const counts = { some: new Float64Array(width), others: new Float64Array(width), prior: new Float64Array(width) };
  for (const row of movable) {
    const weight = studied.weights[row] ?? 0;
    const kind = gainOf(search, row) > 0 ? counts.some : counts.others;
    for (const word of index.ofRow[row] ?? []) {
      kind[word] = (kind[word] ?? 0) + weight;
      counts.prior[word] = (counts.prior[word] ?? 0) + weight;
    }
  }
  const scores = logOdds(counts);
  return [...scores.keys()]
    .filter((word) => (scores[word] ?? 0) >= TELLING && (counts.prior[word] ?? 0) > 0)
    .sort((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0))
    .flatMap((word) => index.words[word] ?? [])
    .filter((word) => !own.includes(word) && checkKeyword(word) === undefined)
    .slice(0, MOST_CANDIDATES);
}

function evidenceOf(search: KeywordSearch, word: string, moved: readonly number[], chance: Population): WordEvidence | undefined {
  if (moved.length < LEAST_MOVED) return undefined;
  const { rows, mean, pValue } = overChance(
    moved.map((row) => gainOf(search, row)),
    moved.map((row) => search.studied.weights[row] ?? 0),
    chance,
  );
  return { word, moved: rows, gain: mean, pValue };
}

interface Believed {
  readonly words: readonly WordEvidence[];
  readonly tested: ReadonlyMap<string, readonly number[]>;
  readonly tried: number; // words that were tested
}

/** The surest first. Another only where it is as sure on what those before it do not move: a word that merely stands beside them is not. */
function together(search: KeywordSearch, { words, tested, tried }: Believed, movable: Int32Array): readonly WordEvidence[] {
  const taken = new Set<number>();
  const chosen: WordEvidence[] = [];
  let left = words;
  while (left.length > 0 && chosen.length < MOST_ADDED) {
    const open = movable.filter((row) => !taken.has(row));
    const chance = chanceOf(search, open);
    const ofOwn = left.flatMap(({ word }) => {
      const own = (tested.get(word) ?? []).filter((row) => !taken.has(row));
      return evidenceOf(search, word, own, chance) ?? [];
    });
    const [best, ...others] = ofOwn.toSorted(bySurety);
    if (best === undefined || best.pValue > ERROR_RATE / tried) break;
    search.index.hits(best.word).forEach((hit, row) => {
      if (hit === 1) taken.add(row);
    });
    chosen.push(best);
    left = others;
  }
  return chosen;
}

/** Of words in the same rows: in Korean the one without endings, else the longer. */
function bySurety(a: WordEvidence, b: WordEvidence): number {
  const shorterFirst = /\p{Script=Hangul}/u.test(a.word) ? 1 : -1;
  return a.pValue - b.pValue || b.moved - a.moved || shorterFirst * (a.word.length - b.word.length) || (a.word < b.word ? -1 : 1);
}

/** Those of the present ones on whose rows a stronger tier gains less than spending at random. */
function droppedWords({ studied, worth, own, decisive, over, under }: KeywordSearch, rows: Int32Array): readonly WordEvidence[] {
  const lossOf = (row: number) => (worth[row * studied.tiers + under] ?? 0) - (worth[row * studied.tiers + over] ?? 0);
  const weightOf = (row: number) => studied.weights[row] ?? 0;
  const { variance } = populationOf(Array.from(rows, lossOf), Array.from(rows, weightOf));
  const findings = own.flatMap((word, at) => {
    const decided = [...rows.filter((row) => decisive[row] === at)];
    if (decided.length < LEAST_MOVED) return [];
    const { mean, pValue } = overChance(decided.map(lossOf), decided.map(weightOf), { mean: 0, variance });
    return [{ word, moved: decided.length, gain: -mean, pValue }];
  });
  return believed(findings, FALSE_RATE);
}
