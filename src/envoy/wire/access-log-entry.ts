// One finished HTTP request in Envoy's gRPC access log, reduced to what outcomes are made of.
import { delimited, type FieldReader, readText, varint } from "./protobuf.ts";
import { readRecurringText } from "./recurring-text.ts";
import { readResponseFlags } from "./response-flags.ts";
import { hostAndPort, readAddress, type SocketAddress } from "./socket-address.ts";
import { milliseconds, readTime, type Time } from "./time.ts";

/** Times other than the start count from the start; one is absent when what it measures never happened. */
export interface AccessLogEntry {
  readonly requestId: string; // x-request-id: what a decision is joined by
  readonly streamId: string;
  readonly method?: string | undefined; // absent when it is none of HTTP's own
  readonly path: string;
  readonly requestHeaders: ReadonlyMap<string, string>; // those Envoy was told to log, as the last filter left them
  readonly requestBodyBytes: number;
  readonly responseCode: number; // 0 when no response was sent
  readonly responseCodeDetails: string;
  readonly responseBodyBytes: number;
  readonly responseHeaders: ReadonlyMap<string, string>; // those Envoy was told to log
  readonly upstreamCluster: string; // of a composite or aggregate cluster: the one within that served
  readonly upstreamRemoteAddress: string; // ip:port, or "" when there was none
  readonly responseFlags: readonly string[]; // short names of those set: UF, URX
  readonly attempts: number;
  readonly startTimeMs: number; // since the epoch
  readonly timeToFirstUpstreamRxByteMs?: number | undefined;
  readonly timeToFirstDownstreamTxByteMs?: number | undefined;
  readonly timeToLastDownstreamTxByteMs?: number | undefined;
  readonly durationMs?: number | undefined;
}

const HTTP_ENTRY = { commonProperties: delimited(1), request: delimited(3), response: delimited(4) } as const;
const COMMON_PROPERTIES = {
  startTime: delimited(5),
  timeToFirstUpstreamRxByte: delimited(9),
  timeToFirstDownstreamTxByte: delimited(11),
  timeToLastDownstreamTxByte: delimited(12),
  upstreamRemoteAddress: delimited(13),
  upstreamCluster: delimited(15),
  responseFlags: delimited(16),
  duration: delimited(23),
  upstreamRequestAttemptCount: varint(24),
  streamId: delimited(26),
} as const;
const REQUEST = {
  requestMethod: varint(1),
  path: delimited(5),
  requestId: delimited(9),
  requestBodyBytes: varint(12),
  requestHeaders: delimited(13),
} as const;
const RESPONSE = {
  responseCode: delimited(1),
  responseBodyBytes: varint(3),
  responseHeaders: delimited(4),
  responseCodeDetails: delimited(6),
} as const;
const UINT32_VALUE = { value: varint(1) } as const;
const MAP_ENTRY = { key: delimited(1), value: delimited(2) } as const;

/** RequestMethod by number; 0 is "unspecified". */
const METHODS: readonly (string | undefined)[] = [
  undefined,
  "GET",
  "HEAD",
  "POST",
  "PUT",
  "DELETE",
  "CONNECT",
  "OPTIONS",
  "TRACE",
  "PATCH",
];

/** An entry while it is read: a repeated sub-message adds to it. */
export interface EntryDraft {
  requestId: string;
  streamId: string;
  method: string | undefined;
  path: string;
  readonly requestHeaders: Map<string, string>;
  requestBodyBytes: number;
  responseCode: number;
  responseCodeDetails: string;
  responseBodyBytes: number;
  readonly responseHeaders: Map<string, string>;
  upstreamCluster: string;
  readonly upstreamRemoteAddress: SocketAddress;
  readonly responseFlags: Set<string>;
  attempts: number;
  startTime: Time | undefined;
  timeToFirstUpstreamRxByte: Time | undefined;
  timeToFirstDownstreamTxByte: Time | undefined;
  timeToLastDownstreamTxByte: Time | undefined;
  duration: Time | undefined;
}

export function newEntry(): EntryDraft {
  return {
    requestId: "",
    streamId: "",
    method: undefined,
    path: "",
    requestHeaders: new Map(),
    requestBodyBytes: 0,
    responseCode: 0,
    responseCodeDetails: "",
    responseBodyBytes: 0,
    responseHeaders: new Map(),
    upstreamCluster: "",
    upstreamRemoteAddress: { address: "", port: 0 },
    responseFlags: new Set(),
    attempts: 0,
    startTime: undefined,
    timeToFirstUpstreamRxByte: undefined,
    timeToFirstDownstreamTxByte: undefined,
    timeToLastDownstreamTxByte: undefined,
    duration: undefined,
  };
}

export function finishedEntry(draft: EntryDraft): AccessLogEntry {
  return {
    requestId: draft.requestId,
    streamId: draft.streamId,
    method: draft.method,
    path: draft.path,
    requestHeaders: draft.requestHeaders,
    requestBodyBytes: draft.requestBodyBytes,
    responseCode: draft.responseCode,
    responseCodeDetails: draft.responseCodeDetails,
    responseBodyBytes: draft.responseBodyBytes,
    responseHeaders: draft.responseHeaders,
    upstreamCluster: draft.upstreamCluster,
    upstreamRemoteAddress: hostAndPort(draft.upstreamRemoteAddress),
    responseFlags: [...draft.responseFlags],
    attempts: draft.attempts,
    startTimeMs: draft.startTime === undefined ? 0 : milliseconds(draft.startTime),
    timeToFirstUpstreamRxByteMs: draft.timeToFirstUpstreamRxByte && milliseconds(draft.timeToFirstUpstreamRxByte),
    timeToFirstDownstreamTxByteMs: draft.timeToFirstDownstreamTxByte && milliseconds(draft.timeToFirstDownstreamTxByte),
    timeToLastDownstreamTxByteMs: draft.timeToLastDownstreamTxByte && milliseconds(draft.timeToLastDownstreamTxByte),
    durationMs: draft.duration && milliseconds(draft.duration),
  };
}

/** Reads one HTTPAccessLogEntry. */
export function readEntry(into: EntryDraft, reader: FieldReader): void {
  while (reader.nextField()) {
    switch (reader.tag) {
      case HTTP_ENTRY.commonProperties:
        reader.readMessage(into, readCommonProperties);
        break;
      case HTTP_ENTRY.request:
        reader.readMessage(into, readRequest);
        break;
      case HTTP_ENTRY.response:
        reader.readMessage(into, readResponse);
        break;
      default:
        reader.skipField();
    }
  }
}

function readCommonProperties(into: EntryDraft, reader: FieldReader): void {
  while (reader.nextField()) {
    switch (reader.tag) {
      case COMMON_PROPERTIES.startTime:
        into.startTime = readTime(into.startTime, reader);
        break;
      case COMMON_PROPERTIES.timeToFirstUpstreamRxByte:
        into.timeToFirstUpstreamRxByte = readTime(into.timeToFirstUpstreamRxByte, reader);
        break;
      case COMMON_PROPERTIES.timeToFirstDownstreamTxByte:
        into.timeToFirstDownstreamTxByte = readTime(into.timeToFirstDownstreamTxByte, reader);
        break;
      case COMMON_PROPERTIES.timeToLastDownstreamTxByte:
        into.timeToLastDownstreamTxByte = readTime(into.timeToLastDownstreamTxByte, reader);
        break;
      case COMMON_PROPERTIES.upstreamRemoteAddress:
        reader.readMessage(into.upstreamRemoteAddress, readAddress);
        break;
      case COMMON_PROPERTIES.upstreamCluster:
        into.upstreamCluster = readRecurringText(reader);
        break;
      case COMMON_PROPERTIES.responseFlags:
        reader.readMessage(into.responseFlags, readResponseFlags);
        break;
      case COMMON_PROPERTIES.duration:
        into.duration = readTime(into.duration, reader);
        break;
      case COMMON_PROPERTIES.upstreamRequestAttemptCount:
        into.attempts = reader.readUint32();
        break;
      case COMMON_PROPERTIES.streamId:
        into.streamId = readText(reader);
        break;
      default:
        reader.skipField();
    }
  }
}

function readRequest(into: EntryDraft, reader: FieldReader): void {
  while (reader.nextField()) {
    switch (reader.tag) {
      case REQUEST.requestMethod:
        into.method = METHODS[reader.readEnum()];
        break;
      case REQUEST.path:
        into.path = readRecurringText(reader);
        break;
      case REQUEST.requestId:
        into.requestId = readText(reader);
        break;
      case REQUEST.requestBodyBytes:
        into.requestBodyBytes = reader.readUint64();
        break;
      case REQUEST.requestHeaders:
        readHeader(into.requestHeaders, reader);
        break;
      default:
        reader.skipField();
    }
  }
}

function readResponse(into: EntryDraft, reader: FieldReader): void {
  while (reader.nextField()) {
    switch (reader.tag) {
      case RESPONSE.responseCode:
        reader.readMessage(into, readResponseCode);
        break;
      case RESPONSE.responseBodyBytes:
        into.responseBodyBytes = reader.readUint64();
        break;
      case RESPONSE.responseHeaders:
        readHeader(into.responseHeaders, reader);
        break;
      case RESPONSE.responseCodeDetails:
        into.responseCodeDetails = readRecurringText(reader);
        break;
      default:
        reader.skipField();
    }
  }
}

/** A UInt32Value: a wrapper, so that "none" differs from 0. No HTTP status is 0, so the difference is of no use here. */
function readResponseCode(into: EntryDraft, reader: FieldReader): void {
  while (reader.nextField()) {
    if (reader.tag === UINT32_VALUE.value) into.responseCode = reader.readUint32();
    else reader.skipField();
  }
}

function readHeader(into: Map<string, string>, reader: FieldReader): void {
  const { key, value } = reader.readMessage({ key: "", value: "" }, readMapEntry);
  into.set(key, value);
}

function readMapEntry(into: { key: string; value: string }, reader: FieldReader): void {
  while (reader.nextField()) {
    switch (reader.tag) {
      case MAP_ENTRY.key:
        into.key = readRecurringText(reader);
        break;
      case MAP_ENTRY.value:
        into.value = readRecurringText(reader);
        break;
      default:
        reader.skipField();
    }
  }
}
