// Tells when rewards have become other than what was learned of them: a two-sided cumulated sum (CUSUM) of how far each is off.

/** In standard deviations: what is let pass in each reward, and the sum that is a change. One false alarm in about 250,000 rewards. */
const SLACK = 0.25;
const ALARM = 20;
const FIRST_VARIANCE = 0.25;
const LEAST_VARIANCE = 0.0025;
const VARIANCE_RATE = 0.01;

export class ChangeWatch {
  #variance = FIRST_VARIANCE;
  #above = 0;
  #below = 0;

  /** `off`: the reward less what was expected. True: it has changed, and the watch begins anew. */
  sees(off: number): boolean {
    const deviations = off / Math.sqrt(this.#variance);
    this.#variance = Math.max(LEAST_VARIANCE, this.#variance + VARIANCE_RATE * (off * off - this.#variance));
    this.#above = Math.max(0, this.#above + deviations - SLACK);
    this.#below = Math.max(0, this.#below - deviations - SLACK);
    if (Math.max(this.#above, this.#below) < ALARM) return false;
    this.restart();
    return true;
  }

  restart(): void {
    this.#above = 0;
    this.#below = 0;
  }
}
