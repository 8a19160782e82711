// The scores of decisions, a histogram a day for two weeks, and how far they are from where they were: the population stability index over
// deciles of what they are held against, the scores in training or those of the week before. Pure but for the clock it is given.
import { DAY_MS } from "./ratings.ts";

/** Of a policy that was trained: how its scores lay then. */
export interface TrainedScores {
  readonly rows: number;
  readonly quantiles: readonly number[]; // 0 %, 1 % … 100 %
}

/** Of one policy; of several processes they can be added up. */
export interface ScoreWeeks {
  readonly policy: string;
  readonly trained: TrainedScores | null;
  readonly week: readonly number[]; // scores in each step, of the last seven days
  readonly before: readonly number[]; // of the seven days in front of these
}

export const AGAINST = ["training", "week-before"] as const;

export interface ScoreDrift {
  readonly policy: string;
  readonly against: (typeof AGAINST)[number];
  readonly psi: number | null; // null: too few on one of the sides
  readonly scores: number; // of the last seven days
  readonly reference: number; // scores on the other side
}

/** From these on: worth a look; time to act (the usual levels of the index). */
export const PSI_WATCH = 0.1;
export const PSI_ACT = 0.25;
/** Fewer on a side, and chance alone comes to a tenth of `PSI_WATCH`. */
const LEAST_SCORES = 500;

const STEPS = 1024;
const WEEK = 7;
const DAYS = 2 * WEEK;
const PARTS = 10;
/** Policies with scores, of the configurations since the start; the one heard of first is forgotten. */
const MAX_POLICIES = 8;
/** The clock is asked once in so many scores. */
const CLOCK_STRIDE = 64;

export class ScoreHistory {
  readonly #now: () => number;
  readonly #policies = new Map<string, Uint32Array[]>(); // of each the histogram of a day, by the day modulo DAYS
  #policy: string | undefined; // whose is the next
  #days: Uint32Array[] = [];
  #today: number;
  #untilClock = CLOCK_STRIDE;

  /** `now`: milliseconds since the epoch. */
  constructor(now: () => number) {
    this.#now = now;
    this.#today = Math.floor(now() / DAY_MS);
  }

  /** On the request path: an addition. What is not from 0 to 1 counts at its nearer end. */
  add(policy: string, score: number): void {
    if (policy !== this.#policy) this.#turnTo(policy);
    if (--this.#untilClock === 0) this.#lookAtClock();
    const step = Math.min(STEPS - 1, Math.max(0, Math.floor(score * STEPS)));
    const counts = this.#days[this.#today % DAYS];
    if (counts !== undefined) counts[step] = (counts[step] ?? 0) + 1;
  }

  /** `trained`: of policies by their names and versions. */
  weeks(trained: ReadonlyMap<string, TrainedScores>): readonly ScoreWeeks[] {
    this.#lookAtClock();
    return [...this.#policies].map(([policy, days]) => ({
      policy,
      trained: trained.get(policy) ?? null,
      week: this.#sum(days, 0),
      before: this.#sum(days, WEEK),
    }));
  }

  #turnTo(policy: string): void {
    const known = this.#policies.get(policy);
    this.#days = known ?? Array.from({ length: DAYS }, () => new Uint32Array(STEPS));
    this.#policy = policy;
    if (known !== undefined) return;
    this.#policies.set(policy, this.#days);
    for (const first of this.#policies.keys()) {
      if (this.#policies.size <= MAX_POLICIES) return;
      this.#policies.delete(first);
    }
  }

  #lookAtClock(): void {
    this.#untilClock = CLOCK_STRIDE;
    const today = Math.floor(this.#now() / DAY_MS);
    if (today <= this.#today) return; // a clock that was set back changes nothing
    const gone = Math.min(DAYS, today - this.#today);
    for (let day = 0; day < gone; day++) for (const days of this.#policies.values()) days[(today - day) % DAYS]?.fill(0);
    this.#today = today;
  }

  #sum(days: readonly Uint32Array[], from: number): readonly number[] {
    const sum = new Array<number>(STEPS).fill(0);
    for (let back = from; back < from + WEEK; back++) {
      const counts = days[(this.#today - back + DAYS) % DAYS];
      for (let step = 0; step < STEPS; step++) sum[step] = (sum[step] ?? 0) + (counts?.[step] ?? 0);
    }
    return sum;
  }
}

/** Of one process or of several. */
export function scoreDrifts(all: readonly ScoreWeeks[]): readonly ScoreDrift[] {
  const policies = new Map<string, ScoreWeeks>();
  for (const each of all) {
    const known = policies.get(each.policy);
    policies.set(each.policy, known === undefined ? each : added(known, each));
  }
  return [...policies.values()].flatMap(({ policy, trained, week, before }): readonly ScoreDrift[] => {
    const scores = total(week);
    const reference = total(before);
    const isEnough = (other: number) => Math.min(scores, other) >= LEAST_SCORES;
    const sinceWeek = isEnough(reference) ? psi(week, edgesOf(before), before) : null;
    const weekBefore = { policy, against: "week-before", psi: sinceWeek, scores, reference } as const;
    if (trained === null) return [weekBefore];
    const edges = trained.quantiles.filter((_, at) => at > 0 && at < 100 && at % (100 / PARTS) === 0);
    const sinceTraining = isEnough(trained.rows) ? psi(week, edges) : null;
    return [{ policy, against: "training", psi: sinceTraining, scores, reference: trained.rows }, weekBefore];
  });
}

function added(a: ScoreWeeks, b: ScoreWeeks): ScoreWeeks {
  const sum = (one: readonly number[], other: readonly number[]) => one.map((count, step) => count + (other[step] ?? 0));
  return { ...a, week: sum(a.week, b.week), before: sum(a.before, b.before) };
}

/** Σ (actual − expected) · ln(actual / expected) over the parts. Without `reference` each has a tenth; equal edges make one part of two. */
function psi(counts: readonly number[], edges: readonly number[], reference?: readonly number[]): number {
  const distinct = edges.filter((edge, at) => edge !== edges[at + 1]);
  const actual = partsOf(counts, distinct);
  const expected = reference === undefined ? tenths(edges, distinct) : partsOf(reference, distinct);
  return actual.reduce((sum, share, at) => sum + (share - (expected[at] ?? 0)) * Math.log(share / (expected[at] ?? 1)), 0);
}

function tenths(edges: readonly number[], distinct: readonly number[]): readonly number[] {
  const upTo = [...distinct.map((edge) => (edges.lastIndexOf(edge) + 1) / PARTS), 1];
  return upTo.map((share, at) => share - (upTo[at - 1] ?? 0));
}

/** Shares between edges. No part is empty: half a score is added to each. */
function partsOf(counts: readonly number[], edges: readonly number[]): readonly number[] {
  const all = total(counts);
  const under = [...edges.map((edge) => countUnder(counts, edge)), all];
  return under.map((count, at) => (count - (under[at - 1] ?? 0) + 0.5) / (all + 0.5 * under.length));
}

/** Within a step, scores count as spread evenly. */
function countUnder(counts: readonly number[], edge: number): number {
  const steps = Math.min(STEPS, Math.max(0, edge * STEPS));
  const whole = Math.floor(steps);
  let under = (counts[whole] ?? 0) * (steps - whole);
  for (let step = 0; step < whole; step++) under += counts[step] ?? 0;
  return under;
}

function edgesOf(counts: readonly number[]): readonly number[] {
  const all = total(counts);
  return Array.from({ length: PARTS - 1 }, (_, at) => scoreAt(counts, ((at + 1) / PARTS) * all));
}

function scoreAt(counts: readonly number[], place: number): number {
  let missing = place;
  for (const [step, count] of counts.entries()) {
    if (count >= missing && count > 0) return (step + missing / count) / STEPS;
    missing -= count;
  }
  return 1;
}

function total(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0);
}
