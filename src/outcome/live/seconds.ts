// The last fifteen minutes, a period for each second in which something happened: a ring, so that the memory is bounded.
import { addPeriod, emptyPeriod, type Period } from "./period.ts";

export const KEPT_SECONDS = 900;

export interface Seconds {
  /** The period of this second, to add to. */
  now(): Period;
  /** The sum over whole seconds: those of age `from` to `to`, counted back from the current one, which has age 0; `to` is left out. */
  sum(from: number, to: number): Period;
}

interface Second {
  readonly second: number;
  readonly period: Period;
}

/** `now`: milliseconds, monotonic. */
export function createSeconds(now: () => number): Seconds {
  const ring: (Second | undefined)[] = new Array(KEPT_SECONDS + 1).fill(undefined);
  const current = () => Math.floor(now() / 1000);
  const place = (second: number) => ((second % ring.length) + ring.length) % ring.length;
  return {
    now() {
      const second = current();
      const at = place(second);
      const known = ring[at];
      if (known?.second === second) return known.period;
      const period = emptyPeriod();
      ring[at] = { second, period };
      return period;
    },
    sum(from, to) {
      const second = current();
      const sum = emptyPeriod();
      for (let age = from; age < Math.min(to, ring.length); age++) {
        const each = ring[place(second - age)];
        if (each?.second === second - age) addPeriod(sum, each.period);
      }
      return sum;
    },
  };
}
