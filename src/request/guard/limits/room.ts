// Guards: a request goes to no tier whose quota, or whose budget, is used up, as long as another has room. Where none has, a hard limit
// refuses the request, and a soft one lets it go where it was to go.
import type { TierName } from "../../policy/policy.ts";
import type { Decision } from "../../routing/decision.ts";
import { BUDGET, BUDGET_REFUSED, QUOTA, QUOTA_REFUSED } from "../../routing/reasons.ts";
import { type Guarded, mayGoTo, movedBy } from "../guard.ts";
import { type Amounts, amountIn } from "./amounts.ts";
import { type Ledger, type LimitNote, roomIn } from "./ledger.ts";
import type { Limit } from "./limit.ts";
import { accountOf, type LimitView, type Slot, type TierSlots } from "./slots.ts";

const REASONS = {
  quota: { moved: QUOTA.name, refused: QUOTA_REFUSED.name },
  budget: { moved: BUDGET.name, refused: BUDGET_REFUSED.name },
} as const;

/** On the request path: allocates nothing but the note where the tier has room. */
export function withRoom(kind: Limit["kind"], view: LimitView, decision: Decision, { request, isLocked }: Guarded): Decision {
  const tier = view.tierOf.get(decision.tier);
  if (tier === undefined || decision.refused !== undefined || tier.slots.length === 0) return decision;
  const note = view.noteOf(request);
  const lacking = firstLacking(view, tier, kind === "quota" ? tier.quotas : tier.budgets, note);
  if (lacking === undefined) return decision;
  const reason = REASONS[kind];
  const { name: detail } = lacking.limit;
  const end = hardEnd(view, tier, note);
  if (isLocked) return end === undefined ? decision : refused(decision, reason.refused, lacking.limit, end - note.atMs);
  const others = view.othersOf.get(tier) ?? [];
  for (const other of others) {
    if (mayGoTo(decision, other.name) && hasRoom(view, other, note)) {
      return movedBy(kind, decision, { tier: other.name, reason: reason.moved, detail });
    }
  }
  if (end === undefined) return decision;
  // None has room. A soft limit is passed rather than a hard one.
  let firstEnd = end;
  for (const other of others) {
    if (!mayGoTo(decision, other.name)) continue;
    const itsEnd = hardEnd(view, other, note);
    if (itsEnd === undefined) return movedBy(kind, decision, { tier: other.name, reason: reason.moved, detail });
    firstEnd = Math.min(firstEnd, itsEnd);
  }
  return refused(decision, reason.refused, lacking.limit, firstEnd - note.atMs);
}

export function hasRoom(view: LimitView, tier: TierSlots, note: LimitNote): boolean {
  return firstLacking(view, tier, tier.slots, note) === undefined;
}

/** The first of a tier's limits that a request to it does not fit into. */
function firstLacking({ ledger }: LimitView, tier: TierSlots, slots: readonly Slot[], note: LimitNote): Slot | undefined {
  const held = tier.heldFor(note);
  for (const slot of slots) if (lacksRoom(ledger, slot, held, note)) return slot;
  return undefined;
}

function lacksRoom(ledger: Ledger, slot: Slot, held: Amounts, note: LimitNote): boolean {
  const { limit, memory } = slot;
  return roomIn(ledger, memory.accounts.of.limit, limit.amount, accountOf(slot, note), note.atMs) < amountIn(held, limit.measure);
}

/** When the last of the tier's hard limits that are used up has room again. Undefined: none of them is used up. */
function hardEnd({ ledger }: LimitView, tier: TierSlots, note: LimitNote): number | undefined {
  let end: number | undefined;
  for (const slot of tier.hard) {
    if (!lacksRoom(ledger, slot, tier.heldFor(note), note)) continue;
    end = Math.max(end ?? 0, slot.windowNow(note.atMs).endMs);
  }
  return end;
}

/** It keeps the tier it was to go to, and says what was wanted. */
function refused(decision: Decision, reason: string, { kind, name, per }: Limit, waitMs: number): Decision {
  const { propensity: _, detail: before, reason: why, wanted, ...rest } = decision;
  const tier: TierName = decision.tier;
  const first = wanted ?? (before === undefined ? { tier, reason: why } : { tier, reason: why, detail: before });
  const message = `the ${kind} "${name}" of this ${per} is used up`;
  return { ...rest, reason, detail: name, wanted: first, refused: { message, retryAfterSeconds: Math.max(1, Math.ceil(waitMs / 1000)) } };
}
