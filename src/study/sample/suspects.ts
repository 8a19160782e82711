// Which requests look misrouted by what became of them: too weak, or strong for nothing. Pure.
import type { LoopRow } from "../loop/loop-row.ts";

export interface SuspectTiers {
  readonly strong: string; // the last
}

const BAD_RATING = 2;
const DEAR_USD = 0.01;
const SHORT_CHARS = 200;

/** `chars`: of all texts. FN: badly rated, or asked again, behind a tier below the last. FP: short and dear, behind the last. */
export function isSuspect({ seen, decision }: LoopRow, chars: number, { strong }: SuspectTiers): boolean {
  const tier = seen?.tier ?? decision?.tier;
  if (seen === undefined || tier === undefined) return false;
  const signals = seen.signals ?? [];
  if (tier !== strong) return (seen.rating ?? 5) <= BAD_RATING || signals.some((signal) => signal === "repeat" || signal === "low-rating");
  return signals.includes("cheap-strong") || ((seen.cost ?? 0) > DEAR_USD && chars < SHORT_CHARS);
}
