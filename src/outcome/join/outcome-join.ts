// Joins each access log entry with the decision it belongs to, by request id. What waits is bounded in number and in age, and whatever does
// not fit is counted as what it is: unknown, late, elsewhere, twice.

import type { Reading } from "../../answer/answer-reader.ts";
import { gotCachedAnswer } from "../../envoy/extproc/cached-answers.ts";
import { gotLimitRefusal } from "../../envoy/extproc/refusals.ts";
import type { AccessLogEntry } from "../../envoy/wire/access-log.ts";
import { type Decision, POLICY_HEADER, REASON_HEADER, TIER_HEADER } from "../../request/routing/decision.ts";
import { isNotChat } from "../../request/routing/reasons.ts";
import { answerFailure } from "./answer-end.ts";
import { costOf, NOTHING_SPENT, type TierPrice } from "./cost.ts";
import type { Discarded } from "./discarded.ts";
import { wasChat } from "./is-chat.ts";
import type { Decided, Outcome, OutcomeKind } from "./outcome.ts";
import { servedOf } from "./served.ts";

export interface OutcomeJoinSettings {
  readonly maxWaiting: number; // decisions
  readonly maxWaitingUnlogged: number; // the same, as long as no entry has ever come: there may be no access log
  readonly maxAgeMs: number; // how long a decision waits for its entry
  readonly now: () => number; // milliseconds, monotonic
  readonly tierOf: (cluster: string) => string | undefined;
  readonly isJudgedElsewhere: boolean; // other processes may judge the answers to what is decided here
  readonly priceOf: (tier: string) => TierPrice | undefined;
  readonly onOutcome: (outcome: Outcome) => void;
  /** `duplicate`: an entry of a request that has its outcome; `late`: of one that was given up as unknown. Neither gives an outcome. */
  readonly onIgnored: (why: "duplicate" | "late") => void;
}

export interface OutcomeJoin {
  decided(requestId: string, decided: Decided): void;
  /** It was decided here, or has its outcome from here: its entry belongs here. */
  knows(requestId: string): boolean;
  /** Of a request whose entry has not come: the tier that is to serve it. */
  tierOf(requestId: string): string | undefined;
  /** Likewise, what was decided for it. */
  decidedOf(requestId: string): Decided | undefined;
  /** Likewise: an answer to it was thrown away. */
  discarded(requestId: string, discarded: Discarded): void;
  /** `reading`: what the answer says, where it was read. */
  entry(entry: AccessLogEntry, reading?: Reading): void;
  /** Gives up decisions that have waited too long. To be called now and then. */
  expire(): void;
  /** Gives up all of them: nothing more will come. */
  close(): void;
  readonly waiting: number;
  readonly hasEntries: boolean; // an entry has come
}

interface Waiting {
  readonly decided: Decided;
  readonly discarded: Discarded[] | undefined; // of a cascade's request
  readonly since: number; // milliseconds
}

/**
 * Decisions wait in the order they were made, so the oldest is always first. As many as may wait without a log were given up, and still no
 * entry has come: then none waits, until one comes. To have each wait in vain took a tenth of all that is done for a small request.
 */
export function outcomeJoin(settings: OutcomeJoinSettings): OutcomeJoin {
  const { maxAgeMs, now, onOutcome, onIgnored } = settings;
  let maxWaiting = Math.min(settings.maxWaiting, settings.maxWaitingUnlogged);
  let hasEntries = false;
  let unlogged = 0; // given up before any entry came
  const waiting = new Map<string, Waiting>();
  const finished = recentIds(() => maxWaiting);
  const givenUp = recentIds(() => maxWaiting);

  const nobodyLogs = (): boolean => !hasEntries && unlogged >= settings.maxWaitingUnlogged;

  const giveUp = (requestId: string, { decided }: Waiting): void => {
    waiting.delete(requestId);
    if (!hasEntries) unlogged++;
    givenUp.add(requestId);
    onOutcome(unknownOutcome(requestId, decided));
  };

  /** One at a time, so that the end of the waiting is no pause. */
  const giveUpOldest = (): void => {
    const { value } = waiting.entries().next();
    if (value !== undefined) giveUp(...value);
  };

  const giveUpWhile = (isDue: (oldest: Waiting) => boolean): void => {
    for (const [requestId, oldest] of waiting) {
      if (!isDue(oldest)) return;
      giveUp(requestId, oldest);
    }
  };

  return {
    decided(requestId, decided) {
      if (nobodyLogs()) {
        giveUpOldest();
        return onOutcome(unknownOutcome(requestId, decided));
      }
      const before = waiting.get(requestId);
      if (before !== undefined) giveUp(requestId, before); // a client's own id, used twice at the same time
      waiting.set(requestId, { decided, discarded: decided.decision.cascade && [], since: now() });
      if (waiting.size > maxWaiting) giveUpWhile(() => waiting.size > maxWaiting);
    },
    knows: (requestId) => waiting.has(requestId) || finished.has(requestId) || givenUp.has(requestId),
    tierOf: (requestId) => waiting.get(requestId)?.decided.decision.tier,
    decidedOf: (requestId) => waiting.get(requestId)?.decided,
    discarded: (requestId, discarded) => addOnce(waiting.get(requestId)?.discarded, discarded),
    entry(entry, reading) {
      maxWaiting = settings.maxWaiting;
      hasEntries = true;
      const { requestId } = entry;
      const known = waiting.get(requestId);
      if (known === undefined && finished.has(requestId)) return onIgnored("duplicate");
      if (known === undefined && givenUp.has(requestId)) return onIgnored("late");
      waiting.delete(requestId);
      finished.add(requestId);
      onOutcome(outcomeOf(entry, known, reading, settings));
    },
    expire() {
      const due = now() - maxAgeMs;
      giveUpWhile(({ since }) => since <= due);
    },
    close: () => giveUpWhile(() => true),
    get waiting() {
      return waiting.size;
    },
    get hasEntries() {
      return hasEntries;
    },
  };
}

function unknownOutcome(requestId: string, decided: Decided): Outcome {
  const isChat = !isNotChat(decided.decision.reason);
  return { kind: "unknown", requestId, decided, served: undefined, isChat, failure: undefined, model: undefined, cost: undefined };
}

/** Of each tier one is thrown away: one that another process tells twice is one. */
function addOnce(before: Discarded[] | undefined, discarded: Discarded): void {
  if (before?.some(({ tier }) => tier === discarded.tier) === false) before.push(discarded);
}

type Naming = Pick<OutcomeJoinSettings, "tierOf" | "priceOf" | "isJudgedElsewhere">;

const OK = 200;

/** `known`: what was decided here. */
function outcomeOf(entry: AccessLogEntry, known: Waiting | undefined, reading: Reading | undefined, naming: Naming): Outcome {
  const { tierOf, priceOf, isJudgedElsewhere } = naming;
  const applied = wasApplied(entry, known !== undefined);
  const decided = applied ? (known?.decided ?? loggedDecision(entry.requestHeaders)) : undefined;
  const kind = kindOf(entry, decided, known !== undefined);
  const discarded = known?.discarded?.length ? known.discarded : undefined;
  const escalatedTo = discarded !== undefined || isJudgedElsewhere ? decided?.decision.cascade : undefined;
  const served = servedOf(entry, { decided: decided?.decision.tier, escalatedTo }, tierOf);
  const price = served.tier === undefined ? undefined : priceOf(served.tier);
  const isChat = wasChat(entry, decided);
  const failure = isChat ? answerFailure(served, reading) : undefined;
  const bad = isChat && served.status === OK ? reading?.bad : undefined;
  // Whoever reaches the port could send entries with a tier in their headers: only what was decided here, or by nobody, costs.
  const cost =
    decided?.decision.cached !== undefined
      ? NOTHING_SPENT
      : isChat && kind !== "elsewhere"
        ? costOf(served, decided?.measured, reading, failure, price)
        : undefined;
  return { kind, requestId: entry.requestId, decided, served, isChat, failure, bad, model: reading?.model, discarded, cost };
}

/**
 * A decision that came too late for Envoy left no header; one that refused leaves none either. Where Envoy logs no headers at all, a
 * decision made here counts as applied.
 */
function wasApplied({ requestHeaders, responseCodeDetails }: AccessLogEntry, decidedHere: boolean): boolean {
  return requestHeaders.has(TIER_HEADER) || (decidedHere && (requestHeaders.size === 0 || isOurs(responseCodeDetails)));
}

/** The client was answered from here. */
function isOurs(responseCodeDetails: string): boolean {
  return gotLimitRefusal(responseCodeDetails) || gotCachedAnswer(responseCodeDetails);
}

/** Nobody's decision is in the log where another process refused the request. */
function kindOf({ responseCodeDetails }: AccessLogEntry, decided: Decided | undefined, decidedHere: boolean): OutcomeKind {
  if (decided === undefined) return isOurs(responseCodeDetails) ? "elsewhere" : "unrouted";
  return decidedHere ? "joined" : "elsewhere";
}

/** What the request's own headers say was decided, where Envoy logs them. */
function loggedDecision(headers: ReadonlyMap<string, string>): Decided | undefined {
  const [tier, policy, reason] = [headers.get(TIER_HEADER), headers.get(POLICY_HEADER), headers.get(REASON_HEADER)];
  if (tier === undefined || policy === undefined || reason === undefined) return undefined;
  const colon = reason.indexOf(":");
  const decision: Decision =
    colon < 0 ? { tier, policy, reason } : { tier, policy, reason: reason.slice(0, colon), detail: decoded(reason.slice(colon + 1)) };
  return { decision, measured: undefined };
}

function decoded(detail: string): string {
  try {
    return decodeURIComponent(detail);
  } catch {
    return detail;
  }
}

interface RecentIds {
  add(id: string): void;
  has(id: string): boolean;
}

/** Remembers the last `count` ids at least, twice as many at most. */
function recentIds(count: () => number): RecentIds {
  let newer = new Set<string>();
  let older = new Set<string>();
  return {
    add(id) {
      newer.add(id);
      if (newer.size >= count()) [older, newer] = [newer, new Set()];
    },
    has: (id) => newer.has(id) || older.has(id),
  };
}
