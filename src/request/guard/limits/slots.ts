// The limits of one configuration, ready to be asked on the request path: by tier those that count for it, each with its accounts. What
// the same request is asked several times, by guards and charges in turn, is worked out once.
import type { PolicyRequest, TierName } from "../../policy/policy.ts";
import { type Account, ALL, type Counted, NONE } from "./account.ts";
import { type Amounts, amountsOf, type TokenPrice } from "./amounts.ts";
import type { AnswerSizes } from "./answer-sizes.ts";
import type { CalendarWindow, WindowAt } from "./calendar.ts";
import type { Ledger, LimitMemory, LimitNote } from "./ledger.ts";
import type { DegradeOrder, Limit } from "./limit.ts";
import type { Scores } from "./pace.ts";

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
  readonly slots: readonly Slot[]; // of all limits that a request to this tier counts for, as are the next four
  readonly quotas: readonly Slot[];
  readonly budgets: readonly Slot[];
  readonly steered: readonly Slot[];
  readonly hard: readonly Slot[];
  /** What is held back for a request: an answer as long as it may be, or as 95 % are. */
  heldFor(note: LimitNote): Amounts;
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
  return tiers.map(({ name, price }, index) => {
    const counting = slots.filter(({ limit }) => limit.tier === undefined || limit.tier === name);
    const budgets = counting.filter(({ limit }) => limit.kind === "budget");
    const answers = ledger.answersOf(name);
    return {
      name,
      index,
      price,
      answers,
      scores: ledger.scoresOf(name),
      slots: counting,
      quotas: counting.filter(({ limit }) => limit.kind === "quota"),
      budgets,
      steered: budgets.filter(({ limit }) => limit.steering !== "off"),
      hard: counting.filter(({ limit }) => limit.isHard),
      heldFor: heldOnce(price, answers),
    };
  });
}

function heldOnce(price: TokenPrice, answers: AnswerSizes): TierSlots["heldFor"] {
  let last: LimitNote | undefined;
  let held: Amounts = { tokens: 0, microUsd: 0 };
  return (note) => {
    if (note === last) return held;
    held = amountsOf(note.inputTokens, Math.min(note.maxTokens, answers.p95()), price);
    last = note;
    return held;
  };
}

/** With an answer of the mean length. */
export function expectedAt({ price, answers }: TierSlots, { inputTokens, maxTokens }: LimitNote): Amounts {
  return amountsOf(inputTokens, Math.min(maxTokens, answers.mean()), price);
}

/** The scope of a request, by its note: that of an older configuration may not have it. */
export function scopeIn({ bys, scopes }: LimitNote, by: string | undefined): string {
  if (by === undefined) return ALL;
  return scopes[bys.indexOf(by)] ?? NONE;
}

export function accountOf({ limit, memory }: Slot, note: LimitNote): Account | undefined {
  return memory.accounts.find(scopeIn(note, limit.by));
}

/** The one to charge, in the window that is at `now`. */
export function accountToCharge({ limit, memory, windowNow }: Slot, note: LimitNote, now: number): Account {
  return memory.accounts.open(scopeIn(note, limit.by), windowNow(now));
}

/** What guards and charges share of one configuration. */
export interface LimitView {
  readonly tiers: readonly TierSlots[]; // cheap first
  readonly tierOf: ReadonlyMap<TierName, TierSlots>;
  readonly othersOf: ReadonlyMap<TierSlots, readonly TierSlots[]>; // where a request goes that has no room there, in turn
  readonly slotOf: ReadonlyMap<Counted, Slot>;
  readonly ledger: Ledger;
  noteOf(request: PolicyRequest): LimitNote;
  now(): number; // milliseconds since the epoch
}

/** The tiers beside this one, nearest first. */
export function inOrder(tiers: readonly TierSlots[], { index }: TierSlots, order: DegradeOrder): readonly TierSlots[] {
  const cheaper = tiers.slice(0, index).toReversed();
  const dearer = tiers.slice(index + 1);
  switch (order) {
    case "cheaper-first":
      return [...cheaper, ...dearer];
    case "dearer-first":
      return [...dearer, ...cheaper];
    case "cheaper-only":
      return cheaper;
    default:
      return order satisfies never;
  }
}
