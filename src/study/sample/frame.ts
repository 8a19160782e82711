// What may be drawn, by column: how many requests each row stands for, and what tells whether it is worth a label.

export interface Frame {
  readonly count: number;
  readonly like: Float64Array; // requests that the row stands for
  readonly scores: Float64Array; // how much it asks for strong, in the policy's unit
  readonly toWeak: Uint8Array; // 1: the policy sends it to the first tier
  readonly suspects: Uint8Array; // 1: it looks misrouted
  readonly fresh: Uint8Array; // 1: of a slice that is new, or has grown
}

/** Parts of a sample. Rows belong to as many of them as they do; all of them are `uniform`. */
export interface Shares {
  readonly near: number;
  readonly uniform: number;
  readonly fresh: number;
}

/** As label budgets go: half where the policy is about to change its mind, a third of all kinds, the rest where it is blind. */
export const SHARES: Shares = { near: 0.5, uniform: 0.3, fresh: 0.2 };

/** Of a sample that begins with suspects. */
export const MOST_SUSPECTS = 0.5;

/** So much of the traffic, on both sides of the threshold together, is near it. */
export const NEAR = 0.2;

/** 1 for the rows whose rank, in requests, is nearest to that of the threshold: where as many lie below it as go to weak. */
export function nearThreshold({ count, like, scores, toWeak }: Frame): Uint8Array {
  const order = Array.from({ length: count }, (_, row) => row).toSorted((a, b) => (scores[a] ?? 0) - (scores[b] ?? 0) || a - b);
  let [all, weak] = [0, 0];
  for (let row = 0; row < count; row++) {
    all += like[row] ?? 0;
    if (toWeak[row] === 1) weak += like[row] ?? 0;
  }
  const near = new Uint8Array(count);
  const half = (NEAR / 2) * all;
  let passed = 0;
  for (const row of order) {
    const before = passed;
    passed += like[row] ?? 0;
    const isNear = Math.abs((before + passed) / 2 - weak) <= half;
    const isAtIt = before <= weak && weak <= passed;
    if (isNear || isAtIt) near[row] = 1;
  }
  return near;
}
