// What may be spent: a quota of requests or tokens, or a budget of money, of a tier or of all, for each value of a header or for everybody,
// in a window of the calendar. Amounts are integers: requests, tokens, micro-dollars.
import type { TierName } from "../../policy/policy.ts";

export const PERIODS = ["minute", "hour", "day", "week", "month"] as const;
export type Period = (typeof PERIODS)[number];

export const MEASURES = ["requests", "tokens", "usd"] as const;
export type Measure = (typeof MEASURES)[number];

/** When spending is steered: from the window's beginning, from the first of `warnAt`, or never. */
export const STEERINGS = ["pace", "late", "off"] as const;
export type Steering = (typeof STEERINGS)[number];

/** Where a request goes whose tier has no room: to the nearest cheaper one that has, else the nearest dearer; or otherwise. */
export const ORDERS = ["cheaper-first", "dearer-first", "cheaper-only"] as const;
export type DegradeOrder = (typeof ORDERS)[number];

/**
 * While the store that replicas share is away: `open`, each takes what was left when it was last heard of, as if it were alone; `local`,
 * what it holds of it and no more; `closed`, nothing.
 */
export const AWAY_MODES = ["open", "local", "closed"] as const;
export type AwayMode = (typeof AWAY_MODES)[number];

/** The value of `by` for who asks, as the body says; any other is the name of a header, in lower case. */
export const BY_USER = "user";

export interface Limit {
  readonly name: string; // unique
  readonly kind: "quota" | "budget";
  readonly measure: Measure;
  readonly amount: number; // in a window, for each scope
  readonly per: Period;
  readonly tier: TierName | undefined; // undefined: all together
  readonly by: string | undefined; // each value is a scope of its own; undefined: one for all
  readonly isHard: boolean; // is never passed; else only where no tier has room
  readonly warnAt: readonly number[]; // shares of the amount, ascending
  readonly steering: Steering;
}

export interface LimitSettings {
  readonly limits: readonly Limit[];
  readonly timeZone: string; // IANA
  readonly order: DegradeOrder;
  readonly maxScopes: number; // of one limit; those beyond count together
}

/** What of a limit may not change if what was used is to count on. */
export function limitId({ name, measure, per, tier, by }: Limit): string {
  return `${name}/${measure}/${per}/${tier ?? ""}/${by ?? ""}`;
}

export const MICRO_DOLLARS = 1_000_000;
