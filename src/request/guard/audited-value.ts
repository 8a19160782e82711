// What one audited request tells of the policy in force: how far it was wrong, on average over the draw. Its tier was drawn evenly, so an
// answer of one of T tiers stands for T of them.

export interface AuditedAnswer {
  readonly wanted: number; // the policy's tier, as an index, cheap first
  readonly taken: number;
  readonly good: number; // of the answer, 0 to 1
}

/** On average the share that the last tier would have answered well and the one wanted did not. */
export function tooWeakBy({ wanted, taken, good }: AuditedAnswer, tiers: number): number {
  if (wanted === tiers - 1) return 0;
  return taken === tiers - 1 ? tiers * good : taken === wanted ? -tiers * good : 0;
}

/** On average the share for which a stronger tier than the first was wanted and did no better: 1, less what it does better. */
export function tooStrongBy({ wanted, taken, good }: AuditedAnswer, tiers: number): number {
  if (wanted === 0) return 0;
  return taken === 0 ? 1 + tiers * good : taken === wanted ? 1 - tiers * good : 1;
}
