// What Envoy's gRPC access log says: one message of bytes in, the finished HTTP requests in it out.
import { type AccessLogEntry, type EntryDraft, finishedEntry, newEntry, readEntry } from "./access-log-entry.ts";
import { delimited, FieldReader, readText } from "./protobuf.ts";
import { WireError } from "./wire-error.ts";

export type { AccessLogEntry } from "./access-log-entry.ts";

export interface AccessLogMessage {
  readonly logName?: string | undefined; // of the stream: only its first message says it
  readonly nodeId?: string | undefined; // the Envoy that speaks: likewise
  readonly entries: readonly AccessLogEntry[];
  /** Of each entry, two: where in the message it begins and ends, so that it can be handed on as it came (`decodeAccessLogEntry`). */
  readonly spans: readonly number[];
}

const MESSAGE = { identifier: delimited(1), httpLogs: delimited(2), tcpLogs: delimited(3) } as const;
const IDENTIFIER = { node: delimited(1), logName: delimited(2) } as const;
const NODE = { id: delimited(1) } as const;
const HTTP_LOGS = { logEntry: delimited(1) } as const;

interface Draft {
  logName: string | undefined;
  nodeId: string | undefined;
  entries: EntryDraft[];
  spans: number[];
}

/** Decodes one StreamAccessLogsMessage. TCP logs are left out. Throws WireError on malformed bytes, never anything else. */
export function decodeAccessLogMessage(message: Uint8Array): AccessLogMessage {
  const draft: Draft = { logName: undefined, nodeId: undefined, entries: [], spans: [] };
  try {
    readMessage(draft, new FieldReader(message));
  } catch (cause) {
    throw new WireError("StreamAccessLogsMessage", cause);
  }
  return { logName: draft.logName, nodeId: draft.nodeId, entries: draft.entries.map(finishedEntry), spans: draft.spans };
}

/** Decodes one entry from its span of a message. Throws WireError where it is none. */
export function decodeAccessLogEntry(bytes: Uint8Array): AccessLogEntry {
  const draft: Draft = { logName: undefined, nodeId: undefined, entries: [], spans: [] };
  try {
    readHttpLogs(draft, new FieldReader(bytes));
  } catch (cause) {
    throw new WireError("HTTPAccessLogEntry", cause);
  }
  const [entry] = draft.entries;
  if (entry === undefined) throw new WireError("HTTPAccessLogEntry", new Error("no entry"));
  return finishedEntry(entry);
}

function readMessage(draft: Draft, reader: FieldReader): void {
  while (reader.nextField()) {
    switch (reader.tag) {
      case MESSAGE.identifier:
        reader.readMessage(draft, readIdentifier);
        break;
      case MESSAGE.httpLogs:
        reader.readMessage(draft, readHttpLogs);
        break;
      case MESSAGE.tcpLogs: // excludes http_logs: the last one sent counts
        draft.entries = [];
        draft.spans = [];
        reader.skipField();
        break;
      default:
        reader.skipField();
    }
  }
}

function readIdentifier(draft: Draft, reader: FieldReader): void {
  while (reader.nextField()) {
    switch (reader.tag) {
      case IDENTIFIER.node:
        reader.readMessage(draft, readNode);
        break;
      case IDENTIFIER.logName:
        draft.logName = readText(reader);
        break;
      default:
        reader.skipField();
    }
  }
}

function readNode(draft: Draft, reader: FieldReader): void {
  while (reader.nextField()) {
    if (reader.tag === NODE.id) draft.nodeId = readText(reader);
    else reader.skipField();
  }
}

function readHttpLogs({ entries, spans }: Draft, reader: FieldReader): void {
  for (let from = reader.cursor; reader.nextField(); from = reader.cursor) {
    if (reader.tag !== HTTP_LOGS.logEntry) {
      reader.skipField();
      continue;
    }
    entries.push(reader.readMessage(newEntry(), readEntry));
    spans.push(from, reader.cursor);
  }
}
