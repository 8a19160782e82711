// How long an answer may be held before its client gets it: a stream so many bytes, tokens and milliseconds, any other until it is whole.

export interface HoldSettings {
  readonly bytes: number; // of a stream, as are the next two
  readonly tokens: number; // an event each
  readonly ms: number; // from the answer's headers on
}

/** Of an answer that does not stream: its client waits for the whole anyway. A larger one passes. */
export const MAX_WHOLE_BYTES = 1 << 20;

export interface Hold {
  /** Undefined: until it is whole. */
  readonly ms: number | undefined;
  /** False: it may be held no longer. */
  holds(piece: Uint8Array): boolean;
  readonly bytes: number; // held so far
  readonly events: number | undefined; // likewise, of a stream
}

export function holdOf({ bytes: maxBytes, tokens, ms }: HoldSettings, contentType: string): Hold {
  const events = contentType.startsWith("text/event-stream") ? eventCount() : undefined;
  const most = events === undefined ? MAX_WHOLE_BYTES : maxBytes;
  let bytes = 0;
  return {
    ms: events === undefined ? undefined : ms,
    holds(piece) {
      bytes += piece.length;
      const hasTokens = events === undefined || events.count(piece) < tokens;
      return hasTokens && bytes < most;
    },
    get bytes() {
      return bytes;
    },
    get events() {
      return events?.counted;
    },
  };
}

const LF = 10;
const CR = 13;

/** Events end with an empty line. */
function eventCount() {
  let counted = 0;
  let isLineEmpty = false;
  return {
    count(piece: Uint8Array): number {
      for (const byte of piece) {
        if (byte === CR) continue;
        if (byte !== LF) isLineEmpty = false;
        else if (isLineEmpty) [isLineEmpty, counted] = [false, counted + 1];
        else isLineEmpty = true;
      }
      return counted;
    },
    get counted() {
      return counted;
    },
  };
}
