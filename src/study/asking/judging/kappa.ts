// How far a judge agrees with people beyond chance: Cohen's kappa (Cohen 1960), with a bootstrap interval. Pure.
import type { Estimate } from "../../evaluate/result.ts";

export interface Agreement {
  readonly rows: number;
  readonly agreed: number; // share
  readonly kappa: Estimate; // 1: always, 0: as by chance
}

const RESAMPLES = 1000;

/** Undefined: no rows. `pairs`: what each of the two said; their order makes no difference. */
export function cohensKappa(pairs: readonly (readonly [string, string])[], random: () => number): Agreement | undefined {
  if (pairs.length === 0) return undefined;
  const sorted = pairs.toSorted(([one, other], [one2, other2]) => compare(one, one2) || compare(other, other2));
  const draws = new Float64Array(RESAMPLES);
  for (let resample = 0; resample < RESAMPLES; resample++) {
    draws[resample] = kappaOf(sorted.map(() => sorted[Math.floor(random() * sorted.length)] ?? ["", ""])).kappa;
  }
  draws.sort();
  const { kappa, agreed } = kappaOf(pairs);
  const at = (share: number) => draws[Math.round(share * (RESAMPLES - 1))] ?? kappa;
  return { rows: pairs.length, agreed, kappa: { value: kappa, low: at(0.025), high: at(0.975) } };
}

function compare(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}

/** Where both always say the same one thing, chance explains it all: 0. */
function kappaOf(pairs: readonly (readonly [string, string])[]): { kappa: number; agreed: number } {
  const counts = [new Map<string, number>(), new Map<string, number>()] as const;
  let same = 0;
  for (const [one, other] of pairs) {
    if (one === other) same++;
    counts[0].set(one, (counts[0].get(one) ?? 0) + 1);
    counts[1].set(other, (counts[1].get(other) ?? 0) + 1);
  }
  const rows = pairs.length;
  const agreed = same / rows;
  let chance = 0;
  for (const [name, count] of counts[0]) chance += (count / rows) * ((counts[1].get(name) ?? 0) / rows);
  return { kappa: chance >= 1 ? 0 : (agreed - chance) / (1 - chance), agreed };
}
