// Hostile peers, one of each kind: what it sends, how fast, and how it must end.
import { randomBytes } from "node:crypto";
import { encodeRequest, requestHeaders } from "../../test/support/ext-proc-client.ts";
import { BEGINNING, field, frame, grpcMessage, requestBlock, setting, uint32 } from "../../test/support/http2-peer.ts";

/**
 * - `calm`: sluice ends the connection with ENHANCE_YOUR_CALM
 * - `closed`: it ends it
 * - `refused`: it answers each request with 403
 * - `borne`: it does no harm, and goes on until the peer hangs up
 */
export type Ending = "calm" | "closed" | "refused" | "borne";

export interface HostileKind {
  readonly name: string;
  readonly port: "extProc" | "admin";
  readonly ending: Ending;
  readonly begins: Buffer; // sent at once
  /** The n-th piece from then on, 0 the first. Without it the peer is silent. */
  readonly piece?: (n: number) => Buffer;
  readonly everyMs: number; // between pieces; 0: as fast as they are taken
  readonly withinMs: number; // it must end by then; a `borne` one hangs up
  readonly pauseMs: number; // then the next one comes
  readonly atOnce?: number; // connections; 1 when not given
  readonly reads?: false; // it never does
  readonly halfCloses?: true; // ends its side behind `begins`
}

const CALL = requestBlock("/envoy.service.ext_proc.v3.ExternalProcessor/Process");
const REQUEST_HEADERS = grpcMessage(encodeRequest(requestHeaders({ "content-length": "100" })));
const PIECE_FRAMES = 500;
const PAUSE_MS = 10_000; // behind a flood, which takes a second
const LONG_PAUSE_MS = 30_000; // behind one that costs a second of CPU
const [DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PING, WINDOW_UPDATE, CONTINUATION] = [0, 1, 2, 3, 4, 6, 8, 9] as const;
const END_HEADERS = 4;
const INITIAL_WINDOW_SIZE = 4;

const opened = Buffer.concat([BEGINNING, frame(HEADERS, END_HEADERS, 1, CALL)]);
const often = (one: Buffer) => Buffer.concat(Array.from({ length: PIECE_FRAMES }, () => one));
/** The first bytes of a message that claims to be so long. */
const promising = (bytes: number) => Buffer.concat([Buffer.from([0]), uint32(bytes)]);
const http1 = (...lines: readonly string[]) => Buffer.from(`${lines.join("\r\n")}\r\n`);

function flood(name: string, begins: Buffer, one: Buffer): HostileKind {
  const many = often(one);
  return { name, port: "extProc", ending: "calm", begins, piece: () => many, everyMs: 0, withinMs: 20_000, pauseMs: PAUSE_MS };
}

function bomb(name: string, block: readonly Buffer[]): HostileKind {
  const frames = (id: number) =>
    Buffer.concat(
      block.map((part, at) => {
        const flags = at === block.length - 1 ? END_HEADERS : 0;
        return at === 0 ? frame(HEADERS, flags, id, part) : frame(CONTINUATION, flags, id, part);
      }),
    );
  const piece = (n: number) => frames(2 * n + 1);
  return { name, port: "extProc", ending: "calm", begins: BEGINNING, piece, everyMs: 0, withinMs: 20_000, pauseMs: PAUSE_MS };
}

function rapidReset(n: number): Buffer {
  const pairs = Array.from({ length: PIECE_FRAMES }, (_, at) => {
    const id = 1 + 2 * (n * PIECE_FRAMES + at);
    return Buffer.concat([frame(HEADERS, END_HEADERS, id, CALL), frame(RST_STREAM, 0, id, uint32(8))]);
  });
  return Buffer.concat(pairs);
}

/** One entry of the table, 15,000 times. */
const INDEXED = [Buffer.concat([CALL, field("x-big", "v".repeat(120)), Buffer.alloc(15_000, 0xbe)])];
/** A value of Huffman code, `a` in five bits each; some 96,000 in four frames. */
const HUFFMAN = huffmanParts(60_000);

function huffmanParts(bytes: number): readonly Buffer[] {
  const eight = Buffer.from([0b00011000, 0b11000110, 0b00110001, 0b10001100, 0b01100011]);
  const rest = bytes - 127; // an integer of a 7-bit prefix (RFC 7541, section 5.1)
  const length = [0xff, 0x80 | (rest & 0x7f), 0x80 | ((rest >> 7) & 0x7f), rest >> 14];
  const block = Buffer.concat([CALL, Buffer.from([0, 1]), Buffer.from("a"), Buffer.from(length), Buffer.alloc(bytes, eight)]);
  return Array.from({ length: Math.ceil(block.length / 16_000) }, (_, at) => block.subarray(at * 16_000, (at + 1) * 16_000));
}

const streams = (count: number) => Array.from({ length: count }, (_, at) => 2 * at + 1);

const SLOW_MESSAGES = Buffer.concat([
  BEGINNING,
  ...streams(4).map((id) => Buffer.concat([frame(HEADERS, END_HEADERS, id, CALL), frame(DATA, 0, id, promising(1 << 20))])),
]);
const ONE_MORE_BYTE = Buffer.concat(streams(4).map((id) => frame(DATA, 0, id, Buffer.from("x"))));

const NO_WINDOW = Buffer.concat([
  BEGINNING,
  frame(SETTINGS, 0, 0, setting(INITIAL_WINDOW_SIZE, 0)),
  ...streams(200).map((id) => Buffer.concat([frame(HEADERS, END_HEADERS, id, CALL), frame(DATA, 0, id, REQUEST_HEADERS)])),
]);

function noMessage(n: number): Buffer {
  const id = 2 * n + 1;
  return Buffer.concat([frame(HEADERS, END_HEADERS, id, CALL), frame(DATA, 0, id, grpcMessage(Buffer.alloc(100, 0xff)))]);
}

const silent = { port: "extProc", everyMs: 0, pauseMs: 1_000 } as const;
const refused = { port: "admin", ending: "refused", everyMs: 500, withinMs: 20_000, pauseMs: 1_000 } as const;

export const HOSTILE_KINDS: readonly HostileKind[] = [
  { ...flood("rapid reset", BEGINNING, BEGINNING), piece: rapidReset, withinMs: 60_000, pauseMs: LONG_PAUSE_MS },
  flood("CONTINUATION flood", Buffer.concat([BEGINNING, frame(HEADERS, 0, 1, CALL)]), frame(CONTINUATION, 0, 1)),
  flood("SETTINGS flood", BEGINNING, frame(SETTINGS, 0, 0)),
  flood("PING flood", BEGINNING, frame(PING, 0, 0, Buffer.alloc(8))),
  flood("PRIORITY flood", BEGINNING, frame(PRIORITY, 0, 1, Buffer.alloc(5))),
  flood("empty DATA flood", opened, frame(DATA, 0, 1)),
  flood("DATA by the byte", Buffer.concat([opened, frame(DATA, 0, 1, promising(1 << 20))]), frame(DATA, 0, 1, Buffer.from("x"))),
  flood("WINDOW_UPDATE by the byte", opened, frame(WINDOW_UPDATE, 0, 1, uint32(1))),
  bomb("HPACK bomb, by index", INDEXED),
  bomb("HPACK bomb, by Huffman code", HUFFMAN),
  { ...silent, name: "half-open: not a byte", ending: "closed", begins: Buffer.alloc(0), withinMs: 20_000, atOnce: 8 },
  { ...silent, name: "half-closed behind a call", ending: "closed", begins: opened, halfCloses: true, withinMs: 15_000 },
  {
    ...silent,
    ...{ name: "slow messages, 4 of 1 MB by the byte", ending: "borne", begins: SLOW_MESSAGES },
    ...{ piece: () => ONE_MORE_BYTE, everyMs: 500, withinMs: 20_000 },
  },
  { ...silent, name: "window 0, 200 calls, reads nothing", ending: "borne", begins: NO_WINDOW, reads: false, withinMs: 20_000 },
  { ...silent, name: "garbage", ending: "closed", begins: randomBytes(1 << 16), withinMs: 15_000 },
  { ...silent, name: "HTTP/1.1 to the gRPC port", ending: "closed", begins: http1("GET / HTTP/1.1", "host: a", ""), withinMs: 15_000 },
  { ...silent, name: "messages that are none", ending: "borne", begins: BEGINNING, piece: noMessage, everyMs: 1_000, withinMs: 20_000 },
  {
    ...silent,
    ...{ name: "slowloris", port: "admin", ending: "closed", atOnce: 8, withinMs: 120_000 },
    ...{ begins: http1("POST /v1/feedback HTTP/1.1", "host: localhost"), piece: () => http1("x-a: b"), everyMs: 1_000 },
  },
  {
    ...refused,
    name: "ratings from another origin's page",
    begins: Buffer.alloc(0),
    piece: () =>
      Buffer.from(
        "POST /v1/feedback HTTP/1.1\r\nhost: localhost\r\norigin: http://evil.example\r\ncontent-type: text/plain\r\ncontent-length: 2\r\n\r\n{}",
      ),
  },
  {
    ...refused,
    name: "another name in Host",
    begins: Buffer.alloc(0),
    piece: () => http1("GET /config HTTP/1.1", "host: evil.example", ""),
  },
];
