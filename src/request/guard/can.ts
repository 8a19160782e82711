// Guard: a request goes to no tier that is known not to take it, whoever decided so. Behind every policy and in front of all other guards.
// A tier that cannot gives way to the next above it that can; what is not known of a tier keeps nothing away from it.
import type { TierName } from "../policy/policy.ts";
import type { Decision } from "../routing/decision.ts";
import { CANNOT, CANNOT_ABOVE, CANNOT_ANY } from "../routing/reasons.ts";
import {
  ABILITIES,
  type Ability,
  type AbleTier,
  type AnswerLimit,
  type Asks,
  abilitiesIn,
  answerLimitOf,
  refusedBits,
} from "./abilities.ts";

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
  const words: Words = { names: namesOf(tiers), details: detailsOf() };
  return {
    asksAnswerTokens: smallest < Number.POSITIVE_INFINITY,
    checked(decision, asks) {
      const most = Math.max(asks.answerTokens ?? 0, longestSet);
      if ((asks.bits & anyRefused) === 0 && withMargin(asks.inputTokens) + most <= smallest) return decision;
      return decidedAmong(tiers, words, { decision, asks });
    },
    lacking(asks) {
      const lacks = tiers.map((tier) => [tier.name, lacksIn(lackBits(tier, asks))] as const);
      return new Map(lacks.filter(([, lacked]) => lacked.length > 0));
    },
  };
}

function guarded({ name, can, contextTokens = Number.POSITIVE_INFINITY, params }: AbleTier): GuardedTier {
  return { name, refused: refusedBits(can), contextTokens, limit: answerLimitOf(params) };
}

/** What is said of a decision, made once for each set of tiers and of lacks: making it anew took longer than all the rest. */
interface Words {
  readonly names: (failing: number) => readonly TierName[]; // by a bit for each tier
  readonly details: (lacks: number) => string; // by the bits of `lackBits`
}

function namesOf(tiers: readonly GuardedTier[]): Words["names"] {
  return remembered((failing) => tiers.filter((_, index) => (failing & (1 << index)) !== 0).map(({ name }) => name));
}

function detailsOf(): Words["details"] {
  return remembered((lacks) => lacksIn(lacks).join("-"));
}

/** The sets that requests can come to are few: as many as abilities and windows make. */
function remembered<Value>(make: (bits: number) => Value): (bits: number) => Value {
  const made = new Map<number, Value>();
  return (bits) => {
    const before = made.get(bits);
    if (before !== undefined) return before;
    const value = make(bits);
    made.set(bits, value);
    return value;
  };
}

interface Picked {
  readonly decision: Decision;
  readonly asks: Asks;
}

function decidedAmong(tiers: readonly GuardedTier[], { names, details }: Words, { decision, asks }: Picked): Decision {
  let failing = 0;
  let lacks = 0; // of the tier decided
  let above: GuardedTier | undefined; // the next that can
  let below: GuardedTier | undefined;
  let isAbove = false;
  let index = 0;
  for (const tier of tiers) {
    const bits = lackBits(tier, asks);
    if (bits !== 0) failing |= 1 << index;
    else if (isAbove) above ??= tier;
    else below = tier;
    index++;
    if (tier.name !== decision.tier) continue;
    lacks = bits;
    isAbove = true;
  }
  if (failing === 0) return decision;
  const cannot = names(failing);
  if (lacks === 0) return { ...decision, cannot };
  const detail = details(lacks);
  if (above !== undefined) return moved(decision, above, { reason: CANNOT.name, detail, cannot });
  if (below !== undefined) return moved(decision, below, { reason: CANNOT_ABOVE.name, detail, cannot });
  return moved(decision, largest(tiers, decision.tier), { reason: CANNOT_ANY.name, detail, cannot });
}

type Why = Required<Pick<Decision, "reason" | "detail" | "cannot">>;

/** Its score says what was wanted, and so does what was found of its session; the chance of a randomised policy was another tier's. */
function moved({ tier, policy, reason, detail, score, inSession }: Decision, to: GuardedTier, why: Why): Decision {
  const wanted = detail === undefined ? { tier, reason } : { tier, reason, detail };
  const { reason: instead, detail: lacks, cannot } = why;
  const decision = { tier: to.name, policy, reason: instead, detail: lacks, wanted, cannot };
  if (score === undefined && inSession === undefined) return decision;
  return { ...decision, ...(score === undefined ? {} : { score }), ...(inSession === undefined ? {} : { inSession }) };
}

/** Of several of one size the one that was decided, else the dearest. */
function largest(tiers: readonly GuardedTier[], decided: TierName): GuardedTier {
  const size = Math.max(...tiers.map(({ contextTokens }) => contextTokens));
  const ofSize = tiers.filter(({ contextTokens }) => contextTokens === size);
  const tier = ofSize.find(({ name }) => name === decided) ?? ofSize.at(-1);
  if (tier === undefined) throw new Error("invariant: there is a tier");
  return tier;
}

const WINDOW_BIT = 1 << ABILITIES.length;

/** Of ABILITIES, and behind them of the window. 0: it can take the request. */
function lackBits(tier: GuardedTier, asks: Asks): number {
  const refused = asks.bits & tier.refused;
  return fits(tier, asks) ? refused : refused | WINDOW_BIT;
}

function fits({ contextTokens, limit }: GuardedTier, { inputTokens, answerTokens }: Asks): boolean {
  const answer = limit !== undefined && (limit.always || answerTokens === undefined) ? limit.tokens : (answerTokens ?? 0);
  return withMargin(inputTokens) + answer <= contextTokens;
}

function withMargin(inputTokens: number): number {
  return inputTokens * (1 + WINDOW_MARGIN);
}

function lacksIn(bits: number): readonly Lack[] {
  const lacked: readonly Lack[] = abilitiesIn(bits);
  return (bits & WINDOW_BIT) === 0 ? lacked : [...lacked, WINDOW];
}
