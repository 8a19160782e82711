// Puts header blocks together: HEADERS without padding and priority, and the CONTINUATION frames behind it.
import { byteAt, CONTINUATION, ConnectionError, ERROR_CODE, FLAG, uint31At } from "./frames.ts";
import type { Limits } from "./limits.ts";

const PRIORITY_BYTES = 5;

/** The block is bytes[start, end). */
export interface HeaderBlock {
  readonly streamId: number;
  readonly endStream: boolean;
  readonly dependsOnItself: boolean; // by its priority, which else is ignored
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
}

interface Unfinished {
  readonly streamId: number;
  readonly flags: number;
  readonly dependsOnItself: boolean;
  readonly parts: Buffer[];
  bytes: number;
}

export class HeaderBlocks {
  readonly #limits: Limits;
  readonly #onHeld: (bytes: number) => void;
  #unfinished: Unfinished | undefined;

  /** `onHeld` is told how many bytes of a block are kept that is not whole. */
  constructor(limits: Limits, onHeld: (bytes: number) => void) {
    this.#limits = limits;
    this.#onHeld = onHeld;
  }

  /** Nothing may come between the frames of a block. */
  checkOrder(type: number, streamId: number): void {
    const due = this.#unfinished !== undefined;
    if (due !== (type === CONTINUATION) || (due && this.#unfinished?.streamId !== streamId)) {
      throw new ConnectionError(ERROR_CODE.protocol, due ? "CONTINUATION is due" : "CONTINUATION of nothing");
    }
  }

  /** The block, if it is whole. */
  headers(streamId: number, flags: number, bytes: Buffer, start: number, end: number): HeaderBlock | undefined {
    let from = start;
    let to = end;
    let dependsOnItself = false;
    if (flags & FLAG.padded) {
      if (from >= to) throw new ConnectionError(ERROR_CODE.frameSize, "HEADERS without its padding's length");
      to -= byteAt(bytes, from++);
    }
    if (flags & FLAG.priority && to >= from) {
      if (to - from < PRIORITY_BYTES) throw new ConnectionError(ERROR_CODE.frameSize, "HEADERS without its priority");
      dependsOnItself = uint31At(bytes, from) === streamId;
      from += PRIORITY_BYTES;
    }
    if (to < from) throw new ConnectionError(ERROR_CODE.protocol, "padding longer than the frame");
    if (flags & FLAG.endHeaders) {
      return { streamId, endStream: (flags & FLAG.endStream) !== 0, dependsOnItself, bytes, start: from, end: to };
    }
    this.#unfinished = { streamId, flags, dependsOnItself, parts: [Buffer.from(bytes.subarray(from, to))], bytes: to - from };
    this.#onHeld(to - from);
    return undefined;
  }

  continuation(flags: number, bytes: Buffer, start: number, end: number): HeaderBlock | undefined {
    const unfinished = this.#unfinished;
    if (unfinished === undefined) throw new Error("CONTINUATION was not checked for its order");
    unfinished.parts.push(Buffer.from(bytes.subarray(start, end)));
    unfinished.bytes += end - start;
    if (unfinished.bytes > this.#limits.maxHeaderBytes || unfinished.parts.length > this.#limits.maxContinuations) {
      throw new ConnectionError(ERROR_CODE.enhanceYourCalm, "header block too large");
    }
    this.#onHeld(flags & FLAG.endHeaders ? 0 : unfinished.bytes);
    if (!(flags & FLAG.endHeaders)) return undefined;
    this.#unfinished = undefined;
    const whole = Buffer.concat(unfinished.parts);
    const { streamId, dependsOnItself } = unfinished;
    return { streamId, endStream: (unfinished.flags & FLAG.endStream) !== 0, dependsOnItself, bytes: whole, start: 0, end: whole.length };
  }
}
