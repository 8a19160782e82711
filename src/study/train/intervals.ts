// 95 % bootstrap intervals of the compared families, and of what each adds to length: every resample draws the same rows for all.
import { percentileInterval } from "../evaluate/bootstrap.ts";
import { areaUnder, rankingOf } from "../evaluate/curve.ts";
import { drawRows, randomSource } from "../evaluate/random-source.ts";
import type { Estimate } from "../evaluate/result.ts";
import { TieTally } from "../evaluate/tie-tally.ts";
import type { FamilyScores } from "./families.ts";

export interface FamilyEstimate {
  readonly scored: FamilyScores;
  readonly apgr: Estimate;
  readonly overLength: Estimate; // its APGR less that of length
}

/** `families` begins with length. Resamples without a gap between the tiers are left out. */
export function estimateFamilies(
  families: readonly FamilyScores[],
  gains: Float64Array,
  seed: number,
  resamples: number,
): readonly FamilyEstimate[] {
  const sentNowhere = new Uint8Array(gains.length);
  const tallies = families.map(({ scores }) => new TieTally(rankingOf(scores), sentNowhere, gains));
  const areas = families.map(() => new Float64Array(resamples));
  const random = randomSource(seed);
  const times = new Uint8Array(gains.length);
  for (let resample = 0; resample < resamples; resample++) {
    drawRows(random, times);
    tallies.forEach((tally, at) => {
      tally.count(times, gains);
      const curve = tally.gapCurve();
      areas[at]?.fill(curve === undefined ? Number.NaN : areaUnder(curve), resample, resample + 1);
    });
  }
  const [length] = areas;
  const lengthApgr = families[0]?.apgr ?? Number.NaN;
  return families.map((scored, at) => {
    const own = areas[at] ?? new Float64Array(0);
    const differences = own.map((area, resample) => area - (length?.[resample] ?? Number.NaN));
    return {
      scored,
      apgr: { value: scored.apgr, ...percentileInterval(own) },
      overLength: { value: scored.apgr - lengthApgr, ...percentileInterval(differences) },
    };
  });
}
