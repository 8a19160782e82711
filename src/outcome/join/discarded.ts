// What an answer cost that nobody got: a cascade threw it away, and its server is paid for it all the same.
import type { Judged, ThrownAway } from "../../answer/cascade/cascade.ts";
import type { Measured } from "../../request/routing/routing.ts";
import { costUsd, type TierPrice } from "./cost.ts";

export interface Discarded {
  readonly tier: string; // whose answer it was
  readonly reason: string; // the check that spoke against it
  readonly basis: "exact" | "estimated";
  readonly inputTokens: number;
  readonly outputTokens: number; // made by the time it was thrown away
  readonly costUsd: number | undefined; // undefined: a price is not known
}

/** What a process that judged an answer tells the one that decided its request, so that it is counted there as here. */
export type ThrownAnswer = Pick<Judged, "tier" | "reason" | "thrownAway">;

const BYTES_PER_TOKEN = 4;

/** `measured`: of its request, where this process decided it. Undefined: it was not thrown away. */
export function discardedOf(judged: ThrownAnswer, measured: Measured | undefined, price: TierPrice | undefined): Discarded | undefined {
  const { tier, reason = "", thrownAway } = judged;
  if (thrownAway === undefined) return undefined;
  const { usage, knowsOutput } = thrownAway.reading;
  const isExact = usage !== undefined && knowsOutput;
  const inputTokens = usage?.inputTokens ?? measured?.inputTokens ?? 0;
  const outputTokens = isExact ? usage.outputTokens : Math.max(usage?.outputTokens ?? 0, tokensIn(thrownAway));
  const { cachedInputTokens = 0, cacheWriteTokens = 0 } = usage ?? {};
  const usd = price && costUsd({ inputTokens, cachedInputTokens, cacheWriteTokens, outputTokens }, price);
  return { tier, reason, basis: isExact ? "exact" : "estimated", inputTokens, outputTokens, costUsd: usd };
}

/** An event carries about a token. */
function tokensIn({ events, bytes }: ThrownAway): number {
  return events ?? Math.round(bytes / BYTES_PER_TOKEN);
}

/** US dollars for all of them that have a price. */
export function discardedUsd(discarded: readonly Discarded[] | undefined): number {
  return discarded === undefined ? 0 : discarded.reduce((sum, { costUsd: usd }) => sum + (usd ?? 0), 0);
}
