// Cuts what comes from a socket into frames, wherever its chunks end. DATA is passed on as it arrives; of all other frames the whole.
import { byteAt, ConnectionError, DATA, ERROR_CODE, FLAG, FRAME_HEADER_BYTES, PREFACE, uint24At, uint31At } from "./frames.ts";

/** Takes the frames but DATA. What a sink throws ends the reading. */
export interface FrameSink {
  /** A frame of any type begins; called again for the same one if it arrives in pieces. */
  frameBegins(type: number, flags: number, streamId: number): void;
  /** The payload is bytes[start, end), valid during the call only. */
  frame(type: number, flags: number, streamId: number, bytes: Buffer, start: number, end: number): void;
}

export interface DataSink {
  /** `length`: the whole payload with its padding, which flow control counts. */
  dataBegins(streamId: number, length: number, contentLength: number, flags: number): void;
  dataContent(chunk: Buffer, start: number, end: number): void;
  dataEnds(): void;
}

export class FrameReader {
  readonly #sink: FrameSink;
  readonly #dataSink: DataSink;
  readonly #maxFrameBytes: number;
  #prefaceRead = 0;
  #partial: Buffer | undefined; // a frame header that was cut, or a whole frame but DATA
  #partialBytes = 0;
  #inData = false;
  #contentLeft = 0;
  #paddingLeft = 0;
  /** Frames read so far, and parts of those that come in parts. */
  framesRead = 0;

  constructor(sink: FrameSink, dataSink: DataSink, maxFrameBytes: number) {
    this.#sink = sink;
    this.#dataSink = dataSink;
    this.#maxFrameBytes = maxFrameBytes;
  }

  /** Reads from `from` on, so many frames at most. Returns where it stopped. */
  read(chunk: Buffer, from: number, mostFrames: number): number {
    let at = this.#prefaceRead < PREFACE.length ? this.#preface(chunk) : from;
    const most = this.framesRead + mostFrames;
    while (at < chunk.length && this.framesRead < most) {
      this.framesRead++;
      if (this.#inData) at = this.#data(chunk, at);
      else if (this.#partial !== undefined) at = this.#complete(this.#partial, chunk, at);
      else at = this.#next(chunk, at);
    }
    return at;
  }

  #preface(chunk: Buffer): number {
    const length = Math.min(PREFACE.length - this.#prefaceRead, chunk.length);
    if (PREFACE.compare(chunk, 0, length, this.#prefaceRead, this.#prefaceRead + length) !== 0) {
      throw new ConnectionError(ERROR_CODE.protocol, "not HTTP/2");
    }
    this.#prefaceRead += length;
    return length;
  }

  /** Reads the frame at `at`, or keeps what there is of it; returns where reading goes on. */
  #next(bytes: Buffer, at: number): number {
    const there = bytes.length - at;
    if (there < FRAME_HEADER_BYTES) return this.#keep(bytes, at, FRAME_HEADER_BYTES);
    const length = uint24At(bytes, at);
    const type = byteAt(bytes, at + 3);
    const flags = byteAt(bytes, at + 4);
    const streamId = uint31At(bytes, at + 5);
    if (length > this.#maxFrameBytes) throw new ConnectionError(ERROR_CODE.frameSize, "frame too large");
    this.#sink.frameBegins(type, flags, streamId);
    const start = at + FRAME_HEADER_BYTES;
    if (type === DATA) return this.#beginData(bytes, at, length, flags, streamId);
    if (there < FRAME_HEADER_BYTES + length) return this.#keep(bytes, at, FRAME_HEADER_BYTES + length);
    this.#sink.frame(type, flags, streamId, bytes, start, start + length);
    return start + length;
  }

  #beginData(bytes: Buffer, at: number, length: number, flags: number, streamId: number): number {
    const start = at + FRAME_HEADER_BYTES;
    const padded = (flags & FLAG.padded) !== 0;
    if (padded && length > 0 && start >= bytes.length) return this.#keep(bytes, at, FRAME_HEADER_BYTES + 1);
    this.#paddingLeft = padded ? byteAt(bytes, start) : 0;
    this.#contentLeft = padded ? length - 1 - this.#paddingLeft : length;
    if (this.#contentLeft < 0) throw new ConnectionError(ERROR_CODE.protocol, "padding longer than the frame");
    this.#dataSink.dataBegins(streamId, length, this.#contentLeft, flags);
    this.#inData = true;
    this.#endDataIfRead();
    return padded ? start + 1 : start;
  }

  #data(chunk: Buffer, at: number): number {
    const contentEnd = Math.min(chunk.length, at + this.#contentLeft);
    if (contentEnd > at) {
      this.#contentLeft -= contentEnd - at;
      this.#dataSink.dataContent(chunk, at, contentEnd);
    }
    const padding = Math.min(this.#paddingLeft, chunk.length - contentEnd);
    this.#paddingLeft -= padding;
    this.#endDataIfRead();
    return contentEnd + padding;
  }

  #endDataIfRead(): void {
    if (this.#contentLeft > 0 || this.#paddingLeft > 0) return;
    this.#inData = false;
    this.#dataSink.dataEnds();
  }

  #keep(bytes: Buffer, at: number, needed: number): number {
    this.#partial = Buffer.allocUnsafe(needed);
    this.#partialBytes = bytes.copy(this.#partial, 0, at);
    return bytes.length;
  }

  /** A header that is complete now may ask for the rest of its frame: `#next` then keeps it again, with more room. */
  #complete(partial: Buffer, chunk: Buffer, at: number): number {
    const copied = chunk.copy(partial, this.#partialBytes, at);
    this.#partialBytes += copied;
    if (this.#partialBytes === partial.length) {
      this.#partial = undefined;
      this.#next(partial, 0);
    }
    return at + copied;
  }
}
