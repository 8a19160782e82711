// A stand-in for an embedding: a text's characters in twos and threes, hashed into a vector of length 1.

const DIMENSIONS = 256;

export function ngramVector(text: string): readonly number[] {
  const vector = new Float64Array(DIMENSIONS);
  const letters = [
    ...` ${
      text
        .normalize("NFKC")
        .toLowerCase()
        .match(/[\p{L}\p{N}]+/gu)
        ?.join(" ") ?? ""
    } `,
  ];
  for (const length of [2, 3]) {
    for (let at = 0; at + length <= letters.length; at++) {
      const slot = hashOf(letters.slice(at, at + length).join("")) % DIMENSIONS;
      vector[slot] = (vector[slot] ?? 0) + 1;
    }
  }
  const norm = Math.hypot(...vector) || 1;
  return Array.from(vector, (value) => value / norm);
}

function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash >>> 0;
}
