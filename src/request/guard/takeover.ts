// When a conservative policy decides in the place of the others: while a breaker is not closed, or a budget is nearly used up. Pure.

export interface TakeoverSettings {
  readonly policy: string; // a policy's name
  readonly breaker: boolean; // while the breaker of any tier, or provider, is open or being tried
  readonly budget: number | undefined; // share of a budget, used or held back, from which on it is nearly used up; undefined: never
}

export type TakeoverCause = "breaker" | "budget";

/** What is looked at. */
export interface Strain {
  readonly areBreakersClosed: boolean;
  readonly budgets: readonly number[]; // of each that counts everybody, the share that is used or held back
}

/** A budget must have so much more room before it is none any more: what is held back comes and goes with each request. */
const BACK = 0.05;

/** `before`: those that held until now. */
export function takeoverCauses(settings: TakeoverSettings, strain: Strain, before: readonly TakeoverCause[]): readonly TakeoverCause[] {
  const { breaker, budget } = settings;
  const from = budget === undefined ? Number.POSITIVE_INFINITY : before.includes("budget") ? budget - BACK : budget;
  return [
    ...(breaker && !strain.areBreakersClosed ? (["breaker"] as const) : []),
    ...(strain.budgets.some((used) => used >= from) ? (["budget"] as const) : []),
  ];
}
