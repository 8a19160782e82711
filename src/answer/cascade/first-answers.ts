// First answers of requests whose second is to be compared with them, from one attempt to the next: bounded in number, size and time.
import type { Comparable } from "../agreement/agreement.ts";

/** `nothing`: it was no answer to agree with. */
export type FirstAnswer = Comparable | "nothing";

export const FIRST_BOUNDS = { answers: 10_000, bytes: 64 << 20, ms: 600_000 } as const; // the longest that a server may think (envoy.yaml)

interface Kept {
  readonly first: FirstAnswer;
  readonly bytes: number;
  readonly since: number;
}

/** Those that replicas share: a second attempt may be judged by another than the first. Nobody waits for it. */
export interface SharedFirsts {
  keep(requestId: string, first: FirstAnswer): void;
  /** It is not needed any more. */
  forget(requestId: string): void;
  /** Undefined: there is none. Never rejects. */
  take(requestId: string): Promise<FirstAnswer | undefined>;
}

export interface FirstAnswers {
  keep(requestId: string, first: FirstAnswer): void;
  knows(requestId: string): boolean;
  /** Undefined: not known. Once only. */
  take(requestId: string): FirstAnswer | undefined;
}

/** `now`: milliseconds, monotonic. */
export function firstAnswers(now: () => number, bounds: Readonly<Record<keyof typeof FIRST_BOUNDS, number>> = FIRST_BOUNDS): FirstAnswers {
  const kept = new Map<string, Kept>(); // oldest first
  let bytes = 0;

  function forget(requestId: string): Kept | undefined {
    const found = kept.get(requestId);
    kept.delete(requestId);
    bytes -= found?.bytes ?? 0;
    return found;
  }

  /** What is too old, and the oldest of too many. */
  function bound(): void {
    for (const [requestId, { since }] of kept) {
      const isOver = kept.size > bounds.answers || bytes > bounds.bytes || now() - since >= bounds.ms;
      if (!isOver) return;
      forget(requestId);
    }
  }

  return {
    keep(requestId, first) {
      forget(requestId);
      const size = sizeOf(first) + 2 * requestId.length;
      kept.set(requestId, { first, bytes: size, since: now() });
      bytes += size;
      bound();
    },
    knows: (requestId) => kept.has(requestId),
    take(requestId) {
      bound();
      return forget(requestId)?.first;
    },
  };
}

const ENTRY_BYTES = 200;

/** Of strings two bytes a character. */
function sizeOf(first: FirstAnswer): number {
  if (first === "nothing") return ENTRY_BYTES;
  const calls = first.calls.reduce((sum, { name, given }) => sum + name.length + (JSON.stringify(given)?.length ?? 0), 0);
  return ENTRY_BYTES + 2 * (first.text.length + calls);
}
