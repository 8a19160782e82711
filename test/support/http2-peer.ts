// The other side of an HTTP/2 connection, by hand: frames made from their parts, a socket without a network, and what was sent into it.
import { EventEmitter } from "node:events";
import type { Socket } from "node:net";
import { Connection } from "../../src/envoy/grpc/http2/connection.ts";
import { LIMITS, type Limits } from "../../src/envoy/grpc/http2/limits.ts";
import { PeerMemory } from "../../src/envoy/grpc/http2/peer-memory.ts";
import type { Call, CallHandler, OpenCall } from "../../src/envoy/grpc/transport.ts";

export const METHOD = "/test.Echo/Talk";
export const PREFACE = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

export function frame(type: number, flags: number, streamId: number, payload: Uint8Array = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(streamId, 5);
  return Buffer.concat([head, payload]);
}

/** A header field that is added to the table. */
export function field(name: string, value: string): Buffer {
  return Buffer.concat([Buffer.from([0x40, name.length]), Buffer.from(name), Buffer.from([value.length]), Buffer.from(value)]);
}

/** `:method: POST, :scheme: http` from the static table, and what else makes a call. */
export function requestBlock(path = METHOD, contentType = "application/grpc"): Buffer {
  const rest = [field(":path", path), field("content-type", contentType), field("te", "trailers")];
  return Buffer.concat([Buffer.from([0x83, 0x86]), ...rest]);
}

export function grpcMessage(bytes: Uint8Array | string, flag = 0): Buffer {
  const content = Buffer.from(bytes as Uint8Array);
  const prefix = Buffer.alloc(5);
  prefix[0] = flag;
  prefix.writeUInt32BE(content.length, 1);
  return Buffer.concat([prefix, content]);
}

export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

export function setting(id: number, value: number): Buffer {
  return Buffer.concat([Buffer.from([0, id]), uint32(value)]);
}

/** What every connection begins with. */
export const BEGINNING = Buffer.concat([PREFACE, frame(4, 0, 0)]);

class FakeSocket extends EventEmitter {
  readonly written: Buffer[] = [];
  writes = 0; // as the system would see them
  stuck = false; // the peer does not read
  writableLength = 0;
  paused = false;
  ended = false;
  endedAt = -1; // after so many writes
  destroyed = false;
  #corked = false;

  write(bytes: Uint8Array, done?: () => void): boolean {
    this.written.push(Buffer.from(bytes));
    if (done !== undefined) queueMicrotask(done);
    if (!this.#corked) this.writes++;
    if (this.stuck) this.writableLength += bytes.length;
    return !this.stuck;
  }
  cork(): void {
    this.#corked = true;
  }
  uncork(): void {
    this.#corked = false;
    this.writes++;
  }
  pause(): void {
    this.paused = true;
  }
  resume(): void {
    this.paused = false;
  }
  end(): void {
    this.ended = true;
    this.endedAt = this.written.length;
  }
  destroy(): void {
    this.destroyed = true;
    this.emit("close");
  }
}

export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly streamId: number;
  readonly payload: Buffer;
}

export interface Peer {
  readonly connection: Connection;
  readonly socket: FakeSocket;
  readonly errors: unknown[]; // what handlers threw
  readonly broken: string[]; // why the connection was ended for what its peer did
  send(...chunks: Buffer[]): void;
  /** Everything sent to the peer. */
  bytes(): Buffer;
  frames(): Frame[];
  ofType(type: number): Frame[];
  /** The error code of a GOAWAY. */
  goaway(): number | undefined;
  /** DATA on all streams, together. */
  dataBytes(): number;
  close(): void;
}

/** No budget, and turns of any length: what is sent is read at once. */
const NO_BUDGET = () => new PeerMemory({ budgetBytes: () => Number.POSITIVE_INFINITY, turnWork: Number.POSITIVE_INFINITY });

export function connect(open: OpenCall, limits: Partial<Limits> = {}, maxMessageBytes = 1 << 20, memory = NO_BUDGET()): Peer {
  const socket = new FakeSocket();
  const errors: unknown[] = [];
  const broken: string[] = [];
  const connection = new Connection(socket as unknown as Socket, {
    services: new Map([[METHOD, open]]),
    maxMessageBytes,
    limits: { ...LIMITS, ...limits },
    memory,
    onError: (error) => errors.push(error),
    onBroken: ({ message }) => broken.push(message),
    onClosed: () => {},
  });
  const bytes = () => Buffer.concat(socket.written);
  const ofType = (type: number) => framesOf(bytes()).filter((one) => one.type === type);
  return {
    connection,
    socket,
    errors,
    broken,
    send: (...chunks) => {
      for (const chunk of chunks) socket.emit("data", chunk);
    },
    bytes,
    frames: () => framesOf(bytes()),
    ofType,
    goaway: () => ofType(7).at(-1)?.payload.readUInt32BE(4),
    dataBytes: () => ofType(0).reduce((sum, { payload }) => sum + payload.length, 0),
    close: () => void socket.emit("close"),
  };
}

function framesOf(bytes: Buffer): Frame[] {
  const frames: Frame[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = bytes.readUIntBE(at, 3);
    const payload = bytes.subarray(at + 9, at + 9 + length);
    frames.push({ type: bytes[at + 3] ?? -1, flags: bytes[at + 4] ?? -1, streamId: bytes.readUInt32BE(at + 5), payload });
    at += 9 + length;
  }
  return frames;
}

/** What became of the calls of an `echo`. */
export interface Seen {
  opened: number;
  closed: number;
  readonly messages: Uint8Array[];
  readonly calls: Call[];
}

/**
 * Sends messages back; one that begins with L is the last, one that begins with X is too much for it. `seen.closed` counts each time
 * a handler is told, so twice is too many.
 */
export function echo(): { open: OpenCall; seen: Seen } {
  const seen: Seen = { opened: 0, closed: 0, messages: [], calls: [] };
  const open = (call: Call): CallHandler => {
    seen.opened++;
    seen.calls.push(call);
    return {
      message(bytes) {
        seen.messages.push(bytes);
        if (bytes[0] === 0x58) throw new Error("too much");
        call.send(bytes);
        if (bytes[0] === 0x4c) call.finish();
      },
      halfClosed: () => call.finish(),
      closed: () => void seen.closed++,
    };
  };
  return { open, seen };
}

const LAST = grpcMessage("Lhello");
const BLOCK = requestBlock();
/** Every kind of frame; padding, priority, CONTINUATION; a message cut in its prefix; an answered and a reset call. */
export const SESSION = Buffer.concat([
  BEGINNING,
  frame(1, 4 | 32, 1, Buffer.concat([Buffer.from([0, 0, 0, 0, 9]), BLOCK])),
  frame(0, 8, 1, Buffer.concat([Buffer.from([3]), LAST.subarray(0, 3), Buffer.alloc(3)])),
  frame(6, 0, 0, Buffer.from("12345678")),
  frame(0, 1, 1, LAST.subarray(3)),
  frame(1, 8, 3, Buffer.concat([Buffer.from([2]), BLOCK.subarray(0, 7), Buffer.alloc(2)])),
  frame(9, 0, 3, BLOCK.subarray(7, 9)),
  frame(9, 4, 3, BLOCK.subarray(9)),
  frame(99, 0, 3, Buffer.from("ignored")),
  frame(0, 0, 3, Buffer.concat([grpcMessage("a"), LAST])),
  frame(3, 0, 3, uint32(8)),
  frame(8, 0, 0, uint32(9)),
]);
