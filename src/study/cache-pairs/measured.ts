// What a semantic cache would do with pairs of questions: how many paraphrases it would answer, and how many answers would be wrong.
import { questionOf } from "../../request/cache/veto/question.ts";
import { type Veto, vetoOf } from "../../request/cache/veto/veto.ts";
import { upperBound } from "./exact-bound.ts";
import type { QuestionPair } from "./pair.ts";

export interface JudgedPair extends QuestionPair {
  readonly similarity: number; // cosine of their embeddings
}

/** `served` of `pairs`, all of which ask the same, or none. */
export interface Served {
  readonly pairs: number;
  readonly served: number;
  readonly byLikeness: number; // that would be served if words did not count
}

export interface PairsRow {
  readonly language: string;
  readonly kind: string;
  readonly same: boolean;
  readonly served: Served;
}

export interface MeasuredPairs {
  readonly similarity: number; // at least
  readonly maxError: number;
  readonly alike: Served; // pairs that ask the same
  readonly different: Served; // what is served of them is wrong
  readonly bound: number; // of the share of different pairs that are served, at 95 %
  readonly isOn: boolean; // the bound is under maxError
  readonly rows: readonly PairsRow[];
  readonly wrong: readonly JudgedPair[];
}

interface PairWord {
  readonly pair: JudgedPair;
  readonly isLike: boolean;
  readonly veto: Veto | undefined;
}

export function measuredPairs(pairs: readonly JudgedPair[], similarity: number, maxError: number): MeasuredPairs {
  const words = pairs.map((pair): PairWord => {
    const [one, two] = [questionOf(pair.one), questionOf(pair.two)];
    return { pair, isLike: pair.similarity >= similarity, veto: vetoOf(one, two) };
  });
  const [alike, different] = [words.filter(({ pair }) => pair.same), words.filter(({ pair }) => !pair.same)];
  const ofDifferent = servedOf(different);
  const bound = upperBound(ofDifferent.served, ofDifferent.pairs);
  return {
    similarity,
    maxError,
    alike: servedOf(alike),
    different: ofDifferent,
    bound,
    isOn: bound <= maxError,
    rows: rowsOf(words),
    wrong: different.filter(isServed).map(({ pair }) => pair),
  };
}

function rowsOf(words: readonly PairWord[]): readonly PairsRow[] {
  const groups = Map.groupBy(words, ({ pair: { language, kind, same } }) => JSON.stringify([language, kind, same]));
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const { language, kind, same } = first.pair;
    return [{ language, kind, same, served: servedOf(group) }];
  });
}

function isServed({ isLike, veto }: PairWord): boolean {
  return isLike && veto === undefined;
}

function servedOf(words: readonly PairWord[]): Served {
  return { pairs: words.length, served: words.filter(isServed).length, byLikeness: words.filter(({ isLike }) => isLike).length };
}
