// What has been counted in one stage: plain numbers that survive as JSON and merge by adding, so that replicas share one verdict.
import type { Arm } from "./assignment.ts";
import { EACH_ONCE, type FirstTime, firstTime } from "./first-time.ts";
import { type Bets, bet, noBets } from "./mean-evidence.ts";
import type { RolloutSettings } from "./settings.ts";

export type PerArm = Record<Arm, number>;

/** Changes in place: it is added to with every request. */
export interface Tally {
  readonly stage: number;
  readonly sinceMs: number; // of the stage: what was decided before is not counted
  readonly requests: PerArm;
  readonly units: PerArm; // whose outcomes have had time to come
  readonly young: YoungUnits[]; // and those of whom the slower arm's may be missing yet
  readonly guards: readonly GuardCount[]; // in the order of the settings
}

/** Units whose first request was decided in the same span of time. */
export interface YoungUnits extends PerArm {
  readonly endsMs: number;
}

export type GuardCount = EventCount | AmountCount;

export interface EventCount {
  readonly kind: "event";
  readonly harmed: PerArm; // units
}

export interface AmountCount {
  readonly kind: "amount";
  readonly units: PerArm;
  readonly sum: PerArm; // each at most the cap
  readonly bets: Bets;
}

/** What became known of a request. `decidedAtMs`, its arm then and its unit's hash come with each. */
export type Seen = {
  readonly arm: Arm;
  readonly unit: number;
  readonly decidedAtMs: number;
} & (
  | { readonly what: "request" } // it was served, well or not, as the gateway says: not when it was decided
  | { readonly what: "harm"; readonly guard: number } // place in the settings
  | { readonly what: "amount"; readonly guard: number; readonly amount: number } // of the unit; of those after its first nothing is kept
);

/** Which units have been met in a stage by this process: not part of the state, for ids are no one else's business. */
export interface MetUnits {
  readonly requests: FirstTime;
  readonly guards: readonly FirstTime[];
}

/** As exact as the time to settle asks for. */
const MOST_YOUNG_MS = 60_000;
const YOUNG_PARTS = 10;
const SLOTS = 65_536;

/** Of a stage that begins: one for each. After a restart, units met before it may count once more. */
export function metUnits({ by, guards }: RolloutSettings): MetUnits {
  const one = () => (by === "request" ? EACH_ONCE : firstTime(SLOTS));
  return { requests: one(), guards: guards.map(one) };
}

export function emptyTally({ guards }: RolloutSettings, stage: number, sinceMs: number): Tally {
  return {
    ...{ stage, sinceMs, requests: none(), units: none(), young: [] },
    guards: guards.map(
      ({ kind }): GuardCount => (kind === "event" ? { kind, harmed: none() } : { kind, units: none(), sum: none(), bets: noBets() }),
    ),
  };
}

function none(): PerArm {
  return { stable: 0, candidate: 0 };
}

/** Counts. A unit counts once for the split and once for each guard, so that a session that fails ten times is one event. */
export function saw(tally: Tally, met: MetUnits, seen: Seen, settings: RolloutSettings): void {
  if (seen.decidedAtMs < tally.sinceMs) return;
  if (seen.what === "request") addRequest(tally, seen);
  if (isFirst(met, seen)) addUnit(tally, seen, settings);
}

/** Whether it is the first that is seen of its unit, for the split or for its guard. */
export function isFirst(met: MetUnits, seen: Seen): boolean {
  const known = seen.what === "request" ? met.requests : met.guards[seen.guard];
  return known?.isFirst(seen.unit) === true;
}

/** Of every one that was served. */
export function addRequest({ requests }: Tally, { arm }: Seen): void {
  requests[arm]++;
}

/** Of the first that is seen of a unit. */
export function addUnit(tally: Tally, seen: Seen, settings: RolloutSettings): void {
  switch (seen.what) {
    case "request":
      youngOf(tally, seen.decidedAtMs, settings)[seen.arm]++;
      return;
    case "harm": {
      const count = tally.guards[seen.guard];
      if (count?.kind === "event") count.harmed[seen.arm]++;
      return;
    }
    case "amount":
      addAmount(tally, seen, settings);
      return;
    default:
      seen satisfies never;
  }
}

function youngOf({ young }: Tally, decidedAtMs: number, { settleMs }: RolloutSettings): YoungUnits {
  const spanMs = Math.max(1, Math.min(MOST_YOUNG_MS, settleMs / YOUNG_PARTS));
  return youngUntil(young, (Math.floor(decidedAtMs / spanMs) + 1) * spanMs);
}

function youngUntil(young: YoungUnits[], endsMs: number): YoungUnits {
  const same = young.findLast((units) => units.endsMs === endsMs);
  if (same !== undefined) return same;
  const units = { ...none(), endsMs };
  young.push(units);
  return units;
}

function addAmount(tally: Tally, seen: Seen & { readonly what: "amount" }, { guards, stages }: RolloutSettings): void {
  const [count, guard] = [tally.guards[seen.guard], guards[seen.guard]];
  const share = stages[tally.stage]?.share ?? 0;
  if (count?.kind !== "amount" || guard?.kind !== "amount" || share <= 0 || share >= 1) return;
  const capped = Math.min(guard.cap, Math.max(0, seen.amount));
  count.units[seen.arm]++;
  count.sum[seen.arm] += capped;
  bet(count.bets, seen.arm === "candidate", capped / guard.cap, { share, allowed: guard.allowed, margin: guard.margin });
}

/** Units become old enough to count. Call it before asking for a verdict. */
export function settle({ young, units }: Tally, nowMs: number, { settleMs }: RolloutSettings): void {
  let kept = 0;
  for (const each of young) {
    if (each.endsMs + settleMs > nowMs) young[kept++] = each;
    else addTo(units, each);
  }
  young.length = kept;
}

/** Of several processes. One of another stage, or of the same stage begun at another time, has nothing to add. */
export function merged(first: Tally, others: readonly Tally[]): Tally {
  const sum = copyOf(first);
  for (const other of others) {
    if (other.stage !== first.stage || other.sinceMs !== first.sinceMs) continue;
    addTo(sum.requests, other.requests);
    addTo(sum.units, other.units);
    for (const each of other.young) addTo(youngUntil(sum.young, each.endsMs), each);
    for (const [at, count] of other.guards.entries()) addCount(sum.guards[at], count);
  }
  return sum;
}

function addCount(sum: GuardCount | undefined, count: GuardCount): void {
  if (sum?.kind === "event" && count.kind === "event") addTo(sum.harmed, count.harmed);
  if (sum?.kind !== "amount" || count.kind !== "amount") return;
  addTo(sum.units, count.units);
  addTo(sum.sum, count.sum);
  addAll(sum.bets.over, count.bets.over);
  addAll(sum.bets.under, count.bets.under);
}

function addTo(sum: PerArm, more: PerArm): void {
  sum.stable += more.stable;
  sum.candidate += more.candidate;
}

function addAll(sum: number[], more: readonly number[]): void {
  for (const [at, value] of more.entries()) sum[at] = (sum[at] ?? 0) + value;
}

/** A tally is JSON. */
function copyOf(tally: Tally): Tally {
  return JSON.parse(JSON.stringify(tally)) as Tally;
}
