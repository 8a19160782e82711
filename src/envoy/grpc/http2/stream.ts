// One call on its HTTP/2 stream: what its handler says is queued until the connection can send it, and what comes in is handed over message
// by message. grpc-timeout is not looked at: Envoy resets a call whose time is up.
import { giveBack, MIN_MAPPED_BYTES, mapped, mappedCopy } from "../mapped.ts";
import { type Call, type CallHandler, GRPC_INTERNAL, type OpenCall } from "../transport.ts";
import { GrpcMessages, type MessageReceiver, PREFIX_BYTES } from "./grpc-messages.ts";
import { isLarge } from "./large-buffers.ts";
import { GRPC_HEAD, grpcStatus, OK_AT_ONCE, OK_TRAILERS, type PlainReply } from "./reply-blocks.ts";
import type { Holder, Holding, Share } from "./share.ts";

/** A message to be sent, or a part of one. */
export interface Queued {
  readonly bytes: Uint8Array;
  readonly prefixBytes: number; // gRPC's in front of it: 5, or none
  readonly messageBytes: number; // what that says
  readonly spent: Uint8Array | undefined; // memory that nobody needs once this is out
  readonly mapped: boolean; // its bytes were moved to memory that is mapped for them
}

/** Of a message in the queue, beside its bytes. */
const QUEUED_BYTES = 256;

/** The connection, as a stream sees it. */
export interface StreamOwner {
  readonly maxMessageBytes: number;
  readonly onError: (error: unknown) => void;
  readonly share: Share<Stream>;
  readonly memory: { readonly crowded: boolean };
  /** The stream has something new to send. */
  toSend(stream: Stream): void;
}

export class Stream implements Call, MessageReceiver, Holder {
  readonly id: number;
  traceparent: string | undefined;
  attempts: string | undefined;
  readonly #owner: StreamOwner;
  readonly #messages: GrpcMessages;
  #handler: CallHandler | undefined;
  #finished = false; // by either side: nothing more may be sent
  #contentLeft: number | undefined;

  // Kept by the connection and its sender:
  sendWindow: number;
  receiveWindow: number;
  uncredited = 0; // bytes received for which no window update was sent
  localEnded = false; // the trailers are out
  remoteEnded = false;
  waiting = false; // for a window or for the socket
  holding: Holding | undefined;

  /** What is to be sent, in order: the head (unless it is out), the messages, the trailers. */
  head: Buffer | undefined;
  readonly queue: Queued[] = [];
  queuedBytes = 0; // and some for each message
  firstSent = 0; // bytes of the first one, its prefix included
  trailers: Buffer | undefined;
  #headQueued = false;

  /** `contentLength`: as announced by the peer, which must keep to it. */
  constructor(id: number, owner: StreamOwner, sendWindow: number, receiveWindow: number, contentLength: number | undefined) {
    this.id = id;
    this.#owner = owner;
    this.#messages = new GrpcMessages(this, owner.maxMessageBytes);
    this.sendWindow = sendWindow;
    this.receiveWindow = receiveWindow;
    this.#contentLeft = contentLength;
  }

  // ---- the handler's side ----

  send(message: Uint8Array): void {
    if (this.#finished) return;
    if (!this.#headQueued) this.#queueHead(GRPC_HEAD);
    this.#queue(message, PREFIX_BYTES, message.length, isLarge(message) ? message : undefined);
    this.#owner.toSend(this);
  }

  sendParts(parts: readonly Uint8Array[]): void {
    if (this.isCrowded) return this.send(Buffer.concat(parts)); // what may wait for long is moved whole
    if (this.#finished) return;
    if (!this.#headQueued) this.#queueHead(GRPC_HEAD);
    const filled = parts.filter(({ length }) => length > 0);
    const messageBytes = filled.reduce((sum, { length }) => sum + length, 0);
    const spent = filled.find(isLarge);
    for (const [index, part] of filled.entries()) {
      this.#queue(part, index === 0 ? PREFIX_BYTES : 0, messageBytes, index === filled.length - 1 ? spent : undefined);
    }
    this.#owner.toSend(this);
  }

  finish(status = 0, details = ""): void {
    if (this.#finished) return;
    this.#finished = true;
    this.#messages.discard();
    if (status !== 0)
      this.trailers = this.#headQueued ? grpcStatus(status, details) : Buffer.concat([GRPC_HEAD, grpcStatus(status, details)]);
    else this.trailers = this.#headQueued ? OK_TRAILERS : OK_AT_ONCE;
    this.#owner.toSend(this);
  }

  #queueHead(head: Buffer): void {
    this.#headQueued = true;
    this.head = head;
  }

  #queue(bytes: Uint8Array, prefixBytes: number, messageBytes: number, spent: Uint8Array | undefined): void {
    this.queue.push({ bytes, prefixBytes, messageBytes, spent, mapped: false });
    this.queuedBytes += bytes.length + QUEUED_BYTES;
  }

  get isCrowded(): boolean {
    return this.#owner.memory.crowded;
  }

  keeps(bytes: number): void {
    if (this.#handler !== undefined) this.#owner.share.holdMore(this, "kept", bytes);
  }

  // ---- the sender's side ----

  messageSent(): void {
    const sent = this.queue.shift();
    if (sent === undefined) throw new Error("invariant: what was sent was queued");
    this.queuedBytes -= sent.bytes.length + QUEUED_BYTES;
    this.firstSent = 0;
    if (sent.mapped) giveBack(sent.bytes);
  }

  /** To be told whenever it has to wait, or need not any more. */
  holdsUnsent(): void {
    this.#owner.share.hold(this, "unsent", this.waiting ? this.queuedBytes : 0);
    if (this.waiting && this.#owner.memory.crowded) this.#moveLast();
  }

  /** The message that was queued last, which may wait for long. */
  #moveLast(): void {
    const last = this.queue.length - 1;
    const queued = this.queue[last];
    if (queued === undefined || queued.bytes.length < MIN_MAPPED_BYTES || queued.mapped) return;
    this.queue[last] = { ...queued, bytes: mappedCopy(queued.bytes), spent: undefined, mapped: true };
  }

  // ---- the peer's side ----

  open(openCall: OpenCall): void {
    try {
      this.#handler = openCall(this);
    } catch (error) {
      this.#failed(error);
    }
  }

  /** Answers a request that is no call. */
  refuse({ head, text }: PlainReply, status: number): void {
    this.#queueHead(head);
    this.#queue(text, 0, text.length, undefined);
    this.finish(status);
  }

  received(chunk: Buffer, start: number, end: number): void {
    if (this.#contentLeft !== undefined) this.#contentLeft -= end - start;
    this.#messages.read(chunk, start, end);
  }

  tookMessage(): boolean {
    return this.#messages.tookMessage();
  }

  /** False: the peer has not sent what it announced. */
  halfClosed(): boolean {
    this.remoteEnded = true;
    if (this.#contentLeft !== undefined && this.#contentLeft !== 0) return false;
    if (this.#finished) return true;
    if (this.#messages.incomplete) this.finish(GRPC_INTERNAL, "the last message is incomplete");
    else this.#tellHalfClosed();
    return true;
  }

  /** Nothing of it is wanted any more. */
  discard(): void {
    this.#finished = true;
    this.#messages.discard();
    for (const { bytes, mapped } of this.queue) if (mapped) giveBack(bytes);
    this.queue.length = 0;
    this.queuedBytes = 0;
    this.head = undefined;
    this.trailers = undefined;
    if (this.holding !== undefined) this.#owner.share.letGo(this);
  }

  /** The call is over. Tells its handler, the first time. */
  close(): void {
    this.discard();
    const handler = this.#handler;
    this.#handler = undefined;
    try {
      handler?.closed();
    } catch (error) {
      this.#owner.onError(error);
    }
  }

  get receiving(): boolean {
    return !this.#finished;
  }

  messageRead(bytes: Uint8Array): void {
    try {
      this.#handler?.message(bytes);
    } catch (error) {
      this.#failed(error);
    }
  }

  unreadable(status: number, details: string): void {
    this.finish(status, details);
  }

  room(bytes: number): Buffer {
    return bytes >= MIN_MAPPED_BYTES && this.#owner.memory.crowded ? mapped(bytes) : Buffer.allocUnsafe(bytes);
  }

  takesRoom(bytes: number): void {
    this.#owner.share.hold(this, "partial", bytes);
  }

  #tellHalfClosed(): void {
    try {
      this.#handler?.halfClosed();
    } catch (error) {
      this.#failed(error);
    }
  }

  /** A handler's exception ends its own call only. */
  #failed(error: unknown): void {
    this.finish(GRPC_INTERNAL, "internal error");
    this.#owner.onError(error);
  }
}
