// Bounds how often a peer may do what costs us and brings nothing forward. Real peers do such things now and then; a flood ends the
// connection.
import { ConnectionError, ERROR_CODE } from "./frames.ts";
import type { Rate } from "./limits.ts";

export class FloodGuard {
  readonly #rate: Rate;
  readonly #what: string;
  #left: number;
  #filledAt = performance.now();

  constructor(what: string, rate: Rate) {
    this.#what = what;
    this.#rate = rate;
    this.#left = rate.burst;
  }

  /** Throws when it is too much. The clock is read only when the bucket is empty. `work`: as much as that many frames. */
  count(work = 1): void {
    if (this.#left < work) this.#refill(work);
    this.#left -= work;
  }

  #refill(work: number): void {
    const now = performance.now();
    this.#left = Math.min(this.#rate.burst, this.#left + ((now - this.#filledAt) / 1000) * this.#rate.perSecond);
    this.#filledAt = now;
    if (this.#left < work) throw new ConnectionError(ERROR_CODE.enhanceYourCalm, `too many ${this.#what}`);
  }
}
