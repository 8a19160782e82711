// What happened in a period: one second of it, or the sum of many.

import type { Decision } from "../../request/routing/decision.ts";
import { isNotChat, isRefusal } from "../../request/routing/reasons.ts";
import { costUsd, type TierPrice } from "../join/cost.ts";
import { discardedUsd } from "../join/discarded.ts";
import type { Outcome, OutcomeKind } from "../join/outcome.ts";
import { addDuration, addDurations, type Durations, noDurations } from "./durations.ts";

export interface Period {
  readonly reasons: Map<string, Map<string, Reason>>; // decisions, by tier, then by reason
  readonly served: Map<string, ServedTier>;
  readonly outcomes: Record<OutcomeKind, number>;
  fallbacks: number;
  serverErrors: number; // responses of 5xx, requests without any, and answers that failed behind a good status
  costUsd: number;
  priced: number; // chats with tokens of a tier that has a price; the next: of one without
  unpriced: number;
  discarded: number; // answers that a cascade threw away, and, in US dollars, what they cost: it is in `costUsd`
  discardedUsd: number;
  savedUsd: number; // against the dearest tier's price for the same tokens
}

export interface Reason {
  readonly tier: string;
  readonly reason: string;
  count: number;
}

export interface ServedTier {
  count: number;
  errors: number; // as `serverErrors`
  inputTokens: number;
  outputTokens: number;
  readonly firstByte: Durations;
  readonly duration: Durations;
}

export function emptyPeriod(): Period {
  const outcomes = { joined: 0, elsewhere: 0, unrouted: 0, unknown: 0 };
  return {
    reasons: new Map(),
    served: new Map(),
    outcomes,
    fallbacks: 0,
    serverErrors: 0,
    costUsd: 0,
    priced: 0,
    unpriced: 0,
    discarded: 0,
    discardedUsd: 0,
    savedUsd: 0,
  };
}

/** On the request path. */
export function addDecision(period: Period, { tier, reason }: Decision): void {
  reasonOf(period, tier, reason).count++;
}

/** `dearest`: what the last tier costs. What another process decided is counted, and in no other figure. */
export function addOutcome(period: Period, { kind, served, isChat, failure, cost, discarded }: Outcome, dearest?: TierPrice): void {
  period.outcomes[kind]++;
  if (kind === "elsewhere") return;
  const wastedUsd = discardedUsd(discarded);
  period.costUsd += (cost?.costUsd ?? 0) + wastedUsd;
  period.discarded += discarded?.length ?? 0;
  period.discardedUsd += wastedUsd;
  if (cost?.isPriced) period.priced++;
  else if (cost !== undefined) period.unpriced++;
  const atDearest = cost?.costUsd === undefined || dearest === undefined ? undefined : costUsd(cost, dearest);
  if (atDearest !== undefined) period.savedUsd += atDearest - (cost?.costUsd ?? 0) - wastedUsd;
  if (served === undefined) return;
  if (served.fellBack) period.fallbacks++;
  const failed = served.status === 0 || served.status >= 500 || failure !== undefined;
  if (failed) period.serverErrors++;
  if (served.tier === undefined || !isChat) return;
  const tier = servedTierOf(period, served.tier);
  tier.count++;
  if (failed) tier.errors++;
  tier.inputTokens += cost?.inputTokens ?? 0;
  tier.outputTokens += cost?.outputTokens ?? 0;
  if (served.firstByteMs !== undefined) addDuration(tier.firstByte, served.firstByteMs);
  if (served.durationMs !== undefined) addDuration(tier.duration, served.durationMs);
}

export function addPeriod(to: Period, from: Period): void {
  for (const { tier, reason, count } of reasonsOf(from)) reasonOf(to, tier, reason).count += count;
  for (const [name, tier] of from.served) {
    const sum = servedTierOf(to, name);
    sum.count += tier.count;
    sum.errors += tier.errors;
    sum.inputTokens += tier.inputTokens;
    sum.outputTokens += tier.outputTokens;
    addDurations(sum.firstByte, tier.firstByte);
    addDurations(sum.duration, tier.duration);
  }
  for (const kind of Object.keys(from.outcomes) as OutcomeKind[]) to.outcomes[kind] += from.outcomes[kind];
  to.fallbacks += from.fallbacks;
  to.serverErrors += from.serverErrors;
  to.costUsd += from.costUsd;
  to.discarded += from.discarded;
  to.discardedUsd += from.discardedUsd;
  to.priced += from.priced;
  to.unpriced += from.unpriced;
  to.savedUsd += from.savedUsd;
}

export function* reasonsOf({ reasons }: Period): Generator<Reason> {
  for (const ofTier of reasons.values()) yield* ofTier.values();
}

/** Of chats, to this tier: where one was refused, none was asked. */
export function decidedFor(period: Period, tier: string): number {
  return countWhere(period, (each) => each.tier === tier && !isNotChat(each.reason) && !isRefusal(each.reason));
}

export function decidedChats(period: Period): number {
  return countWhere(period, ({ reason }) => !isNotChat(reason));
}

export function notChats(period: Period): number {
  return countWhere(period, ({ reason }) => isNotChat(reason));
}

export function refusedChats(period: Period): number {
  return countWhere(period, ({ reason }) => isRefusal(reason));
}

function countWhere(period: Period, counts: (reason: Reason) => boolean): number {
  let count = 0;
  for (const each of reasonsOf(period)) if (counts(each)) count += each.count;
  return count;
}

/** Tiers and reasons come from the configuration and the policies, so there are few. */
function reasonOf({ reasons }: Period, tier: string, reason: string): Reason {
  let ofTier = reasons.get(tier);
  if (ofTier === undefined) {
    ofTier = new Map();
    reasons.set(tier, ofTier);
  }
  let known = ofTier.get(reason);
  if (known === undefined) {
    known = { tier, reason, count: 0 };
    ofTier.set(reason, known);
  }
  return known;
}

function servedTierOf({ served }: Period, name: string): ServedTier {
  let known = served.get(name);
  if (known === undefined) {
    known = { count: 0, errors: 0, inputTokens: 0, outputTokens: 0, firstByte: noDurations(), duration: noDurations() };
    served.set(name, known);
  }
  return known;
}
