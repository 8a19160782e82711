// How many requests of the last while failed, counted in slices of time: an outcome is in the sum from its arrival until its slice is as
// old as the window. A slice is a thirtieth of it.

const SLICES = 30;

export interface Counted {
  readonly outcomes: number;
  readonly failed: number;
}

export interface OutcomeWindow {
  count(isFailed: boolean, nowMs: number): void;
  /** The whole window. Holds until the next call. */
  whole(nowMs: number): Counted;
  /** The last slices only, the running one included. */
  last(slices: number, nowMs: number): Counted;
  clear(): void;
}

export function outcomeWindow(windowMs: number): OutcomeWindow {
  const sliceMs = windowMs / SLICES;
  const outcomes = new Uint32Array(SLICES);
  const failed = new Uint32Array(SLICES);
  const sum = { outcomes: 0, failed: 0 };
  let running = 0; // number of the running slice, counted from the clock's beginning

  const moveOn = (nowMs: number): void => {
    const now = Math.floor(nowMs / sliceMs);
    for (let slice = Math.max(running + 1, now - SLICES + 1); slice <= now; slice++) {
      const at = slice % SLICES;
      sum.outcomes -= outcomes[at] ?? 0;
      sum.failed -= failed[at] ?? 0;
      outcomes[at] = 0;
      failed[at] = 0;
    }
    running = Math.max(running, now);
  };

  return {
    count(isFailed, nowMs) {
      moveOn(nowMs);
      const at = running % SLICES;
      outcomes[at] = (outcomes[at] ?? 0) + 1;
      sum.outcomes++;
      if (!isFailed) return;
      failed[at] = (failed[at] ?? 0) + 1;
      sum.failed++;
    },
    whole(nowMs) {
      moveOn(nowMs);
      return sum;
    },
    last(slices, nowMs) {
      moveOn(nowMs);
      const counted = { outcomes: 0, failed: 0 };
      for (let slice = running; slice > Math.max(-1, running - Math.min(slices, SLICES)); slice--) {
        counted.outcomes += outcomes[slice % SLICES] ?? 0;
        counted.failed += failed[slice % SLICES] ?? 0;
      }
      return counted;
    },
    clear() {
      outcomes.fill(0);
      failed.fill(0);
      sum.outcomes = 0;
      sum.failed = 0;
    },
  };
}
