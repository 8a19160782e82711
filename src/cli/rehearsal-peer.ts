// Envoy's side of ext_proc calls, as far as a rehearsal needs it: one connection, one call at a time, each as Envoy makes it (the headers,
// the body once those are answered, a reset behind the answer). What it is told of is a server of this program, so nothing is checked.
import { once } from "node:events";
import { connect } from "node:net";
import {
  byteAt,
  DATA,
  DEFAULT_FRAME_BYTES,
  DEFAULT_WINDOW_BYTES,
  FLAG,
  FRAME_HEADER_BYTES,
  HEADERS,
  MAX_WINDOW,
  PREFACE,
  RST_STREAM,
  SETTING,
  SETTINGS,
  uint24At,
  WINDOW_UPDATE,
  writeFrameHeader,
  writeUint32,
} from "../envoy/grpc/http2/frames.ts";
import { EXT_PROC_METHOD } from "../envoy/wire/methods.ts";

/** The messages of one request, with gRPC's prefix. */
export interface RehearsedRequest {
  readonly headers: Uint8Array;
  readonly body: Uint8Array;
}

export interface RehearsalPeer {
  /** Resolves once it is answered. Rejects where the connection ends. */
  call(request: RehearsedRequest): Promise<void>;
  close(): void;
}

const CALL_HEADERS = [
  [":method", "POST"],
  [":scheme", "http"],
  [":path", EXT_PROC_METHOD],
  [":authority", "sluice"],
  ["te", "trailers"],
  ["content-type", "application/grpc"],
] as const;
// HPACK (RFC 7541, section 6): a literal that enters the table, an entry of it, and the newest one's number.
const INTO_TABLE = 0x40;
const INDEXED = 0x80;
const NEWEST = 62;
const FIRST_BLOCK = Buffer.concat(CALL_HEADERS.flatMap(([name, value]) => [Buffer.of(INTO_TABLE), text(name), text(value)]));
const LATER_BLOCK = Buffer.from(CALL_HEADERS.map((_, at) => INDEXED | (NEWEST + CALL_HEADERS.length - 1 - at)));

export async function rehearsalPeer(host: string, port: number): Promise<RehearsalPeer> {
  const socket = connect({ host, port, noDelay: true });
  await once(socket, "connect");
  let stream = -1;
  let onFrame: ReadOneFrame = () => {};
  let onEnd: (error: Error) => void = () => {};
  socket.on(
    "data",
    readFrames((type, flags) => onFrame(type, flags)),
  );
  socket.on("error", (error) => onEnd(error));
  socket.on("close", () => onEnd(new Error("the connection has ended")));
  socket.write(Buffer.concat([PREFACE, anyWindow(), frame(WINDOW_UPDATE, 0, 0, uint32(MAX_WINDOW - DEFAULT_WINDOW_BYTES))]));
  return {
    call: ({ headers, body }) =>
      new Promise((resolve, reject) => {
        onEnd = reject;
        stream += 2;
        let isAsked = true;
        onFrame = (type, flags) => {
          if (type === SETTINGS && (flags & FLAG.ack) === 0) socket.write(frame(SETTINGS, FLAG.ack, 0));
          if (type === DATA && isAsked) {
            isAsked = false;
            socket.write(dataFrames(stream, body));
          }
          if (type !== HEADERS || (flags & FLAG.endStream) === 0) return;
          socket.write(frame(RST_STREAM, 0, stream, uint32(0)));
          resolve();
        };
        const block = stream === 1 ? FIRST_BLOCK : LATER_BLOCK;
        socket.write(Buffer.concat([frame(HEADERS, FLAG.endHeaders, stream, block), dataFrames(stream, headers)]));
      }),
    close() {
      onEnd = () => {};
      socket.destroy();
    },
  };
}

type ReadOneFrame = (type: number, flags: number) => void;

/** Payloads are passed over. */
function readFrames(onFrame: ReadOneFrame): (chunk: Buffer) => void {
  let cut = Buffer.alloc(0); // the header of a frame, not all of it
  let toSkip = 0;
  return (chunk) => {
    let bytes = Buffer.concat([cut, chunk]);
    cut = Buffer.alloc(0);
    for (;;) {
      const skipped = Math.min(toSkip, bytes.length);
      toSkip -= skipped;
      bytes = bytes.subarray(skipped);
      if (bytes.length < FRAME_HEADER_BYTES) break;
      toSkip = FRAME_HEADER_BYTES + uint24At(bytes, 0);
      onFrame(byteAt(bytes, 3), byteAt(bytes, 4));
    }
    cut = bytes;
  };
}

function dataFrames(stream: number, message: Uint8Array): Buffer {
  const count = Math.ceil(message.length / DEFAULT_FRAME_BYTES);
  const piece = (at: number) => message.subarray(at * DEFAULT_FRAME_BYTES, (at + 1) * DEFAULT_FRAME_BYTES);
  return Buffer.concat(Array.from({ length: count }, (_, at) => frame(DATA, 0, stream, piece(at))));
}

/** Whatever is sent fits, so no window is ever opened further. */
function anyWindow(): Buffer {
  return frame(SETTINGS, 0, 0, Buffer.concat([Buffer.of(0, SETTING.initialWindowSize), uint32(MAX_WINDOW)]));
}

function frame(type: number, flags: number, stream: number, payload: Uint8Array = Buffer.alloc(0)): Buffer {
  const bytes = Buffer.alloc(FRAME_HEADER_BYTES + payload.length);
  bytes.set(payload, writeFrameHeader(bytes, 0, payload.length, type, flags, stream));
  return bytes;
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  writeUint32(bytes, 0, value);
  return bytes;
}

function text(value: string): Buffer {
  return Buffer.concat([Buffer.of(value.length), Buffer.from(value, "latin1")]);
}
