// Instructions for a band of the score alone: for what lies near the threshold, say, where a tier does better when it is told how.
import { type Shape, shapedMembers } from "../../chat/shape.ts";
import type { Policy } from "../policy.ts";

/** Of the distance to the threshold, which `auto` moves: over it positive, under it negative. */
export interface ScoreBand {
  readonly from: number | undefined; // included; undefined: however far under it
  readonly below: number | undefined; // not included; undefined: however far over it
  readonly shape: Shape;
}

/** Beyond any distance of two probabilities. */
const [UNDER_ALL, OVER_ALL] = [-2, 2] as const;

/** The names of the members that their shapes go into. */
export function bandMembers(bands: readonly ScoreBand[]): readonly string[] {
  return [...new Set(bands.flatMap(({ shape }) => shapedMembers(shape)))];
}

/** What `decide` says, with the instructions of the first band that its score falls into. */
export function inBands(bands: readonly ScoreBand[], decide: Policy["decide"]): Policy["decide"] {
  if (bands.length === 0) return decide;
  return (request) => {
    const verdict = decide(request);
    if (verdict?.toCut === undefined) return verdict;
    for (const { from = UNDER_ALL, below = OVER_ALL, shape } of bands)
      if (verdict.toCut >= from && verdict.toCut < below) return { ...verdict, shape };
    return verdict;
  };
}
