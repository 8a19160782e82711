// Outcomes of all requests of one process: decisions go in on one side, access log entries on the other; each outcome is counted and
// handed to whoever wants it. Gives up by the clock what Envoy never reports.

import { answerReader, type Reading } from "../../answer/answer-reader.ts";
import type { Judged } from "../../answer/cascade/cascade.ts";
import type { AnswerJudges } from "../../answer/checks/judge.ts";
import type { AnswerReader } from "../../envoy/extproc/followed-answers.ts";
import type { AccessLogEntry } from "../../envoy/wire/access-log.ts";
import type { DecidedRequest } from "../../request/routing/decided-request.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import { answerKeys, type Learns, servedKeys } from "./answer-keys.ts";
import { checkedReader } from "./checked-reader.ts";
import type { TierPrice } from "./cost.ts";
import { discardedOf } from "./discarded.ts";
import type { Outcome } from "./outcome.ts";
import { type OutcomeJoin, outcomeJoin } from "./outcome-join.ts";
import { promptBudget } from "./prompt-budget.ts";
import { readingJoin } from "./reading-join.ts";
import { servedBy } from "./served.ts";
import { type ServingTier, tierFinder } from "./serving-tier.ts";
import { type ReadElsewhere, sharedReadings } from "./shared-readings.ts";
import { parseTraceparent } from "./traceparent.ts";

export interface OutcomesSettings {
  readonly maxWaiting: number; // decisions
  readonly maxWaitMs: number;
  readonly tiers: () => readonly ServingTier[]; // of the configuration in force
  readonly learned: Learns; // learns which tiers gave out what
  readonly metrics: Metrics;
  readonly checks?: () => AnswerJudges | undefined; // that answers which are read are looked at with; undefined: none
  readonly onOutcome: (outcome: Outcome) => void;
  readonly elsewhere?: ReadElsewhere | undefined; // told of answers that are read here and were decided for by another process
}

export interface Outcomes {
  knows(requestId: string): boolean;
  /** What siblings read; of requests that are not known here, nothing is kept. */
  readonly readElsewhere: ReadElsewhere;
  decided(request: DecidedRequest): void;
  /** The request's answer is about to be read, for what it says of tokens and of its end. */
  read(requestId: string): AnswerReader;
  /** An answer was judged on its way. */
  judged(judged: Judged): void;
  entry(entry: AccessLogEntry): void;
  /** Whether Envoy's access log reaches this process: an entry has come. */
  isHeard(): boolean;
  close(): void;
}

const EXPIRY_MS = 1000;
/** Envoy opens its access log with the first request that ends: by then, this many may be decided. Without a log it is all that is kept. */
const MAX_WAITING_UNLOGGED = 4096;
/** Of all prompts that wait for their outcome, in UTF-16 code units: 64 MB at most. */
const MAX_PROMPTS_LENGTH = 32 << 20;
/** Of two connections on one machine, one is not much later than the other, unless the machine is busy: then it was over a second. */
const ENTRY_WAIT_MS = 3000;

export function createOutcomes({
  maxWaiting,
  maxWaitMs,
  tiers,
  learned,
  metrics,
  checks,
  onOutcome,
  elsewhere,
}: OutcomesSettings): Outcomes {
  const tierOf = tierFinder(tiers);
  const priceOf = (name: string) => tiers().find((tier) => tier.name === name)?.price;
  const prompts = promptBudget(MAX_PROMPTS_LENGTH);
  const join = outcomeJoin({
    maxWaiting,
    maxWaitingUnlogged: MAX_WAITING_UNLOGGED,
    maxAgeMs: maxWaitMs,
    now: () => performance.now(),
    tierOf,
    isJudgedElsewhere: elsewhere !== undefined,
    priceOf,
    onIgnored: metrics.accessLogIgnored,
    onOutcome(outcome) {
      countOutcome(metrics, outcome);
      prompts.release(outcome.decided?.made?.prompt);
      onOutcome(outcome);
    },
  });
  const readings = readingJoin({
    maxWaiting,
    maxEntryAgeMs: ENTRY_WAIT_MS,
    maxReadingAgeMs: maxWaitMs,
    now: () => performance.now(),
    onEntry(entry, reading) {
      servedKeys(learned, reading, tierOf(servedBy(entry)));
      join.entry(entry, reading);
    },
  });
  const timer = setInterval(() => {
    readings.expire();
    join.expire();
    metrics.outcomesWait(join.waiting);
  }, EXPIRY_MS);
  timer.unref();
  const shared = sharedReadings(readings, join.knows, elsewhere);
  return {
    knows: join.knows,
    readElsewhere: {
      ...shared.fromSiblings,
      discarded(requestId, thrown) {
        const discarded = discardedOf(thrown, join.decidedOf(requestId)?.measured, priceOf(thrown.tier));
        if (discarded !== undefined) join.discarded(requestId, discarded);
      },
    },
    decided({ requestId, decision, measured, bodyBytes, decisionMs, traceparent, prompt }) {
      if (requestId === undefined) return;
      const made = { atMs: Date.now(), tookMs: decisionMs, bodyBytes, traceparent, prompt: prompts.keep(prompt) };
      join.decided(requestId, { decision, measured, made });
    },
    read(requestId) {
      const looked = checks?.();
      const reader = looked === undefined ? answerReader() : checkedReader(looked);
      const keys = answerKeys(learned, join.tierOf(requestId));
      const tell = shared.begin(requestId, () => telling(reader.finish("left")));
      return {
        piece(bytes) {
          reader.push(bytes);
          keys.reading(reader.keys);
        },
        ended: () => tell(telling(reader.finish("seen"))),
        cutOff: () => tell(telling(reader.finish("left"))),
      };
    },
    judged: (judged) => countJudged(judged, { metrics, join, priceOf, elsewhere }),
    entry: shared.entry,
    isHeard: () => join.hasEntries,
    close() {
      clearInterval(timer);
      shared.close();
      readings.close();
      join.close();
    },
  };
}

const NONE = "none";

interface JudgedDeps {
  readonly metrics: Metrics;
  readonly join: Pick<OutcomeJoin, "decidedOf" | "discarded">;
  readonly priceOf: (tier: string) => TierPrice | undefined;
  readonly elsewhere: ReadElsewhere | undefined;
}

/** What was thrown away was paid for: it is in what its tier cost, too. */
function countJudged(judged: Judged, { metrics, join, priceOf, elsewhere }: JudgedDeps): void {
  const { requestId = "", tier, result, reason = NONE, heldMs, thrownAway } = judged;
  metrics.answerJudged(tier, result, reason);
  if (heldMs > 0) metrics.answerHeld(heldMs / 1000);
  const decided = join.decidedOf(requestId);
  const discarded = discardedOf(judged, decided?.measured, priceOf(tier));
  if (discarded === undefined) return;
  metrics.discarded(discarded);
  metrics.spent(tier, discarded.basis, { ...NO_DETAILS, ...discarded });
  if (decided !== undefined || elsewhere === undefined) join.discarded(requestId, discarded);
  else if (requestId !== "") elsewhere.discarded(requestId, { tier, reason: judged.reason, thrownAway });
}

const NO_DETAILS = { cachedInputTokens: 0, cacheWriteTokens: 0, reasoningTokens: 0 };

function telling(reading: Reading): Reading | undefined {
  const { usage, failure, isComplete, model, keys, bad } = reading;
  const tells = bad !== undefined || usage !== undefined || failure !== undefined || isComplete || model !== undefined || keys.length > 0;
  return tells ? reading : undefined;
}

/**
 * What is no chat was decided for no tier, and says nothing of the tiers' times. What another process decided is one outcome and nothing
 * else: this one cannot tell whether anybody decided it.
 */
function countOutcome(metrics: Metrics, { kind, decided, served, isChat, failure, cost }: Outcome): void {
  const status = served === undefined ? NONE : failure === undefined ? statusClass(served.status) : "failed";
  if (!isChat) return metrics.outcome(kind, NONE, NONE, status);
  const tier = decided?.decision.tier ?? NONE;
  metrics.outcome(kind, tier, served?.tier ?? NONE, status);
  if (served === undefined || kind === "elsewhere") return;
  if (served.fellBack) metrics.fellBack(tier, served.tier ?? NONE);
  if (served.attempts > 1) metrics.retried(tier, served.attempts - 1);
  if (served.tier === undefined) return;
  if (failure !== undefined) metrics.answerFailed(served.tier, failure);
  if (cost !== undefined) metrics.spent(served.tier, cost.basis, cost);
  if (cost !== undefined && !cost.isPriced) metrics.unpriced(served.tier);
  const traceId = sampledTrace(decided?.made?.traceparent);
  if (served.firstByteMs !== undefined) metrics.firstByteTook(served.tier, served.firstByteMs / 1000, traceId);
  if (served.durationMs !== undefined) metrics.answerTook(served.tier, served.durationMs / 1000, traceId);
}

/** Of a trace that is kept. */
function sampledTrace(traceparent: string | undefined): string | undefined {
  const parent = parseTraceparent(traceparent);
  return parent !== undefined && (parent.flags & SAMPLED) !== 0 ? parent.traceId : undefined;
}

const SAMPLED = 1;

/** `none`: no response was sent. */
function statusClass(status: number): string {
  return status < 100 ? NONE : `${Math.floor(status / 100)}xx`;
}
