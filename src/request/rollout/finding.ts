// What one guard has found so far: harm, harm excluded, or neither yet, with the evidence for both and how much longer it may take.
import type { Arm } from "./assignment.ts";
import { evidenceNeeded, harm, harmExcluded, rateBelow } from "./evidence.ts";
import { dearer, dearerExcluded } from "./mean-evidence.ts";
import { comparedStages, type Guard, type RolloutSettings } from "./settings.ts";
import type { GuardCount, PerArm, Tally } from "./tally.ts";

export interface Finding {
  readonly guard: string;
  readonly is: "harmful" | "excluded" | "open";
  readonly rates: Readonly<PerArm>; // events by unit, or the mean amount; 0 where there are no units yet
  readonly harm: Evidence; // that the candidate is worse by more than is allowed
  readonly excluded: Evidence; // that it is worse by less than the margin, or that its rate is negligible
  readonly moreRequests: number | undefined; // of the candidate until that is excluded, about, as things are; undefined: it would not be
}

/** Natural logarithms. */
export interface Evidence {
  readonly is: number;
  readonly needed: number;
}

/** `share` of the stage: over 0 and under 1. */
export function findings(tally: Tally, share: number, settings: RolloutSettings): readonly Finding[] {
  return settings.guards.map((guard, at) => {
    const count = tally.guards[at];
    if (count?.kind !== guard.kind) throw new Error(`invariant: guard ${guard.name} is counted as it is set`);
    return findingOf(guard, count, { tally, share, settings });
  });
}

/** The short way, for each event: whether the guard at this place finds harm. Only what the candidate did can bring it about. */
export function harmIsFound(tally: Tally, at: number, share: number, settings: RolloutSettings): boolean {
  const [guard, count] = [settings.guards[at], tally.guards[at]];
  return guard !== undefined && count !== undefined && evidenceOfHarm(guard, count, share) >= neededForHarm(settings);
}

/** All guards in all stages share the probability of a false alarm. */
function neededForHarm(settings: RolloutSettings): number {
  return evidenceNeeded(settings.alpha, settings.guards.length * comparedStages(settings));
}

interface Known {
  readonly tally: Tally;
  readonly share: number;
  readonly settings: RolloutSettings;
}

function findingOf(guard: Guard, count: GuardCount, known: Known): Finding {
  const { settings, tally, share } = known;
  const harmful = { is: evidenceOfHarm(guard, count, share), needed: neededForHarm(settings) };
  const needed = evidenceNeeded(settings.alpha, waysToExclude(guard));
  const excluded = { is: evidenceAgainst(guard, count, known, 1), needed };
  const is = harmful.is >= harmful.needed ? "harmful" : excluded.is >= needed ? "excluded" : "open";
  const factor = factorUntil(mostTimes(count), (times) => evidenceAgainst(guard, count, known, times) >= needed);
  const moreRequests = factor === undefined ? undefined : Math.ceil((factor - 1) * tally.requests.candidate);
  return { guard: guard.name, is, rates: ratesOf(count, tally), harm: harmful, excluded, moreRequests };
}

/** Each may be wrong: they share the probability. */
function waysToExclude(guard: Guard): number {
  return guard.kind === "event" && guard.negligible !== undefined ? 2 : 1;
}

function evidenceOfHarm(guard: Guard, count: GuardCount, share: number): number {
  if (count.kind === "amount") return dearer(count.bets);
  const { stable, candidate } = count.harmed;
  return harm(candidate, stable + candidate, share, guard.allowed);
}

/** With so many times what has been counted, in the same proportions. */
function evidenceAgainst(guard: Guard, count: GuardCount, { tally, share }: Known, times: number): number {
  if (count.kind === "amount") return dearerExcluded(count.bets, times);
  const candidate = Math.round(times * count.harmed.candidate);
  const stable = Math.round(times * count.harmed.stable);
  const relative = harmExcluded(candidate, stable + candidate, share, guard.margin);
  const negligible = guard.kind === "event" ? guard.negligible : undefined;
  if (negligible === undefined) return relative;
  const units = Math.round(times * tally.units.candidate);
  return Math.max(relative, rateBelow(Math.min(candidate, units), units, negligible));
}

const MOST_TIMES = 10_000; // what takes longer is not worth a number
const MOST_EVENTS = 10_000_000; // nor is what takes so many, which take long to compute

function mostTimes(count: GuardCount): number {
  const events = count.kind === "event" ? count.harmed.stable + count.harmed.candidate : 1;
  return Math.max(1, Math.min(MOST_TIMES, MOST_EVENTS / Math.max(1, events)));
}

/** The least factor, to a hundredth of itself, from which on it is so; undefined: none. */
function factorUntil(most: number, isSo: (times: number) => boolean): number | undefined {
  if (isSo(1)) return 1;
  if (!isSo(most)) return undefined;
  let [low, high] = [1, most];
  while (high > 1.01 * low) {
    const middle = Math.sqrt(low * high);
    if (isSo(middle)) high = middle;
    else low = middle;
  }
  return high;
}

function ratesOf(count: GuardCount, { units, young }: Tally): PerArm {
  const of = (arm: Arm) => {
    if (count.kind === "amount") return count.sum[arm] / Math.max(1, count.units[arm]);
    const all = young.reduce((sum, each) => sum + each[arm], units[arm]);
    return count.harmed[arm] / Math.max(1, all);
  };
  return { stable: of("stable"), candidate: of("candidate") };
}
