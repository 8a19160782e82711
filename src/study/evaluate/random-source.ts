// A small seeded generator of random numbers, so that the same data and seed give the same intervals everywhere.

/** Uniform in [0, 1), in steps of 2^-32: Marsaglia's xorshift, its output multiplied to break up its linear steps. */
export function randomSource(seed: number): () => number {
  let state = Math.imul(seed ^ 0x5bd1e995, 0x9e3779b1) | 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (Math.imul(state, 0x2c9277b5) >>> 0) / 4_294_967_296;
  };
}

/** Draws as many rows as there are, with replacement: how often each was drawn. */
export function drawRows(random: () => number, times: Uint8Array): void {
  times.fill(0);
  const rows = times.length;
  for (let drawn = 0; drawn < rows; drawn++) {
    const row = Math.floor(random() * rows);
    times[row] = (times[row] ?? 0) + 1;
  }
}
