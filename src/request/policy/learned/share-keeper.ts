// Keeps the share of requests under a threshold at a target: looks at the scores of a sliding window and moves the threshold, within
// bounds, when the share is off by more than chance explains. One sender counts for a tenth at most (share-window.ts). No clock and no
// randomness: the same scores of the same senders give the same moves.
import { ShareWindow, shareUnder, thresholdFor } from "./share-window.ts";

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

/** Both are called on the request path, once in `STRIDE` scores at most: count and log, no more. */
export interface ShareEvents {
  onMove(move: ThresholdMove): void;
  /** So many scores since the last time counted for nothing: their sender had more than his part. */
  onLeftOut(scores: number): void;
}

/** How often the share is looked at, and how many scores the first move needs. */
const STRIDE = 1024;
/** Standard errors that the window's share must be off by. Fewer, and the threshold flutters; more, and it lags. */
const MOVE_ERRORS = 2;
/** Standard errors that the last stride's share must be off by for the scores before it to be forgotten: the traffic has changed. */
const FORGET_ERRORS = 4;

export class ShareKeeper {
  readonly #settings: ShareSettings;
  readonly #told: ShareEvents;
  readonly #window = new ShareWindow();
  #threshold: number;
  #sinceLook = 0;
  #underSinceLook = 0;
  #leftOut = 0; // since the last look

  constructor(settings: ShareSettings, told: ShareEvents) {
    this.#settings = settings;
    this.#told = told;
    this.#threshold = this.#bounded(settings.start);
  }

  get threshold(): number {
    return this.#threshold;
  }

  /** Takes in a score from 0 to 1, whose decision was made before, and a hash of who asked; undefined: nobody says. */
  observe(score: number, voter: number | undefined): void {
    if (!this.#window.add(score, voter)) this.#leftOut++;
    if (score < this.#threshold) this.#underSinceLook++;
    if (++this.#sinceLook === STRIDE) this.#look();
  }

  #look(): void {
    const { target } = this.#settings;
    if (this.#leftOut > 0) this.#told.onLeftOut(this.#leftOut);
    if (this.#hasChanged()) this.#window.forgetAllButLast(STRIDE);
    this.#sinceLook = 0;
    this.#underSinceLook = 0;
    this.#leftOut = 0;
    const scores = this.#window.all();
    if (!scores.isBounded) return;
    const observedShare = shareUnder(scores, this.#threshold);
    if (Math.abs(observedShare - target) <= MOVE_ERRORS * this.#error(scores.effective)) return;
    const from = this.#threshold;
    const to = this.#bounded(thresholdFor(scores, target));
    if (to === from) return;
    this.#threshold = to;
    this.#told.onMove({ from, to, observedShare, requests: this.#window.kept });
  }

  /** What is one sender's doing shows no change of the traffic: else he could have the others forgotten. */
  #hasChanged(): boolean {
    const isOff = (share: number, scores: number) => Math.abs(share - this.#settings.target) > FORGET_ERRORS * this.#error(scores);
    if (!isOff(this.#underSinceLook / STRIDE, STRIDE)) return false;
    const last = this.#window.last(STRIDE);
    return last.isBounded && isOff(shareUnder(last, this.#threshold), last.effective);
  }

  /** Standard error of a share at the target among so many scores. */
  #error(scores: number): number {
    const { target } = this.#settings;
    return Math.sqrt((target * (1 - target)) / scores);
  }

  #bounded(threshold: number): number {
    return Math.min(this.#settings.highest, Math.max(this.#settings.lowest, threshold));
  }
}
