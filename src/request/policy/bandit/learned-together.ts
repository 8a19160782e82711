// What several replicas learn together: each keeps sums of its own, tells them, and adds what the others tell to what it decides by. Sums
// add, and all forget at the same rate by the same clock, so that it is as if one had seen everything.
import type { LearnedPart, LearnsTogether } from "../policy.ts";
import type { LinearModel } from "./linear-model.ts";

/** Of one tier. */
export interface TogetherArm {
  readonly model: LinearModel; // of all
  readonly own: LinearModel; // of what was learned here alone
}

export interface TogetherSettings {
  readonly now: () => number; // milliseconds since the epoch: of all replicas the same, more or less
  readonly hours: (ms: number) => number; // of the models' clock
  readonly forget: () => void;
}

/** Less than a sample is not worth telling. */
const LEAST_MASS = 1;

export function learnedTogether(arms: readonly TogetherArm[], { now, hours, forget }: TogetherSettings) {
  let heard: readonly LearnedPart[] = []; // what the models have of the others
  let forgotten = 0;

  const mixAll = (parts: readonly LearnedPart[], times: number, at: number): void => {
    for (const part of parts) {
      for (const [arm, sums] of part.arms.entries()) arms[arm]?.model.mix(sums, times, at - hours(part.atMs), at);
    }
  };
  const together: LearnsTogether = {
    get forgotten() {
      return forgotten;
    },
    told() {
      const atMs = now();
      const at = hours(atMs);
      const isLittle = arms.every(({ own }) => own.mass(at) < LEAST_MASS);
      return isLittle ? undefined : { atMs, arms: arms.map(({ own }) => own.sums(at)) };
    },
    hears(parts) {
      const at = hours(now());
      const fitting = parts.filter((part) => part.arms.length === arms.length);
      mixAll(heard, -1, at);
      mixAll(fitting, 1, at);
      heard = fitting;
      for (const { model } of arms) model.refresh(at);
    },
    forget,
  };
  return {
    together,
    /** So much is left of what each arm knew, the others' included. */
    shrunk(left: readonly number[]): void {
      const at = hours(now());
      for (const [arm, { own }] of arms.entries()) own.shrink(left[arm] ?? 1, at);
      heard = heard.map((part) => ({ ...part, arms: part.arms.map((sums, arm) => shrunkBy(sums, left[arm] ?? 1)) }));
      forgotten++;
    },
  };
}

function shrunkBy(sums: LearnedPart["arms"][number], left: number): LearnedPart["arms"][number] {
  return sums.map((vector) => vector.map((sum) => left * sum));
}
