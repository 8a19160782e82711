// What Envoy says on an ext_proc stream: one message of bytes in, one value of a closed union out. Bodies are views, headers are read on
// demand, and all that we do not act upon is stepped over.
import { type HeaderReader, HeaderSpans, readHeaderMap } from "./header-reader.ts";
import { BinaryReader, DELIMITED, type FieldReader, VARINT } from "./protobuf.ts";
import { WireError } from "./wire-error.ts";

export type { HeaderReader } from "./header-reader.ts";
export { WireError } from "./wire-error.ts";

/** How Envoy was configured to send a body. */
export type BodyMode = "none" | "streamed" | "buffered" | "buffered-partial" | "full-duplex-streamed" | "grpc";

/** The body modes are Envoy's configuration for the stream; only its first message carries them, and only from Envoy versions that know the field. */
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

const PROCESSING_REQUEST = { observabilityMode: 10, protocolConfig: 11 } as const;
const PROTOCOL_CONFIGURATION = { requestBodyMode: 1, responseBodyMode: 2 } as const;
const HTTP_HEADERS = { headers: 1, endOfStream: 3 } as const;
const HTTP_BODY = { body: 1, endOfStream: 2, endOfStreamWithoutMessage: 3 } as const;

/** The members of the `request` oneof, by field number. */
const KINDS = {
  2: "request-headers",
  3: "response-headers",
  4: "request-body",
  5: "response-body",
  6: "request-trailers",
  7: "response-trailers",
} as const;
type Kind = (typeof KINDS)[keyof typeof KINDS];

/** BodySendMode by number. A later Envoy's mode reads as undefined. */
const BODY_MODES: readonly (BodyMode | undefined)[] = ["none", "streamed", "buffered", "buffered-partial", "full-duplex-streamed", "grpc"];

/** What has been read so far. A repeated sub-message adds to it; another member of the oneof starts over. */
interface Draft {
  readonly message: Buffer;
  observabilityMode: boolean;
  requestBodyMode: BodyMode | undefined;
  responseBodyMode: BodyMode | undefined;
  kind: Kind | "unknown";
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
    readProcessingRequest(draft, new BinaryReader(message));
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
    const field = reader.getFieldNumber();
    const wireType = reader.getWireType();
    if (wireType === DELIMITED && field in KINDS) readMember(draft, KINDS[field as keyof typeof KINDS], reader);
    else if (wireType === DELIMITED && field === PROCESSING_REQUEST.protocolConfig) reader.readMessage(draft, readProtocolConfiguration);
    else if (wireType === VARINT && field === PROCESSING_REQUEST.observabilityMode) draft.observabilityMode = reader.readBool();
    else reader.skipField();
  }
}

function readMember(draft: Draft, kind: Kind, reader: FieldReader): void {
  if (draft.kind !== kind) {
    if (draft.kind !== "unknown") draft.headers = new HeaderSpans(draft.message);
    draft.kind = kind;
    draft.bodyStart = 0;
    draft.bodyEnd = 0;
    draft.endOfStream = false;
    draft.endOfStreamWithoutMessage = false;
  }
  if (kind === "request-headers" || kind === "response-headers") reader.readMessage(draft, readHttpHeaders);
  else if (kind === "request-body" || kind === "response-body") reader.readMessage(draft, readHttpBody);
  else reader.skipField();
}

function readHttpHeaders(draft: Draft, reader: FieldReader): void {
  while (reader.nextField()) {
    const field = reader.getFieldNumber();
    const wireType = reader.getWireType();
    if (field === HTTP_HEADERS.headers && wireType === DELIMITED) reader.readMessage(draft.headers, readHeaderMap);
    else if (field === HTTP_HEADERS.endOfStream && wireType === VARINT) draft.endOfStream = reader.readBool();
    else reader.skipField();
  }
}

function readHttpBody(draft: Draft, reader: FieldReader): void {
  while (reader.nextField()) {
    const field = reader.getFieldNumber();
    const wireType = reader.getWireType();
    if (field === HTTP_BODY.body && wireType === DELIMITED) {
      const length = reader.skipDelimitedField();
      draft.bodyEnd = reader.getCursor();
      draft.bodyStart = draft.bodyEnd - length;
    } else if (field === HTTP_BODY.endOfStream && wireType === VARINT) draft.endOfStream = reader.readBool();
    else if (field === HTTP_BODY.endOfStreamWithoutMessage && wireType === VARINT) draft.endOfStreamWithoutMessage = reader.readBool();
    else reader.skipField();
  }
}

/** Present but without a mode means NONE: zero is not sent. */
function readProtocolConfiguration(draft: Draft, reader: FieldReader): void {
  draft.requestBodyMode ??= "none";
  draft.responseBodyMode ??= "none";
  while (reader.nextField()) {
    const field = reader.getFieldNumber();
    const wireType = reader.getWireType();
    if (field === PROTOCOL_CONFIGURATION.requestBodyMode && wireType === VARINT) draft.requestBodyMode = BODY_MODES[reader.readEnum()];
    else if (field === PROTOCOL_CONFIGURATION.responseBodyMode && wireType === VARINT)
      draft.responseBodyMode = BODY_MODES[reader.readEnum()];
    else reader.skipField();
  }
}
