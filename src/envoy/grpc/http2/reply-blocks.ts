// The header blocks we answer with. None refers to HPACK's dynamic table, so no state is kept for what we send, and the usual ones are
// made once.
import { GRPC_OK } from "../transport.ts";

const STATUS_200 = [0x88]; // static entry 8
const STATUS_NAME = 8;
const ALLOW_NAME = 22;
const CONTENT_TYPE_NAME = 31;
const NEVER_INDEXED = 0x10;
const PREFIX_4_BITS = 15;
const MAX_SHORT = 126; // lengths above take more than one byte
const MAX_DETAILS_BYTES = 1024;

/** `:status: 200, content-type: application/grpc`. */
export const GRPC_HEAD = block(STATUS_200, indexedName(CONTENT_TYPE_NAME, "application/grpc"));
export const OK_TRAILERS = grpcStatus(GRPC_OK, "");
/** Head and trailers in one, where nothing was sent between. */
export const OK_AT_ONCE = Buffer.concat([GRPC_HEAD, OK_TRAILERS]);

/** What is told to clients that do not speak gRPC. */
export interface PlainReply {
  readonly head: Buffer;
  readonly text: Buffer;
}

export const METHOD_NOT_ALLOWED = plain("405", "gRPC is POST\n", indexedName(ALLOW_NAME, "POST"));
export const UNSUPPORTED_MEDIA_TYPE = plain("415", "content-type must be application/grpc\n");

/** Trailers. Details are percent-encoded as gRPC has it, and cut where they are too long for a header. */
export function grpcStatus(status: number, details: string): Buffer {
  const code = literal("grpc-status", String(status));
  return details === "" ? block(code) : block(code, literal("grpc-message", percentEncoded(details)));
}

function percentEncoded(details: string): string {
  let text = "";
  for (const byte of Buffer.from(details, "utf8")) {
    const part =
      byte >= 0x20 && byte <= 0x7e && byte !== 0x25 ? String.fromCharCode(byte) : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
    if (text.length + part.length > MAX_DETAILS_BYTES) break;
    text += part;
  }
  return text;
}

function plain(status: string, text: string, ...fields: number[][]): PlainReply {
  return {
    head: block(indexedName(STATUS_NAME, status), indexedName(CONTENT_TYPE_NAME, "text/plain"), ...fields),
    text: Buffer.from(text),
  };
}

function block(...fields: number[][]): Buffer {
  return Buffer.from(fields.flat());
}

/** A name of the static table, as its index. */
function indexedName(index: number, value: string): number[] {
  const name = index < PREFIX_4_BITS ? [NEVER_INDEXED | index] : [NEVER_INDEXED | PREFIX_4_BITS, index - PREFIX_4_BITS];
  return [...name, ...string(value)];
}

function literal(name: string, value: string): number[] {
  return [NEVER_INDEXED, ...string(name), ...string(value)];
}

function string(text: string): number[] {
  const bytes = [...Buffer.from(text, "latin1")];
  if (bytes.length <= MAX_SHORT) return [bytes.length, ...bytes];
  const length = [127];
  let rest = bytes.length - 127;
  for (; rest > 127; rest >>>= 7) length.push((rest & 127) | 128);
  return [...length, rest, ...bytes];
}
