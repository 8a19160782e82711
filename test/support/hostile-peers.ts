// A process of its own: `node hostile-peers.ts HOST:PORT CONNECTIONS KIND…`. Peers that have a server hold as much as it will, each kind in
// its way, and come back whenever they are cut off. They keep to HTTP/2's windows, so nothing but a bound on memory stops them. Ends with
// its standard input.
import { connect, type Socket } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { EXT_PROC_METHOD } from "../../src/envoy/wire/methods.ts";
import { encodeRequest, requestBody, requestHeaders } from "./ext-proc-client.ts";
import { BEGINNING, frame, grpcMessage, requestBlock, setting, uint32 } from "./http2-peer.ts";

const [HEADERS, RST_STREAM, SETTINGS, GOAWAY, WINDOW_UPDATE, CONTINUATION] = [1, 3, 4, 7, 8, 9];
const FRAME_BYTES = 16_384;
const FIRST_WINDOW = 1 << 20; // as sluice announces it
const MB = 1 << 20;
const BACK_AFTER_MS = 200;
const BLOCK = requestBlock(EXT_PROC_METHOD);
/** Answers are sent back piece by piece, so whoever gives no window has them queue up. */
const ECHOING = { protocol_config: { request_body_mode: "BUFFERED", response_body_mode: "FULL_DUPLEX_STREAMED" } };

class HostilePeer {
  readonly #socket: Socket;
  readonly #windows = new Map<number, number>();
  readonly #wake = new Set<() => void>();
  #connectionWindow = 65_535;
  #unread: Buffer = Buffer.alloc(0);
  #lastId = -1;
  gone = false;

  constructor(address: string) {
    const [host = "", port] = address.split(":");
    this.#socket = connect({ host, port: Number(port) });
    this.#socket.on("data", (chunk) => this.#read(chunk));
    this.#socket.on("error", () => {});
    this.#socket.on("close", () => this.#isGone());
    this.#socket.write(BEGINNING);
  }

  raw(...frames: readonly Buffer[]): void {
    if (!this.gone) this.#socket.write(Buffer.concat(frames));
  }

  stopReading(): void {
    this.#socket.pause();
  }

  open(): number {
    this.#lastId += 2;
    this.#windows.set(this.#lastId, FIRST_WINDOW);
    this.raw(frame(HEADERS, 4, this.#lastId, BLOCK));
    return this.#lastId;
  }

  isOpen(id: number): boolean {
    return !this.gone && this.#windows.has(id);
  }

  /** As windows allow. False: the stream ended before. */
  async data(id: number, bytes: Buffer): Promise<boolean> {
    for (let at = 0; at < bytes.length; ) {
      if (!this.isOpen(id)) return false;
      const count = Math.min(FRAME_BYTES, bytes.length - at, this.#windows.get(id) ?? 0, this.#connectionWindow);
      if (count <= 0 || this.#socket.writableLength > MB) {
        await this.#news();
        continue;
      }
      this.#windows.set(id, (this.#windows.get(id) ?? 0) - count);
      this.#connectionWindow -= count;
      this.raw(frame(0, 0, id, bytes.subarray(at, at + count)));
      at += count;
    }
    return true;
  }

  #news(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, 100);
      this.#wake.add(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  #read(chunk: Buffer): void {
    let bytes = this.#unread.length === 0 ? chunk : Buffer.concat([this.#unread, chunk]);
    while (bytes.length >= 9 && bytes.length >= 9 + bytes.readUIntBE(0, 3)) {
      const length = bytes.readUIntBE(0, 3);
      this.#frame(bytes[3] ?? 0, bytes[4] ?? 0, bytes.readUInt32BE(5), bytes.subarray(9, 9 + length));
      bytes = bytes.subarray(9 + length);
    }
    this.#unread = bytes;
    for (const wake of this.#wake) wake();
    this.#wake.clear();
  }

  #frame(type: number, flags: number, streamId: number, payload: Buffer): void {
    if (type === WINDOW_UPDATE && streamId === 0) this.#connectionWindow += payload.readUInt32BE(0);
    else if (type === WINDOW_UPDATE) this.#windows.set(streamId, (this.#windows.get(streamId) ?? 0) + payload.readUInt32BE(0));
    else if (type === RST_STREAM || (type === HEADERS && (flags & 1) !== 0)) this.#windows.delete(streamId);
    else if (type === SETTINGS && (flags & 1) === 0) this.raw(frame(SETTINGS, 1, 0));
    else if (type === GOAWAY) this.#isGone();
  }

  #isGone(): void {
    this.gone = true;
    this.#socket.destroy();
    for (const wake of this.#wake) wake();
    this.#wake.clear();
  }
}

const message = (request: object) => grpcMessage(encodeRequest(request));
const ALL_BUT_A_BYTE = message(requestBody(Buffer.alloc(16 * MB - 100, "x"))).subarray(0, -1);
const ECHOED_HEADERS = message({ ...requestHeaders({}, { end_of_stream: true }), ...ECHOING });
const ECHOED_PIECE = message({ response_body: { body: Buffer.alloc(60_000, "x") } });
const LARGE_BODY = message(requestBody(JSON.stringify({ messages: [{ role: "user", content: "x".repeat(4 * MB) }] }), false));
const LARGE_HEADERS = message(requestHeaders({ "content-length": "1000", "x-large": "x".repeat(60_000) }));
const SMALL_HEADERS = message(requestHeaders({ "content-length": "1000", "x-request-id": "hostile" }));

/** Each goes on until the peer is gone. */
const KINDS: Readonly<Record<string, (peer: HostilePeer) => Promise<void>>> = {
  /** Messages of 16 MB but for their last byte. */
  partial: (peer) => endlessly(peer, 4, (id) => peer.data(id, ALL_BUT_A_BYTE)),

  /** Answers for which there is no window. */
  unread(peer) {
    peer.raw(frame(SETTINGS, 0, 0, setting(4, 0)));
    return endlessly(peer, 60, async (id) => {
      for (let taken = await peer.data(id, ECHOED_HEADERS); taken; ) taken = await peer.data(id, ECHOED_PIECE);
    });
  },

  /** Answers for which there is a window, on a socket that is not read. */
  async deaf(peer) {
    peer.raw(frame(SETTINGS, 0, 0, setting(4, 0x7fffffff)), frame(WINDOW_UPDATE, 0, 0, uint32(0x7fff0000 - 1)));
    await wait(BACK_AFTER_MS); // for the windows to come
    peer.stopReading();
    await endlessly(peer, 14, async (id) => {
      await peer.data(id, ECHOED_HEADERS);
      for (let i = 0; i < 16; i++) await peer.data(id, ECHOED_PIECE);
    });
  },

  /** A header block as long as may be, without its end. */
  async headers(peer) {
    const part = Buffer.alloc(FRAME_BYTES, 0);
    peer.raw(frame(HEADERS, 0, 1, part), ...Array.from({ length: 2 }, () => frame(CONTINUATION, 0, 1, part)));
    while (!peer.gone) await wait(BACK_AFTER_MS);
  },

  /** Streams whose headers wait for a body. */
  streams: (peer) => endlessly(peer, 1500, (id) => peer.data(id, SMALL_HEADERS)),

  /** The same with headers of 60 KB. */
  kept: (peer) => endlessly(peer, 200, (id) => peer.data(id, LARGE_HEADERS)),

  /** Large messages one behind the other. */
  large: (peer) =>
    endlessly(peer, 4, async (id) => {
      for (let taken = await peer.data(id, SMALL_HEADERS); taken; ) taken = await peer.data(id, LARGE_BODY);
    }),
};

/** So many streams at all times; each is held when `fill` is done with it. */
async function endlessly(peer: HostilePeer, atOnce: number, fill: (id: number) => Promise<unknown>): Promise<void> {
  const one = async () => {
    while (!peer.gone) {
      const id = peer.open();
      await fill(id);
      while (peer.isOpen(id)) await wait(BACK_AFTER_MS);
      await wait(BACK_AFTER_MS);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, one));
}

async function attack(address: string, kind: string): Promise<void> {
  const act = KINDS[kind];
  if (act === undefined) throw new Error(`${kind}: there is ${Object.keys(KINDS).join(", ")}`);
  for (;;) {
    await act(new HostilePeer(address));
    await wait(BACK_AFTER_MS);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [address = "", connections, ...kinds] = process.argv.slice(2);
  process.stdin.on("end", () => process.exit(0)).resume();
  for (let i = 0; i < Number(connections); i++) void attack(address, kinds[i % kinds.length] ?? "");
}
