// One connection of a gRPC client: its streams, the rules of HTTP/2 between them (RFC 9113), and its end. Envoy resets every stream it has
// had its answer on; such resets cost nothing here, and only those of unanswered ones count as a flood.
import type { Socket } from "node:net";
import { GRPC_UNIMPLEMENTED } from "../transport.ts";
import type { ConnectionSettings } from "./connection-settings.ts";
import { FrameReader, type FrameSink } from "./frame-reader.ts";
import {
  CONTINUATION,
  ConnectionError,
  checkForm,
  ERROR_CODE,
  type ErrorCode,
  FLAG,
  GOAWAY,
  HEADERS,
  MAX_WINDOW,
  PING,
  PRIORITY,
  PUSH_PROMISE,
  RST_STREAM,
  SETTINGS,
  uint31At,
  WINDOW_UPDATE,
} from "./frames.ts";
import { type HeaderBlock, HeaderBlocks } from "./header-blocks.ts";
import { HpackDecoder } from "./hpack-decoder.ts";
import { Intake, type IntakeOwner } from "./intake.ts";
import type { Limits } from "./limits.ts";
import { Output } from "./output.ts";
import { PeerGuards } from "./peer-guards.ts";
import type { PeerMemory } from "./peer-memory.ts";
import { PeerWindows } from "./peer-windows.ts";
import { Receiver, type ReceiverEvents } from "./receiver.ts";
import { METHOD_NOT_ALLOWED, UNSUPPORTED_MEDIA_TYPE } from "./reply-blocks.ts";
import { RequestHead } from "./request-head.ts";
import { Sender, type SenderEvents } from "./sender.ts";
import { ourSettings, readSettings } from "./settings.ts";
import type { Share, ShareOwner } from "./share.ts";
import { Stream, type StreamOwner } from "./stream.ts";
import { Streams } from "./streams.ts";

/** `handshake`: the peer's first SETTINGS are not there yet. `ended`: broken or cut off; what still comes is not read. */
type State = "handshake" | "open" | "ended";
/**
 * - `last-call`: the peer was asked to open no more streams; those that were on their way are taken
 * - `draining`: no new ones are
 */
type Draining = "no" | "last-call" | "draining";

/** The PING behind the first GOAWAY: its answer tells that the peer has read both. */
const LAST_CALL_PING = Buffer.from("lastcall");

export class Connection implements FrameSink, IntakeOwner, StreamOwner, SenderEvents, ReceiverEvents, ShareOwner<Stream> {
  readonly maxMessageBytes: number;
  readonly onError: (error: unknown) => void;
  readonly memory: PeerMemory;
  readonly share: Share<Stream>;
  readonly #socket: Socket;
  readonly #settings: ConnectionSettings;
  readonly #limits: Limits;
  readonly #reader: FrameReader;
  readonly #blocks: HeaderBlocks;
  readonly #hpack = new HpackDecoder();
  readonly #head = new RequestHead();
  readonly #output: Output;
  readonly #intake: Intake;
  readonly #sender: Sender;
  readonly #windows: PeerWindows;
  readonly #guards: PeerGuards;
  readonly #streams: Streams;
  readonly #receiver: Receiver;
  #state: State = "handshake";
  #draining: Draining = "no";
  #reading = false;
  #flushScheduled = false;
  #socketEnded = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(socket: Socket, settings: ConnectionSettings) {
    const { limits, memory, onError } = settings;
    this.maxMessageBytes = settings.maxMessageBytes;
    this.onError = onError;
    this.#socket = socket;
    this.#settings = settings;
    this.#limits = limits;
    this.memory = memory;
    this.share = memory.open(this);
    this.#streams = new Streams(() => memory.streamEnded(this.share));
    this.#blocks = new HeaderBlocks(limits, (bytes) => this.share.holdOfConnection("blocks", bytes));
    this.#output = new Output(socket, limits, (bytes) => this.share.holdOfConnection("unwritten", bytes));
    this.#sender = new Sender(this.#output, limits, this);
    this.#guards = new PeerGuards(limits);
    this.#windows = new PeerWindows(this.#sender, this.#streams, this.#guards);
    this.#output.frame(SETTINGS, 0, 0, ourSettings(limits));
    this.#receiver = new Receiver(this.#output, this.#streams, limits, memory, this);
    this.#reader = new FrameReader(this, this.#receiver, limits.maxFrameBytes);
    this.#output.write();
    this.#setTimer(limits.handshakeMs, () => this.#fail(new ConnectionError(ERROR_CODE.protocol, "no SETTINGS in time")));
    this.#intake = new Intake(socket, this.#reader, this.#output, limits, this);
    socket.on("drain", () => {
      this.#output.drained();
      this.#intake.resume();
      this.#flush();
    });
    socket.on("error", () => {}); // "close" follows
    socket.on("close", () => this.#closed());
  }

  /**
   * Asks the peer for no more streams, takes those that were on their way, and ends the connection when all are answered. So no request is
   * lost, as it would be if the last stream were named at once (RFC 9113, section 6.8).
   */
  drain(): void {
    if (this.#draining !== "no" || this.#state === "ended") return;
    this.#draining = "last-call";
    this.#output.goaway(MAX_WINDOW, ERROR_CODE.none);
    this.#output.frame(PING, 0, 0, LAST_CALL_PING);
    this.#setTimer(this.#limits.lastCallMs, () => this.#takeNoMore());
    this.#schedule();
  }

  /** To be called now and then: asks a peer to close that has had no stream since the last time. */
  endIfIdle(): void {
    if (this.#streams.stayedIdle()) this.drain();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  // ---- sending ----

  toSend(stream: Stream): void {
    if (this.#state === "ended") return;
    this.#sender.send(stream);
    this.#schedule();
  }

  answered(stream: Stream): void {
    this.#streams.answered(stream);
    // Peers that leave answered streams half open would use up the streams they may have.
    if (this.#streams.halfOpen <= this.#limits.maxStreams / 2) return;
    for (const one of this.#streams.all()) if (one.localEnded) this.#reset(one, ERROR_CODE.none);
  }

  drained(stream: Stream): void {
    this.#receiver.credit(stream);
  }

  /** While frames are read, what is to be sent waits for the last of them; else for the end of the turn. */
  #schedule(): void {
    if (this.#reading || this.#flushScheduled) return;
    this.#flushScheduled = true;
    queueMicrotask(() => {
      this.#flushScheduled = false;
      this.#flush();
    });
  }

  #flush(): void {
    if (this.#state === "ended") return;
    do this.#output.write();
    while (!this.#output.full && this.#sender.resume());
    this.#streams.tellOver();
    if (this.#draining === "draining" && this.#streams.unanswered === 0 && this.#output.isEmpty) this.#endSocket();
  }

  // ---- receiving ----

  read(chunk: Buffer, from: number, mostFrames: number): number {
    let to = chunk.length;
    this.#reading = true;
    try {
      to = this.#reader.read(chunk, from, mostFrames);
    } catch (error) {
      this.#fail(error);
      return to;
    } finally {
      this.#reading = false;
    }
    this.#receiver.creditConnection();
    this.#flush();
    return to;
  }

  frameBegins(type: number, flags: number, streamId: number): void {
    if (this.#state === "handshake") {
      if (type !== SETTINGS || flags & FLAG.ack) throw new ConnectionError(ERROR_CODE.protocol, "the first frame must be SETTINGS");
      this.#state = "open";
      if (this.#draining === "no") clearTimeout(this.#timer);
    }
    this.#blocks.checkOrder(type, streamId);
  }

  peerEnded(stream: Stream): void {
    if (stream.halfClosed()) this.#streams.forgetIfEnded(stream);
    else this.streamError(stream.id, ERROR_CODE.protocol);
  }

  idleData(): void {
    this.#guards.idleFrame();
  }

  unwanted(stream: Stream): void {
    this.#reset(stream, ERROR_CODE.none);
  }

  frame(type: number, flags: number, streamId: number, bytes: Buffer, start: number, end: number): void {
    switch (type) {
      case HEADERS:
        if (streamId % 2 === 0) throw new ConnectionError(ERROR_CODE.protocol, "HEADERS on a stream that clients do not open");
        return this.#headerBlock(this.#blocks.headers(streamId, flags, bytes, start, end));
      case CONTINUATION:
        return this.#headerBlock(this.#blocks.continuation(flags, bytes, start, end));
      case RST_STREAM:
        return this.#resetByPeer(streamId, end - start);
      case WINDOW_UPDATE:
        return this.#windowUpdate(streamId, bytes, start, end);
      case SETTINGS:
        return this.#peerSettings(flags, streamId, bytes, start, end);
      case PING:
        return this.#ping(flags, streamId, bytes.subarray(start, end));
      case PRIORITY:
        return this.#priority(streamId, bytes, start, end);
      case GOAWAY:
        checkForm(streamId === 0, end - start >= 8); // the peer opens no more streams; it closes when it likes
        return this.#guards.idleFrame();
      case PUSH_PROMISE:
        throw new ConnectionError(ERROR_CODE.protocol, "PUSH_PROMISE from a client");
      default:
        this.#guards.idleFrame(); // unknown types are ignored
    }
  }

  // ---- header blocks ----

  /** Every block is decoded, whatever becomes of it: later ones refer to it. */
  #headerBlock(block: HeaderBlock | undefined): void {
    if (block === undefined) return;
    this.#head.clear();
    this.#guards.headerList(this.#hpack.decode(block.bytes, block.start, block.end, this.#head.add, this.#limits.maxHeaderBytes));
    if (block.streamId > this.#streams.lastId) this.#openStream(block);
    else this.#trailers(block);
  }

  #openStream({ streamId, endStream, dependsOnItself }: HeaderBlock): void {
    const head = this.#head;
    this.#streams.lastId = streamId;
    if (!head.isRequest || dependsOnItself) return this.streamError(streamId, ERROR_CODE.protocol);
    if (head.bytes > this.#limits.maxHeaderBytes) return this.streamError(streamId, ERROR_CODE.enhanceYourCalm);
    if (this.#draining === "draining" || this.#streams.size >= this.#limits.maxStreams || !this.memory.streamOpens(this.share)) {
      return this.streamError(streamId, ERROR_CODE.refusedStream);
    }
    const stream = new Stream(streamId, this, this.#sender.streamWindow, this.#limits.streamWindowBytes, head.contentLength);
    stream.traceparent = head.traceparent;
    stream.attempts = head.attempts;
    this.#streams.add(stream);
    const open = this.#settings.services.get(head.path);
    if (head.method !== "POST") stream.refuse(METHOD_NOT_ALLOWED, GRPC_UNIMPLEMENTED);
    else if (!head.isGrpc) stream.refuse(UNSUPPORTED_MEDIA_TYPE, GRPC_UNIMPLEMENTED);
    else if (open === undefined) stream.finish(GRPC_UNIMPLEMENTED, `unknown method ${head.path}`);
    else stream.open(open);
    if (endStream) this.peerEnded(stream);
  }

  #trailers({ streamId, endStream }: HeaderBlock): void {
    const stream = this.#streams.get(streamId);
    if (stream === undefined) throw new ConnectionError(ERROR_CODE.streamClosed, "HEADERS on a closed stream");
    if (stream.remoteEnded) this.streamError(streamId, ERROR_CODE.streamClosed);
    else if (!endStream || !this.#head.areTrailers) this.streamError(streamId, ERROR_CODE.protocol);
    else this.peerEnded(stream);
  }

  // ---- the other frames ----

  #resetByPeer(streamId: number, length: number): void {
    checkForm(streamId !== 0 && streamId <= this.#streams.lastId, length === 4);
    const stream = this.#streams.get(streamId);
    if (stream === undefined) return;
    if (!stream.localEnded) this.#guards.reset();
    this.#streams.remove(stream);
  }

  #windowUpdate(streamId: number, bytes: Buffer, start: number, end: number): void {
    const wrong = this.#windows.update(streamId, bytes, start, end);
    if (wrong !== undefined) this.streamError(streamId, wrong);
  }

  #peerSettings(flags: number, streamId: number, bytes: Buffer, start: number, end: number): void {
    checkForm(streamId === 0, !(flags & FLAG.ack) || end === start);
    if (flags & FLAG.ack) return;
    this.#guards.idleFrame();
    readSettings(bytes, start, end, this.#windows);
    this.#output.frame(SETTINGS, FLAG.ack, 0, Buffer.alloc(0));
  }

  #ping(flags: number, streamId: number, payload: Buffer): void {
    checkForm(streamId === 0, payload.length === 8);
    if (!(flags & FLAG.ack)) {
      this.#guards.idleFrame();
      this.#output.frame(PING, FLAG.ack, 0, payload);
    } else if (this.#draining === "last-call" && payload.equals(LAST_CALL_PING)) this.#takeNoMore();
  }

  #priority(streamId: number, bytes: Buffer, start: number, end: number): void {
    checkForm(streamId !== 0, true);
    this.#guards.idleFrame();
    if (end - start !== 5) this.streamError(streamId, ERROR_CODE.frameSize);
    else if (uint31At(bytes, start) === streamId) this.streamError(streamId, ERROR_CODE.protocol);
  }

  // ---- ends ----

  /** The peer did wrong on one stream. That resets it, and so counts as a reset of the peer's. */
  streamError(streamId: number, code: ErrorCode): void {
    this.#guards.reset();
    const stream = this.#streams.get(streamId);
    if (stream === undefined) this.#output.number(RST_STREAM, streamId, code);
    else this.#reset(stream, code);
  }

  #reset(stream: Stream, code: ErrorCode): void {
    this.#output.number(RST_STREAM, stream.id, code);
    this.#streams.remove(stream);
  }

  cutOff(stream: Stream): void {
    this.#reset(stream, ERROR_CODE.enhanceYourCalm);
    stream.discard();
    this.#schedule();
  }

  first(): Stream | undefined {
    return this.#streams.first;
  }

  end(): void {
    this.#fail(new ConnectionError(ERROR_CODE.enhanceYourCalm, "it holds too much memory"));
    this.share.close();
    this.#socket.destroy();
  }

  windowsOpen(streams: Iterable<Stream>): void {
    for (const stream of streams) this.#receiver.credit(stream);
    this.#schedule();
  }

  #takeNoMore(): void {
    if (this.#state === "ended") return;
    clearTimeout(this.#timer);
    this.#draining = "draining";
    this.#output.goaway(this.#streams.lastId, ERROR_CODE.none);
    this.#schedule();
  }

  #fail(error: unknown): void {
    const cause = error instanceof ConnectionError ? error : undefined;
    if (cause === undefined) this.onError(error);
    else this.#settings.onBroken(cause);
    this.#output.goaway(this.#streams.lastId, cause?.code ?? ERROR_CODE.internal);
    this.#output.write();
    this.#abandon(); // what comes is thrown away: closing on unread bytes would take the GOAWAY with it
    this.cutSoon();
  }

  /** What is written still goes out, if the peer takes it at once. */
  cutSoon(): void {
    this.#endSocket();
    this.#setTimer(this.#limits.lingerMs, () => this.#socket.destroy());
  }

  /** What is written still goes out, however long it takes; then the peer has a moment to close. */
  #endSocket(): void {
    if (this.#socketEnded) return;
    this.#socketEnded = true;
    this.#socket.end(() => this.#setTimer(this.#limits.lingerMs, () => this.#socket.destroy()));
  }

  #closed(): void {
    this.#abandon();
    clearTimeout(this.#timer);
    this.share.close();
    this.memory.close(this.share);
    this.#settings.onClosed();
  }

  #abandon(): void {
    this.#state = "ended";
    this.#intake.discard();
    for (const stream of this.#streams.all()) this.#streams.remove(stream);
    this.#streams.tellOver();
  }

  /** In place of the one before; it keeps no process alive. */
  #setTimer(ms: number, act: () => void): void {
    clearTimeout(this.#timer);
    if (!this.#socket.destroyed) this.#timer = setTimeout(act, ms).unref();
  }
}
