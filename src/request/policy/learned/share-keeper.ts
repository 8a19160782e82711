// Keeps the share of requests under a threshold at a target: looks at the scores of a sliding window and moves the threshold when the share
// is off by more than chance explains. One sender counts for a tenth at most (share-window.ts). A bound that nobody asked for yields to
// evidence; one that somebody did holds. No clock and no randomness: the same scores of the same senders give the same moves.
import { ShareWindow, shareUnder, thresholdFor, type WeighedScores } from "./share-window.ts";

export interface ShareSettings {
  readonly target: number; // share of requests under the threshold
  readonly start: number; // the threshold before the first move
  readonly min: Bound; // of the threshold
  readonly max: Bound;
}

export interface Bound {
  readonly at: number;
  readonly isFirm: boolean; // false: passed where one look after another shows that the target lies beyond
}

export type BoundName = "min" | "max";

export interface ThresholdMove {
  readonly from: number;
  readonly to: number;
  readonly observedShare: number; // under `from`, in the window
  readonly requests: number; // in the window
  readonly past?: BoundName; // the bound that it is beyond
}

/** A bound keeps the threshold from where the share would be right. */
export interface ThresholdHold {
  readonly bound: BoundName;
  readonly at: number;
  readonly wanted: number; // the threshold that would hold the target
  readonly boundShare: number; // what is under the bound, in the window
  readonly isFirst: boolean; // the look before found it free
}

/** All are called on the request path, once in `BLOCK` scores at most: count and log, no more. */
export interface ShareEvents {
  onMove(move: ThresholdMove): void;
  onHeld(hold: ThresholdHold): void;
  /** So many scores since the last time counted for nothing: their sender had more than his part. */
  onLeftOut(scores: number): void;
}

/** Scores are counted in blocks; the last four show at the end of each whether the traffic has changed grossly. */
const BLOCK = 64;
const BLOCKS = 4;
/** Standard errors for that. At a share of 0.65 it is 13 points, and chance does so once in some ten million requests. */
const GROSS_ERRORS = 4.5;

/** How often the share is looked at, and how often while the window is young: each look then knows much more than the last. */
const STRIDE = 1024;
const YOUNG_STRIDE = BLOCK * BLOCKS;
const YOUNG = 4096;
/** Standard errors that the window's share must be off by. Fewer, and the threshold flutters; more, and it lags. */
const MOVE_ERRORS = 2;
const YOUNG_MOVE_ERRORS = 0.5;
/** Where less of the window counts, somebody is held back: a threshold that moves at every look would help him along. */
const HELD_BACK = 0.8;
/** Standard errors that the last stride's share must be off by for the scores before it to be forgotten: the traffic has changed. */
const FORGET_ERRORS = 4;
/** Standard errors that the share at a bound must be off by for the bound to yield, at two looks in a row. */
const YIELD_ERRORS = 4;

export class ShareKeeper {
  readonly #settings: ShareSettings;
  readonly #told: ShareEvents;
  readonly #window = new ShareWindow();
  readonly #blocks = new Uint8Array(BLOCKS); // scores under the threshold, of each block since the last move
  #threshold: number;
  #inBlock = 0;
  #underInBlock = 0;
  #blockCount = 0; // since the last move
  #sinceLook = 0;
  #leftOut = 0; // since the last look
  #heldAt: BoundName | undefined; // as of the last look
  #past: BoundName | undefined; // the bound that has yielded

  constructor(settings: ShareSettings, told: ShareEvents) {
    this.#settings = settings;
    this.#told = told;
    this.#threshold = Math.min(settings.max.at, Math.max(settings.min.at, settings.start));
  }

  get threshold(): number {
    return this.#threshold;
  }

  get target(): number {
    return this.#settings.target;
  }

  /** Takes in a score from 0 to 1, whose decision was made before, and a hash of who asked; undefined: nobody says. */
  observe(score: number, voter: number | undefined): void {
    if (!this.#window.add(score, voter)) this.#leftOut++;
    if (score < this.#threshold) this.#underInBlock++;
    if (++this.#inBlock === BLOCK) this.#endBlock();
  }

  #endBlock(): void {
    this.#blocks[this.#blockCount++ % BLOCKS] = this.#underInBlock;
    this.#sinceLook += BLOCK;
    this.#inBlock = 0;
    this.#underInBlock = 0;
    const fresh = this.#freshScores();
    if (fresh !== undefined) this.#window.forgetAllButLast(fresh);
    else if (this.#sinceLook < (this.#window.kept <= YOUNG ? YOUNG_STRIDE : STRIDE)) return;
    else if (this.#window.kept > STRIDE && this.#isOff(STRIDE, FORGET_ERRORS)) this.#window.forgetAllButLast(STRIDE);
    this.#look();
  }

  /** Of a gross change: how many of the last scores came after it, for all that can be seen. */
  #freshScores(): number | undefined {
    if (this.#blockCount < BLOCKS) return undefined;
    let under = 0;
    let fresh = 0;
    let most = 0; // errors that so many are off by
    let errors = 0;
    for (let back = 1; back <= BLOCKS; back++) {
      under += this.#blocks[(this.#blockCount - back) % BLOCKS] ?? 0;
      const scores = back * BLOCK;
      errors = Math.abs(under / scores - this.#settings.target) / this.#error(scores);
      if (errors < most) continue;
      most = errors;
      fresh = scores;
    }
    const all = BLOCK * BLOCKS;
    if (errors < GROSS_ERRORS || this.#window.kept <= all || !this.#isOff(all, GROSS_ERRORS)) return undefined;
    return this.#window.last(fresh).isBounded ? fresh : all;
  }

  /** What is one sender's doing shows no change of the traffic: else he could have the others forgotten. */
  #isOff(scores: number, errors: number): boolean {
    const last = this.#window.last(scores);
    return last.isBounded && this.#errorsAt(this.#threshold, last) > errors;
  }

  #look(): void {
    if (this.#leftOut > 0) this.#told.onLeftOut(this.#leftOut);
    this.#sinceLook = 0;
    this.#leftOut = 0;
    const scores = this.#window.all();
    if (!scores.isBounded) return;
    const from = this.#threshold;
    const isYoung = this.#window.kept <= YOUNG && scores.effective > HELD_BACK * this.#window.kept;
    const needed = isYoung ? YOUNG_MOVE_ERRORS : MOVE_ERRORS;
    if (this.#errorsAt(from, scores) <= needed) return;
    const to = this.#allowed(thresholdFor(scores, this.#settings.target), scores);
    if (to === from) return;
    this.#threshold = to;
    this.#blockCount = 0; // they were counted under another threshold
    const move = { from, to, observedShare: shareUnder(scores, from), requests: this.#window.kept };
    this.#told.onMove(this.#past === undefined ? move : { ...move, past: this.#past });
  }

  /** The threshold that is wanted, or the bound before it. */
  #allowed(wanted: number, scores: WeighedScores): number {
    const { min, max } = this.#settings;
    const bound: BoundName | undefined = wanted < min.at ? "min" : wanted > max.at ? "max" : undefined;
    const wasHeldAt = this.#heldAt;
    this.#heldAt = undefined;
    if (bound === undefined || bound !== this.#past) this.#past = undefined;
    if (bound === undefined || bound === this.#past) return wanted;
    const { at, isFirm } = this.#settings[bound];
    if (!isFirm && wasHeldAt === bound && this.#errorsAt(at, scores) > YIELD_ERRORS) {
      this.#past = bound;
      return wanted;
    }
    this.#heldAt = bound;
    this.#told.onHeld({ bound, at, wanted, boundShare: shareUnder(scores, at), isFirst: wasHeldAt !== bound });
    return at;
  }

  /** How many standard errors the share under a threshold is off the target by. */
  #errorsAt(threshold: number, scores: WeighedScores): number {
    return Math.abs(shareUnder(scores, threshold) - this.#settings.target) / this.#error(scores.effective);
  }

  /** Standard error of a share at the target among so many scores. */
  #error(scores: number): number {
    const { target } = this.#settings;
    return Math.sqrt((target * (1 - target)) / scores);
  }
}
