// The limits of one configuration, ready to be asked on the request path: by tier those that count for it, each with its accounts.
import type { PolicyRequest, TierName } from "../../policy/policy.ts";
import { type Account, ALL, NONE } from "./account.ts";
import type { AnswerSizes } from "./answer-sizes.ts";
import type { CalendarWindow, WindowAt } from "./calendar.ts";
import type { Ledger, LimitMemory, LimitNote } from "./ledger.ts";
import type { DegradeOrder, Limit, Measure } from "./limit.ts";
import type { Scores } from "./pace.ts";

/** US dollars for a million tokens, which is micro-dollars for one. Undefined: not known. */
export interface TokenPrice {
  readonly inputPerMTok: number | undefined;
  readonly outputPerMTok: number | undefined;
}

export interface LimitedTier {
  readonly name: TierName;
  readonly price: TokenPrice;
}

export interface Slot {
  readonly limit: Limit;
  readonly memory: LimitMemory;
  readonly windowNow: (now: number) => CalendarWindow;
}

/** A tier, with what a request to it comes to. */
export interface TierSlots {
  readonly name: TierName;
  readonly index: number; // 0: the cheapest
  readonly price: TokenPrice;
  readonly answers: AnswerSizes;
  readonly scores: Scores;
  readonly slots: readonly Slot[]; // of all limits that a request to this tier counts for
}

const NEVER: CalendarWindow = { key: "", startMs: 0, endMs: 0 };

export function tierSlots(
  limits: readonly Limit[],
  tiers: readonly LimitedTier[],
  windowAt: WindowAt,
  ledger: Ledger,
): readonly TierSlots[] {
  const slots = limits.map((limit): Slot => {
    let window = NEVER;
    const windowNow = (now: number) => {
      if (now < window.startMs || now >= window.endMs) window = windowAt(limit.per, now);
      return window;
    };
    return { limit, memory: ledger.memoryOf(limit), windowNow };
  });
  return tiers.map(({ name, price }, index) => ({
    name,
    index,
    price,
    answers: ledger.answersOf(name),
    scores: ledger.scoresOf(name),
    slots: slots.filter(({ limit }) => limit.tier === undefined || limit.tier === name),
  }));
}

/** The scope of a request, by its note: that of an older configuration may not have it. */
export function scopeIn({ bys, scopes }: LimitNote, by: string | undefined): string {
  if (by === undefined) return ALL;
  return scopes[bys.indexOf(by)] ?? NONE;
}

export function accountOf({ limit, memory }: Slot, note: LimitNote): Account | undefined {
  return memory.accounts.find(scopeIn(note, limit.by));
}

/** What a request comes to, an integer: with an answer of so many tokens. 0 where the tier's price is not known. */
export function amountOf(measure: Measure, inputTokens: number, outputTokens: number, price: TokenPrice): number {
  switch (measure) {
    case "requests":
      return 1;
    case "tokens":
      return Math.ceil(inputTokens + outputTokens);
    case "usd":
      return microDollars(inputTokens, outputTokens, price) ?? 0;
    default:
      return measure satisfies never;
  }
}

/** Undefined: the price is not known. */
export function microDollars(inputTokens: number, outputTokens: number, { inputPerMTok, outputPerMTok }: TokenPrice): number | undefined {
  if (inputPerMTok === undefined || outputPerMTok === undefined) return undefined;
  return Math.ceil(inputTokens * inputPerMTok + outputTokens * outputPerMTok);
}

/** What is held back for a request at this tier: an answer as long as it may be, or as 95 % are. */
export function heldTokens({ answers }: TierSlots, { maxTokens }: LimitNote): number {
  return Math.min(maxTokens, answers.p95());
}

/** What guards and charges share of one configuration. */
export interface LimitView {
  readonly tiers: readonly TierSlots[]; // cheap first
  readonly tierOf: ReadonlyMap<TierName, TierSlots>;
  readonly slotOf: ReadonlyMap<LimitMemory, Slot>;
  readonly order: DegradeOrder;
  readonly ledger: Ledger;
  noteOf(request: PolicyRequest): LimitNote;
  now(): number; // milliseconds since the epoch
}
