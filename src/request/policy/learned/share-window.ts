// The scores of the last requests and who sent each: what of them counts, so that no single sender outweighs the others. A table of fixed
// size, in which a sender is a number; no clock and no randomness.

/** Scores that are remembered. With these the share is known to 0.4 points (one standard error at a share of 0.65). */
const WINDOW = 16_384;
const LAST_PLACE = WINDOW - 1; // a mask, WINDOW being a power of two
/** Scores are counted to 1 in 4,096. */
const STEPS = 4096;

/** One sender counts for at most this share of a window, where ten or more are heard of. With fewer, nobody is held back. */
const MAX_VOTER_SHARE = 0.1;
const MIN_VOTERS = 1 / MAX_VOTER_SHARE;
/** A tenth of what counts must be so many requests of one sender, or what the others sent is too little to go by. */
const MIN_CAP = 8;
/** Requests of one sender that are remembered. Where fewer than ten are heard of, the others keep a quarter, which no flood pushes out. */
const KEPT_OF_ONE = WINDOW * MAX_VOTER_SHARE;
const KEPT_OF_FEW = (WINDOW * 3) / 4;
/** Where ten or more were heard of and most scores are forgotten, so many must come before fewer senders count as all there are. */
const MIN_TO_BE_FEW = 1024;

/** Senders fall into these by their hash; two in one count as one, which takes weight from them and gives none. */
const SLOT_BITS = 12;
const NOBODY = 1 << SLOT_BITS; // who does not say who they are; never capped, since they may be many

export class ShareWindow {
  readonly #steps = new Uint16Array(WINDOW);
  readonly #senders = new Uint16Array(WINDOW); // the slot of each
  readonly #votes = new Uint16Array(NOBODY + 1); // of each slot, in the window
  readonly #oldest = new Uint16Array(NOBODY + 1); // of each slot: from where its oldest is looked for
  readonly #votesOfPart = new Uint16Array(NOBODY + 1);
  readonly #counts = new Float64Array(STEPS); // scores of the window in each step
  readonly #weighedCounts = new Float64Array(STEPS);
  #next = 0; // place in the ring
  #kept = 0; // scores in the window
  #senderCount = 0;
  #wasPublic = false; // before the last time that scores were forgotten

  get kept(): number {
    return this.#kept;
  }

  /**
   * Takes in a score from 0 to 1. `voter`: a hash of who sent it; undefined: nobody says. False: it is over this sender's part, and took
   * the place of an older one of his.
   */
  add(score: number, voter: number | undefined): boolean {
    const slot = voter === undefined ? NOBODY : voter >>> (32 - SLOT_BITS);
    const isPublic = this.#isPublic();
    const isOver = slot !== NOBODY && (this.#votes[slot] ?? 0) >= (isPublic ? KEPT_OF_ONE : KEPT_OF_FEW);
    const at = this.#next;
    if (this.#kept < WINDOW) this.#kept++;
    else {
      if (isOver && this.#senders[at] !== slot) this.#makeRoom(at, slot);
      this.#count(at, -1);
    }
    this.#steps[at] = Math.min(STEPS - 1, Math.floor(score * STEPS));
    this.#senders[at] = slot;
    this.#count(at, 1);
    this.#next = (at + 1) & LAST_PLACE;
    return !(isOver && isPublic);
  }

  /** All scores, each with the weight that its sender's part leaves it. Holds until the next call of this or of `last`. */
  all(): WeighedScores {
    const cap = this.#capFor(this.#votes);
    if (cap === Number.POSITIVE_INFINITY) return { counts: this.#counts, total: this.#kept, effective: this.#kept, isBounded: true };
    return this.#weighed(this.#kept, this.#votes, cap);
  }

  /** Likewise the last scores, so many of them. */
  last(count: number): WeighedScores {
    const votes = this.#votesOfPart;
    votes.fill(0);
    for (let back = 1; back <= count; back++) {
      const slot = this.#senders[(this.#next - back) & LAST_PLACE] ?? 0;
      votes[slot] = (votes[slot] ?? 0) + 1;
    }
    return this.#weighed(count, votes, this.#capFor(votes));
  }

  forgetAllButLast(kept: number): void {
    this.#wasPublic = this.#isPublic();
    const places = Array.from({ length: kept }, (_, index) => (this.#next - kept + index) & LAST_PLACE);
    const steps = places.map((at) => this.#steps[at] ?? 0);
    const senders = places.map((at) => this.#senders[at] ?? 0);
    this.#steps.set(steps);
    this.#senders.set(senders);
    this.#votes.fill(0);
    this.#counts.fill(0);
    this.#senderCount = 0;
    for (let at = 0; at < kept; at++) this.#count(at, 1);
    this.#kept = kept;
    this.#next = kept;
  }

  /** One sender is held back. */
  #isPublic(): boolean {
    return this.#senderCount >= MIN_VOTERS || (this.#wasPublic && this.#kept < MIN_TO_BE_FEW);
  }

  /**
   * Gives the place at the front to a sender who has his part already: his oldest goes there, to be replaced, and what stood there takes
   * its place. His are one in ten at least, so that on average ten places are looked at.
   */
  #makeRoom(at: number, slot: number): void {
    let own = this.#oldest[slot] ?? 0;
    while (this.#senders[own] !== slot) own = (own + 1) & LAST_PLACE;
    const step = this.#steps[own] ?? 0;
    this.#steps[own] = this.#steps[at] ?? 0;
    this.#senders[own] = this.#senders[at] ?? 0;
    this.#steps[at] = step;
    this.#senders[at] = slot;
    this.#oldest[slot] = own;
  }

  #count(at: number, change: 1 | -1): void {
    const [step, slot] = [this.#steps[at] ?? 0, this.#senders[at] ?? 0];
    const votes = (this.#votes[slot] ?? 0) + change;
    this.#counts[step] = (this.#counts[step] ?? 0) + change;
    this.#votes[slot] = votes;
    if (change === 1 ? votes === 1 : votes === 0) this.#senderCount += change;
  }

  #weighed(count: number, votes: Uint16Array, cap: number): WeighedScores {
    const counts = this.#weighedCounts.fill(0);
    let total = 0;
    let squares = 0;
    for (let back = 1; back <= count; back++) {
      const at = (this.#next - back) & LAST_PLACE;
      const step = this.#steps[at] ?? 0;
      const slot = this.#senders[at] ?? 0;
      const sent = votes[slot] ?? 0;
      const weight = sent <= cap || slot === NOBODY ? 1 : cap / sent;
      counts[step] = (counts[step] ?? 0) + weight;
      total += weight;
      squares += weight * weight;
    }
    return { counts, total, effective: (total * total) / squares, isBounded: cap >= MIN_CAP };
  }

  /**
   * How many requests of one sender count, so that they are `MAX_VOTER_SHARE` of all that count: infinitely many where nobody sent more, 0
   * where the others are too few for it.
   */
  #capFor(votes: Uint16Array): number {
    let cap = Number.POSITIVE_INFINITY;
    if (!this.#isPublic()) return cap;
    for (let capped = -1; ; ) {
      let over = 0;
      let rest = votes[NOBODY] ?? 0;
      for (let slot = 0; slot < NOBODY; slot++) {
        const sent = votes[slot] ?? 0;
        if (sent > cap) over++;
        else rest += sent;
      }
      if (over === capped) return over === 0 ? Number.POSITIVE_INFINITY : cap;
      if (over >= MIN_VOTERS) return 0;
      capped = over;
      cap = rest / (MIN_VOTERS - over); // so that over * cap + rest is MIN_VOTERS times the cap
    }
  }
}

export interface WeighedScores {
  readonly counts: Float64Array; // weight of the scores in each step
  readonly total: number;
  readonly effective: number; // so many scores of equal weight would say as much (Kish)
  readonly isBounded: boolean; // nobody weighs more than his part
}

/** The share of the weight under a threshold. Within a step, scores count as spread evenly. */
export function shareUnder({ counts, total }: WeighedScores, threshold: number): number {
  const steps = threshold * STEPS;
  const whole = Math.min(STEPS, Math.floor(steps));
  let under = (counts[whole] ?? 0) * (steps - whole);
  for (let step = 0; step < whole; step++) under += counts[step] ?? 0;
  return under / total;
}

/** The threshold under which a share of the weight lies. */
export function thresholdFor({ counts, total }: WeighedScores, share: number): number {
  let missing = share * total;
  for (let step = 0; step < STEPS; step++) {
    const count = counts[step] ?? 0;
    if (count >= missing && count > 0) return (step + missing / count) / STEPS;
    missing -= count;
  }
  return 1;
}
