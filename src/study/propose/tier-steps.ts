// Thresholds where there are more than two tiers: each tier but the last gets the length up to which it is enough, instead of one length
// for the two that a threshold policy knows.
import { type Family, type Fitted, refitted, type TierStep } from "./families.ts";
import { type Studied, worths } from "./studied.ts";

/** What is known of each row in front of the lengths. */
export interface StepRows {
  readonly chars: Float64Array;
  readonly turns: Float64Array;
  readonly isFixed: (row: number) => boolean; // a policy before this one, or a keyword, decides it
  readonly fixed: Uint8Array; // tiers of those
}

export interface StepSettings {
  readonly studied: Studied;
  readonly tiers: readonly string[]; // cheap first
  readonly measured: StepRows;
  readonly chars: readonly number[]; // lengths to try, ascending
  readonly turns: readonly number[]; // over so many the last tier
  readonly leastWeak: number; // share that the first tier is left, or what it has
}

interface Steps {
  readonly maxChars: readonly number[]; // of each tier but the last, ascending; -1: the tier gets nothing
  readonly maxTurns: number;
  readonly worth: number;
}

export function stepsFamily(settings: StepSettings): readonly Family[] {
  const { studied, tiers } = settings;
  if (tiers.length < 3) return [];
  const worth = worths(studied);
  return [
    refitted("thresholds per step", studied.base, (rows): Fitted | undefined => {
      const least = Math.min(settings.leastWeak, shareOfFirst(studied, rows));
      const all = settings.turns.map((maxTurns) => bestSteps(settings, worth, { rows, maxTurns, least }));
      const found = all.flatMap((steps) => steps ?? []);
      const best = found.find((steps) => found.every((other) => other.worth <= steps.worth));
      if (best === undefined || best.worth <= presentWorth(studied, worth, rows) + 1e-9) return undefined;
      const steps = best.maxChars.flatMap((maxChars, at): TierStep[] => (maxChars < 0 ? [] : [{ tier: tiers[at] ?? "", maxChars }]));
      const change = { kind: "steps", steps, maxTurns: best.maxTurns, last: tiers.at(-1) ?? "" } as const;
      return { tiers: studied.base.map((_, row) => tierFor(settings, best, row)), change };
    }),
  ];
}

function tierFor({ tiers, measured }: StepSettings, { maxChars, maxTurns }: Steps, row: number): number {
  const { chars, turns, isFixed, fixed } = measured;
  if (isFixed(row)) return fixed[row] ?? 0;
  const enough = (turns[row] ?? 0) > maxTurns ? -1 : maxChars.findIndex((most) => (chars[row] ?? 0) <= most);
  return enough < 0 ? tiers.length - 1 : enough;
}

interface Asked {
  readonly rows: Int32Array;
  readonly maxTurns: number;
  readonly least: number;
}

/** The lengths that are worth most, by going through them once for each tier. Undefined: none leaves the first tier enough. */
function bestSteps({ studied, tiers, measured, chars }: StepSettings, worth: Float64Array, { rows, maxTurns, least }: Asked) {
  const bins = chars.length + 1; // one more for what is longer than all
  const gained = tiers.map(() => new Float64Array(bins)); // by length: what its rows are worth at a tier
  const weights = new Float64Array(bins);
  const last = tiers.length - 1;
  let [all, others] = [0, 0]; // weight, and the worth of rows that no length decides
  for (const row of rows) {
    const weight = studied.weights[row] ?? 0;
    all += weight;
    const at = (tier: number) => weight * (worth[row * tiers.length + tier] ?? 0);
    if (measured.isFixed(row)) others += at(measured.fixed[row] ?? 0);
    else if ((measured.turns[row] ?? 0) > maxTurns) others += at(last);
    else {
      const bin = chars.findIndex((most) => (measured.chars[row] ?? 0) <= most);
      const place = bin < 0 ? bins - 1 : bin;
      weights[place] = (weights[place] ?? 0) + weight;
      for (const [tier, sums] of gained.entries()) sums[place] = (sums[place] ?? 0) + at(tier);
    }
  }
  const found = divided(gained, (ends) => sumOf(weights, 0, ends) >= least * all - 1e-9);
  if (found === undefined) return undefined;
  const maxChars = found.ends.map((end, tier) => (end === (found.ends[tier - 1] ?? 0) ? -1 : (chars[end - 1] ?? -1)));
  return { maxChars, maxTurns, worth: found.worth + others };
}

interface Divided {
  readonly ends: readonly number[]; // of each tier but the last: its bins end before this one
  readonly worth: number;
}

/** Bins to tiers, in their order. `isEnough`: whether the first tier may end before a bin. */
function divided(gained: readonly Float64Array[], isEnough: (end: number) => boolean): Divided | undefined {
  const [first = new Float64Array(0), ...others] = gained;
  const bins = first.length;
  // For each end: the best way to give the bins before it to the tiers so far.
  let ways = Array.from({ length: bins }, (_, end): Divided | undefined =>
    isEnough(end) ? { ends: [end], worth: sumOf(first, 0, end) } : undefined,
  );
  for (const own of others.slice(0, -1)) {
    ways = ways.map((_, end) =>
      best(ways.slice(0, end + 1).map((way, from) => way && { ends: [...way.ends, end], worth: way.worth + sumOf(own, from, end) })),
    );
  }
  const last = others.at(-1) ?? new Float64Array(0);
  return best(ways.map((way, from) => way && { ends: way.ends, worth: way.worth + sumOf(last, from, bins) }));
}

/** The first of equals. */
function best(ways: readonly (Divided | undefined)[]): Divided | undefined {
  return ways.reduce((most, way) => (way !== undefined && way.worth > (most?.worth ?? Number.NEGATIVE_INFINITY) ? way : most), undefined);
}

function sumOf(values: Float64Array, from: number, to: number): number {
  let sum = 0;
  for (let at = from; at < to; at++) sum += values[at] ?? 0;
  return sum;
}

function presentWorth({ weights, base, tiers }: Studied, worth: Float64Array, rows: Int32Array): number {
  return rows.reduce((sum, row) => sum + (weights[row] ?? 0) * (worth[row * tiers + (base[row] ?? 0)] ?? 0), 0);
}

function shareOfFirst({ weights, base }: Studied, rows: Int32Array): number {
  let [first, all] = [0, 0];
  for (const row of rows) {
    all += weights[row] ?? 0;
    if (base[row] === 0) first += weights[row] ?? 0;
  }
  return first / all;
}
