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
  const booking: Booking = { view, listener };
  const charges: Charges = {
    decided({ requestId, tier: name, from, score, note }) {
      const tier = view.tierOf.get(name);
      const steerable = view.tierOf.get(from);
      if (tier === undefined || steerable === undefined) return;
      const now = view.now();
      if (steerable.index > 0) steerable.scores.add(score ?? 0);
      const held: Held[] = [];
      for (const slot of tier.slots) held.push(hold(slot, tier, note, now));
      for (let at = 0; at < steerable.slots.length; at++) {
        const slot = steerable.slots[at];
        if (slot?.limit.kind !== "budget") continue;
        const own = held[at];
        foresee(view, slot, own?.memory === slot.memory ? own.account : undefined, steerable, note, now);
      }
      if (requestId === undefined) return settleAsHeld(booking, held);
      // A client's own id, used twice at the same time.
      if (ledger.pending.has(requestId)) charges.settled(requestId, { kind: "unknown", asHeld: false }, undefined);
      ledger.pending.set(requestId, { tier: name, note, held });
      ledger.journal()?.reserved(requestId, held);
    },
    settled(requestId, settlement, note) {
      const pending = ledger.pending.get(requestId) ?? undecided(settlement);
      if (pending === undefined || (note !== undefined && pending.note !== note)) return;
      ledger.pending.delete(requestId);
      for (const each of pending.held) release(each);
      const journal = ledger.journal();
      const charged: Charge[] | undefined = journal && [];
      if (settlement.kind === "unknown") chargeUnknown(booking, pending.held, settlement.asHeld, charged);
      else chargeEnded(booking, pending, settlement, charged);
      if (settlement.kind === "answered" && settlement.isExact && settlement.tier !== undefined) {
        ledger.answersOf(settlement.tier).observe(settlement.outputTokens);
      }
      if (charged !== undefined) journal?.settled(requestId, pending.held, charged);
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

/** What is needed to charge anything. */
interface Booking {
  readonly view: LimitView;
  readonly listener: ChargeListener;
}

/** `held`: what had been held back for it there. `slot` undefined: its limit is in force no more. Tells of marks that are passed now. */
function charge({ listener }: Booking, slot: Slot | undefined, { account, figures }: Posting, amount: number, held: number): void {
  figures.used += amount;
  figures.mine += amount;
  if (figures.lease !== undefined && amount > held) figures.lease -= amount - held;
  if (slot === undefined) return;
  const { limit } = slot;
  while (figures.told <= limit.warnAt.length) {
    const share = limit.warnAt[figures.told] ?? 1;
    if (figures.used < share * limit.amount) break;
    figures.told++;
    listener.onMark({ slot, scope: account.scope, figures, share });
  }
}

type Posting = Pick<Charge, "account" | "figures">;
type Ended = Exclude<Settlement, { kind: "unknown" }>;

/** In the windows it was held back in, of limits of the tier that served. `charged`: who wants to know each. */
function chargeEnded(booking: Booking, pending: Pending, settlement: Ended, charged: Charge[] | undefined): void {
  const { view, listener } = booking;
  const tier = view.tierOf.get(settlement.tier ?? pending.tier);
  if (tier === undefined) return;
  for (let at = 0; at < tier.slots.length; at++) {
    const slot = tier.slots[at];
    if (slot === undefined) continue;
    const before = heldIn(pending.held, at, slot.memory);
    const posting = before ?? postingNow(slot, pending.note, view.now());
    const known = spent(slot, settlement, tier);
    if (known === undefined) {
      posting.figures.unpriced++;
      listener.onUnpriced(slot);
    }
    const amount = known ?? 0;
    charge(booking, slot, posting, amount, before?.amount ?? 0);
    if (settlement.kind === "answered" && before !== undefined) learnBias(before, amount);
    charged?.push({ memory: slot.memory, account: posting.account, figures: posting.figures, amount });
  }
}

function postingNow({ limit, memory, windowNow }: Slot, note: LimitNote, now: number): Posting {
  const account = memory.accounts.open(scopeIn(note, limit.by), windowNow(now));
  return { account, figures: account.figures };
}

/** Undefined: nobody knows. */
function spent({ limit: { measure } }: Slot, settlement: Ended, { price }: TierSlots): number | undefined {
  if (settlement.kind === "failed") return measure === "requests" && settlement.isRequest ? 1 : 0;
  const { inputTokens, outputTokens, microUsd } = settlement;
  if (measure !== "usd") return amountOf(measure, inputTokens, outputTokens, NO_PRICE);
  const usd = microUsd ?? microDollars(inputTokens, outputTokens, price);
  return usd === undefined ? undefined : Math.ceil(usd);
}

/** Of a budget the demand, and with it how many tiers down its requests go. `held`: its account, where the request is held back there. */
function foresee(view: LimitView, slot: Slot, held: Account | undefined, from: TierSlots, note: LimitNote, now: number): void {
  const { memory, limit } = slot;
  const account = held ?? memory.accounts.open(scopeIn(note, limit.by), slot.windowNow(now));
  const worth = demands(view, slot, account.figures, from, note);
  memory.profile.observe(now, worth);
  if (limit.steering !== "off") planned(slot, account, now);
}

function settleAsHeld(booking: Booking, held: readonly Held[]): void {
  for (const each of held) release(each);
  chargeUnknown(booking, held, true, undefined);
}

/** What was held back, or what the input alone comes to. */
function chargeUnknown(booking: Booking, held: readonly Held[], asHeld: boolean, charged: Charge[] | undefined): void {
  for (const each of held) {
    const amount = asHeld ? each.amount : each.atLeast;
    charge(booking, booking.view.slotOf.get(each.memory), each, amount, each.amount);
    charged?.push({ memory: each.memory, account: each.account, figures: each.figures, amount });
  }
}

const NO_NOTE: LimitNote = { bys: [], scopes: [], inputTokens: 0, maxTokens: 0 };
const NO_PRICE = { inputPerMTok: undefined, outputPerMTok: undefined };

/** How much a single request moves it. */
const BIAS_STEP = 1 / 128;
const [LEAST_BIAS, MOST_BIAS] = [0.2, 5];

function learnBias({ memory, expected }: Held, amount: number): void {
  if (expected <= 0) return;
  const bias = memory.bias + BIAS_STEP * (Math.min(amount / expected, 10) - memory.bias);
  memory.bias = Math.min(MOST_BIAS, Math.max(LEAST_BIAS, bias));
}
