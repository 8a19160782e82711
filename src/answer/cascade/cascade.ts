// Judges the answers of a cascade: holds each as long as it may be held, has it judged, and says whether its client gets it or the next
// tier is asked. Whoever keeps accounts is told of each, once.
import type { TierName } from "../../request/policy/policy.ts";
import { answerReader, type Reading } from "../answer-reader.ts";
import type { AnswerJudge, AnswerJudges, Judgement } from "../checks/judge.ts";
import { type Hold, type HoldSettings, holdOf } from "./hold.ts";
import { type ShareLimit, shareLimit } from "./share-limit.ts";

export interface CascadeSettings {
  readonly steps: readonly TierName[]; // cheap first
  readonly hold: HoldSettings;
  readonly maxShare: number; // of the answers judged, so many at most are thrown away
  readonly judges: AnswerJudges;
}

/**
 * - `accepted`: nothing spoke against it
 * - `refused`: it was thrown away, and the next tier asked
 * - `over-share`: it was bad, but too many have been thrown away: it passed
 * - `compressed`: it cannot be read, and passed
 * - `not-text`: neither can it, for what it is
 * - `gone`: the client, or Envoy, went away while it was held
 */
export const JUDGED_RESULTS = ["accepted", "refused", "over-share", "compressed", "not-text", "gone"] as const;
export type JudgedResult = (typeof JUDGED_RESULTS)[number];

/** What became of one answer. */
export interface Judged {
  readonly requestId: string | undefined;
  readonly tier: TierName; // whose answer it is
  readonly result: JudgedResult;
  readonly reason: string | undefined; // the check that spoke against it
  readonly heldMs: number; // as is the next, 0 where it was not held
  readonly heldBytes: number;
  readonly thrownAway: ThrownAway | undefined; // of one that was `refused`
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
}

export function cascadeJudge({ settings, now, onJudged }: CascadeDeps) {
  const share = shareLimit();
  return {
    /** Undefined: the answer passes. */
    judge(attempt: JudgedAttempt, headers: Headers): HeldAnswer | undefined {
      const cascade = settings();
      const tier = cascade && judgedTier(cascade.steps, attempt);
      if (cascade === undefined || tier === undefined || !isGood(headers)) return undefined;
      const contentType = headers.get("content-type")?.toLowerCase() ?? "";
      const unread = unreadable(headers, contentType);
      const about = { requestId: attempt.requestId, tier, reason: undefined, heldMs: 0, heldBytes: 0, thrownAway: undefined };
      if (unread !== undefined) {
        onJudged({ ...about, result: unread });
        return undefined;
      }
      const head = { status: Number(headers.get(":status")), contentType, request: attempt.requestBody };
      return new HeldAnswer({
        requestId: attempt.requestId,
        tier,
        judge: cascade.judges.judge(head),
        hold: holdOf(cascade.hold, contentType),
        share,
        maxShare: cascade.maxShare,
        now,
        onJudged,
      });
    },
  };
}

/** The last of the tiers is not judged, nor is an answer behind which nobody could be asked. */
function judgedTier(steps: readonly TierName[], { attempts, attempt }: JudgedAttempt): TierName | undefined {
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

interface HeldSettings {
  readonly requestId: string | undefined;
  readonly tier: TierName;
  readonly judge: AnswerJudge;
  readonly hold: Hold;
  readonly share: ShareLimit;
  readonly maxShare: number;
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
    const { share, maxShare } = this.#settings;
    this.#isDecided = true;
    const isThrownAway = !judgement.isGood && share.allows(maxShare);
    share.judged(isThrownAway);
    this.#tell(isThrownAway ? "refused" : judgement.isGood ? "accepted" : "over-share", judgement);
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
      thrownAway: result === "refused" ? { reading: this.#reader.finish("left"), bytes, events } : undefined,
    });
  }
}
