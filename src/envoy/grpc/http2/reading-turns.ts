// Peers that hold much, or open many streams at once, are read in turn: a few of them each turn of the event loop, however many there are,
// so that requests of others need not wait for all of them.

/** A chunk of 64 KB each, which takes up to a millisecond. */
const AT_ONCE = 4;

export class ReadingTurns {
  readonly #waiting: (() => void)[] = [];

  /** `read` is called in a later turn, and hands over one chunk. */
  wait(read: () => void): void {
    this.#waiting.push(read);
    if (this.#waiting.length === 1) setImmediate(() => this.#turn());
  }

  #turn(): void {
    for (const read of this.#waiting.splice(0, AT_ONCE)) read();
    if (this.#waiting.length > 0) setImmediate(() => this.#turn());
  }
}
