// Takes DATA: keeps the peer to the windows it was given, hands the bytes to their streams, and opens the windows again.
import type { DataSink } from "./frame-reader.ts";
import { ConnectionError, DEFAULT_WINDOW_BYTES, ERROR_CODE, type ErrorCode, FLAG, WINDOW_UPDATE } from "./frames.ts";
import type { Limits } from "./limits.ts";
import type { Output } from "./output.ts";
import type { PeerMemory } from "./peer-memory.ts";
import type { Stream } from "./stream.ts";
import type { Streams } from "./streams.ts";

/** DATA of less brings a message forward by next to nothing, unless it ends one. */
const SMALL_BYTES = 64;

export interface ReceiverEvents {
  /** DATA that brings next to nothing: no end, no message, few bytes of one. */
  idleData(): void;
  /** The peer has ended its side of the stream. */
  peerEnded(stream: Stream): void;
  /** The peer did wrong on one stream, which is reset. */
  streamError(streamId: number, code: ErrorCode): void;
  /** The peer sends on a stream that is answered. */
  unwanted(stream: Stream): void;
}

export class Receiver implements DataSink {
  readonly #output: Output;
  readonly #streams: Streams;
  readonly #limits: Limits;
  readonly #events: ReceiverEvents;
  readonly #memory: PeerMemory;
  #window: number;
  #uncredited = 0; // bytes received for which no window update was sent
  #stream: Stream | undefined; // of the frame being read
  #endsStream = false;
  #contentBytes = 0;

  constructor(output: Output, streams: Streams, limits: Limits, memory: PeerMemory, events: ReceiverEvents) {
    this.#output = output;
    this.#memory = memory;
    this.#streams = streams;
    this.#limits = limits;
    this.#events = events;
    this.#window = limits.connectionWindowBytes;
    output.number(WINDOW_UPDATE, 0, limits.connectionWindowBytes - DEFAULT_WINDOW_BYTES);
  }

  dataBegins(streamId: number, length: number, contentLength: number, flags: number): void {
    if (streamId === 0 || streamId > this.#streams.lastId) throw new ConnectionError(ERROR_CODE.protocol, "DATA on an idle stream");
    this.#window -= length;
    if (this.#window < 0) throw new ConnectionError(ERROR_CODE.flowControl, "DATA beyond the connection's window");
    this.#uncredited += length; // whatever becomes of it
    this.#endsStream = (flags & FLAG.endStream) !== 0;
    this.#stream = this.#takes(streamId, length) ? this.#streams.get(streamId) : undefined;
    this.#contentBytes = contentLength;
  }

  #takes(streamId: number, length: number): boolean {
    const stream = this.#streams.get(streamId);
    if (stream === undefined || stream.remoteEnded) {
      this.#events.streamError(streamId, ERROR_CODE.streamClosed);
      return false;
    }
    stream.receiveWindow -= length;
    stream.uncredited += length;
    if (stream.receiveWindow < 0) this.#events.streamError(streamId, ERROR_CODE.flowControl);
    else if (stream.localEnded && stream.receiveWindow < this.#limits.streamWindowBytes / 2) this.#events.unwanted(stream);
    else return true;
    return false;
  }

  dataContent(chunk: Buffer, start: number, end: number): void {
    this.#stream?.received(chunk, start, end);
  }

  dataEnds(): void {
    const stream = this.#stream;
    this.#stream = undefined;
    if (!this.#endsStream && this.#contentBytes < SMALL_BYTES && !stream?.tookMessage()) this.#events.idleData();
    if (stream === undefined) return;
    if (this.#endsStream) this.#events.peerEnded(stream);
    else this.credit(stream);
  }

  /** Opens a stream's window again; not for a peer that sends but does not read what we answer, nor where memory is short. */
  credit(stream: Stream): void {
    const { streamWindowBytes } = this.#limits;
    if (stream.uncredited <= streamWindowBytes / 4 || stream.remoteEnded || stream.localEnded) return;
    if (stream.queuedBytes > streamWindowBytes || (stream.holding !== undefined && this.#memory.spent)) return;
    this.#output.number(WINDOW_UPDATE, stream.id, stream.uncredited);
    stream.receiveWindow += stream.uncredited;
    stream.uncredited = 0;
  }

  creditConnection(): void {
    if (this.#uncredited <= this.#limits.connectionWindowBytes / 4) return;
    this.#output.number(WINDOW_UPDATE, 0, this.#uncredited);
    this.#window += this.#uncredited;
    this.#uncredited = 0;
  }
}
