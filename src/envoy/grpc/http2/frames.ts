// HTTP/2's frames on the wire (RFC 9113, sections 4, 6 and 7): types, flags, error codes, and the nine bytes in front of each.

export const DATA = 0;
export const HEADERS = 1;
export const PRIORITY = 2;
export const RST_STREAM = 3;
export const SETTINGS = 4;
export const PUSH_PROMISE = 5;
export const PING = 6;
export const GOAWAY = 7;
export const WINDOW_UPDATE = 8;
export const CONTINUATION = 9;

export const FLAG = { endStream: 1, ack: 1, endHeaders: 4, padded: 8, priority: 32 } as const;

export const ERROR_CODE = {
  none: 0,
  protocol: 1,
  internal: 2,
  flowControl: 3,
  streamClosed: 5,
  frameSize: 6,
  refusedStream: 7,
  compression: 9,
  enhanceYourCalm: 11,
} as const;
export type ErrorCode = (typeof ERROR_CODE)[keyof typeof ERROR_CODE];

export const SETTING = { enablePush: 2, maxConcurrentStreams: 3, initialWindowSize: 4, maxFrameSize: 5, maxHeaderListSize: 6 } as const;

export const PREFACE = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
export const FRAME_HEADER_BYTES = 9;
/** The largest window, and the mask of a 31-bit number whose first bit is reserved. */
export const MAX_WINDOW = 0x7fffffff;
/** What holds for either side until its SETTINGS say otherwise. */
export const DEFAULT_WINDOW_BYTES = 65_535;
export const DEFAULT_FRAME_BYTES = 16_384;

/** The peer broke the protocol, or asked for too much: the connection ends with GOAWAY and this code. */
export class ConnectionError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string) {
    super(message);
    this.name = "ConnectionError";
    this.code = code;
  }
}

/** What every frame of a type must have. */
export function checkForm(rightStream: boolean, rightSize: boolean): void {
  if (!rightStream) throw new ConnectionError(ERROR_CODE.protocol, "a frame on the wrong stream");
  if (!rightSize) throw new ConnectionError(ERROR_CODE.frameSize, "a frame of the wrong size");
}

/** Callers have checked that the bytes are there. */
export function byteAt(bytes: Uint8Array, at: number): number {
  return bytes[at] ?? 0;
}

export function uint24At(bytes: Uint8Array, at: number): number {
  return (byteAt(bytes, at) << 16) | (byteAt(bytes, at + 1) << 8) | byteAt(bytes, at + 2);
}

/** Stream ids and window increments: the first bit is reserved and ignored. */
export function uint31At(bytes: Uint8Array, at: number): number {
  return ((byteAt(bytes, at) & 0x7f) << 24) | uint24At(bytes, at + 1);
}

export function uint32At(bytes: Uint8Array, at: number): number {
  return ((byteAt(bytes, at) << 24) | uint24At(bytes, at + 1)) >>> 0;
}

/** Returns where the payload goes. */
export function writeFrameHeader(into: Uint8Array, at: number, length: number, type: number, flags: number, streamId: number): number {
  into[at] = length >>> 16;
  into[at + 1] = length >>> 8;
  into[at + 2] = length;
  into[at + 3] = type;
  into[at + 4] = flags;
  return writeUint32(into, at + 5, streamId);
}

/** Returns where the next byte goes. */
export function writeUint32(into: Uint8Array, at: number, value: number): number {
  into[at] = value >>> 24;
  into[at + 1] = value >>> 16;
  into[at + 2] = value >>> 8;
  into[at + 3] = value;
  return at + 4;
}
