// Counts the bytes of request bodies in flight against a fixed budget, so that memory stays bounded whatever arrives at once.

export interface BodyBudget {
  /** True when the bytes fit and are now counted; false leaves the count as it was. */
  take(bytes: number): boolean;
  release(bytes: number): void;
}

/** Charged for a body whose length is not announced, until it is there. */
export const UNANNOUNCED_BYTES = 1 << 20;

export interface BodyBudgetObserver {
  bodyHeld(bytes: number): void;
  bodyReleased(bytes: number): void;
}

/** `limitBytes` is asked at every call, so a reload takes effect at once. A body alone in flight is never refused. */
export function bodyBudget(limitBytes: () => number, observer: BodyBudgetObserver): BodyBudget {
  let inFlight = 0;
  return {
    take(bytes) {
      if (inFlight > 0 && inFlight + bytes > limitBytes()) return false;
      inFlight += bytes;
      observer.bodyHeld(bytes);
      return true;
    },
    release(bytes) {
      inFlight -= bytes;
      observer.bodyReleased(bytes);
    },
  };
}
