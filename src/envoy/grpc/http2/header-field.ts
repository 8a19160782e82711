// A header field of a request and what it means to us. Fields are classified once, when they enter HPACK's table, so that a request made
// of indexed fields costs one comparison each.
import { ATTEMPTS_METADATA } from "../transport.ts";

/** `malformed`: not allowed in an HTTP/2 request (RFC 9113, section 8.2). */
export type FieldKind =
  | "other"
  | "method"
  | "scheme"
  | "path"
  | "authority"
  | "content-length"
  | "content-type"
  | "traceparent"
  | "attempts"
  | "malformed";

export interface HeaderField {
  readonly name: string;
  readonly value: string;
  readonly kind: FieldKind;
  readonly pseudo: boolean;
  readonly bytes: number; // as HPACK and SETTINGS_MAX_HEADER_LIST_SIZE count
}

const KINDS: ReadonlyMap<string, FieldKind> = new Map([
  [":method", "method"],
  [":scheme", "scheme"],
  [":path", "path"],
  [":authority", "authority"],
  ["content-length", "content-length"],
  ["content-type", "content-type"],
  ["traceparent", "traceparent"],
  [ATTEMPTS_METADATA, "attempts"],
  ["connection", "malformed"],
  ["keep-alive", "malformed"],
  ["proxy-connection", "malformed"],
  ["transfer-encoding", "malformed"],
  ["upgrade", "malformed"],
]);

const NAME = /^:?[!#$%&'*+\-.^_`|~0-9a-z]+$/;
const LINE_BREAKING = ["\0", "\r", "\n"];
const FIELD_OVERHEAD_BYTES = 32; // RFC 7541, section 4.1

export function headerField(name: string, value: string): HeaderField {
  const pseudo = name.startsWith(":");
  return { name, value, kind: kindOf(name, value, pseudo), pseudo, bytes: name.length + value.length + FIELD_OVERHEAD_BYTES };
}

function kindOf(name: string, value: string, pseudo: boolean): FieldKind {
  if (!NAME.test(name) || LINE_BREAKING.some((char) => value.includes(char))) return "malformed";
  if (name === "te" && value !== "trailers") return "malformed";
  return KINDS.get(name) ?? (pseudo ? "malformed" : "other");
}
