// Who is read next, where peers send more than one turn of the event loop shall take: whoever has had least. So a request waits for a few
// milliseconds of others' work at most, however many connections send as fast as they can.
//
// This is start-time fair queueing (Goyal, Vin and Cheng, 1996): each reader has a tag, the work it has had, which is lifted to that of
// whoever is served now when it comes anew. What somebody has had while nobody waited does not count against him.

/** Beside its bytes, what reading a frame may cost: as much as 1 KB of a large message, some 20 µs. */
export const FRAME_WORK = 1024;
/** Of one turn, in bytes: two chunks of a large message, or 128 calls that are opened. Some 2 ms; those that need not wait add as much. */
const TURN_WORK = 128 << 10;

export interface Reader {
  /** Kept by the turns. */
  tag: number;
  /** It is its turn. To be called again it must wait again. */
  readOn(): void;
}

export class ReadingTurns {
  readonly #turnWork: number;
  #waiting: Reader[] = [];
  #done = 0; // work, in this turn
  #now = 0; // the tag of who was served last
  #scheduled = false;

  constructor(turnWork = TURN_WORK) {
    this.#turnWork = turnWork;
  }

  /**
   * Whether it may read what is there. When the turn is over for those that wait, whoever has had less than they, or sends little, still
   * may: for as long again.
   */
  mayRead(reader: Reader, howMuch: "little" | "more"): boolean {
    if (this.#waiting.length === 0) this.#now = Math.max(this.#now, reader.tag);
    const needNotWait = howMuch === "little" || reader.tag < this.#now;
    return this.#done < (needNotWait ? 2 * this.#turnWork : this.#turnWork);
  }

  /** It has read something, which was so much work. */
  did(reader: Reader, work: number): void {
    reader.tag = Math.max(reader.tag, this.#now) + work;
    this.#done += work;
    // Turns that do little need not be counted one by one.
    if (this.#done > this.#turnWork / 4) this.#schedule();
  }

  /** `readOn` is called in a later turn. */
  wait(reader: Reader): void {
    reader.tag = Math.max(reader.tag, this.#now);
    this.#waiting.push(reader);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => this.#turn());
  }

  #turn(): void {
    this.#scheduled = false;
    this.#done = 0;
    if (this.#waiting.length === 0) return;
    const waiting = this.#waiting.sort((one, other) => one.tag - other.tag);
    this.#waiting = [];
    let served = 0;
    for (const reader of waiting) {
      if (this.#done >= this.#turnWork) break;
      this.#now = Math.max(this.#now, reader.tag);
      reader.readOn();
      served++;
    }
    this.#waiting.unshift(...waiting.slice(served));
    if (this.#waiting.length > 0) this.#schedule();
  }
}
