// The last requests of which Envoy has told the end, for those who look what just happened: no text, and no more than fifty.
import { discardedUsd } from "../join/discarded.ts";
import type { Outcome } from "../join/outcome.ts";
import type { LiveRequest } from "./view.ts";

export const KEPT_REQUESTS = 50;

export interface RecentRequests {
  add(outcome: Outcome): void;
  /** The newest first. */
  list(): readonly LiveRequest[];
}

type Kept = Omit<LiveRequest, "ageSeconds"> & { readonly at: number };

/** `now`: milliseconds, monotonic. */
export function recentRequests(now: () => number): RecentRequests {
  const kept: Kept[] = []; // a ring: `next` is where the oldest stands once it is full
  let next = 0;
  return {
    add(outcome) {
      const request = requestOf(outcome, now());
      if (request === undefined) return;
      kept[next] = request;
      next = (next + 1) % KEPT_REQUESTS;
    },
    list() {
      const inOrder = [...kept.slice(next), ...kept.slice(0, next)].reverse();
      return inOrder.map(({ at, ...request }) => ({ ...request, ageSeconds: (now() - at) / 1000 }));
    },
  };
}

function requestOf({ kind, requestId, decided, served, cost, discarded }: Outcome, at: number): Kept | undefined {
  if (served === undefined) return undefined;
  return {
    at,
    requestId,
    tier: decided?.decision.tier ?? null,
    reason: decided?.decision.reason ?? kind,
    served: served.tier ?? null,
    status: served.status,
    attempts: served.attempts,
    durationMs: served.durationMs ?? null,
    inputTokens: cost?.inputTokens ?? null,
    outputTokens: cost?.outputTokens ?? null,
    costUsd: cost?.costUsd === undefined ? null : cost.costUsd + discardedUsd(discarded),
  };
}
