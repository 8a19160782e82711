// Tokens that a model server says it used, read from its answer as it streams by: JSON or server-sent events, of OpenAI's and Anthropic's
// interfaces, cut anywhere. Nothing of the answer is kept but the end of a piece and the usage object itself.

export interface Usage {
  readonly inputTokens: number; // those read from or written to the server's prompt cache included
  readonly cachedInputTokens: number; // of these, read from the cache
  readonly outputTokens: number;
}

export interface UsageReader {
  push(piece: Uint8Array): void;
  /** What has been said so far; undefined: nothing. */
  usage(): Usage | undefined;
}

/**
 * The name with its quotes. Inside a JSON string a quote has a backslash in front, so these bytes are never part of the model's own words;
 * as a string value they have no colon behind.
 */
const NAME = Buffer.from('"usage"');
const MAX_OBJECT_BYTES = 4096;

const [QUOTE, BACKSLASH, COLON, OPEN, CLOSE] = [0x22, 0x5c, 0x3a, 0x7b, 0x7d];

type Phase = "seeking" | "before-colon" | "before-object" | "in-object";

export function usageReader(): UsageReader {
  let found: Partial<Record<string, number>> = {};
  let phase: Phase = "seeking";
  let tail = Buffer.alloc(0); // of the last piece: what may be the front of the name
  let object: number[] = [];
  let depth = 0;
  let inString = false;

  const finish = (): void => {
    found = { ...found, ...numbersOf(Buffer.from(object).toString()) };
    phase = "seeking";
  };

  const insideObject = (byte: number): void => {
    object.push(byte);
    if (inString) {
      if (byte === QUOTE && object.at(-2) !== BACKSLASH) inString = false;
    } else if (byte === QUOTE) inString = true;
    else if (byte === OPEN) depth++;
    else if (byte === CLOSE && --depth === 0) return finish();
    if (object.length > MAX_OBJECT_BYTES) phase = "seeking";
  };

  const step = (byte: number): void => {
    if (phase === "in-object") return insideObject(byte);
    if (isSpace(byte)) return;
    if (phase === "before-colon" && byte === COLON) phase = "before-object";
    else if (phase === "before-object" && byte === OPEN) {
      [object, depth, inString, phase] = [[byte], 1, false, "in-object"];
    } else phase = "seeking"; // null, as every event but the last says, or no name after all
  };

  return {
    push(piece) {
      let bytes = Buffer.from(piece.buffer, piece.byteOffset, piece.length);
      if (phase === "seeking" && tail.length > 0) bytes = Buffer.concat([tail, bytes]);
      for (let at = 0; at < bytes.length; ) {
        if (phase !== "seeking") {
          step(bytes[at++] ?? 0);
          continue;
        }
        const next = bytes.indexOf(NAME, at);
        if (next < 0) break;
        phase = "before-colon";
        at = next + NAME.length;
      }
      tail = phase === "seeking" ? Buffer.from(bytes.subarray(Math.max(0, bytes.length - NAME.length + 1))) : Buffer.alloc(0);
    },
    usage: () => usageOf(found),
  };
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

/** The object's counts by name, those one level down included; nothing where it is not JSON. */
function numbersOf(json: string): Record<string, number> {
  const counts: Record<string, number> = {};
  const collect = (value: unknown): void => {
    for (const [name, inner] of Object.entries(value ?? {})) {
      if (typeof inner === "number") counts[name] = inner;
      else if (typeof inner === "object") collect(inner);
    }
  };
  try {
    collect(JSON.parse(json));
  } catch {
    return {};
  }
  return counts;
}

/**
 * OpenAI: `prompt_tokens` and `completion_tokens`, or `input_tokens` and `output_tokens`, cached ones included and told by `cached_tokens`.
 * Anthropic: `input_tokens` without what was written to or read from the cache; its stream says the input first, the output at the end.
 */
function usageOf(counts: Partial<Record<string, number>>): Usage | undefined {
  const input = counts["prompt_tokens"] ?? counts["input_tokens"];
  const output = counts["completion_tokens"] ?? counts["output_tokens"];
  if (input === undefined && output === undefined) return undefined;
  const read = counts["cache_read_input_tokens"];
  const beside = (read ?? 0) + (counts["cache_creation_input_tokens"] ?? 0);
  return { inputTokens: (input ?? 0) + beside, cachedInputTokens: counts["cached_tokens"] ?? read ?? 0, outputTokens: output ?? 0 };
}
