// What Envoy says on an ext_proc stream: one message of bytes in, one value of a closed union out. Bodies are views, headers are read on
// demand, and all that we do not act upon is stepped over.
import { type HeaderReader, HeaderSpans, readHeaderMap } from "./header-reader.ts";
import { contentStart, delimited, FieldReader, varint } from "./protobuf.ts";
import { WireError } from "./wire-error.ts";

export type { HeaderReader } from "./header-reader.ts";
export { WireError } from "./wire-error.ts";

/** How Envoy was configured to send a body. */
export type BodyMode = "none" | "streamed" | "buffered" | "buffered-partial" | "full-duplex-streamed" | "grpc";

/** The body modes are how Envoy is configured: in the first message of a stream, from Envoys that know the field. */
export type ProcessingRequest = {
  readonly observabilityMode: boolean;
  readonly requestBodyMode?: BodyMode | undefined;
  readonly responseBodyMode?: BodyMode | undefined;
} & (
  | { readonly kind: "request-headers" | "response-headers"; readonly headers: HeaderReader; readonly endOfStream: boolean }
  | {
      readonly kind: "request-body" | "response-body";
      readonly body: Uint8Array; // a view into the message
      readonly endOfStream: boolean;
      readonly endOfStreamWithoutMessage: boolean;
    }
  | { readonly kind: "request-trailers" | "response-trailers" }
  | { readonly kind: "unknown" }
);

const PROCESSING_REQUEST = {
  requestHeaders: delimited(2),
  responseHeaders: delimited(3),
  requestBody: delimited(4),
  responseBody: delimited(5),
  requestTrailers: delimited(6),
  responseTrailers: delimited(7),
  observabilityMode: varint(10),
  protocolConfig: delimited(11),
} as const;
const PROTOCOL_CONFIGURATION = { requestBodyMode: varint(1), responseBodyMode: varint(2) } as const;
const HTTP_HEADERS = { headers: delimited(1), endOfStream: varint(3) } as const;
const HTTP_BODY = { body: delimited(1), endOfStream: varint(2), endOfStreamWithoutMessage: varint(3) } as const;

/** BodySendMode by number. A later Envoy's mode reads as undefined. */
const BODY_MODES: readonly (BodyMode | undefined)[] = ["none", "streamed", "buffered", "buffered-partial", "full-duplex-streamed", "grpc"];

/** What has been read so far. A repeated sub-message adds to it; another member of the oneof starts over. */
interface Draft {
  readonly message: Buffer;
  observabilityMode: boolean;
  hasProtocolConfig: boolean;
  requestBodyMode: BodyMode | undefined;
  responseBodyMode: BodyMode | undefined;
  kind: ProcessingRequest["kind"];
  headers: HeaderSpans;
  bodyStart: number;
  bodyEnd: number;
  endOfStream: boolean;
  endOfStreamWithoutMessage: boolean;
}

/** Decodes one ProcessingRequest. The value keeps views into `message`. Throws WireError on malformed bytes, never anything else. */
export function decodeProcessingRequest(message: Uint8Array): ProcessingRequest {
  const bytes = Buffer.from(message.buffer, message.byteOffset, message.byteLength);
  const draft: Draft = {
    message: bytes,
    observabilityMode: false,
    hasProtocolConfig: false,
    requestBodyMode: undefined,
    responseBodyMode: undefined,
    kind: "unknown",
    headers: new HeaderSpans(bytes),
    bodyStart: 0,
    bodyEnd: 0,
    endOfStream: false,
    endOfStreamWithoutMessage: false,
  };
  try {
    readProcessingRequest(draft, new FieldReader(message));
  } catch (cause) {
    throw new WireError("ProcessingRequest", cause);
  }
  return finished(draft);
}

function finished(draft: Draft): ProcessingRequest {
  const { kind, observabilityMode, requestBodyMode, responseBodyMode } = draft;
  switch (kind) {
    case "request-headers":
    case "response-headers":
      return { kind, observabilityMode, requestBodyMode, responseBodyMode, headers: draft.headers, endOfStream: draft.endOfStream };
    case "request-body":
    case "response-body":
      return {
        kind,
        observabilityMode,
        requestBodyMode,
        responseBodyMode,
        body: draft.message.subarray(draft.bodyStart, draft.bodyEnd),
        endOfStream: draft.endOfStream,
        endOfStreamWithoutMessage: draft.endOfStreamWithoutMessage,
      };
    default:
      return { kind, observabilityMode, requestBodyMode, responseBodyMode };
  }
}

function readProcessingRequest(draft: Draft, reader: FieldReader): void {
  while (reader.nextField()) {
    switch (reader.tag) {
      case PROCESSING_REQUEST.requestHeaders:
        reader.readMessage(become(draft, "request-headers"), readHttpHeaders);
        break;
      case PROCESSING_REQUEST.responseHeaders:
        reader.readMessage(become(draft, "response-headers"), readHttpHeaders);
        break;
      case PROCESSING_REQUEST.requestBody:
        reader.readMessage(become(draft, "request-body"), readHttpBody);
        break;
      case PROCESSING_REQUEST.responseBody:
        reader.readMessage(become(draft, "response-body"), readHttpBody);
        break;
      case PROCESSING_REQUEST.requestTrailers:
        become(draft, "request-trailers");
        reader.skipField();
        break;
      case PROCESSING_REQUEST.responseTrailers:
        become(draft, "response-trailers");
        reader.skipField();
        break;
      case PROCESSING_REQUEST.observabilityMode:
        draft.observabilityMode = reader.readBool();
        break;
      case PROCESSING_REQUEST.protocolConfig:
        reader.readMessage(draft, readProtocolConfiguration);
        break;
      default:
        reader.skipField();
    }
  }
}

/** The same member of the oneof again is merged with what is there; another one replaces it. */
function become(draft: Draft, kind: ProcessingRequest["kind"]): Draft {
  if (draft.kind === kind) return draft;
  if (draft.kind !== "unknown") draft.headers = new HeaderSpans(draft.message);
  draft.kind = kind;
  draft.bodyStart = 0;
  draft.bodyEnd = 0;
  draft.endOfStream = false;
  draft.endOfStreamWithoutMessage = false;
  return draft;
}

function readHttpHeaders(draft: Draft, reader: FieldReader): void {
  while (reader.nextField()) {
    switch (reader.tag) {
      case HTTP_HEADERS.headers:
        reader.readMessage(draft.headers, readHeaderMap);
        break;
      case HTTP_HEADERS.endOfStream:
        draft.endOfStream = reader.readBool();
        break;
      default:
        reader.skipField();
    }
  }
}

function readHttpBody(draft: Draft, reader: FieldReader): void {
  while (reader.nextField()) {
    switch (reader.tag) {
      case HTTP_BODY.body:
        draft.bodyStart = contentStart(reader);
        draft.bodyEnd = reader.cursor;
        break;
      case HTTP_BODY.endOfStream:
        draft.endOfStream = reader.readBool();
        break;
      case HTTP_BODY.endOfStreamWithoutMessage:
        draft.endOfStreamWithoutMessage = reader.readBool();
        break;
      default:
        reader.skipField();
    }
  }
}

/** Present but without a mode means NONE: zero is not sent. */
function readProtocolConfiguration(draft: Draft, reader: FieldReader): void {
  if (!draft.hasProtocolConfig) {
    draft.hasProtocolConfig = true;
    draft.requestBodyMode = "none";
    draft.responseBodyMode = "none";
  }
  while (reader.nextField()) {
    switch (reader.tag) {
      case PROTOCOL_CONFIGURATION.requestBodyMode:
        draft.requestBodyMode = BODY_MODES[reader.readEnum()];
        break;
      case PROTOCOL_CONFIGURATION.responseBodyMode:
        draft.responseBodyMode = BODY_MODES[reader.readEnum()];
        break;
      default:
        reader.skipField();
    }
  }
}
