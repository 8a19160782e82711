// What an embedding server's answer says: vectors, brought to length 1, and the tokens that they cost.

export interface SaidVectors {
  readonly vectors: readonly Float32Array[]; // in the order of the texts
  readonly tokens: number; // 0: not said
}

interface Said {
  readonly data?: readonly { readonly embedding?: unknown; readonly index?: unknown }[];
  readonly usage?: { readonly prompt_tokens?: unknown };
}

const MOST_DIMENSIONS = 8192;

/** To so many texts. `length`: of each vector, where that is known. Throws an Error that says what is not as it should be. */
export function saidVectors(text: string, texts: number, length: number | undefined): SaidVectors {
  const { data, usage } = JSON.parse(text) as Said;
  if (!Array.isArray(data) || data.length !== texts) throw new Error(NOT_ASKED_FOR);
  const ordered = data.every(({ index }) => typeof index === "number") ? data.toSorted((a, b) => Number(a.index) - Number(b.index)) : data;
  const vectors = ordered.map(({ embedding }) => unitVector(embedding, length));
  const tokens = usage?.prompt_tokens;
  return { vectors, tokens: typeof tokens === "number" && tokens > 0 ? tokens : 0 };
}

const NOT_ASKED_FOR = "an answer without the vector asked for";

function unitVector(given: unknown, expected: number | undefined): Float32Array {
  if (!Array.isArray(given) || given.length === 0 || given.length > MOST_DIMENSIONS) throw new Error(NOT_ASKED_FOR);
  if (expected !== undefined && given.length !== expected) throw new Error(`a vector of ${given.length} numbers, not of ${expected}`);
  const vector = Float32Array.from(given as readonly unknown[], Number);
  const length = Math.hypot(...vector);
  if (!Number.isFinite(length) || length === 0) throw new Error(NOT_ASKED_FOR);
  return vector.map((part) => part / length);
}
