// Gathers the frames of one turn, so that they leave in one write: small ones are copied side by side, large messages stay where they are.
import type { Socket } from "node:net";
import { DATA, FRAME_HEADER_BYTES, GOAWAY, writeFrameHeader, writeUint32 } from "./frames.ts";
import { PREFIX_BYTES } from "./grpc-messages.ts";
import { giveBack } from "./large-buffers.ts";
import type { Limits } from "./limits.ts";
import type { Queued } from "./stream.ts";

const BLOCK_BYTES = 64 << 10;
/** Up to here a copy is cheaper than one more piece to write. */
const COPIED_BYTES = 4096;
/** What is written is with the socket for a moment, always. More than this tells of a peer that does not read. */
const HELD_BYTES = 2 * BLOCK_BYTES;

export class Output {
  readonly #socket: Socket;
  readonly #limits: Limits;
  #block = Buffer.allocUnsafeSlow(BLOCK_BYTES);
  #start = 0; // of what is not yet among the pieces
  #end = 0;
  #pieces: Uint8Array[] = [];
  #spent: Uint8Array[] = []; // memory that is given back once these are written
  /** The peer does not keep up: no more DATA until the socket drains. */
  full = false;
  #held = 0;
  readonly #onHeld: (bytes: number) => void;

  /** `onHeld` is told how many bytes the socket does not take, when there are many, and when there are none again. */
  constructor(socket: Socket, limits: Limits, onHeld: (bytes: number) => void) {
    this.#socket = socket;
    this.#limits = limits;
    this.#onHeld = onHeld;
  }

  get isEmpty(): boolean {
    return this.#end === this.#start && this.#pieces.length === 0;
  }

  /** The payload is copied; it must fit into a block. */
  frame(type: number, flags: number, streamId: number, payload: Uint8Array): void {
    this.#header(payload.length, type, flags, streamId, payload.length);
    this.#block.set(payload, this.#end);
    this.#end += payload.length;
  }

  /** A frame whose payload is one number. */
  number(type: number, streamId: number, value: number): void {
    this.#header(4, type, 0, streamId, 4);
    this.#end = writeUint32(this.#block, this.#end, value);
  }

  goaway(lastStreamId: number, code: number): void {
    this.#header(8, GOAWAY, 0, 0, 8);
    this.#end = writeUint32(this.#block, writeUint32(this.#block, this.#end, lastStreamId), code);
  }

  /** `count` bytes from `at` on, a prefix counted as the first ones. */
  data(streamId: number, { bytes, prefixBytes, messageBytes, mapped }: Queued, at: number, count: number): void {
    const start = Math.max(0, at - prefixBytes);
    const end = at + count - prefixBytes;
    const copied = end - start <= COPIED_BYTES;
    this.#header(count, DATA, 0, streamId, PREFIX_BYTES + (copied ? Math.max(0, end - start) : 0));
    for (let i = at; i < prefixBytes && i < at + count; i++) this.#block[this.#end++] = prefixByte(messageBytes, i);
    if (end <= start) return;
    const part = end - start === bytes.length ? bytes : bytes.subarray(start, end);
    if (copied) {
      this.#block.set(part, this.#end);
      this.#end += part.length;
    } else {
      this.#cut();
      this.#pieces.push(mapped ? Buffer.from(part) : part); // its memory goes when it is sent
    }
  }

  /** What was said to be data was the last that needs this memory. */
  spends(memory: Uint8Array): void {
    this.#spent.push(memory);
  }

  /** Hands everything to the socket. A peer that does not read is not read from either, which bounds what it can make us keep. */
  write(): void {
    if (this.isEmpty) return;
    const socket = this.#socket;
    this.#cut();
    const pieces = this.#pieces;
    this.#pieces = [];
    if (pieces.length === 1 && pieces[0] !== undefined) socket.write(pieces[0], this.#whenWritten());
    else {
      socket.cork();
      const whenWritten = this.#whenWritten();
      const last = pieces.pop();
      for (const piece of pieces) socket.write(piece);
      if (last !== undefined) socket.write(last, whenWritten);
      socket.uncork();
    }
    const unwritten = socket.writableLength;
    this.full = unwritten > this.#limits.maxUnwrittenBytes;
    if (this.isStuck) socket.pause();
    if (unwritten > HELD_BYTES) this.#holds(unwritten);
  }

  /** The peer does not read, so it is not read from either. */
  get isStuck(): boolean {
    return this.#socket.writableLength > 4 * this.#limits.maxUnwrittenBytes;
  }

  drained(): void {
    this.full = false;
    if (this.#held > 0) this.#holds(0);
  }

  #whenWritten(): (() => void) | undefined {
    if (this.#spent.length === 0) return undefined;
    const spent = this.#spent;
    this.#spent = [];
    return () => {
      for (const memory of spent) giveBack(memory);
    };
  }

  #holds(bytes: number): void {
    this.#held = bytes;
    this.#onHeld(bytes);
  }

  /** Makes room for the header and `room` bytes behind it. A block handed to the socket is never written to again. */
  #header(length: number, type: number, flags: number, streamId: number, room: number): void {
    if (this.#end + FRAME_HEADER_BYTES + room > BLOCK_BYTES) {
      this.#cut();
      this.#block = Buffer.allocUnsafeSlow(BLOCK_BYTES);
      this.#start = 0;
      this.#end = 0;
    }
    this.#end = writeFrameHeader(this.#block, this.#end, length, type, flags, streamId);
  }

  #cut(): void {
    if (this.#end > this.#start) this.#pieces.push(this.#block.subarray(this.#start, this.#end));
    this.#start = this.#end;
  }
}

/** Not compressed, then the length. */
function prefixByte(messageBytes: number, index: number): number {
  return index === 0 ? 0 : (messageBytes >>> (8 * (PREFIX_BYTES - 1 - index))) & 255;
}
