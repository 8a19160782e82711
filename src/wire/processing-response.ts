// What we say on an ext_proc stream: each function writes one ProcessingResponse. Replies that change nothing are made once.
import { BinaryWriter, type FieldWriter } from "./protobuf.ts";

/** Headers to set (replacing what is there) and to remove. Envoy removes first. */
export interface HeaderMutation {
  readonly set: readonly (readonly [name: string, value: string])[];
  readonly remove: readonly string[];
}

export interface CommonReply {
  readonly headers?: HeaderMutation;
  readonly body?: readonly Uint8Array[]; // the new body in pieces, copied once, into the message
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
const OVERWRITE_IF_EXISTS_OR_ADD = 2;

const NO_MUTATION: HeaderMutation = { set: [], remove: [] };

const UNCHANGED = {
  headers: { request: emptyReply(PROCESSING_RESPONSE.headers.request), response: emptyReply(PROCESSING_RESPONSE.headers.response) },
  body: { request: emptyReply(PROCESSING_RESPONSE.body.request), response: emptyReply(PROCESSING_RESPONSE.body.response) },
  trailers: { request: emptyReply(PROCESSING_RESPONSE.trailers.request), response: emptyReply(PROCESSING_RESPONSE.trailers.response) },
} as const;

/** The answer to headers. Without a reply: continue unchanged. */
export function encodeHeadersReply(phase: Phase, reply?: CommonReply): Uint8Array {
  return reply === undefined ? UNCHANGED.headers[phase] : encodeCommonReply(PROCESSING_RESPONSE.headers[phase], reply);
}

/** The answer to a body or a piece of one. Without a reply: continue unchanged. */
export function encodeBodyReply(phase: Phase, reply?: CommonReply): Uint8Array {
  return reply === undefined ? UNCHANGED.body[phase] : encodeCommonReply(PROCESSING_RESPONSE.body[phase], reply);
}

/** One piece of the new body in FULL_DUPLEX_STREAMED, where replies are not one to one with messages. Envoy takes at most 64 KB a piece. */
export function encodeStreamedBodyReply(phase: Phase, chunk: StreamedChunk): Uint8Array {
  const writer = new BinaryWriter();
  writer.writeMessage(PROCESSING_RESPONSE.body[phase], chunk, writeStreamedBodyReply);
  return writer.getResultBuffer();
}

export interface StreamedChunk {
  readonly body: Uint8Array;
  readonly endOfStream: boolean;
}

/** The answer to trailers: continue unchanged. */
export function encodeTrailersReply(phase: Phase): Uint8Array {
  return UNCHANGED.trailers[phase];
}

export interface ImmediateReply {
  readonly status: number; // HTTP
  readonly headers: HeaderMutation;
  readonly body: Uint8Array;
  readonly details: string; // Envoy's %RESPONSE_CODE_DETAILS%
}

/** Answers the client in place of the upstream. Nothing may follow on the stream. */
export function encodeImmediateReply(reply: ImmediateReply): Uint8Array {
  const writer = new BinaryWriter();
  writer.writeMessage(PROCESSING_RESPONSE.immediateResponse, reply, writeImmediateResponse);
  return writer.getResultBuffer();
}

function emptyReply(field: number): Uint8Array {
  const writer = new BinaryWriter();
  writer.writeMessage(field, undefined, () => {});
  return writer.getResultBuffer();
}

function encodeCommonReply(field: number, reply: CommonReply): Uint8Array {
  const writer = new BinaryWriter();
  writer.writeMessage(field, reply, writeResponseOfPhase);
  return writer.getResultBuffer();
}

function writeResponseOfPhase(reply: CommonReply, writer: FieldWriter): void {
  writer.writeMessage(RESPONSE_OF_PHASE.response, reply, writeCommonResponse);
}

/** Envoy ignores clear_route_cache in a reply without a header mutation, so an empty one goes with it. */
function writeCommonResponse(reply: CommonReply, writer: FieldWriter): void {
  const headers = reply.headers ?? (reply.clearRouteCache ? NO_MUTATION : undefined);
  if (headers !== undefined) writer.writeMessage(COMMON_RESPONSE.headerMutation, headers, writeHeaderMutation);
  if (reply.body !== undefined) writer.writeMessage(COMMON_RESPONSE.bodyMutation, reply.body, writeBodyMutation);
  if (reply.clearRouteCache) writer.writeBool(COMMON_RESPONSE.clearRouteCache, true);
}

function writeHeaderMutation(mutation: HeaderMutation, writer: FieldWriter): void {
  for (const header of mutation.set) writer.writeMessage(HEADER_MUTATION.setHeaders, header, writeHeaderValueOption);
  for (const name of mutation.remove) writer.writeString(HEADER_MUTATION.removeHeaders, name);
}

function writeHeaderValueOption(header: readonly [string, string], writer: FieldWriter): void {
  writer.writeMessage(HEADER_VALUE_OPTION.header, header, writeHeaderValue);
  writer.writeEnum(HEADER_VALUE_OPTION.appendAction, OVERWRITE_IF_EXISTS_OR_ADD);
}

/** Envoy reads `raw_value` only. A string field and a bytes field of UTF-8 are the same on the wire. */
function writeHeaderValue([name, value]: readonly [string, string], writer: FieldWriter): void {
  writer.writeString(HEADER_VALUE.key, name);
  writer.writeString(HEADER_VALUE.rawValue, value);
}

/** A bytes field and a sub-message are the same on the wire; the sub-message form takes pieces without joining them first. */
function writeBodyMutation(pieces: readonly Uint8Array[], writer: FieldWriter): void {
  writer.writeMessage(BODY_MUTATION.body, pieces, writePieces);
}

function writePieces(pieces: readonly Uint8Array[], writer: FieldWriter): void {
  for (const piece of pieces) writer.writeSerializedMessage(piece, 0, piece.length);
}

function writeStreamedBodyReply(chunk: StreamedChunk, writer: FieldWriter): void {
  writer.writeMessage(RESPONSE_OF_PHASE.response, chunk, (_, common) => {
    common.writeMessage(COMMON_RESPONSE.bodyMutation, chunk, (__, mutation) => {
      mutation.writeMessage(BODY_MUTATION.streamedResponse, chunk, writeStreamedBodyResponse);
    });
  });
}

function writeStreamedBodyResponse(chunk: StreamedChunk, writer: FieldWriter): void {
  writer.writeBytes(STREAMED_BODY_RESPONSE.body, chunk.body);
  writer.writeBool(STREAMED_BODY_RESPONSE.endOfStream, chunk.endOfStream);
}

function writeImmediateResponse(reply: ImmediateReply, writer: FieldWriter): void {
  writer.writeMessage(IMMEDIATE_RESPONSE.status, reply.status, (code, status) => status.writeEnum(HTTP_STATUS.code, code));
  writer.writeMessage(IMMEDIATE_RESPONSE.headers, reply.headers, writeHeaderMutation);
  writer.writeBytes(IMMEDIATE_RESPONSE.body, reply.body);
  writer.writeString(IMMEDIATE_RESPONSE.details, reply.details);
}
