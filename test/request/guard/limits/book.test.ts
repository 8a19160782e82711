// Limits as routing meets them: what guards make of a decision, and what requests are charged.
import { beforeEach, describe, expect, test } from "vitest";
import type { Guarded } from "../../../../src/request/guard/guard.ts";
import { type LimitBook, limitBook } from "../../../../src/request/guard/limits/book.ts";
import type { LimitMark, Settlement } from "../../../../src/request/guard/limits/charges.ts";
import { createLedger, type Ledger, type LimitNote } from "../../../../src/request/guard/limits/ledger.ts";
import type { Limit, LimitSettings } from "../../../../src/request/guard/limits/limit.ts";
import type { PolicyRequest } from "../../../../src/request/policy/policy.ts";
import type { Decision } from "../../../../src/request/routing/decision.ts";

const START = Date.parse("2026-11-29T12:00:00Z");
const TIERS = [
  { name: "weak", price: { inputPerMTok: 1, outputPerMTok: 2 } },
  { name: "middle", price: { inputPerMTok: 2, outputPerMTok: 4 } },
  { name: "strong", price: { inputPerMTok: 10, outputPerMTok: 20 } },
];
const NAMED = { strong: "strong", middle: "middle", weak: "weak" } as const;

let now = START;
let marks: LimitMark[];
let unpriced: string[];
let ledger: Ledger;
let noted: Map<string, LimitNote>; // what whoever keeps the request has of it

beforeEach(() => {
  now = START;
  marks = [];
  unpriced = [];
  ledger = createLedger();
  noted = new Map();
});

function limit(over: Partial<Limit>): Limit {
  const base = { name: "limit", kind: "quota", measure: "requests", amount: 2, per: "day", tier: undefined, by: undefined } as const;
  return { ...base, isHard: false, warnAt: [], steering: "off", ...over };
}

function book(limits: readonly Limit[], settings: Partial<LimitSettings> = {}, tiers = TIERS): LimitBook {
  const made = limitBook({
    settings: { limits, timeZone: "UTC", order: "cheaper-first", maxScopes: 100, ...settings },
    tiers,
    ledger,
    now: () => now,
    listener: { onMark: (mark) => marks.push(mark), onUnpriced: ({ limit: { name } }) => unpriced.push(name) },
  });
  made.takesEffect();
  return made;
}

interface Asked {
  readonly tier?: keyof typeof NAMED;
  readonly id?: string;
  readonly team?: string;
  readonly inputTokens?: number;
  readonly maxTokens?: number;
  readonly isLocked?: boolean;
  readonly cannot?: readonly string[];
  readonly score?: number;
}

let asked = 0;

function requestOf({ id, team, inputTokens = 100, maxTokens = 50 }: Asked): PolicyRequest {
  const facts = { inputTokens, maxTokens, user: undefined, session: undefined };
  const header = (name: string) => (name === "x-team" ? team : undefined);
  return { facts, requestId: id, header } as unknown as PolicyRequest;
}

/** Guards, then charges. */
function decide(limits: LimitBook, given: Asked = {}): Decision {
  const { tier = "strong", id = `r${++asked}`, isLocked = false, cannot, score } = given;
  const request = requestOf({ ...given, id });
  const first: Decision = { tier, policy: "p@1", reason: "why", ...(cannot && { cannot }), ...(score !== undefined && { score }) };
  const guarded: Guarded = { request, verdict: undefined, isLocked };
  const decision = limits.guards.reduce((at, guard) => guard.checked(at, guarded), first);
  const note = limits.noteOf(request);
  noted.set(id, note);
  limits.decided({ requestId: id, decision, measured: { limits: note }, bodyBytes: 400 });
  return decision;
}

function settle(limits: LimitBook, id: string, settlement: Settlement): void {
  limits.settled(id, settlement, noted.get(id));
}

const answered = (over: Partial<Extract<Settlement, { kind: "answered" }>> = {}): Settlement => ({
  kind: "answered",
  tier: "strong",
  inputTokens: 100,
  outputTokens: 50,
  microUsd: 2000,
  isExact: true,
  wasDecided: true,
  ...over,
});

const usedOf = (limits: LimitBook, name = "limit", scope = "") => {
  const found = limits.standings().find((standing) => standing.limit.name === name && standing.scope === scope);
  return found && { used: found.used, reserved: found.reserved };
};

describe("a quota that is used up", () => {
  test("sends requests to the next cheaper tier that has room, and says which quota and what was wanted", () => {
    const limits = book([limit({ name: "strong-day", tier: "strong" })]);
    expect([decide(limits).tier, decide(limits).tier]).toEqual(["strong", "strong"]);
    expect(decide(limits)).toEqual({
      tier: "middle",
      policy: "p@1",
      reason: "quota",
      detail: "strong-day",
      wanted: { tier: "strong", reason: "why" },
      changes: [{ by: "quota", from: "strong", to: "middle" }],
    });
  });

  const full = (tier: string) => limit({ name: tier, tier, amount: 1 });
  test.each<[order: LimitSettings["order"], used: readonly (keyof typeof NAMED)[], asks: keyof typeof NAMED, gets: string]>([
    ["cheaper-first", ["strong"], "strong", "middle"],
    ["cheaper-first", ["strong", "middle"], "strong", "weak"],
    ["cheaper-first", ["middle"], "middle", "weak"],
    ["cheaper-first", ["middle", "weak"], "middle", "strong"],
    ["dearer-first", ["middle"], "middle", "strong"],
    ["dearer-first", ["middle", "strong"], "middle", "weak"],
    ["cheaper-only", ["middle", "weak"], "middle", "middle"],
    ["cheaper-first", ["strong", "middle", "weak"], "strong", "strong"],
  ])("%s, %j used up: %s gets %s", (order, used, asks, gets) => {
    const limits = book([full("strong"), full("middle"), full("weak")], { order });
    for (const tier of used) decide(limits, { tier });
    expect(decide(limits, { tier: asks }).tier).toBe(gets);
  });

  test("goes to no tier that cannot take the request", () => {
    const limits = book([full("strong")]);
    decide(limits);
    expect(decide(limits, { cannot: ["middle"] }).tier).toBe("weak");
  });

  test("has room again with the next window, without anybody's doing", () => {
    const limits = book([full("strong")]);
    expect([decide(limits).tier, decide(limits).tier]).toEqual(["strong", "middle"]);
    now = Date.parse("2026-11-30T00:00:00Z");
    expect([decide(limits).tier, decide(limits).tier]).toEqual(["strong", "middle"]);
  });

  test("counts tokens: a request goes where all of it fits", () => {
    const limits = book([limit({ measure: "tokens", amount: 400, tier: "strong" })]);
    expect(decide(limits, { inputTokens: 300, maxTokens: 50 }).tier).toBe("strong");
    expect(decide(limits, { inputTokens: 30, maxTokens: 50 }).tier).toBe("middle");
    expect(decide(limits, { inputTokens: 30, maxTokens: 20 }).tier).toBe("strong");
  });
});

describe("hard and soft", () => {
  const everywhere = (isHard: boolean) => [limit({ amount: 1, isHard })];

  test("a hard limit refuses where no tier has room, until its window ends", () => {
    const limits = book(everywhere(true));
    decide(limits);
    const { refused, reason, detail, tier, wanted } = decide(limits);
    expect({ reason, detail, tier, wanted }).toEqual({
      reason: "quota-refused",
      detail: "limit",
      tier: "strong",
      wanted: { tier: "strong", reason: "why" },
    });
    expect(refused).toEqual({ message: 'the quota "limit" of this day is used up', retryAfterSeconds: 12 * 3600 });
    expect(usedOf(limits)).toEqual({ used: 0, reserved: 1 });
  });

  test("a soft one is passed", () => {
    const limits = book(everywhere(false));
    decide(limits);
    expect(decide(limits)).toMatchObject({ tier: "strong", reason: "why" });
    expect(usedOf(limits)).toEqual({ used: 0, reserved: 2 });
  });

  test("a soft one is passed rather than a hard one", () => {
    const limits = book([
      limit({ name: "s", tier: "strong", amount: 1, isHard: true }),
      limit({ name: "m", tier: "middle", amount: 1, isHard: true }),
      limit({ name: "w", tier: "weak", amount: 1 }),
    ]);
    for (const tier of ["strong", "middle", "weak"] as const) decide(limits, { tier });
    expect(decide(limits).tier).toBe("weak");
  });

  test("the first window that ends says when to come back", () => {
    const limits = book([
      limit({ name: "s", tier: "strong", amount: 1, isHard: true }),
      limit({ name: "m", tier: "middle", amount: 1, isHard: true, per: "hour" }),
      limit({ name: "w", tier: "weak", amount: 1, isHard: true, per: "month" }),
    ]);
    for (const tier of ["strong", "middle", "weak"] as const) decide(limits, { tier });
    expect(decide(limits).refused?.retryAfterSeconds).toBe(3600);
  });

  test.each([
    [false, { tier: "strong", reason: "why" }],
    [true, { tier: "strong", reason: "quota-refused", refused: { retryAfterSeconds: 12 * 3600 } }],
  ])("what may go to no other tier stays, or is refused: hard %s", (isHard, expected) => {
    const limits = book([limit({ tier: "strong", amount: 1, isHard })]);
    decide(limits);
    expect(decide(limits, { isLocked: true })).toMatchObject(expected);
  });
});

describe("scopes", () => {
  const byTeam = limit({ by: "x-team", amount: 1, tier: "strong" });

  test("each team has its own; those without one share", () => {
    const limits = book([byTeam]);
    const tiers = ["a", "b", "a", undefined, undefined].map((team) => decide(limits, { ...(team && { team }) }).tier);
    expect(tiers).toEqual(["strong", "strong", "middle", "strong", "middle"]);
    expect(usedOf(limits, "limit", "none")).toEqual({ used: 0, reserved: 1 });
  });

  test("beyond their number they count together, and last window's make room", () => {
    const limits = book([byTeam], { maxScopes: 2 });
    expect(["a", "b", "c", "d"].map((team) => decide(limits, { team }).tier)).toEqual(["strong", "strong", "strong", "middle"]);
    expect(limits.standings().map(({ scope }) => scope)).toEqual(["a", "b", "other"]);
    now = Date.parse("2026-12-01T00:00:00Z");
    expect(["c", "d"].map((team) => decide(limits, { team }).tier)).toEqual(["strong", "strong"]);
    expect(limits.standings().map(({ scope }) => scope)).toEqual(["c", "d"]);
  });
});

describe("what is charged", () => {
  const all = [
    limit({ name: "requests", amount: 1000 }),
    limit({ name: "tokens", measure: "tokens", amount: 1e6 }),
    limit({ name: "usd", kind: "budget", measure: "usd", amount: 1e9 }),
  ];
  const figures = (limits: LimitBook) => Object.fromEntries(["requests", "tokens", "usd"].map((name) => [name, usedOf(limits, name)]));

  test("the input and as long an answer as is asked for are held back; the outcome takes their place, once", () => {
    const limits = book(all);
    decide(limits, { id: "one" });
    expect(figures(limits)).toEqual({
      requests: { used: 0, reserved: 1 },
      tokens: { used: 0, reserved: 150 },
      usd: { used: 0, reserved: 2000 },
    });
    for (let times = 0; times < 3; times++) settle(limits, "one", answered({ outputTokens: 7, microUsd: 1140 }));
    const settled = { requests: { used: 1, reserved: 0 }, tokens: { used: 107, reserved: 0 }, usd: { used: 1140, reserved: 0 } };
    expect(figures(limits)).toEqual(settled);
    limits.settled("never-decided", answered());
    expect(figures(limits)).toEqual(settled);
  });

  test.each<[what: string, settlement: Settlement, used: readonly [requests: number, tokens: number, usd: number]]>([
    ["an answer", answered(), [1, 150, 2000]],
    ["an answer of a tier nobody knows is the decided one's", answered({ tier: undefined, microUsd: undefined }), [1, 150, 2000]],
    ["an error of the tier is a request", { kind: "failed", tier: "strong", isRequest: true }, [1, 0, 0]],
    ["one that no tier answered is none", { kind: "failed", tier: undefined, isRequest: false }, [0, 0, 0]],
    ["an unknown end counts its input", { kind: "unknown", asHeld: false }, [1, 100, 1000]],
    ["without an access log all that was held counts", { kind: "unknown", asHeld: true }, [1, 150, 2000]],
  ])("%s", (_, settlement, [requests, tokens, usd]) => {
    const limits = book(all);
    decide(limits, { id: "one" });
    settle(limits, "one", settlement);
    const at = (used: number) => ({ used, reserved: 0 });
    expect(figures(limits)).toEqual({ requests: at(requests), tokens: at(tokens), usd: at(usd) });
  });

  test("the tier that served is charged, not the one decided", () => {
    const limits = book([limit({ name: "s", tier: "strong" }), limit({ name: "w", tier: "weak" })]);
    decide(limits, { id: "one" });
    expect([usedOf(limits, "s"), usedOf(limits, "w")]).toEqual([
      { used: 0, reserved: 1 },
      { used: 0, reserved: 0 },
    ]);
    settle(limits, "one", answered({ tier: "weak" }));
    expect([usedOf(limits, "s"), usedOf(limits, "w")]).toEqual([
      { used: 0, reserved: 0 },
      { used: 1, reserved: 0 },
    ]);
  });

  test("of one id used twice at the same time both are charged: the first at its input, the second at its own end", () => {
    const limits = book(all);
    decide(limits, { id: "twice" });
    const first = noted.get("twice");
    decide(limits, { id: "twice" });
    for (let times = 0; times < 2; times++) limits.settled("twice", { kind: "unknown", asHeld: false }, first); // given up
    settle(limits, "twice", answered());
    expect(figures(limits)).toEqual({
      requests: { used: 2, reserved: 0 },
      tokens: { used: 250, reserved: 0 },
      usd: { used: 3000, reserved: 0 },
    });
  });

  test("the same of bodies that were not read", () => {
    const limits = book(all);
    const decision = { tier: "strong", policy: "none", reason: "body-too-large" };
    const unread = { requestId: "twice", decision, measured: undefined, bodyBytes: 400 };
    limits.decided(unread);
    limits.decided(unread);
    for (let times = 0; times < 2; times++) limits.settled("twice", answered());
    expect(figures(limits)).toEqual({
      requests: { used: 2, reserved: 0 },
      tokens: { used: 250, reserved: 0 },
      usd: { used: 3000, reserved: 0 },
    });
  });

  test("what passed without a decision is charged to the tier that served", () => {
    const limits = book([limit({ name: "w", tier: "weak" })]);
    limits.settled("nobody-asked", answered({ tier: "weak", wasDecided: false }));
    expect(usedOf(limits, "w")).toEqual({ used: 1, reserved: 0 });
  });

  test("a late answer is charged to the window the request began in", () => {
    const limits = book([limit({ amount: 1 })]);
    decide(limits, { id: "one" });
    now += 24 * 3_600_000;
    settle(limits, "one", answered());
    expect(limits.standings()).toMatchObject([{ window: "2026-11-30", used: 0, reserved: 0 }]);
    expect(decide(limits).reason).toBe("why");
  });

  test("what has no price is counted as such, and not as 0 dollars", () => {
    const free = TIERS.map((tier) => ({ ...tier, price: { inputPerMTok: undefined, outputPerMTok: undefined } }));
    const limits = limitBook({
      settings: { limits: all.slice(2), timeZone: "UTC", order: "cheaper-first", maxScopes: 10 },
      tiers: free,
      ledger,
      now: () => now,
      listener: { onMark: () => {}, onUnpriced: ({ limit: { name } }) => unpriced.push(name) },
    });
    limits.takesEffect();
    decide(limits, { id: "one" });
    settle(limits, "one", answered({ microUsd: undefined }));
    expect(unpriced).toEqual(["usd"]);
    expect(limits.standings()).toMatchObject([{ used: 0, reserved: 0, unpriced: 1 }]);
  });

  test("a request without an id counts as much as it may come to; one that is no chat nothing", () => {
    const limits = book(all);
    const decision = { tier: "strong", policy: "none", reason: "body-too-large" };
    limits.decided({ requestId: undefined, decision, measured: undefined, bodyBytes: 4000 });
    limits.decided({ requestId: "two", decision: { ...decision, reason: "not-a-chat" }, measured: undefined, bodyBytes: 4000 });
    expect(figures(limits)).toEqual({
      requests: { used: 1, reserved: 0 },
      tokens: { used: 2000, reserved: 0 },
      usd: { used: 30_000, reserved: 0 },
    });
  });

  test("answers teach how much to hold back where a request does not say", () => {
    const limits = book(all);
    for (let at = 0; at < 100; at++) {
      decide(limits, { id: `learn${at}` });
      settle(limits, `learn${at}`, answered({ outputTokens: at % 10 < 9 ? 10 : 200, microUsd: 1 }));
    }
    decide(limits, { maxTokens: Number.POSITIVE_INFINITY });
    expect(usedOf(limits, "tokens")?.reserved).toBeGreaterThanOrEqual(300);
    expect(usedOf(limits, "tokens")?.reserved).toBeLessThan(350);
  });
});

describe("marks", () => {
  test("each is told once a window and account, the last one being all of it", () => {
    const limits = book([limit({ kind: "budget", measure: "usd", amount: 10_000, warnAt: [0.8, 0.9] })]);
    const spend = (id: string, microUsd: number) => {
      decide(limits, { id });
      settle(limits, id, answered({ microUsd }));
      return marks.splice(0).map(({ share }) => share);
    };
    expect(["a", "b", "c", "d"].map((id, at) => spend(id, [7000, 1000, 1500, 600][at] ?? 0))).toEqual([[], [0.8], [0.9], [1]]);
    expect(spend("e", 5000)).toEqual([]);
    now += 24 * 3_600_000;
    expect(spend("f", 9500)).toEqual([0.8, 0.9]);
  });
});

describe("a reload", () => {
  test("a changed limit counts at once, and what was used goes on; a limit of another measure begins anew", () => {
    const before = book([limit({ amount: 2, tier: "strong" })]);
    decide(before, { id: "one" });
    settle(before, "one", answered());
    decide(before, { id: "two" });
    const after = book([limit({ amount: 3, tier: "strong" })]);
    expect(usedOf(after)).toEqual({ used: 1, reserved: 1 });
    settle(after, "two", answered());
    expect([decide(after).tier, decide(after).tier]).toEqual(["strong", "middle"]);
    expect(usedOf(book([limit({ amount: 3, tier: "strong", measure: "tokens" })]))).toEqual({ used: 0, reserved: 0 });
  });
});
