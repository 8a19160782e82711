// Guard: near the limit of a budget a share of the requests goes to cheaper tiers, those first that ask least for the dear one: a shadow
// price on the score of policies that have one, and a share by a stable hash of the session for others. How large a share is pace.ts's.
import { hashOfId } from "../../policy/id-hash.ts";
import type { PolicyRequest } from "../../policy/policy.ts";
import type { Decision } from "../../routing/decision.ts";
import { BUDGET } from "../../routing/reasons.ts";
import { type Guarded, mayGoTo, movedBy } from "../guard.ts";
import type { Account, WindowFigures } from "./account.ts";
import { amountIn } from "./amounts.ts";
import type { LimitMemory, LimitNote } from "./ledger.ts";
import { expectedRest, type Pace, plannedShift } from "./pace.ts";
import { hasRoom } from "./room.ts";
import { accountOf, expectedAt, type LimitView, type Slot, type TierSlots } from "./slots.ts";

/** How often an account's shift is computed anew. */
export const PLANNED_EVERY_MS = 1000;

/** On the request path: allocates nothing where no budget is steered. */
export function steered(view: LimitView, decision: Decision, { request, isLocked }: Guarded): Decision {
  const tier = view.tierOf.get(decision.tier);
  if (tier === undefined || tier.index === 0 || isLocked || decision.refused !== undefined || tier.steered.length === 0) return decision;
  const note = view.noteOf(request);
  const by = strongest(tier, note);
  if (by === undefined) return decision;
  const shift = shiftOf(by, note);
  const whole = Math.floor(shift);
  const isOneMore = shift > whole && tier.scores.position(decision.score ?? 0, chanceOf(request)) < shift - whole;
  const down = Math.min(tier.index, whole + (isOneMore ? 1 : 0));
  if (down === 0) return decision;
  const target = nearestTo(view, decision, tier.index, tier.index - down, note);
  return target === undefined ? decision : movedBy("budget", decision, { tier: target.name, reason: BUDGET.name, detail: by.limit.name });
}

/** The budget that sends this tier's requests down the furthest. */
function strongest(tier: TierSlots, note: LimitNote): Slot | undefined {
  let [furthest, by] = [0, undefined as Slot | undefined];
  for (const slot of tier.steered) {
    const shift = shiftOf(slot, note);
    if (shift <= furthest) continue;
    furthest = shift;
    by = slot;
  }
  return by;
}

function shiftOf(slot: Slot, note: LimitNote): number {
  const account = accountOf(slot, note);
  return account === undefined || note.atMs >= account.figures.window.endMs ? 0 : account.shift;
}

/** As far down as asked; else further down; else less far. */
function nearestTo(view: LimitView, decision: Decision, from: number, wanted: number, note: LimitNote): TierSlots | undefined {
  const { tiers } = view;
  const fits = (tier: TierSlots | undefined) => tier !== undefined && mayGoTo(decision, tier.name) && hasRoom(view, tier, note);
  for (let at = wanted; at >= 0; at--) if (fits(tiers[at])) return tiers[at];
  for (let at = wanted + 1; at < from; at++) if (fits(tiers[at])) return tiers[at];
  return undefined;
}

/** 0 to 1, the same for all of a session's requests: it is not sent to and fro. */
function chanceOf({ facts, requestId }: PolicyRequest): number {
  const id = facts.session ?? requestId;
  if (id === undefined) return 0;
  const [first] = hashOfId(id);
  return first / 2 ** 32;
}

/** Behind a decision: what it adds to the demand of a budget, had it been sent 0, 1, 2 … tiers below `from`. Gives the first. */
export function demands(view: LimitView, { limit }: Slot, { demand }: WindowFigures, from: TierSlots, note: LimitNote): number {
  let first = 0;
  for (let down = 0; down < demand.length; down++) {
    const tier = view.tiers[Math.max(0, from.index - down)];
    if (tier === undefined || (limit.tier !== undefined && limit.tier !== tier.name)) continue;
    const amount = amountIn(expectedAt(tier, note), limit.measure);
    if (down === 0) first = amount;
    demand[down] = (demand[down] ?? 0) + amount;
  }
  return first;
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
  const { used, reserved, mine, demand, window, slice } = figures;
  const part = slice === undefined || mine <= 0 ? 1 : Math.max(1, (used + reserved) / mine);
  const scaled = (of: Float64Array) => of.map((worth) => worth * memory.bias * part);
  const elapsed = memory.profile.elapsed(window.startMs, window.endMs, now);
  return { demand: scaled(demand), before: before && scaled(before), elapsed };
}
