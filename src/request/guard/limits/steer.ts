// Guard: near the limit of a budget a share of the requests goes to cheaper tiers, those first that ask least for the dear one: a shadow
// price on the score of policies that have one, and a share by a stable hash of the session for others. How large a share is pace.ts's.
import { hashOfId } from "../../policy/id-hash.ts";
import type { PolicyRequest } from "../../policy/policy.ts";
import type { Decision } from "../../routing/decision.ts";
import { BUDGET } from "../../routing/reasons.ts";
import { type Guarded, mayGoTo, movedBy } from "../guard.ts";
import type { Account, WindowFigures } from "./account.ts";
import type { LimitMemory, LimitNote } from "./ledger.ts";
import { expectedRest, type Pace, plannedShift } from "./pace.ts";
import { hasRoom } from "./room.ts";
import type { Slot, TierSlots } from "./slots.ts";
import { accountOf, amountOf, type LimitView } from "./slots.ts";

/** How often an account's shift is computed anew. */
export const PLANNED_EVERY_MS = 1000;

/** On the request path: allocates nothing where no budget is steered. */
export function steered(view: LimitView, decision: Decision, { request, isLocked }: Guarded): Decision {
  const tier = view.tierOf.get(decision.tier);
  if (tier === undefined || tier.index === 0 || isLocked || decision.refused !== undefined) return decision;
  const by = strongest(view, tier, request);
  if (by === undefined) return decision;
  const { shift, slot } = by;
  const whole = Math.floor(shift);
  const isOneMore = shift > whole && tier.scores.position(decision.score ?? 0, chanceOf(request)) < shift - whole;
  const down = Math.min(tier.index, whole + (isOneMore ? 1 : 0));
  if (down === 0) return decision;
  const note = view.noteOf(request);
  const target = nearestTo(view, tier.index, tier.index - down, (other) => mayGoTo(decision, other.name) && hasRoom(view, other, note));
  return target === undefined ? decision : movedBy("budget", decision, { tier: target.name, reason: BUDGET.name, detail: slot.limit.name });
}

/** The budget that sends this tier's requests down the furthest. */
function strongest(view: LimitView, tier: TierSlots, request: PolicyRequest) {
  let [shift, by] = [0, undefined as Slot | undefined];
  const now = view.now();
  for (const slot of tier.slots) {
    if (slot.limit.kind !== "budget" || slot.limit.steering === "off") continue;
    const account = accountOf(slot, view.noteOf(request));
    if (account === undefined || account.shift <= shift || now >= account.figures.window.endMs) continue;
    shift = account.shift;
    by = slot;
  }
  return by === undefined ? undefined : { shift, slot: by };
}

/** As far down as asked; else further down; else less far. */
function nearestTo(view: LimitView, from: number, wanted: number, fits: (tier: TierSlots) => boolean): TierSlots | undefined {
  const lower = view.tiers.slice(0, wanted + 1).toReversed();
  return [...lower, ...view.tiers.slice(wanted + 1, from)].find(fits);
}

/** 0 to 1, the same for all of a session's requests: it is not sent to and fro. */
function chanceOf({ facts, requestId }: PolicyRequest): number {
  const id = facts.session ?? requestId;
  if (id === undefined) return 0;
  const [first] = hashOfId(id);
  return first / 2 ** 32;
}

/** Behind a decision: what it adds to the demand of a budget, had it been sent 0, 1, 2 … tiers below `from`. Gives the first. */
export function demands(view: LimitView, slot: Slot, figures: WindowFigures, from: TierSlots, note: LimitNote): number {
  const { demand } = figures;
  let first = 0;
  for (let down = 0; down < demand.length; down++) {
    const tier = view.tiers[Math.max(0, from.index - down)];
    if (tier === undefined || (slot.limit.tier !== undefined && slot.limit.tier !== tier.name)) continue;
    const amount = expectedAmount(slot, tier, note);
    if (down === 0) first = amount;
    demand[down] = (demand[down] ?? 0) + amount;
  }
  return first;
}

/** With an answer of the mean length. */
export function expectedAmount({ limit }: Slot, tier: TierSlots, { inputTokens, maxTokens }: LimitNote): number {
  return amountOf(limit.measure, inputTokens, Math.min(maxTokens, tier.answers.mean()), tier.price);
}

/** Computes the shift of a budget's account anew, where it is time to. */
export function planned({ limit, memory }: Slot, account: Account, now: number): void {
  if (now - account.plannedAtMs < PLANNED_EVERY_MS) return;
  account.plannedAtMs = now;
  const spent = account.figures.used + account.figures.reserved;
  if (limit.steering === "late" && spent < (limit.warnAt[0] ?? 1) * limit.amount) {
    account.shift = 0;
    return;
  }
  account.shift = plannedShift({ left: limit.amount - spent, ...paceOf(memory, account, now) });
}

/** What the account's window is expected to come to at its end, if all goes on as it does. Undefined: it is too early to say. */
export function forecast({ limit, memory }: Pick<Slot, "limit" | "memory">, account: Account, now: number): number | undefined {
  const { used, reserved } = account.figures;
  const pace = paceOf(memory, account, now);
  const rest = limit.kind === "budget" ? expectedRest(pace, account.shift) : expectedRest(soFar(pace.elapsed, used + reserved), 0);
  return rest === undefined ? undefined : used + reserved + rest;
}

/** Of a quota nothing is known but what was used. */
function soFar(elapsed: number, spent: number): Omit<Pace, "left"> {
  return { elapsed, demand: [spent], before: undefined };
}

/** Of several replicas each sees its part of the requests: the whole is in proportion to what was spent. */
function paceOf(memory: LimitMemory, { figures, before }: Account, now: number): Omit<Pace, "left"> {
  const { used, reserved, mine, demand, window, lease } = figures;
  const part = lease === undefined || mine <= 0 ? 1 : Math.max(1, (used + reserved) / mine);
  const scaled = (of: Float64Array) => of.map((worth) => worth * memory.bias * part);
  const elapsed = memory.profile.elapsed(window.startMs, window.endMs, now);
  return { demand: scaled(demand), before: before && scaled(before), elapsed };
}
