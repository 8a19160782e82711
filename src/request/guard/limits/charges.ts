// What requests are charged to limits: held back at the decision, as much as it may come to, and settled once its outcome is known, on the
// tier that served. Each request is settled once; where nothing is known of its end, its input counts.
import type { TierName } from "../../policy/policy.ts";
import type { Counted, WindowFigures } from "./account.ts";
import { type Amounts, amountIn, amountsOf, microDollars, type Spent, spentIn } from "./amounts.ts";
import type { Charged, Holding, LimitMemory, LimitNote } from "./ledger.ts";
import { accountToCharge, expectedAt, type LimitView, type Slot, type TierSlots } from "./slots.ts";
import { demands, planned } from "./steer.ts";

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
  readonly isRead: boolean; // else nobody keeps the note
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
  /** `note`: of the decision that this is the end of; undefined: its body was not read, or it is not known. */
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
    decided({ requestId, tier: name, from, score, note, isRead }) {
      const tier = view.tierOf.get(name);
      const steerable = from === name ? tier : view.tierOf.get(from);
      if (tier === undefined || steerable === undefined) return;
      if (steerable.index > 0) steerable.scores.add(score ?? 0);
      const holding = heldBack(tier, note);
      for (const slot of steerable.budgets) foresee(view, slot, steerable, note);
      if (requestId === undefined) return settleAsHeld(booking, holding, note.atMs);
      if (!isRead) {
        // A client's own id, used twice at the same time.
        if (ledger.unread.has(requestId)) charges.settled(requestId, { kind: "unknown", asHeld: false }, undefined);
        ledger.unread.set(requestId, note);
      }
      note.holding = holding;
      ledger.journal()?.reserved(requestId, holding, note.atMs);
    },
    settled(requestId, settlement, known) {
      const note = known ?? ledger.unread.get(requestId) ?? undecided(settlement);
      if (note?.holding === undefined) return; // it has been settled, or was never ours
      const { holding } = note;
      note.holding = undefined;
      if (known === undefined) ledger.unread.delete(requestId);
      release(holding);
      const charged =
        settlement.kind === "unknown"
          ? chargeUnknown(booking, holding, settlement.asHeld)
          : chargeEnded(booking, note, holding, settlement);
      if (settlement.kind === "answered" && settlement.isExact && settlement.tier !== undefined) {
        ledger.answersOf(settlement.tier).observe(settlement.outputTokens);
      }
      ledger.journal()?.settled(requestId, holding, charged);
    },
  };
  return charges;
}

/** Of a request that passed without a decision. */
function undecided(settlement: Settlement): LimitNote | undefined {
  if (settlement.kind !== "answered" || settlement.wasDecided || settlement.tier === undefined) return undefined;
  const holding = { tier: settlement.tier, figures: [], held: NOTHING, atLeast: NOTHING, expected: NOTHING, isSettled: false };
  return { bys: [], scopes: [], inputTokens: 0, maxTokens: 0, atMs: 0, holding };
}

/** Holds back what a request may come to, at every limit of its tier. */
function heldBack(tier: TierSlots, note: LimitNote): Holding {
  const held = tier.heldFor(note);
  const atLeast = amountsOf(note.inputTokens, 0, tier.price);
  const figures: WindowFigures[] = [];
  for (const slot of tier.slots) {
    const its = accountToCharge(slot, note, note.atMs).figures;
    const amount = amountIn(held, its.of.measure);
    its.reserved += amount;
    its.reservedAtLeast += amountIn(atLeast, its.of.measure);
    its.mine += amount;
    if (its.slice !== undefined) its.slice.lease -= amount;
    figures.push(its);
  }
  return { tier: tier.name, figures, held, atLeast, expected: expectedAt(tier, note), isSettled: false };
}

/** Mostly it was held back on the same tier, in the same order. */
function heldIn({ figures }: Holding, at: number, of: Counted): WindowFigures | undefined {
  const there = figures[at];
  return there?.of === of ? there : figures.find((each) => each.of === of);
}

function release(holding: Holding): void {
  const { figures, held, atLeast } = holding;
  holding.isSettled = true;
  for (const its of figures) {
    const amount = amountIn(held, its.of.measure);
    its.reserved -= amount;
    its.reservedAtLeast -= amountIn(atLeast, its.of.measure);
    its.mine -= amount;
  }
}

/** What is needed to charge anything. */
interface Booking {
  readonly view: LimitView;
  readonly listener: ChargeListener;
}

/** `before`: what had been held back for it there. `slot` undefined: its limit is in force no more. Tells of marks that are passed now. */
function charge({ listener }: Booking, slot: Slot | undefined, figures: WindowFigures, amount: number, before: number): void {
  figures.used += amount;
  figures.mine += amount;
  if (figures.slice !== undefined && amount > before) figures.slice.lease -= amount - before;
  if (slot === undefined) return;
  const { limit } = slot;
  while (figures.told <= limit.warnAt.length) {
    const share = limit.warnAt[figures.told] ?? 1;
    if (figures.used < share * limit.amount) break;
    figures.told++;
    listener.onMark({ slot, scope: figures.scope, figures, share });
  }
}

type Ended = Exclude<Settlement, { kind: "unknown" }>;

/** In the windows it was held back in, of limits of the tier that served. */
function chargeEnded(booking: Booking, note: LimitNote, holding: Holding, settlement: Ended): Charged {
  const { view, listener } = booking;
  const tier = view.tierOf.get(settlement.tier ?? holding.tier);
  if (tier === undefined) return { figures: [], spent: NOTHING_SPENT };
  const { spent, isPriced } = spentOn(tier, settlement);
  const charged: WindowFigures[] = [];
  for (let at = 0; at < tier.slots.length; at++) {
    const slot = tier.slots[at];
    if (slot === undefined) continue;
    const { of } = slot.memory.accounts;
    const before = heldIn(holding, at, of);
    const figures = before ?? accountToCharge(slot, note, view.now()).figures;
    if (!isPriced && of.measure === "usd") {
      figures.unpriced++;
      listener.onUnpriced(slot);
    }
    const amount = spentIn(spent, of.measure);
    charge(booking, slot, figures, amount, before === undefined ? 0 : amountIn(holding.held, of.measure));
    if (settlement.kind === "answered" && before !== undefined) learnBias(slot.memory, amountIn(holding.expected, of.measure), amount);
    charged.push(figures);
  }
  return { figures: charged, spent };
}

/** `isPriced`: else nobody knows what it cost. */
function spentOn({ price }: TierSlots, settlement: Ended): { readonly spent: Spent; readonly isPriced: boolean } {
  if (settlement.kind === "failed") return { spent: settlement.isRequest ? ONE_REQUEST : NOTHING_SPENT, isPriced: true };
  const { inputTokens, outputTokens, microUsd } = settlement;
  const usd = microUsd ?? microDollars(inputTokens, outputTokens, price);
  const spent = { requests: 1, tokens: Math.ceil(inputTokens + outputTokens), microUsd: Math.ceil(usd ?? 0) } as const;
  return { spent, isPriced: usd !== undefined };
}

/** Of a budget the demand, and with it how many tiers down its requests go. */
function foresee(view: LimitView, slot: Slot, from: TierSlots, note: LimitNote): void {
  const { memory, limit } = slot;
  const account = accountToCharge(slot, note, note.atMs);
  const worth = demands(view, slot, account.figures, from, note);
  memory.profile.observe(note.atMs, worth);
  if (limit.steering !== "off") planned(slot, account, note.atMs);
}

/** Of a request that has no id, so that nobody will tell what became of it. */
function settleAsHeld(booking: Booking, holding: Holding, atMs: number): void {
  const journal = booking.view.ledger.journal();
  const name = journal?.newName() ?? "";
  journal?.reserved(name, holding, atMs);
  release(holding);
  const charged = chargeUnknown(booking, holding, true);
  journal?.settled(name, holding, charged);
}

/** What was held back, or what the input alone comes to. */
function chargeUnknown(booking: Booking, { figures, held, atLeast }: Holding, asHeld: boolean): Charged {
  const { tokens, microUsd } = asHeld ? held : atLeast;
  const spent = { requests: 1, tokens, microUsd } as const;
  for (const its of figures) {
    charge(booking, booking.view.slotOf.get(its.of), its, spentIn(spent, its.of.measure), amountIn(held, its.of.measure));
  }
  return { figures, spent };
}

const NOTHING: Amounts = { tokens: 0, microUsd: 0 };
const NOTHING_SPENT: Spent = { requests: 0, ...NOTHING };
const ONE_REQUEST: Spent = { requests: 1, ...NOTHING };

/** How much a single request moves it. */
const BIAS_STEP = 1 / 128;
const [LEAST_BIAS, MOST_BIAS] = [0.2, 5];

function learnBias(memory: LimitMemory, expected: number, amount: number): void {
  if (expected <= 0) return;
  const bias = memory.bias + BIAS_STEP * (Math.min(amount / expected, 10) - memory.bias);
  memory.bias = Math.min(MOST_BIAS, Math.max(LEAST_BIAS, bias));
}
