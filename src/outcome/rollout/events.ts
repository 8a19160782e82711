// What an outcome, a signal or a rating is to the guards of a rollout. Pure.
import type { Watched } from "../../request/rollout/plan.ts";
import type { Seen } from "../../request/rollout/tally.ts";
import type { Outcome } from "../join/outcome.ts";

/** Of which arm and unit a request was. */
export type Assigned = Pick<Seen, "arm" | "unit" | "decidedAtMs">;

/** Said later of a request. */
export type LaterWord = { readonly rating: number } | { readonly signal: string };

const MAX_LOW_RATING = 2;

/** Undefined: it was in no arm, or another process decided it. */
export function assignedIn({ decided }: Outcome): Assigned | undefined {
  const { decision, measured, made } = decided ?? {};
  if (decision?.arm === undefined || measured?.unit === undefined || made === undefined) return undefined;
  return { arm: decision.arm, unit: measured.unit, decidedAtMs: made.atMs };
}

/**
 * What became known of a request, by its outcome. One that Envoy let pass without its decision is not here: so a broken split shows.
 * `isHeard`: Envoy's access log reaches this process; else nothing is known, good or bad.
 */
export function eventsOf(outcome: Outcome, assigned: Assigned, watched: readonly Watched[], isHeard: boolean): readonly Seen[] {
  const isServed = outcome.kind === "joined";
  if (!isServed && !(outcome.kind === "unknown" && isHeard)) return [];
  const events = watched.flatMap((watch, guard) => eventOf(outcome, watch, { ...assigned, guard }) ?? []);
  return isServed ? [{ what: "request", ...assigned }, ...events] : events;
}

function eventOf(outcome: Outcome, watch: Watched, of: Assigned & { readonly guard: number }): Seen | undefined {
  const { served, cost } = outcome;
  const harm: Seen = { what: "harm", ...of };
  switch (watch.what) {
    case "failed":
      return hasFailed(outcome) ? harm : undefined;
    case "slow":
      return (served?.durationMs ?? 0) > watch.overMs ? harm : undefined;
    case "firstByte":
      return (served?.firstByteMs ?? 0) > watch.overMs ? harm : undefined;
    case "cost":
      return cost?.costUsd === undefined ? undefined : { what: "amount", ...of, amount: cost.costUsd };
    case "signals":
    case "lowRatings":
      return undefined; // said later
    default:
      return watch satisfies never;
  }
}

/** A client that goes before the answer begins is no failure of who was to answer. */
function hasFailed({ served, failure }: Outcome): boolean {
  if (served === undefined) return true;
  const { status, responseFlags } = served;
  return failure !== undefined || status >= 500 || (status < 100 && !responseFlags.includes("DC"));
}

export function wordEvents(word: LaterWord, assigned: Assigned, watched: readonly Watched[]): readonly Seen[] {
  return watched.flatMap((watch, guard): readonly Seen[] => {
    const isHarm =
      "rating" in word
        ? watch.what === "lowRatings" && word.rating <= MAX_LOW_RATING
        : watch.what === "signals" && word.signal !== "low-rating";
    return isHarm ? [{ what: "harm", ...assigned, guard }] : [];
  });
}
