// How much better an order of answers is than escalation at random at the same rate: the area under its curve, with a bootstrap interval
// and the chance that a random order does as well.
import { affordableResamples, percentileInterval } from "../evaluate/bootstrap.ts";
import { areaUnder, curveOf, type Ranking, rankingOf, recoveredAt } from "../evaluate/curve.ts";
import { drawRows, randomSource } from "../evaluate/random-source.ts";
import type { Estimate } from "../evaluate/result.ts";
import { TieTally } from "../evaluate/tie-tally.ts";
import { shuffle } from "../train/shuffle.ts";

export interface AgainstRandom {
  readonly apgr: Estimate; // a random order has 0.5
  readonly p: number; // the share of random orders that do as well
  readonly rates: readonly RateFigures[];
}

/** When so many answers are asked again. */
export interface RateFigures {
  readonly rate: number;
  readonly recovered: Estimate; // of the gap between the tiers; at random as much as the rate
}

export const RATES: readonly number[] = [0.1, 0.2, 0.3, 0.5];
const RESAMPLES = 1000;
const ORDERS = 2000;

/** `scores`: high ones are asked again first. */
export function againstRandom(scores: Float64Array, gains: Float64Array, seed: number): AgainstRandom {
  const ranking = rankingOf(scores);
  const curve = curveOf(ranking, gains);
  const tally = new TieTally(ranking, new Uint8Array(gains.length), gains);
  const resamples = affordableResamples(RESAMPLES, gains.length);
  const areas = new Float64Array(resamples);
  const recovered = RATES.map(() => new Float64Array(resamples));
  const random = randomSource(seed);
  const times = new Uint8Array(gains.length);
  for (let resample = 0; resample < resamples; resample++) {
    drawRows(random, times);
    tally.count(times, gains);
    const drawn = tally.gapCurve();
    areas[resample] = drawn === undefined ? Number.NaN : areaUnder(drawn);
    RATES.forEach((rate, at) => {
      recovered[at]?.fill(drawn === undefined ? Number.NaN : recoveredAt(drawn, rate), resample, resample + 1);
    });
  }
  const value = curve === undefined ? Number.NaN : areaUnder(curve);
  return {
    apgr: { value, ...percentileInterval(areas) },
    p: shareAsGood(ranking, gains, value, random),
    rates: RATES.map((rate, at) => ({
      rate,
      recovered: {
        value: curve === undefined ? Number.NaN : recoveredAt(curve, rate),
        ...percentileInterval(recovered[at] ?? new Float64Array(0)),
      },
    })),
  };
}

/** A permutation test: the gains are dealt out anew. Never 0, for the order itself is one of them. */
function shareAsGood(ranking: Ranking, gains: Float64Array, area: number, random: () => number): number {
  const order = Int32Array.from(gains.keys());
  const dealt = new Float64Array(gains.length);
  const orders = affordableResamples(ORDERS, gains.length);
  let asGood = 1;
  for (let deal = 0; deal < orders; deal++) {
    shuffle(order, random);
    for (let row = 0; row < dealt.length; row++) dealt[row] = gains[order[row] ?? 0] ?? 0;
    const curve = curveOf(ranking, dealt);
    if (curve !== undefined && areaUnder(curve) >= area) asGood++;
  }
  return asGood / (orders + 1);
}
