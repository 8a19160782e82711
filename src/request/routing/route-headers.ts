// What the request headers alone say: whether the body is worth waiting for, and how long it is.
import { formatOfPath } from "../chat/format.ts";
import type { UnroutedReason } from "./reasons.ts";

/** Content types that never hold a JSON chat. All others, and none at all, are judged by the body. */
const NEVER_JSON = /^\s*(?:multipart\/|audio\/|image\/|video\/|application\/octet-stream)/i;

export interface HeaderView {
  /** Names in lower case. */
  get(name: string): string | undefined;
}

/** Why a request with these headers is passed on without its body being read; undefined when the body is to be read. */
export function unroutableByHeaders(headers: HeaderView, maxBodyBytes: number): UnroutedReason | undefined {
  if (isUpgrade(headers)) return "upgrade";
  const encoding = headers.get("content-encoding");
  if (encoding !== undefined && encoding !== "" && encoding.toLowerCase() !== "identity") return "compressed";
  const type = headers.get("content-type");
  if (type !== undefined && NEVER_JSON.test(type)) return "not-json-type";
  if (formatOfPath(headers.get(":path")) === "other") return "not-a-chat";
  const length = contentLength(headers);
  return length !== undefined && length > maxBodyBytes ? "body-too-large" : undefined;
}

/**
 * Whether the connection is about to become another (a websocket, a tunnel): what would be its body never ends, so nothing may wait for it.
 * `h2c` is an offer that comes with ordinary requests (Java's client), and Envoy does not take it.
 */
function isUpgrade(headers: HeaderView): boolean {
  const upgrade = headers.get("upgrade");
  if (upgrade !== undefined && upgrade !== "" && upgrade.toLowerCase() !== "h2c") return true;
  return headers.get(":method") === "CONNECT";
}

/** Bytes the client announced; undefined for a chunked body. */
export function contentLength(headers: HeaderView): number | undefined {
  const text = headers.get("content-length");
  if (text === undefined || text === "") return undefined;
  const length = Number(text);
  return Number.isSafeInteger(length) && length >= 0 ? length : undefined;
}
