// Keeps the share of answers that are thrown away in bounds: a model that has broken, or checks that are too strict, must not have every
// request paid for twice.

/** Answers that the share is of: the last so many. */
const WINDOW = 200;
/** Of fewer answers no share is taken. */
const LEAST = 20;

export interface ShareLimit {
  /** Whether one more may be thrown away. */
  allows(maxShare: number): boolean;
  /** An answer was judged. `wasThrownAway`: and the next tier was asked. */
  judged(wasThrownAway: boolean): void;
  /** Of the last answers, the share that was thrown away. */
  readonly share: number;
}

export const unlimited: ShareLimit = { allows: () => true, judged() {}, share: 0 };

export function shareLimit(): ShareLimit {
  const last: boolean[] = []; // a ring
  let next = 0;
  let thrownAway = 0;
  return {
    allows: (maxShare) => thrownAway + 1 <= maxShare * Math.max(last.length + 1, LEAST),
    judged(wasThrownAway) {
      if (last[next] === true) thrownAway--;
      if (wasThrownAway) thrownAway++;
      last[next] = wasThrownAway;
      next = (next + 1) % WINDOW;
    },
    get share() {
      return last.length === 0 ? 0 : thrownAway / last.length;
    },
  };
}
