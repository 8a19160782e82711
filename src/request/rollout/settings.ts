// What a rollout is: a candidate policy that gets a growing share of the traffic, stage by stage, while guards watch what it does.

export interface RolloutSettings {
  readonly name: string; // salts the assignment
  readonly stages: readonly Stage[];
  readonly by: "session" | "user" | "request"; // what stays in one arm, and is counted once
  readonly guards: readonly Guard[];
  readonly onHarm: "rollback" | "hold";
  readonly alpha: number; // probability that a harmless candidate is called harmful in the whole rollout; as high for each wrong promotion
  readonly settleMs: number; // after so long a request's outcome is known: younger ones do not count for the split
}

export interface Stage {
  readonly share: number; // of the units, that get the candidate; 0: shadow; 1: all
  readonly atLeastMs: number; // a day sees the daily cycle
}

export type Guard = EventGuard | AmountGuard;

/** Something that happens to a request or does not: it failed, took longer than 15 s, was rated low. */
export interface EventGuard {
  readonly kind: "event";
  readonly name: string;
  readonly allowed: number; // more than this, proven, is harm. 0: any more often than with the stable policy; .2: a fifth more often
  readonly margin: number; // over `allowed`: worse than this must be excluded before a stage ends. .5: half as often again
  readonly negligible: number | undefined; // a rate of units under which the margin does not matter; undefined: it always does
}

/** An amount that each unit has, such as its cost. */
export interface AmountGuard {
  readonly kind: "amount";
  readonly name: string;
  readonly allowed: number; // as above, of the mean
  readonly margin: number;
  readonly cap: number; // in the amount's unit: more counts as this; about ten times the mean is a good one
}

export const ROLLOUT_DEFAULTS = { alpha: 0.05, settleMs: 600_000, onHarm: "rollback" } as const;

/** Margins of 0 can never be excluded, and small ones take long: docs/rollout.md has the figures. */
export const GUARD_DEFAULTS = {
  event: { allowed: 0, margin: 0.5, negligible: 0.001 },
  amount: { allowed: 0.1, margin: 0.3 },
} as const;

const HOUR_MS = 3_600_000;
export const DEFAULT_STAGES: readonly Stage[] = [
  { share: 0, atLeastMs: HOUR_MS },
  { share: 0.1, atLeastMs: 48 * HOUR_MS },
  { share: 0.5, atLeastMs: 48 * HOUR_MS },
  { share: 1, atLeastMs: 0 },
];

/** Stages in which the arms are compared: in shadow nothing is done, and at 100 % there is nothing to compare with. */
export function comparedStages({ stages }: RolloutSettings): number {
  return stages.filter(isCompared).length;
}

export function isCompared({ share }: Stage): boolean {
  return share > 0 && share < 1;
}
