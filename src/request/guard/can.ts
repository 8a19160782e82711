// Guard: a request goes to no tier that is known not to take it, whoever decided so. Behind every policy and in front of all other guards.
// A tier that cannot gives way to the next above it that can; what is not known of a tier keeps nothing away from it.
import type { TierName } from "../policy/policy.ts";
import type { Decision } from "../routing/decision.ts";
import { CANNOT, CANNOT_ABOVE, CANNOT_ANY } from "../routing/reasons.ts";
import { type Ability, type AbleTier, type AnswerLimit, type Asks, abilitiesIn, answerLimitOf, refusedBits } from "./abilities.ts";

/**
 * Input tokens are an estimate, so this share is put on top of it before it is held against a window. By kind of text and tokenizer the
 * median of estimate ÷ count goes from .91 (JSON, Gemma 3) to 1.07 (docs/tokens.md), and that is where long requests, of many texts, come
 * to lie: a tenth mends the lowest, the rest is for those that stray. Too much sends a few to a dearer tier, too little has them refused.
 */
export const WINDOW_MARGIN = 0.15;

const WINDOW = "window";
/** What a tier may lack for a request. */
export type Lack = Ability | typeof WINDOW;

export interface CanGuard {
  /** Whether windows are known: only then must it be known how long an answer may be. */
  readonly asksAnswerTokens: boolean;
  /** On the request path: allocates nothing where every tier can take the request. */
  checked(decision: Decision, asks: Asks): Decision;
  /** What each tier lacks; those that can take the request are left out. For explanations. */
  lacking(asks: Asks): ReadonlyMap<TierName, readonly Lack[]>;
}

interface GuardedTier {
  readonly name: TierName;
  readonly refused: number; // bits of ABILITIES
  readonly contextTokens: number; // Infinity: not known
  readonly limit: AnswerLimit | undefined;
}

/** Tiers cheap first. Undefined: none is said to lack anything. */
export function canGuard(able: readonly AbleTier[]): CanGuard | undefined {
  const tiers = able.map(guarded);
  const anyRefused = tiers.reduce((bits, { refused }) => bits | refused, 0);
  const smallest = Math.min(...tiers.map(({ contextTokens }) => contextTokens));
  if (anyRefused === 0 && smallest === Number.POSITIVE_INFINITY) return undefined;
  const longestSet = Math.max(0, ...tiers.map(({ limit }) => limit?.tokens ?? 0));
  return {
    asksAnswerTokens: smallest < Number.POSITIVE_INFINITY,
    checked(decision, asks) {
      const most = Math.max(asks.answerTokens ?? 0, longestSet);
      if ((asks.bits & anyRefused) === 0 && withMargin(asks.inputTokens) + most <= smallest) return decision;
      return decidedAmong(tiers, decision, asks);
    },
    lacking(asks) {
      const lacks = tiers.map((tier) => [tier.name, lacksOf(tier, asks)] as const);
      return new Map(lacks.filter(([, lacked]) => lacked.length > 0));
    },
  };
}

function guarded({ name, can, contextTokens = Number.POSITIVE_INFINITY, params }: AbleTier): GuardedTier {
  return { name, refused: refusedBits(can), contextTokens, limit: answerLimitOf(params) };
}

function decidedAmong(tiers: readonly GuardedTier[], decision: Decision, asks: Asks): Decision {
  const failing = tiers.filter((tier) => !canTake(tier, asks));
  if (failing.length === 0) return decision;
  const cannot = failing.map(({ name }) => name);
  const wanted = failing.find(({ name }) => name === decision.tier);
  if (wanted === undefined) return { ...decision, cannot };
  const detail = lacksOf(wanted, asks).join("-");
  const at = tiers.indexOf(wanted);
  const above = tiers.slice(at + 1).find((tier) => !failing.includes(tier));
  if (above !== undefined) return moved(decision, above, { reason: CANNOT.name, detail, cannot });
  const below = tiers.slice(0, at).findLast((tier) => !failing.includes(tier));
  if (below !== undefined) return moved(decision, below, { reason: CANNOT_ABOVE.name, detail, cannot });
  return moved(decision, largest(tiers, wanted), { reason: CANNOT_ANY.name, detail, cannot });
}

/** Its score says what was wanted; the chance of a randomised policy was another tier's. */
function moved(decision: Decision, to: GuardedTier, why: Required<Pick<Decision, "reason" | "detail" | "cannot">>): Decision {
  const { tier, policy, reason, detail, score } = decision;
  const wanted = { tier, reason, ...(detail === undefined ? {} : { detail }) };
  const kept = { tier: to.name, policy, reason: why.reason, detail: why.detail, ...(score === undefined ? {} : { score }) };
  return { ...kept, wanted, cannot: why.cannot };
}

/** Of several of one size the one that was decided, else the dearest. */
function largest(tiers: readonly GuardedTier[], wanted: GuardedTier): GuardedTier {
  const size = Math.max(...tiers.map(({ contextTokens }) => contextTokens));
  if (wanted.contextTokens === size) return wanted;
  return tiers.findLast(({ contextTokens }) => contextTokens === size) ?? wanted;
}

function canTake(tier: GuardedTier, asks: Asks): boolean {
  return (asks.bits & tier.refused) === 0 && fits(tier, asks);
}

function fits({ contextTokens, limit }: GuardedTier, { inputTokens, answerTokens }: Asks): boolean {
  const answer = limit !== undefined && (limit.always || answerTokens === undefined) ? limit.tokens : (answerTokens ?? 0);
  return withMargin(inputTokens) + answer <= contextTokens;
}

function withMargin(inputTokens: number): number {
  return inputTokens * (1 + WINDOW_MARGIN);
}

function lacksOf(tier: GuardedTier, asks: Asks): readonly Lack[] {
  const lacked: readonly Lack[] = abilitiesIn(asks.bits & tier.refused);
  return fits(tier, asks) ? lacked : [...lacked, WINDOW];
}
