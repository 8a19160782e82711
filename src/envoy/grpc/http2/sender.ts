// Sends what streams have queued, as far as the peer's windows and the socket allow; streams that must wait take turns.
import { DEFAULT_FRAME_BYTES, DEFAULT_WINDOW_BYTES, FLAG, HEADERS } from "./frames.ts";
import type { Limits } from "./limits.ts";
import type { Output } from "./output.ts";
import type { Stream } from "./stream.ts";

/** A peer opens two windows for a frame of ours at most, or does it in halves. */
const WINDOWS_PER_FRAME = 4;

export interface SenderEvents {
  /** Nothing of the stream is queued any more. */
  drained(stream: Stream): void;
  /** The stream's trailers are out. */
  answered(stream: Stream): void;
}

export class Sender {
  readonly #output: Output;
  readonly #limits: Limits;
  readonly #events: SenderEvents;
  #waiting: Stream[] = [];
  window = DEFAULT_WINDOW_BYTES; // of the connection
  streamWindow = DEFAULT_WINDOW_BYTES; // of streams to come
  frameBytes = DEFAULT_FRAME_BYTES;
  #windowsDue = 0;

  constructor(output: Output, limits: Limits, events: SenderEvents) {
    this.#output = output;
    this.#limits = limits;
    this.#events = events;
  }

  send(stream: Stream): void {
    if (!stream.waiting) {
      if (this.#sendTurn(stream)) {
        if (stream.holding !== undefined) stream.holdsUnsent();
        return;
      }
      stream.waiting = true;
      this.#waiting.push(stream);
    }
    stream.holdsUnsent();
  }

  /** Whether the peer may have cause for one more WINDOW_UPDATE. */
  expectsWindow(): boolean {
    if (this.#windowsDue === 0) return false;
    this.#windowsDue--;
    return true;
  }

  /** Gives each waiting stream its turn. False: none of them could send. */
  resume(): boolean {
    if (this.#waiting.length === 0 || this.window <= 0) return false;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const stream of waiting) {
      stream.waiting = false;
      this.send(stream);
    }
    return !this.#output.isEmpty;
  }

  /** True when nothing is left to send. */
  #sendTurn(stream: Stream): boolean {
    if (stream.localEnded) return true;
    if (stream.head !== undefined) {
      this.#output.frame(HEADERS, FLAG.endHeaders, stream.id, stream.head);
      stream.head = undefined;
    }
    if (!this.#sendMessages(stream)) return false;
    if (stream.trailers !== undefined) {
      this.#output.frame(HEADERS, FLAG.endHeaders | FLAG.endStream, stream.id, stream.trailers);
      this.#events.answered(stream);
    }
    return true;
  }

  #sendMessages(stream: Stream): boolean {
    let turn = this.#output.full ? 0 : this.#limits.turnBytes;
    if (stream.queue.length === 0) return true;
    for (let first = stream.queue[0]; first !== undefined; first = stream.queue[0]) {
      const left = first.prefixBytes + first.bytes.length - stream.firstSent;
      const count = Math.min(left, this.frameBytes, stream.sendWindow, this.window, turn);
      if (count <= 0) return false;
      this.#output.data(stream.id, first, stream.firstSent, count);
      this.#windowsDue += WINDOWS_PER_FRAME;
      stream.sendWindow -= count;
      this.window -= count;
      turn -= count;
      stream.firstSent += count;
      if (count < left) continue;
      if (first.spent !== undefined) this.#output.spends(first.spent);
      stream.messageSent();
    }
    this.#events.drained(stream);
    return true;
  }
}
