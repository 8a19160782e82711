// 95 % bootstrap intervals of the compared families, and of what each adds to length: every resample draws the same rows for all. For what
// is new, whole groups are drawn: rows of a group err together, and intervals over rows would be far too narrow.
import { percentileInterval } from "../evaluate/bootstrap.ts";
import { areaUnder, rankingOf } from "../evaluate/curve.ts";
import { drawRows, randomSource } from "../evaluate/random-source.ts";
import type { Estimate } from "../evaluate/result.ts";
import { type Counted, TieTally } from "../evaluate/tie-tally.ts";
import type { FamilyScores } from "./families.ts";
import type { TrainingRows } from "./training-rows.ts";

/** The area under the routing curve. */
export interface Figures {
  readonly apgr: Estimate;
  readonly overLength: Estimate; // its APGR less that of length
}

export interface FamilyEstimate extends Figures {
  readonly scored: FamilyScores;
  readonly groups: Figures | undefined; // with whole groups left out
}

export interface Resampling {
  readonly seed: number;
  readonly resamples: number;
}

type EstimatedRows = Pick<TrainingRows, "gains" | "groups" | "groupCount" | "weights">;

/** `families` begins with length. Resamples without a gap between the tiers are left out. */
export function estimateFamilies(
  families: readonly FamilyScores[],
  rows: EstimatedRows,
  resampling: Resampling,
): readonly FamilyEstimate[] {
  const plain = figuresOf(
    families.map(({ scores, worth }) => ({ scores: scores.plain, apgr: worth.plain })),
    rows,
    resampling,
    drawRows,
  );
  const left = families.flatMap(({ scores, worth }) =>
    scores.groups === undefined || worth.groups === undefined ? [] : [{ scores: scores.groups, apgr: worth.groups }],
  );
  const groups = left.length === families.length ? figuresOf(left, rows, resampling, groupsDrawn(rows)) : [];
  return families.map((scored, at) => ({ scored, ...(plain[at] ?? NO_FIGURES), groups: groups[at] }));
}

const NONE: Estimate = { value: Number.NaN, low: Number.NaN, high: Number.NaN };
const NO_FIGURES: Figures = { apgr: NONE, overLength: NONE };

type Draw = (random: () => number, times: Uint8Array) => void;

function figuresOf(
  ranked: readonly { readonly scores: Float64Array; readonly apgr: number }[],
  { gains, weights }: EstimatedRows,
  { seed, resamples }: Resampling,
  draw: Draw,
): readonly Figures[] {
  const sentNowhere = new Uint8Array(gains.length);
  const tallies = ranked.map(({ scores }) => new TieTally(rankingOf(scores), sentNowhere, gains));
  const areas = ranked.map(() => new Float64Array(resamples));
  const random = randomSource(seed);
  const times = new Uint8Array(gains.length);
  const weighed = weights && new Float64Array(gains.length);
  for (let resample = 0; resample < resamples; resample++) {
    draw(random, times);
    const counted: Counted = weighed ?? times;
    weighed?.forEach((_, row) => {
      weighed[row] = (times[row] ?? 0) * (weights?.[row] ?? 1);
    });
    tallies.forEach((tally, at) => {
      tally.count(counted, gains);
      const curve = tally.gapCurve();
      areas[at]?.fill(curve === undefined ? Number.NaN : areaUnder(curve), resample, resample + 1);
    });
  }
  const [length] = areas;
  const lengthApgr = ranked[0]?.apgr ?? Number.NaN;
  return ranked.map(({ apgr }, at) => {
    const own = areas[at] ?? new Float64Array(0);
    const differences = own.map((area, resample) => area - (length?.[resample] ?? Number.NaN));
    return {
      apgr: { value: apgr, ...percentileInterval(own) },
      overLength: { value: apgr - lengthApgr, ...percentileInterval(differences) },
    };
  });
}

/** Draws as many groups as there are, with replacement, each with all its rows. */
function groupsDrawn({ groups, groupCount }: EstimatedRows): Draw {
  const drawn = new Uint8Array(groupCount);
  return (random, times) => {
    drawRows(random, drawn);
    for (let row = 0; row < times.length; row++) times[row] = drawn[groups[row] ?? 0] ?? 0;
  };
}
