// Keeps the share of requests under a threshold at a target: looks at the scores of a sliding window and moves the threshold, within
// bounds, when the share is off by more than chance explains. No clock and no randomness: the same scores give the same moves.

export interface ShareSettings {
  readonly target: number; // share of requests under the threshold
  readonly start: number; // the threshold before the first move
  readonly lowest: number; // bounds of the threshold
  readonly highest: number;
}

export interface ThresholdMove {
  readonly from: number;
  readonly to: number;
  readonly observedShare: number; // under `from`, in the window
  readonly requests: number; // in the window
}

/** Scores that are remembered. With these the share is known to 0.4 points (one standard error at a share of 0.65). */
const WINDOW = 16_384;
/** How often the share is looked at, and how many scores the first move needs. */
const STRIDE = 1024;
/** Standard errors that the window's share must be off by. Fewer, and the threshold flutters; more, and it lags. */
const MOVE_ERRORS = 2;
/** Standard errors that the last stride's share must be off by for the scores before it to be forgotten: the traffic has changed. */
const FORGET_ERRORS = 4;
/** Scores are counted to 1 in 4,096. */
const STEPS = 4096;

export class ShareKeeper {
  readonly #settings: ShareSettings;
  readonly #onMove: (move: ThresholdMove) => void;
  readonly #ring = new Uint16Array(WINDOW);
  readonly #counts = new Uint32Array(STEPS);
  #threshold: number;
  #next = 0; // place in the ring
  #kept = 0; // scores in the window
  #sinceLook = 0;
  #underSinceLook = 0;

  constructor(settings: ShareSettings, onMove: (move: ThresholdMove) => void) {
    this.#settings = settings;
    this.#onMove = onMove;
    this.#threshold = this.#bounded(settings.start);
  }

  get threshold(): number {
    return this.#threshold;
  }

  /** Takes in a score from 0 to 1, whose decision was made before. */
  observe(score: number): void {
    const step = Math.min(STEPS - 1, Math.floor(score * STEPS));
    if (this.#kept === WINDOW) this.#count(this.#ring[this.#next] ?? 0, -1);
    else this.#kept++;
    this.#ring[this.#next] = step;
    this.#count(step, 1);
    this.#next = (this.#next + 1) % WINDOW;
    if (score < this.#threshold) this.#underSinceLook++;
    if (++this.#sinceLook === STRIDE) this.#look();
  }

  #look(): void {
    const { target } = this.#settings;
    if (Math.abs(this.#underSinceLook / STRIDE - target) > FORGET_ERRORS * this.#error(STRIDE)) this.#forgetAllButLast(STRIDE);
    this.#sinceLook = 0;
    this.#underSinceLook = 0;
    const observedShare = this.#shareUnder(this.#threshold);
    if (Math.abs(observedShare - target) <= MOVE_ERRORS * this.#error(this.#kept)) return;
    const from = this.#threshold;
    const to = this.#bounded(this.#thresholdFor(target));
    if (to === from) return;
    this.#threshold = to;
    this.#onMove({ from, to, observedShare, requests: this.#kept });
  }

  /** Standard error of a share at the target among so many scores. */
  #error(scores: number): number {
    const { target } = this.#settings;
    return Math.sqrt((target * (1 - target)) / scores);
  }

  #shareUnder(threshold: number): number {
    const steps = threshold * STEPS;
    const whole = Math.min(STEPS, Math.floor(steps));
    let under = (this.#counts[whole] ?? 0) * (steps - whole);
    for (let step = 0; step < whole; step++) under += this.#counts[step] ?? 0;
    return under / this.#kept;
  }

  /** Within a step, scores count as spread evenly. */
  #thresholdFor(share: number): number {
    let missing = share * this.#kept;
    for (let step = 0; step < STEPS; step++) {
      const count = this.#counts[step] ?? 0;
      if (count >= missing && count > 0) return (step + missing / count) / STEPS;
      missing -= count;
    }
    return 1;
  }

  #forgetAllButLast(kept: number): void {
    const last = Array.from({ length: kept }, (_, back) => this.#ring[(this.#next - 1 - back + WINDOW) % WINDOW] ?? 0).reverse();
    this.#counts.fill(0);
    this.#ring.set(last);
    for (const step of last) this.#count(step, 1);
    this.#kept = kept;
    this.#next = kept;
  }

  #count(step: number, change: number): void {
    this.#counts[step] = (this.#counts[step] ?? 0) + change;
  }

  #bounded(threshold: number): number {
    return Math.min(this.#settings.highest, Math.max(this.#settings.lowest, threshold));
  }
}
