// What requests are charged to limits: held back at the decision, as much as it may come to, and settled once its outcome is known, on the
// tier that served. Each request is settled once; where nothing is known of its end, its input counts.
import type { TierName } from "../../policy/policy.ts";
import type { Account, WindowFigures } from "./account.ts";
import type { Charge, Held, LimitNote, Pending } from "./ledger.ts";
import { amountOf, heldTokens, type LimitView, microDollars, type Slot, scopeIn, type TierSlots } from "./slots.ts";
import { demands, expectedAmount, planned } from "./steer.ts";

/** A limit has come to a share of its amount, or to all of it. Once a window and account. */
export interface LimitMark {
  readonly slot: Slot;
  readonly scope: string;
  readonly figures: WindowFigures;
  readonly share: number; // 0.8, 0.9, 1
}

export interface Decided {
  readonly requestId: string | undefined; // undefined: nothing will be heard of it, so what it may come to counts
  readonly tier: TierName;
  readonly from: TierName; // before its budget was steered
  readonly score: number | undefined;
  readonly note: LimitNote;
}

/**
 * - `answered`: by `tier`, or by one that is not known: then by the one decided. `microUsd` undefined: its price is not known
 * - `failed`: nothing was generated; `isRequest`: a tier answered all the same, so it was a request
 * - `unknown`: nobody said how it ended. `asHeld`: nobody ever says, so what was held back counts
 */
export type Settlement =
  | {
      readonly kind: "answered";
      readonly tier: TierName | undefined;
      readonly inputTokens: number;
      readonly outputTokens: number;
      readonly microUsd: number | undefined;
      readonly isExact: boolean;
      readonly wasDecided: boolean; // false: it passed without a decision, and counts all the same
    }
  | { readonly kind: "failed"; readonly tier: TierName | undefined; readonly isRequest: boolean }
  | { readonly kind: "unknown"; readonly asHeld: boolean };

export interface Charges {
  decided(decided: Decided): void;
  /** `note`: of the decision that this is the end of; undefined: not known. */
  settled(requestId: string, settlement: Settlement, note: LimitNote | undefined): void;
}

export interface ChargeListener {
  readonly onMark: (mark: LimitMark) => void;
  readonly onUnpriced: (slot: Slot) => void; // a request whose price nobody knows
}

export function createCharges(view: LimitView, listener: ChargeListener): Charges {
  const { ledger } = view;
  const charges: Charges = {
    decided({ requestId, tier: name, from, score, note }) {
      const tier = view.tierOf.get(name);
      const steerable = view.tierOf.get(from);
      if (tier === undefined || steerable === undefined) return;
      const now = view.now();
      if (steerable.index > 0) steerable.scores.add(score ?? 0);
      const held: Held[] = [];
      for (const slot of tier.slots) held.push(hold(slot, tier, note, now));
      steerable.slots.forEach((slot, at) => {
        const own = held[at];
        if (slot.limit.kind === "budget")
          foresee(view, slot, own?.memory === slot.memory ? own.account : undefined, { from: steerable, note, now });
      });
      if (requestId === undefined) return settleAsHeld(view, listener, held);
      // A client's own id, used twice at the same time.
      if (ledger.pending.has(requestId)) charges.settled(requestId, { kind: "unknown", asHeld: false }, undefined);
      ledger.pending.set(requestId, { tier: name, note, held });
      ledger.journal()?.reserved(requestId, held);
    },
    settled(requestId, settlement, note) {
      const pending = ledger.pending.get(requestId) ?? undecided(settlement);
      if (pending === undefined || (note !== undefined && pending.note !== note)) return;
      ledger.pending.delete(requestId);
      const { held } = pending;
      for (const each of held) release(each);
      const charged =
        settlement.kind === "unknown" ? unknownCharges(held, settlement.asHeld) : chargesOf(view, listener, pending, settlement);
      for (let at = 0; at < charged.length; at++) {
        const each = charged[at];
        if (each === undefined) continue;
        const before = heldIn(held, at, each.memory);
        charge(each, before?.amount ?? 0);
        if (settlement.kind === "answered" && before !== undefined) learnBias(before, each.amount);
      }
      if (settlement.kind === "answered" && settlement.isExact && settlement.tier !== undefined) {
        ledger.answersOf(settlement.tier).observe(settlement.outputTokens);
      }
      marked(view, listener, charged);
      ledger.journal()?.settled(requestId, held, charged);
    },
  };
  return charges;
}

/** Undefined: it has been settled, or was never ours. */
function undecided(settlement: Settlement): Pending | undefined {
  if (settlement.kind !== "answered" || settlement.wasDecided || settlement.tier === undefined) return undefined;
  return { tier: settlement.tier, note: NO_NOTE, held: [] };
}

function hold(slot: Slot, tier: TierSlots, note: LimitNote, now: number): Held {
  const { limit, memory } = slot;
  const account = memory.accounts.open(scopeIn(note, limit.by), slot.windowNow(now));
  const { figures } = account;
  const amount = amountOf(limit.measure, note.inputTokens, heldTokens(tier, note), tier.price);
  const atLeast = amountOf(limit.measure, note.inputTokens, 0, tier.price);
  figures.reserved += amount;
  figures.reservedAtLeast += atLeast;
  figures.mine += amount;
  if (figures.lease !== undefined) figures.lease -= amount;
  return { memory, account, figures, amount, atLeast, expected: expectedAmount(slot, tier, note) };
}

/** Mostly it was held back on the same tier, in the same order. */
function heldIn(held: readonly Held[], at: number, memory: Held["memory"]): Held | undefined {
  const there = held[at];
  return there?.memory === memory ? there : held.find((each) => each.memory === memory);
}

function release({ figures, amount, atLeast }: Held): void {
  figures.reserved -= amount;
  figures.reservedAtLeast -= atLeast;
  figures.mine -= amount;
}

/** `held`: what had been held back for it there. */
function charge({ figures, amount }: Charge, held: number): void {
  figures.used += amount;
  figures.mine += amount;
  if (figures.lease !== undefined && amount > held) figures.lease -= amount - held;
}

type Ended = Exclude<Settlement, { kind: "unknown" }>;

/** In the windows it was held back in, of limits of the tier that served. */
function chargesOf(view: LimitView, { onUnpriced }: ChargeListener, pending: Pending, settlement: Ended): readonly Charge[] {
  const { held, tier: decided } = pending;
  const tier = view.tierOf.get(settlement.tier ?? decided);
  if (tier === undefined) return [];
  const charges: Charge[] = [];
  for (let at = 0; at < tier.slots.length; at++) {
    const slot = tier.slots[at];
    if (slot === undefined) continue;
    const { limit, memory } = slot;
    const before = heldIn(held, at, memory);
    const account = before?.account ?? memory.accounts.open(scopeIn(pending.note, limit.by), slot.windowNow(view.now()));
    const figures = before?.figures ?? account.figures;
    const amount = spent(slot, settlement, tier);
    if (amount === undefined) {
      figures.unpriced++;
      onUnpriced(slot);
    }
    charges.push({ memory, account, figures, amount: amount ?? 0 });
  }
  return charges;
}

/** Undefined: nobody knows. */
function spent({ limit: { measure } }: Slot, settlement: Ended, { price }: TierSlots): number | undefined {
  if (settlement.kind === "failed") return measure === "requests" && settlement.isRequest ? 1 : 0;
  const { inputTokens, outputTokens, microUsd } = settlement;
  if (measure !== "usd") return amountOf(measure, inputTokens, outputTokens, NO_PRICE);
  const usd = microUsd ?? microDollars(inputTokens, outputTokens, price);
  return usd === undefined ? undefined : Math.ceil(usd);
}

interface Foreseen {
  readonly from: TierSlots; // before it was steered
  readonly note: LimitNote;
  readonly now: number;
}

/** Of a budget the demand, and with it how many tiers down its requests go. `held`: its account, where the request is held back there. */
function foresee(view: LimitView, slot: Slot, held: Account | undefined, { from, note, now }: Foreseen): void {
  const { memory, limit } = slot;
  const account = held ?? memory.accounts.open(scopeIn(note, limit.by), slot.windowNow(now));
  const worth = demands(view, slot, account.figures, from, note);
  memory.profile.observe(now, worth);
  if (limit.steering !== "off") planned(slot, account, now);
}

function settleAsHeld(view: LimitView, listener: ChargeListener, held: readonly Held[]): void {
  for (const each of held) {
    release(each);
    charge(each, each.amount);
  }
  marked(view, listener, held);
}

/** Tells of marks that were passed now. */
function marked(view: LimitView, { onMark }: ChargeListener, charges: readonly Charge[]): void {
  for (const { memory, account, figures } of charges) {
    const slot = view.slotOf.get(memory);
    if (slot === undefined) continue;
    const { warnAt, amount } = slot.limit;
    while (figures.told <= warnAt.length) {
      const share = warnAt[figures.told] ?? 1;
      if (figures.used < share * amount) break;
      figures.told++;
      onMark({ slot, scope: account.scope, figures, share });
    }
  }
}

const NO_NOTE: LimitNote = { bys: [], scopes: [], inputTokens: 0, maxTokens: 0 };
const NO_PRICE = { inputPerMTok: undefined, outputPerMTok: undefined };

function unknownCharges(held: readonly Held[], asHeld: boolean): readonly Charge[] {
  return asHeld ? held : held.map((each) => ({ ...each, amount: each.atLeast }));
}

/** How much a single request moves it. */
const BIAS_STEP = 1 / 128;
const [LEAST_BIAS, MOST_BIAS] = [0.2, 5];

function learnBias({ memory, expected }: Held, amount: number): void {
  if (expected <= 0) return;
  const bias = memory.bias + BIAS_STEP * (Math.min(amount / expected, 10) - memory.bias);
  memory.bias = Math.min(MOST_BIAS, Math.max(LEAST_BIAS, bias));
}
