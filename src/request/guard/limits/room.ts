// Guards: a request goes to no tier whose quota, or whose budget, is used up, as long as another has room. Where none has, a hard limit
// refuses the request, and a soft one lets it go where it was to go.
import type { TierName } from "../../policy/policy.ts";
import type { Decision } from "../../routing/decision.ts";
import { BUDGET, BUDGET_REFUSED, QUOTA, QUOTA_REFUSED } from "../../routing/reasons.ts";
import { type Guarded, mayGoTo, movedBy } from "../guard.ts";
import { type LimitNote, roomIn } from "./ledger.ts";
import type { DegradeOrder, Limit } from "./limit.ts";
import { accountOf, amountOf, heldTokens, type LimitView, type Slot, type TierSlots } from "./slots.ts";

const REASONS = {
  quota: { moved: QUOTA.name, refused: QUOTA_REFUSED.name },
  budget: { moved: BUDGET.name, refused: BUDGET_REFUSED.name },
} as const;

/** On the request path: allocates nothing but the note where the tier has room. */
export function withRoom(kind: Limit["kind"], view: LimitView, decision: Decision, { request, isLocked }: Guarded): Decision {
  const tier = view.tierOf.get(decision.tier);
  if (tier === undefined || decision.refused !== undefined || tier.slots.length === 0) return decision;
  const note = view.noteOf(request);
  const lacking = firstLacking(view, tier, note, kind);
  if (lacking === undefined) return decision;
  const reason = REASONS[kind];
  const { name: detail } = lacking.limit;
  const isHard = hardEnd(view, tier, note) !== undefined;
  if (isLocked) return isHard ? refused(decision, reason.refused, lacking.limit, hardEnds(view, [tier], note) - view.now()) : decision;
  const others = inOrder(view.tiers, tier, view.order).filter(({ name }) => mayGoTo(decision, name));
  const next = others.find((other) => firstLacking(view, other, note, undefined) === undefined);
  if (next !== undefined) return movedBy(kind, decision, { tier: next.name, reason: reason.moved, detail });
  if (!isHard) return decision;
  // None has room. A soft limit is passed rather than a hard one.
  const soft = others.find((other) => hardEnd(view, other, note) === undefined);
  if (soft !== undefined) return movedBy(kind, decision, { tier: soft.name, reason: reason.moved, detail });
  return refused(decision, reason.refused, lacking.limit, hardEnds(view, [tier, ...others], note) - view.now());
}

export function hasRoom(view: LimitView, tier: TierSlots, note: LimitNote): boolean {
  return firstLacking(view, tier, note, undefined) === undefined;
}

/** The first limit of this kind, or of any, that a request to this tier does not fit into. */
function firstLacking(view: LimitView, tier: TierSlots, note: LimitNote, kind: Limit["kind"] | undefined): Slot | undefined {
  const now = view.now();
  const tokens = heldTokens(tier, note);
  for (const slot of tier.slots) {
    if (kind !== undefined && slot.limit.kind !== kind) continue;
    if (lacksRoom(view, tier, slot, note, now, tokens)) return slot;
  }
  return undefined;
}

function lacksRoom(view: LimitView, tier: TierSlots, slot: Slot, note: LimitNote, now: number, outputTokens: number): boolean {
  const { limit, memory } = slot;
  const amount = amountOf(limit.measure, note.inputTokens, outputTokens, tier.price);
  return roomIn(view.ledger, memory.accounts.id, limit.amount, accountOf(slot, note), now) < amount;
}

/** When the last of the hard limits that are used up has room again. Undefined: none of them is used up. */
function hardEnd(view: LimitView, tier: TierSlots, note: LimitNote): number | undefined {
  const now = view.now();
  const tokens = heldTokens(tier, note);
  const ends = tier.slots
    .filter((slot) => slot.limit.isHard && lacksRoom(view, tier, slot, note, now, tokens))
    .map((slot) => slot.windowNow(now).endMs);
  return ends.length === 0 ? undefined : Math.max(...ends);
}

/** When the first of the tiers has room again, as far as hard limits go. */
function hardEnds(view: LimitView, tiers: readonly TierSlots[], note: LimitNote): number {
  return Math.min(...tiers.map((tier) => hardEnd(view, tier, note) ?? Number.POSITIVE_INFINITY));
}

/** The tiers beside this one, nearest first. */
function inOrder(tiers: readonly TierSlots[], { index }: TierSlots, order: DegradeOrder): readonly TierSlots[] {
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

/** It keeps the tier it was to go to, and says what was wanted. */
function refused(decision: Decision, reason: string, { kind, name, per }: Limit, waitMs: number): Decision {
  const { propensity: _, detail: before, reason: why, wanted, ...rest } = decision;
  const tier: TierName = decision.tier;
  const first = wanted ?? (before === undefined ? { tier, reason: why } : { tier, reason: why, detail: before });
  const message = `the ${kind} "${name}" of this ${per} is used up`;
  return { ...rest, reason, detail: name, wanted: first, refused: { message, retryAfterSeconds: Math.max(1, Math.ceil(waitMs / 1000)) } };
}
