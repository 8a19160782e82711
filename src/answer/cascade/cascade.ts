// Judges the answers of a cascade: holds each as long as it may be held, has it judged, and says whether its client gets it or the next
// tier is asked. Whoever keeps accounts is told of each, once.
import type { TierName } from "../../request/policy/policy.ts";
import { answerReader, type Reading } from "../answer-reader.ts";
import type { AnswerHead, AnswerJudge, AnswerJudges, Judgement } from "../checks/judge.ts";
import { type ConsensusSettings, firstJudge, lonelyJudge, secondJudge, wholeHold } from "./consensus.ts";
import { type FirstAnswer, firstAnswers, type SharedFirsts } from "./first-answers.ts";
import { type Hold, type HoldSettings, holdOf } from "./hold.ts";
import { type ShareLimit, shareLimit, unlimited } from "./share-limit.ts";

export interface CascadeSettings {
  readonly steps: readonly TierName[]; // cheap first
  readonly hold: HoldSettings;
  readonly maxShare: number; // of the answers judged, so many at most are thrown away
  readonly judges: AnswerJudges;
  readonly consensus: ConsensusSettings | undefined; // of the first two of three steps; undefined: each answer is judged by itself
}

/**
 * - `accepted`: nothing spoke against it
 * - `refused`: it was thrown away, and the next tier asked
 * - `over-share`: it was bad, but too many have been thrown away: it passed
 * - `compressed`: it cannot be read, and passed
 * - `not-text`: neither can it, for what it is
 * - `gone`: the client, or Envoy, went away while it was held
 * - `kept`: of a consensus the first: it was thrown away, and is what the next tier's is compared with
 * - `unmatched`: of a consensus the second, whose first is not known here (or either, of a request without an id): it passed
 */
export const JUDGED_RESULTS = ["accepted", "refused", "over-share", "compressed", "not-text", "gone", "kept", "unmatched"] as const;
export type JudgedResult = (typeof JUDGED_RESULTS)[number];

/** What became of one answer. */
export interface Judged {
  readonly requestId: string | undefined;
  readonly tier: TierName; // whose answer it is
  readonly result: JudgedResult;
  readonly reason: string | undefined; // the check that spoke against it
  readonly heldMs: number; // as is the next, 0 where it was not held
  readonly heldBytes: number;
  readonly thrownAway: ThrownAway | undefined; // of one that was `refused` or `kept`
}

/** What of an answer was made, and paid for, when it was thrown away. */
export interface ThrownAway {
  readonly reading: Reading; // what the answer said by then
  readonly bytes: number;
  readonly events: number | undefined; // of a stream
}

interface Headers {
  get(name: string): string | undefined;
}

/** An attempt and its answer, as the filter shows them. */
export interface JudgedAttempt {
  readonly requestId: string | undefined;
  readonly attempts: string; // the tier of each attempt, in order: `weak,strong`
  readonly attempt: number; // 1: the first
  readonly requestBody: Uint8Array | undefined;
}

export interface CascadeDeps {
  readonly settings: () => CascadeSettings | undefined; // in force; undefined: no answer is judged
  readonly now: () => number; // milliseconds, monotonic
  readonly onJudged: (judged: Judged) => void;
  readonly sharedFirsts?: SharedFirsts | undefined; // with other replicas
}

export function cascadeJudge({ settings, now, onJudged, sharedFirsts }: CascadeDeps) {
  const share = shareLimit();
  const firsts = firstAnswers(now);

  const keep = (requestId: string, first: FirstAnswer): void => {
    firsts.keep(requestId, first);
    sharedFirsts?.keep(requestId, first);
  };

  /** Undefined: it is of a consensus, and not known of which request, or what the first said. */
  function judging(cascade: CascadeSettings, tier: TierName, requestId: string | undefined, head: AnswerHead): Judging | undefined {
    const { consensus, judges, hold, maxShare } = cascade;
    if (consensus === undefined) return { judge: judges.judge(head), hold, share, maxShare, thrownAs: "refused" };
    if (requestId === undefined) return undefined;
    const whole = wholeHold(consensus);
    if (tier === cascade.steps[0]) {
      const judge = firstJudge(judges, head, (first) => keep(requestId, first));
      return { judge, hold: whole, share: unlimited, maxShare: 1, thrownAs: "kept" };
    }
    const first = firsts.take(requestId);
    if (first === undefined) return undefined;
    sharedFirsts?.forget(requestId);
    const judge = first === "nothing" ? lonelyJudge() : secondJudge(judges, head, first, consensus);
    return { judge, hold: whole, share, maxShare, thrownAs: "refused" };
  }

  return {
    /** It is about to be made: what its answer will be compared with is looked for while its server thinks. */
    asked({ requestId, attempts, attempt }: Omit<JudgedAttempt, "requestBody">): void {
      const { consensus, steps } = settings() ?? {};
      if (sharedFirsts === undefined || consensus === undefined || steps === undefined || requestId === undefined) return;
      if (judgedTier(steps, { attempts, attempt }) !== steps[1] || firsts.knows(requestId)) return;
      void sharedFirsts.take(requestId).then((first) => first !== undefined && firsts.keep(requestId, first));
    },

    /** Undefined: the answer passes. */
    judge(attempt: JudgedAttempt, headers: Headers): HeldAnswer | undefined {
      const cascade = settings();
      const tier = cascade && judgedTier(cascade.steps, attempt);
      if (cascade === undefined || tier === undefined) return undefined;
      const { requestId } = attempt;
      if (!isGood(headers)) {
        const isFirst = cascade.consensus !== undefined && tier === cascade.steps[0];
        if (isFirst && requestId !== undefined) keep(requestId, "nothing");
        return undefined;
      }
      const contentType = headers.get("content-type")?.toLowerCase() ?? "";
      const head = { status: Number(headers.get(":status")), contentType, request: attempt.requestBody };
      const unread = unreadable(headers, contentType);
      const about = { requestId, tier, reason: undefined, heldMs: 0, heldBytes: 0, thrownAway: undefined };
      const judged = unread === undefined ? judging(cascade, tier, requestId, head) : undefined;
      if (judged === undefined) {
        onJudged({ ...about, result: unread ?? "unmatched" });
        return undefined;
      }
      return new HeldAnswer({ ...judged, requestId, tier, hold: holdOf(judged.hold, contentType), now, onJudged });
    },
  };
}

interface Judging {
  readonly judge: AnswerJudge;
  readonly hold: HoldSettings;
  readonly share: ShareLimit;
  readonly maxShare: number;
  readonly thrownAs: "refused" | "kept";
}

/** The last of the tiers is not judged, nor is an answer behind which nobody could be asked. */
function judgedTier(steps: readonly TierName[], { attempts, attempt }: Pick<JudgedAttempt, "attempts" | "attempt">): TierName | undefined {
  const tiers = attempts.split(",").map((name) => name.trim());
  const tier = tiers[attempt - 1];
  const isJudged = tier !== undefined && attempt < tiers.length && steps.includes(tier) && tier !== steps.at(-1);
  return isJudged ? tier : undefined;
}

/** Anything else Envoy deals with by itself. */
function isGood(headers: Headers): boolean {
  return headers.get(":status")?.startsWith("2") ?? false;
}

const TEXT = /^(?:text\/event-stream|application\/(?:[\w.-]+\+)?json|application\/(?:x-)?ndjson|$)/;

function unreadable(headers: Headers, contentType: string): "compressed" | "not-text" | undefined {
  const encoding = headers.get("content-encoding");
  if (encoding !== undefined && encoding !== "identity") return "compressed";
  return TEXT.test(contentType) ? undefined : "not-text";
}

interface HeldSettings extends Omit<Judging, "hold"> {
  readonly requestId: string | undefined;
  readonly tier: TierName;
  readonly hold: Hold;
  readonly now: () => number;
  readonly onJudged: (judged: Judged) => void;
}

const GOOD: Judgement = { isGood: true };

class HeldAnswer {
  readonly #settings: HeldSettings;
  readonly #reader = answerReader();
  readonly #since: number;
  #isDecided = false;

  constructor(settings: HeldSettings) {
    this.#settings = settings;
    this.#since = settings.now();
  }

  get holdMs(): number | undefined {
    return this.#settings.hold.ms;
  }

  piece(body: Uint8Array): "hold" | "pass" | "ask-next" {
    const { judge, hold } = this.#settings;
    const mayHold = hold.holds(body);
    this.#reader.push(body);
    const judgement = judge.push(body) ?? (mayHold ? undefined : judge.settle("held"));
    return judgement === undefined ? "hold" : this.#decided(judgement);
  }

  ended(): "pass" | "ask-next" {
    return this.#decided(this.#settings.judge.settle("ended"));
  }

  expired(): "pass" | "ask-next" {
    return this.#decided(this.#settings.judge.settle("held"));
  }

  closed(): void {
    if (!this.#isDecided) this.#tell("gone", GOOD);
    this.#isDecided = true;
  }

  #decided(judgement: Judgement): "pass" | "ask-next" {
    const { share, maxShare, thrownAs } = this.#settings;
    this.#isDecided = true;
    const isThrownAway = !judgement.isGood && share.allows(maxShare);
    share.judged(isThrownAway);
    this.#tell(isThrownAway ? thrownAs : judgement.isGood ? "accepted" : "over-share", judgement);
    return isThrownAway ? "ask-next" : "pass";
  }

  #tell(result: JudgedResult, judgement: Judgement): void {
    const { requestId, tier, hold, now, onJudged } = this.#settings;
    const { bytes, events } = hold;
    onJudged({
      requestId,
      tier,
      result,
      reason: judgement.isGood ? undefined : judgement.reason,
      heldMs: now() - this.#since,
      heldBytes: bytes,
      thrownAway: result === "refused" || result === "kept" ? { reading: this.#reader.finish("left"), bytes, events } : undefined,
    });
  }
}
