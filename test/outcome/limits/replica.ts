// A replica with a budget of ten dollars that it shares with others, as tests of slices drive it: they say when it exchanges, and what
// time it is.
import { type Slices, shareLimits } from "../../../src/outcome/limits/slices.ts";
import { type LimitBook, limitBook } from "../../../src/request/guard/limits/book.ts";
import { createLedger, type LimitNote } from "../../../src/request/guard/limits/ledger.ts";
import type { AwayMode, Limit } from "../../../src/request/guard/limits/limit.ts";
import type { PolicyRequest } from "../../../src/request/policy/policy.ts";
import type { LimitStore } from "../../../src/state/limit-store.ts";
import { stopAtEnd } from "../../support/teardown.ts";

const TIERS = [{ name: "strong", price: { inputPerMTok: 10, outputPerMTok: 20 } }];
/** Held back 3,000 micro-dollars: 100 tokens of input and 100 of output. */
export const [INPUT, OUTPUT, HELD] = [100, 100, 3000];
export const TEN_DOLLARS = 10_000_000;

export const BUDGET: Limit = {
  name: "ten",
  kind: "budget",
  measure: "usd",
  amount: TEN_DOLLARS,
  per: "month",
  tier: undefined,
  by: undefined,
  isHard: true,
  warnAt: [],
  steering: "off",
};

/** Ahead of the clock: each batch is a fortieth of a second behind the one before. */
export const clock = { passedMs: 0 };
export const now = () => Date.now() + clock.passedMs;

export interface Replica {
  readonly book: LimitBook;
  readonly slices: Slices;
  readonly lost: number[];
  readonly states: string[];
  readonly beats: { readonly ms: number; readonly run: () => void }[]; // in how many milliseconds it wanted to exchange
  /** Whether it was admitted. Undefined: it has no id. */
  ask(id: string | undefined): boolean;
  settle(id: string, microUsd: number): void;
}

export function startReplica(name: string, store: LimitStore, limit: Limit = BUDGET, away: AwayMode = "open"): Replica {
  const ledger = createLedger();
  const settings = { limits: [limit], timeZone: "UTC", order: "cheaper-first", maxScopes: 10 } as const;
  const book = limitBook({ settings, tiers: TIERS, ledger, now, listener: { onMark: () => {}, onUnpriced: () => {} } });
  book.takesEffect();
  const noted = new Map<string, LimitNote>();
  const [lost, states, beats] = [[] as number[], [] as string[], [] as Replica["beats"]];
  const slices = shareLimits({
    store,
    replica: name,
    ledger,
    limits: () => book.limits,
    windowAt: book.windowAt,
    away: () => away,
    now,
    onAway: () => states.push("away"),
    onBack: () => states.push("back"),
    onLost: (charges) => lost.push(charges),
    after: (ms, run) => {
      beats.push({ ms, run }); // the test says when
      return () => {};
    },
  });
  stopAtEnd(slices.close);
  return {
    book,
    slices,
    lost,
    states,
    beats,
    ask(id) {
      const facts = { inputTokens: INPUT, maxTokens: OUTPUT };
      const request = { facts, requestId: id, header: () => undefined } as unknown as PolicyRequest;
      const first = { tier: "strong", policy: "p", reason: "r" };
      const guarded = { request, verdict: undefined, isLocked: false };
      const decision = book.guards.reduce(
        (before, guard) => guard.checked(before, guarded),
        first as ReturnType<LimitBook["guards"][0]["checked"]>,
      );
      const note = book.noteOf(request);
      if (id !== undefined) noted.set(id, note);
      book.decided({ requestId: id, decision, measured: { limits: note }, bodyBytes: 1 });
      return decision.refused === undefined;
    },
    settle(id, microUsd) {
      const answer = { tier: "strong", inputTokens: INPUT, outputTokens: OUTPUT, microUsd, isExact: true, wasDecided: true };
      for (let times = 0; times < 3; times++) book.settled(id, { kind: "answered", ...answer }, noted.get(id));
    },
  };
}
