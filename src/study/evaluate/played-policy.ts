// A policy that learns, played on rows whose quality with both tiers is known: each run draws requests from them in another order, tells
// the policy at once how good the answer was, and sees what it comes to, thousand by thousand.
import type { ChatScanner } from "../../request/chat/scanner.ts";
import type { Policy } from "../../request/policy/policy.ts";
import type { Example } from "../dataset/example.ts";
import { randomSource } from "./random-source.ts";
import type { Estimate } from "./result.ts";
import { qualityOf, type RowQuality } from "./rows.ts";
import { ask } from "./trial.ts";

/** A row to draw. */
export interface PlayedRow {
  readonly example: Pick<Example, "body" | "path">;
  readonly quality: RowQuality;
  readonly costs: readonly number[]; // US dollars, by tier; NaN: not known
}

export interface PlayedPolicy {
  readonly name: string;
  readonly rows: number;
  readonly runs: number;
  readonly weak: number; // quality of one tier for all, as is the next
  readonly strong: number;
  readonly steps: readonly PlayedStep[];
}

/** Of the requests since the step before, over the runs. */
export interface PlayedStep {
  readonly requests: number; // up to its end
  readonly quality: Estimate;
  readonly strongShare: number; // above the first tier
  readonly costPer1000: number | undefined; // US dollars; undefined: a price is not known
  readonly overRandom: Estimate; // quality over that of chance with the same share, on the same rows, as is the next
  readonly underBest: Estimate; // quality that one tier for all has more
}

export interface Play {
  readonly name: string;
  readonly make: () => Policy; // that has learned nothing yet
  readonly tiers: readonly string[]; // cheap first
  readonly scanner: ChatScanner;
  readonly seed: number;
  readonly runs: number;
  readonly requests: number; // of a run
  readonly step: number; // a divisor of it
}

export function playPolicy(rows: readonly PlayedRow[], play: Play): PlayedPolicy {
  const { name, runs, requests, step, seed } = play;
  const weak = mean(rows.map(({ quality }) => quality.weak));
  const strong = weak + mean(rows.map(({ quality }) => quality.gain));
  const isStrongBest = strong > weak;
  const played = Array.from({ length: runs }, (_, run) => playOnce(rows, play, seed + run));
  const steps = Array.from({ length: Math.floor(requests / step) }, (_, at): PlayedStep => {
    const of = played.map((sums) => sums[at] ?? NOTHING);
    const qualities = of.map(({ quality }) => quality / step);
    const shares = of.map(({ above }) => above / step);
    const cost = mean(of.map(({ usd }) => (1000 * usd) / step));
    return {
      requests: step * (at + 1),
      quality: overRuns(qualities),
      strongShare: mean(shares),
      costPer1000: Number.isNaN(cost) ? undefined : cost,
      overRandom: overRuns(of.map(({ quality, above, weak, gain }) => (quality - weak - (above / step) * gain) / step)),
      underBest: overRuns(of.map(({ quality, weak, gain }) => (weak + (isStrongBest ? gain : 0) - quality) / step)),
    };
  });
  return { name, rows: rows.length, runs, weak, strong, steps };
}

interface Sums {
  quality: number;
  weak: number; // of the same rows with one tier, so that luck with rows is nobody's merit
  gain: number;
  above: number;
  usd: number;
}

const NOTHING: Sums = { quality: 0, weak: 0, gain: 0, above: 0, usd: 0 };

function playOnce(rows: readonly PlayedRow[], { make, tiers, scanner, requests, step }: Play, seed: number): readonly Sums[] {
  const random = randomSource(seed);
  const policy = make();
  const steps: Sums[] = [];
  for (let at = 0; at < requests; at++) {
    const row = rows[Math.floor(random() * rows.length)];
    const asked = row && ask(scanner, { ...row.example, place: `${seed}-${at}` }); // the request's id, which its lot is drawn by
    if (row === undefined || asked?.kind !== "asked") throw new Error("invariant: every row to draw can be asked about");
    const tier = policy.decide(asked.request)?.tier ?? tiers[0] ?? "";
    const index = Math.max(0, tiers.indexOf(tier));
    const quality = row.quality.weak + (index > 0 ? row.quality.gain : 0);
    const usd = row.costs[index] ?? Number.NaN;
    policy.learner?.ended(asked.request.requestId ?? "", tier, { quality, costUsd: Number.isNaN(usd) ? undefined : usd });
    if (at % step === 0) steps.push({ ...NOTHING });
    const sums = steps.at(-1) ?? { ...NOTHING };
    sums.quality += quality;
    sums.weak += row.quality.weak;
    sums.gain += row.quality.gain;
    sums.above += Number(index > 0);
    sums.usd += usd;
  }
  return steps;
}

/** A sample of as many rows as are kept, each as likely as any (algorithm R, Vitter 1985). */
export function reservoir<Kept>(most: number, seed: number) {
  const random = randomSource(seed);
  const kept: Kept[] = [];
  let seen = 0;
  return {
    kept: kept as readonly Kept[],
    /** `made` only where it is kept: what a row is made from may not outlive it. */
    offer(made: () => Kept): void {
      const place = seen < most ? seen : Math.floor(random() * (seen + 1));
      seen++;
      if (place < most) kept[place] = made();
    },
  };
}

/** Student's t for 95 %, of 2 runs and up; of more than these 1.96. */
const STUDENT = [12.71, 4.3, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26, 2.23, 2.2, 2.18, 2.16, 2.14, 2.13, 2.12, 2.11, 2.1, 2.09];

function overRuns(values: readonly number[]): Estimate {
  const value = mean(values);
  const variance = values.reduce((sum, each) => sum + (each - value) ** 2, 0) / Math.max(1, values.length - 1);
  const half = values.length < 2 ? 1 : (STUDENT[values.length - 2] ?? 1.96) * Math.sqrt(variance / values.length);
  return { value, low: value - half, high: value + half };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

export function playedRow(example: Example, costs: readonly number[]): PlayedRow {
  const { body, path } = example;
  return { example: { body: body.slice(), path }, quality: qualityOf(example.truth), costs };
}
