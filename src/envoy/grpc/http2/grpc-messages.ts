// Puts a request's body together to gRPC messages: each is a flag, four bytes of length, and its bytes, cut anywhere.
import { giveBack, isMapped, movedOut } from "../mapped.ts";
import { GRPC_INTERNAL, GRPC_RESOURCE_EXHAUSTED, GRPC_UNIMPLEMENTED } from "../transport.ts";
import { byteAt, uint32At } from "./frames.ts";

export const PREFIX_BYTES = 5;
const COMPRESSED = 1;

/**
 * A length is not trusted blindly: a message gets this much room at first, and when that is full up to sixteen times as much. So of a large
 * one about a sixteenth is copied twice.
 */
const FIRST_ROOM_BYTES = 64 << 10;
const ROOM_GROWTH = 16;

/** Messages of less say nothing. */
const SMALLEST_BYTES = 2;

export interface MessageReceiver {
  /** False: what still comes is not wanted. */
  readonly receiving: boolean;
  messageRead(bytes: Uint8Array): void;
  unreadable(status: number, details: string): void;
  /** Room for a message that is not whole. */
  room(bytes: number): Buffer;
  /** So much of it is taken. */
  takesRoom(bytes: number): void;
}

export class GrpcMessages {
  readonly #receiver: MessageReceiver;
  readonly #maxBytes: number;
  #prefix: Buffer | undefined; // of the next message, while it is incomplete
  #prefixBytes = 0;
  #message: Buffer | undefined; // room for the message, or for its beginning
  #messageBytes = 0; // of it received
  #length = 0; // announced
  #tookMessage = false;

  constructor(receiver: MessageReceiver, maxBytes: number) {
    this.#receiver = receiver;
    this.#maxBytes = maxBytes;
  }

  /** True in the middle of a message. */
  get incomplete(): boolean {
    return this.#message !== undefined || this.#prefixBytes > 0;
  }

  /** Whether a message of some bytes has come since the last asking. */
  tookMessage(): boolean {
    const took = this.#tookMessage;
    this.#tookMessage = false;
    return took;
  }

  /** What there is of a message is given back to the system at once, not when the collector comes by. */
  discard(): void {
    this.#prefix = undefined;
    this.#prefixBytes = 0;
    const message = this.#message;
    if (message === undefined) return;
    this.#message = undefined;
    giveBack(message);
    this.#receiver.takesRoom(0);
  }

  read(chunk: Buffer, start: number, end: number): void {
    let at = start;
    while (at < end && this.#receiver.receiving) {
      if (this.#message !== undefined) at = this.#more(this.#message, chunk, at, end);
      else if (this.#prefixBytes > 0 || end - at < PREFIX_BYTES) at = this.#cutPrefix(chunk, at, end);
      else at = this.#begin(chunk, at, chunk, at + PREFIX_BYTES, end);
    }
  }

  #cutPrefix(chunk: Buffer, at: number, end: number): number {
    this.#prefix ??= Buffer.alloc(PREFIX_BYTES);
    const copied = chunk.copy(this.#prefix, this.#prefixBytes, at, Math.min(end, at + PREFIX_BYTES - this.#prefixBytes));
    this.#prefixBytes += copied;
    if (this.#prefixBytes < PREFIX_BYTES) return at + copied;
    this.#prefixBytes = 0;
    return this.#begin(this.#prefix, 0, chunk, at + copied, end);
  }

  #begin(prefix: Buffer, prefixAt: number, chunk: Buffer, at: number, end: number): number {
    const flag = byteAt(prefix, prefixAt);
    this.#length = uint32At(prefix, prefixAt + 1);
    if (flag !== 0) {
      this.#receiver.unreadable(flag === COMPRESSED ? GRPC_UNIMPLEMENTED : GRPC_INTERNAL, "messages must not be compressed");
    } else if (this.#length > this.#maxBytes) {
      this.#receiver.unreadable(GRPC_RESOURCE_EXHAUSTED, `message of ${this.#length} bytes; at most ${this.#maxBytes} are taken`);
    } else if (end - at >= this.#length) {
      this.#tookMessage = this.#length >= SMALLEST_BYTES;
      this.#receiver.messageRead(owned(chunk, at, at + this.#length));
      return at + this.#length;
    } else {
      this.#message = this.#receiver.room(Math.min(this.#length, FIRST_ROOM_BYTES));
      this.#messageBytes = 0;
      this.#receiver.takesRoom(this.#message.length);
    }
    return at;
  }

  #more(message: Buffer, chunk: Buffer, at: number, end: number): number {
    const room = this.#messageBytes < message.length ? message : this.#grown(message);
    const copied = chunk.copy(room, this.#messageBytes, at, Math.min(end, at + this.#length - this.#messageBytes));
    this.#messageBytes += copied;
    if (this.#messageBytes === this.#length) {
      this.#message = undefined;
      this.#tookMessage = true;
      this.#receiver.takesRoom(0);
      this.#receiver.messageRead(isMapped(room) ? movedOut(room) : room);
    }
    return at + copied;
  }

  #grown(message: Buffer): Buffer {
    const room = this.#receiver.room(Math.min(this.#length, message.length * ROOM_GROWTH));
    message.copy(room);
    giveBack(message);
    this.#message = room;
    this.#receiver.takesRoom(room.length);
    return room;
  }
}

/**
 * Node reads into a new buffer each time, so a message may keep its place in it; but not where it would keep a much larger buffer alive.
 */
function owned(chunk: Buffer, start: number, end: number): Buffer {
  const view = chunk.subarray(start, end);
  return view.length * 2 >= chunk.length ? view : Buffer.from(view);
}
