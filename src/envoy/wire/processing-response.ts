// What we say on an ext_proc stream: each function writes one ProcessingResponse. Replies that change nothing are made once.
import { FIELD_OVERHEAD, MessageWriter, textBound } from "./message-writer.ts";

/** Headers to set (replacing what is there) and to remove. Envoy removes first. */
export interface HeaderMutation {
  readonly set: readonly (readonly [name: string, value: string])[];
  readonly remove: readonly string[];
}

export interface CommonReply {
  readonly headers?: HeaderMutation;
  readonly body?: readonly Uint8Array[]; // the new body in pieces
  readonly clearRouteCache: boolean;
}

export type Phase = "request" | "response";

const PROCESSING_RESPONSE = {
  headers: { request: 1, response: 2 },
  body: { request: 3, response: 4 },
  trailers: { request: 5, response: 6 },
  immediateResponse: 7,
} as const;
const RESPONSE_OF_PHASE = { response: 1 } as const; // HeadersResponse and BodyResponse alike
const COMMON_RESPONSE = { headerMutation: 2, bodyMutation: 3, clearRouteCache: 5 } as const;
const HEADER_MUTATION = { setHeaders: 1, removeHeaders: 2 } as const;
const HEADER_VALUE_OPTION = { header: 1, appendAction: 3 } as const;
const HEADER_VALUE = { key: 1, rawValue: 3 } as const;
const BODY_MUTATION = { body: 1, streamedResponse: 3 } as const;
const STREAMED_BODY_RESPONSE = { body: 1, endOfStream: 2 } as const;
const IMMEDIATE_RESPONSE = { status: 1, headers: 2, body: 3, details: 5 } as const;
const HTTP_STATUS = { code: 1 } as const;
/** No message nests or fills more fields than this, headers and their parts apart. */
const MESSAGE_OVERHEAD = 8 * FIELD_OVERHEAD;
const OVERWRITE_IF_EXISTS_OR_ADD = 2;

const NO_MUTATION: HeaderMutation = { set: [], remove: [] };

const UNCHANGED = {
  headers: { request: emptyReply(PROCESSING_RESPONSE.headers.request), response: emptyReply(PROCESSING_RESPONSE.headers.response) },
  body: { request: emptyReply(PROCESSING_RESPONSE.body.request), response: emptyReply(PROCESSING_RESPONSE.body.response) },
  trailers: { request: emptyReply(PROCESSING_RESPONSE.trailers.request), response: emptyReply(PROCESSING_RESPONSE.trailers.response) },
} as const;

/** The reply to headers. Without a reply: continue unchanged. */
export function encodeHeadersReply(phase: Phase, reply?: CommonReply): Uint8Array {
  return reply === undefined ? UNCHANGED.headers[phase] : encodeCommonReply(PROCESSING_RESPONSE.headers[phase], reply);
}

/** The reply to a body or a piece of one. Without a reply: continue unchanged. */
export function encodeBodyReply(phase: Phase, reply?: CommonReply): Uint8Array {
  return reply === undefined ? UNCHANGED.body[phase] : encodeCommonReply(PROCESSING_RESPONSE.body[phase], reply);
}

/** The reply to a body that changes it, in parts: those of the new body as they are given, so that a large one is not copied. */
export function bodyReplyInParts(phase: Phase, reply: CommonReply & { readonly body: readonly Uint8Array[] }): readonly Uint8Array[] {
  const { body, ...rest } = reply;
  const writer = writerFor(rest);
  writeCommonReply(writer, PROCESSING_RESPONSE.body[phase], reply, () => writer.elsewhere(totalBytes(body)));
  const [front, back] = writer.parts();
  return [front, ...body, back];
}

export interface StreamedChunk {
  readonly body: Uint8Array;
  readonly endOfStream: boolean;
}

/** One piece of the new body in FULL_DUPLEX_STREAMED, where replies are not one to one with messages. Envoy takes at most 64 KB a piece. */
export function encodeStreamedBodyReply(phase: Phase, chunk: StreamedChunk): Uint8Array {
  const writer = new MessageWriter(MESSAGE_OVERHEAD + chunk.body.length);
  const end = writer.position;
  if (chunk.endOfStream) writer.varint(STREAMED_BODY_RESPONSE.endOfStream, 1);
  writeBytes(writer, STREAMED_BODY_RESPONSE.body, [chunk.body]);
  writer.message(BODY_MUTATION.streamedResponse, end);
  writer.message(COMMON_RESPONSE.bodyMutation, end);
  writer.message(RESPONSE_OF_PHASE.response, end);
  writer.message(PROCESSING_RESPONSE.body[phase], end);
  return writer.result();
}

/** The reply to trailers: continue unchanged. */
export function encodeTrailersReply(phase: Phase): Uint8Array {
  return UNCHANGED.trailers[phase];
}

export interface ImmediateReply {
  readonly status: number; // HTTP
  readonly headers: HeaderMutation;
  readonly body: Uint8Array;
  readonly details: string; // Envoy's %RESPONSE_CODE_DETAILS%
}

/** A reply to the client in place of the model server's answer. Nothing may follow on the stream. */
export function encodeImmediateReply(reply: ImmediateReply): Uint8Array {
  return immediateReply(reply, reply.body.length, (writer) => writer.raw(reply.body)).result();
}

/** The same in parts: the body as it is given, so that it is not copied. */
export function immediateReplyInParts(reply: ImmediateReply): readonly Uint8Array[] {
  const [front, back] = immediateReply(reply, 0, (writer) => writer.elsewhere(reply.body.length)).parts();
  return [front, reply.body, back];
}

function immediateReply(
  { status, headers, details }: ImmediateReply,
  room: number,
  putBody: (writer: MessageWriter) => void,
): MessageWriter {
  const writer = new MessageWriter(MESSAGE_OVERHEAD + headerMutationBound(headers) + room + textBound(details));
  const end = writer.position;
  writer.text(IMMEDIATE_RESPONSE.details, details);
  const bodyEnd = writer.position;
  putBody(writer);
  writer.message(IMMEDIATE_RESPONSE.body, bodyEnd);
  writeHeaderMutation(writer, IMMEDIATE_RESPONSE.headers, headers);
  const statusEnd = writer.position;
  writer.varint(HTTP_STATUS.code, status);
  writer.message(IMMEDIATE_RESPONSE.status, statusEnd);
  writer.message(PROCESSING_RESPONSE.immediateResponse, end);
  return writer;
}

function emptyReply(field: number): Uint8Array {
  const writer = new MessageWriter(FIELD_OVERHEAD);
  writer.message(field, writer.position);
  return writer.result();
}

function encodeCommonReply(field: number, reply: CommonReply): Uint8Array {
  const writer = writerFor(reply);
  writeCommonReply(writer, field, reply, (body) => writePieces(writer, body));
  return writer.result();
}

function writerFor({ headers, body }: Partial<CommonReply>): MessageWriter {
  const [ofHeaders, ofBody] = [headers === undefined ? 0 : headerMutationBound(headers), body === undefined ? 0 : totalBytes(body)];
  return new MessageWriter(MESSAGE_OVERHEAD + ofHeaders + ofBody);
}

/** Envoy ignores clear_route_cache in a reply without a header mutation, so an empty one goes with it. */
function writeCommonReply(writer: MessageWriter, field: number, reply: CommonReply, putBody: (body: readonly Uint8Array[]) => void): void {
  const headers = reply.headers ?? (reply.clearRouteCache ? NO_MUTATION : undefined);
  const end = writer.position;
  if (reply.clearRouteCache) writer.varint(COMMON_RESPONSE.clearRouteCache, 1);
  if (reply.body !== undefined) {
    const bodyEnd = writer.position;
    putBody(reply.body);
    writer.message(BODY_MUTATION.body, bodyEnd);
    writer.message(COMMON_RESPONSE.bodyMutation, bodyEnd);
  }
  if (headers !== undefined) writeHeaderMutation(writer, COMMON_RESPONSE.headerMutation, headers);
  writer.message(RESPONSE_OF_PHASE.response, end);
  writer.message(field, end);
}

function writePieces(writer: MessageWriter, pieces: readonly Uint8Array[]): void {
  for (const piece of pieces.toReversed()) writer.raw(piece);
}

function writeBytes(writer: MessageWriter, field: number, pieces: readonly Uint8Array[]): void {
  const end = writer.position;
  writePieces(writer, pieces);
  writer.message(field, end);
}

/** Envoy reads `raw_value` only; text and bytes of UTF-8 are the same on the wire. */
function writeHeaderMutation(writer: MessageWriter, field: number, mutation: HeaderMutation): void {
  const end = writer.position;
  for (const name of mutation.remove.toReversed()) writer.text(HEADER_MUTATION.removeHeaders, name);
  for (const [name, value] of mutation.set.toReversed()) {
    const optionEnd = writer.position;
    writer.varint(HEADER_VALUE_OPTION.appendAction, OVERWRITE_IF_EXISTS_OR_ADD);
    const headerEnd = writer.position;
    writer.text(HEADER_VALUE.rawValue, value);
    writer.text(HEADER_VALUE.key, name);
    writer.message(HEADER_VALUE_OPTION.header, headerEnd);
    writer.message(HEADER_MUTATION.setHeaders, optionEnd);
  }
  writer.message(field, end);
}

function headerMutationBound(mutation: HeaderMutation): number {
  let bound = 0;
  for (const [name, value] of mutation.set) bound += textBound(name) + textBound(value) + 3 * FIELD_OVERHEAD;
  for (const name of mutation.remove) bound += textBound(name);
  return bound;
}

function totalBytes(pieces: readonly Uint8Array[]): number {
  let total = 0;
  for (const piece of pieces) total += piece.length;
  return total;
}
