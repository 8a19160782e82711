// Keeps the worst misroutes of a policy while rows are read: the missed ones that cost the most quality, and those sent up for nothing.
import type { Misroute } from "./result.ts";

const KEPT = 20;

export interface Candidate {
  readonly kind: Misroute["kind"];
  readonly row: number;
  readonly loss: number; // of quality
  readonly score: number;
}

export interface Told {
  readonly place: string;
  readonly excerpt: string;
  readonly reason: string;
}

type Kept = Candidate & Told;

export class WorstMisroutes {
  readonly #missed: Kept[] = []; // worst first, as is the next
  readonly #needless: Kept[] = [];

  /** `tell` is asked only for what is kept. */
  offer(candidate: Candidate, tell: () => Told): void {
    const list = candidate.kind === "FN" ? this.#missed : this.#needless;
    const last = list.at(-1);
    if (list.length === KEPT && last !== undefined && !isWorse(candidate, last)) return;
    const behind = list.findIndex((kept) => isWorse(candidate, kept));
    list.splice(behind < 0 ? list.length : behind, 0, { ...candidate, ...tell() });
    list.length = Math.min(list.length, KEPT);
  }

  /** Half of either kind, more of one where the other has fewer. */
  list(): readonly Misroute[] {
    const missed = Math.max(KEPT / 2, KEPT - this.#needless.length);
    const shown = this.#missed.slice(0, missed);
    return [...shown, ...this.#needless.slice(0, KEPT - shown.length)].map(({ row: _, ...misroute }) => misroute);
  }
}

/** By loss, then by how sure the policy was; equals are spread over the file, else its first rows would stand for all. */
function isWorse(a: Candidate, b: Candidate): boolean {
  if (a.loss !== b.loss) return a.loss > b.loss;
  if (a.score !== b.score) return a.kind === "FN" ? a.score < b.score : a.score > b.score;
  return spread(a.row) < spread(b.row);
}

function spread(row: number): number {
  return Math.imul(row + 1, 0x9e3779b1) >>> 0;
}
