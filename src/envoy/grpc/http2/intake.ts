// What comes from one peer's socket: read at once, or where that would take too much of the turn, when it is the peer's turn again. Until
// then it waits here, and the socket is not read.
import type { Socket } from "node:net";
import { giveBack } from "../mapped.ts";
import type { FrameReader } from "./frame-reader.ts";
import type { Limits } from "./limits.ts";
import type { Output } from "./output.ts";
import type { PeerMemory } from "./peer-memory.ts";
import { FRAME_WORK, type Reader } from "./reading-turns.ts";
import type { AnyShare, Holder, Share } from "./share.ts";

/** What they have sent back leaves together. */
const FRAMES_AT_ONCE = 128;
/** Of calls with small bodies so much comes together at thousands a second. Who sends large ones has larger chunks. */
const LITTLE_BYTES = 16 << 10;

export interface IntakeOwner {
  readonly share: AnyShare & Pick<Share<Holder>, "holdOfConnection">;
  readonly memory: PeerMemory;
  /** Reads on, so many frames at most. Returns where it stopped. */
  read(chunk: Buffer, from: number, mostFrames: number): number;
  /** The peer sends nothing more, and all it sent was read. */
  cutSoon(): void;
}

export class Intake implements Reader {
  readonly #socket: Socket;
  readonly #reader: FrameReader;
  readonly #output: Output;
  readonly #limits: Limits;
  readonly #owner: IntakeOwner;
  #unread: Buffer | undefined;
  #at = 0; // read up to here
  #waits = false; // for its turn, or for a pause to end
  #ended = false; // by the peer
  #over = false; // nothing is wanted any more
  tag = 0;

  constructor(socket: Socket, reader: FrameReader, output: Output, limits: Limits, owner: IntakeOwner) {
    this.#socket = socket;
    this.#reader = reader;
    this.#output = output;
    this.#limits = limits;
    this.#owner = owner;
    socket.on("data", (chunk: Buffer) => this.#came(chunk));
    socket.on("end", () => this.#end());
  }

  /** The peer takes answers again. */
  resume(): void {
    if (!this.#waits && !this.#output.isStuck) this.#socket.resume();
  }

  /** What still comes is thrown away. */
  discard(): void {
    this.#over = true;
    this.#unread = undefined;
    this.#owner.share.holdOfConnection("unread", 0);
    this.#socket.resume();
  }

  readOn(): void {
    this.#waits = false;
    const chunk = this.#unread;
    this.#unread = undefined;
    if (chunk !== undefined && !this.#over) {
      this.#owner.share.holdOfConnection("unread", 0);
      this.#read(chunk, this.#at);
    }
    if (this.#waits || this.#over) return;
    this.resume();
    if (this.#ended) this.#owner.cutSoon();
  }

  #came(chunk: Buffer): void {
    if (this.#over) return;
    if (this.#unread !== undefined) this.#putOff(Buffer.concat([this.#unread.subarray(this.#at), chunk]), 0);
    else if (this.#owner.memory.readingTurns.mayRead(this, chunk.length < LITTLE_BYTES ? "little" : "more")) this.#read(chunk, 0);
    else this.#putOff(chunk, 0);
  }

  #read(chunk: Buffer, from: number): void {
    const { memory, share } = this.#owner;
    const turns = memory.readingTurns;
    let at = from;
    do {
      const atBefore = at;
      const framesBefore = this.#reader.framesRead;
      at = this.#owner.read(chunk, at, FRAMES_AT_ONCE);
      turns.did(this, at - atBefore + FRAME_WORK * (this.#reader.framesRead - framesBefore));
    } while (at < chunk.length && !this.#over && turns.mayRead(this, "more"));
    if (this.#over) return;
    if (at < chunk.length) return this.#putOff(chunk, at);
    // No message has its place in a chunk so large. Given back now, it is no garbage, which V8 would stop all for.
    if (chunk.length > 2 * this.#limits.maxFrameBytes) giveBack(chunk);
    if (memory.crowded && memory.tooFast(share, chunk.length) && memory.spent && !this.#waits) this.#pause();
  }

  #putOff(chunk: Buffer, at: number): void {
    this.#unread = chunk;
    this.#at = at;
    this.#owner.share.holdOfConnection("unread", chunk.length);
    if (this.#waits) return;
    this.#waits = true;
    this.#socket.pause();
    this.#owner.memory.readingTurns.wait(this);
  }

  /** Where memory is short: else what it sends would soon be held beside it. */
  #pause(): void {
    this.#waits = true;
    this.#socket.pause();
    setTimeout(() => this.readOn(), this.#limits.pauseMs).unref();
  }

  #end(): void {
    this.#ended = true;
    if (!this.#waits) this.#owner.cutSoon();
  }
}
