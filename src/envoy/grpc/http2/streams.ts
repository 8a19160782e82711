// The streams of one connection: those that are not answered, those that are and only wait for the peer's end, and the handlers that are
// still to be told of theirs.
import type { Stream } from "./stream.ts";

export class Streams {
  readonly #byId = new Map<number, Stream>();
  readonly #over: Stream[] = [];
  readonly #onGone: () => void;
  #unanswered = 0;
  #askedAt = -1; // `lastId` then
  lastId = 0; // the highest the peer has used

  /** `onGone` is told of each stream that is over on both sides. */
  constructor(onGone: () => void) {
    this.#onGone = onGone;
  }

  get size(): number {
    return this.#byId.size;
  }

  get unanswered(): number {
    return this.#unanswered;
  }

  /** Answered, but not ended by the peer. */
  get halfOpen(): number {
    return this.#byId.size - this.#unanswered;
  }

  /** There is none, and there was none since this was asked before. */
  stayedIdle(): boolean {
    const stayed = this.#byId.size === 0 && this.lastId === this.#askedAt;
    this.#askedAt = this.lastId;
    return stayed;
  }

  get(id: number): Stream | undefined {
    return this.#byId.get(id);
  }

  /** Of those that are there, opened first. */
  get first(): Stream | undefined {
    const [first] = this.#byId.values();
    return first;
  }

  all(): Iterable<Stream> {
    return this.#byId.values();
  }

  add(stream: Stream): void {
    this.#byId.set(stream.id, stream);
    this.#unanswered++;
  }

  /** Its trailers are out. The call is over; the stream stays until the peer has ended it, too. */
  answered(stream: Stream): void {
    this.#end(stream);
    this.forgetIfEnded(stream);
  }

  forgetIfEnded(stream: Stream): void {
    if (stream.localEnded && stream.remoteEnded && this.#byId.delete(stream.id)) this.#onGone();
  }

  /** Reset, by either side. */
  remove(stream: Stream): void {
    if (this.#byId.delete(stream.id)) this.#onGone();
    this.#end(stream);
  }

  #end(stream: Stream): void {
    if (stream.localEnded) return;
    stream.localEnded = true;
    this.#unanswered--;
    this.#over.push(stream);
  }

  /** For the end of a turn: handlers hear of it when what they said is written, and never in the middle of a call of theirs. */
  tellOver(): void {
    if (this.#over.length === 0) return;
    for (const stream of this.#over.splice(0)) stream.close();
  }
}
