// The limits of one configuration as routing knows them: its guards, what is noted of a request, and what it is charged. Made anew on a
// reload; the ledger behind it stays.
import type { PolicyRequest } from "../../policy/policy.ts";
import type { Decision } from "../../routing/decision.ts";
import { isNotChat } from "../../routing/reasons.ts";
import type { Guard, HasRoom } from "../guard.ts";
import { ALL, NONE } from "./account.ts";
import { type CalendarWindow, type WindowAt, windowsIn } from "./calendar.ts";
import { type ChargeListener, createCharges, type Settlement } from "./charges.ts";
import type { Ledger, LimitNote } from "./ledger.ts";
import { BY_USER, type Limit, type LimitSettings } from "./limit.ts";
import { hasRoom, withRoom } from "./room.ts";
import { inOrder, type LimitedTier, type LimitView, tierSlots } from "./slots.ts";
import { forecast, steered } from "./steer.ts";

/** How one account stands in the window that is now. Amounts as in `Limit`. */
export interface LimitStanding {
  readonly limit: Limit;
  readonly scope: string; // empty: everybody
  readonly window: string; // its key
  readonly startMs: number;
  readonly endMs: number;
  readonly used: number;
  readonly reserved: number;
  readonly rest: number; // what may still be taken here; negative: a soft limit was passed
  readonly unpriced: number; // requests
  readonly shift: number; // tiers down, of a budget that is steered
  readonly isShared: boolean; // `used` and `reserved` are those of all replicas
  readonly forecast: number | undefined; // what it is expected to have come to when the window ends; undefined: too early to say
}

export interface DecidedChat {
  readonly requestId: string | undefined;
  readonly decision: Decision;
  readonly measured: { readonly limits?: LimitNote | undefined } | undefined; // undefined: passed on unread
  readonly bodyBytes: number;
}

export interface LimitBook {
  readonly limits: readonly Limit[];
  readonly windowAt: WindowAt;
  readonly guards: readonly Guard[];
  /** Whether a guard behind those of limits may send the request there. */
  readonly hasRoom: HasRoom;
  /** The same for the same request. */
  noteOf(request: PolicyRequest): LimitNote;
  /** Right behind the decision, in front of the next. */
  decided(chat: DecidedChat): void;
  settled(requestId: string, settlement: Settlement, note?: LimitNote): void;
  standings(): readonly LimitStanding[];
  /** Of each budget that counts everybody, the share that is used or held back. */
  usedBudgets(): readonly number[];
  /** It is in force from now on. */
  takesEffect(): void;
}

export interface BookOptions {
  readonly settings: LimitSettings;
  readonly tiers: readonly LimitedTier[]; // cheap first
  readonly ledger: Ledger;
  readonly now: () => number; // milliseconds since the epoch
  readonly listener: ChargeListener;
}

/** Of a body that was not read: a usual rule for English. */
const BYTES_PER_TOKEN = 4;

export function limitBook({ settings, tiers, ledger, now, listener }: BookOptions): LimitBook {
  const { limits, timeZone, order, maxScopes } = settings;
  const windowAt = windowsIn(timeZone);
  const slotted = tierSlots(limits, tiers, windowAt, ledger);
  const noteOf = notes(limits, now);
  const tierOf = new Map(slotted.map((tier) => [tier.name, tier]));
  const slotOf = new Map(slotted.flatMap(({ slots }) => slots.map((slot) => [slot.memory.accounts.of, slot])));
  const othersOf = new Map(slotted.map((tier) => [tier, inOrder(slotted, tier, order)]));
  const view: LimitView = { tiers: slotted, tierOf, othersOf, slotOf, ledger, noteOf, now };
  const charges = createCharges(view, listener);
  return {
    limits,
    windowAt,
    guards: guardsOf(limits, view),
    hasRoom(tier, request) {
      const slots = tierOf.get(tier);
      return slots === undefined || hasRoom(view, slots, noteOf(request));
    },
    noteOf,
    decided({ requestId, decision, measured, bodyBytes }) {
      const { tier, reason, score, changes, refused } = decision;
      if (refused !== undefined || isNotChat(reason)) return;
      const from = changes?.find(({ by }) => by === "budget")?.from ?? tier;
      const note = measured?.limits;
      charges.decided({ requestId, tier, from, score, note: note ?? unread(bodyBytes, now()), isRead: note !== undefined });
    },
    settled: (requestId, settlement, note) => charges.settled(requestId, settlement, note),
    standings: () => limits.flatMap((limit) => standingsOf(limit, ledger, windowAt, now())),
    usedBudgets: () =>
      limits
        .filter(({ kind, by }) => kind === "budget" && by === undefined)
        .flatMap((limit) => standingsOf(limit, ledger, windowAt, now()))
        .map(({ limit, used, reserved }) => (used + reserved) / limit.amount),
    takesEffect: () => ledger.takesEffect(limits, tiers.length, maxScopes),
  };
}

function guardsOf(limits: readonly Limit[], view: LimitView): readonly Guard[] {
  const isSteered = limits.some(({ kind, steering }) => kind === "budget" && steering !== "off");
  const quota: Guard = { name: "quota", checked: (decision, guarded) => withRoom("quota", view, decision, guarded) };
  const budget: Guard = {
    name: "budget",
    checked: (decision, guarded) => withRoom("budget", view, isSteered ? steered(view, decision, guarded) : decision, guarded),
  };
  const has = (kind: Limit["kind"]) => limits.some((limit) => limit.kind === kind);
  return [...(has("quota") ? [quota] : []), ...(has("budget") ? [budget] : [])];
}

/** A request is noted once, whoever asks, since guards and charges ask one after the other. */
function notes(limits: readonly Limit[], now: () => number): (request: PolicyRequest) => LimitNote {
  const bys = [...new Set(limits.flatMap(({ by }) => (by === undefined ? [] : [by])))];
  let last: PolicyRequest | undefined;
  let note: LimitNote = { bys, scopes: [], inputTokens: 0, maxTokens: 0, atMs: 0, holding: undefined };
  return (request) => {
    if (request === last) return note;
    const { facts } = request;
    const scopes = bys.length === 0 ? bys : bys.map((by) => (by === BY_USER ? facts.user : request.header(by)) || NONE);
    const maxTokens = facts.maxTokens ?? Number.POSITIVE_INFINITY;
    note = { bys, scopes, inputTokens: facts.inputTokens, maxTokens, atMs: now(), holding: undefined };
    last = request;
    return note;
  };
}

function unread(bodyBytes: number, atMs: number): LimitNote {
  const inputTokens = Math.ceil(bodyBytes / BYTES_PER_TOKEN);
  return { bys: [], scopes: [], inputTokens, maxTokens: Number.POSITIVE_INFINITY, atMs, holding: undefined };
}

/** What nobody has used in this window stands at nothing; of a limit with scopes nobody knows which there will be. */
function standingsOf(limit: Limit, ledger: Ledger, windowAt: WindowAt, now: number): readonly LimitStanding[] {
  const memory = ledger.memoryOf(limit);
  const inUse = [...memory.accounts.all()].filter(({ figures }) => now < figures.window.endMs);
  if (inUse.length === 0 && limit.by === undefined)
    return [unused(limit, windowAt(limit.per, now), ledger.firstLease(memory.accounts.of.limit, ALL, now))];
  return inUse.map((account): LimitStanding => {
    const { scope, figures, shift } = account;
    const { window, used, reserved, unpriced, slice } = figures;
    const rest = slice?.lease ?? limit.amount - used - reserved;
    const isShared = slice !== undefined;
    return {
      limit,
      scope,
      shift,
      ...timesOf(window),
      used,
      reserved,
      unpriced,
      rest,
      isShared,
      forecast: forecast({ limit, memory }, account, now),
    };
  });
}

function unused(limit: Limit, window: CalendarWindow, lease: number | undefined): LimitStanding {
  const nothing = { used: 0, reserved: 0, unpriced: 0, shift: 0, forecast: undefined };
  return { limit, scope: ALL, ...timesOf(window), ...nothing, rest: lease ?? limit.amount, isShared: lease !== undefined };
}

function timesOf({ key, startMs, endMs }: CalendarWindow) {
  return { window: key, startMs, endMs };
}
