// How limits stand, as the page shows it: of a book that has been charged, and of several processes added up.
import { describe, expect, test } from "vitest";
import { addLimits, liveLimits } from "../../../src/outcome/admin/live-limits.ts";
import type { LiveLimitScope } from "../../../src/outcome/live/view.ts";
import { limitBook } from "../../../src/request/guard/limits/book.ts";
import { createLedger } from "../../../src/request/guard/limits/ledger.ts";
import type { Limit } from "../../../src/request/guard/limits/limit.ts";
import { LIMITS } from "../live/sample.ts";

const NOON = Date.parse("2026-11-29T12:00:00Z");
const BASE = { per: "day", tier: undefined, by: undefined, isHard: false, warnAt: [], steering: "off" } as const;
const SETTINGS: readonly Limit[] = [
  { ...BASE, name: "calls", kind: "quota", measure: "requests", amount: 10 },
  { ...BASE, name: "day", kind: "budget", measure: "usd", amount: 2_000_000 },
  { ...BASE, name: "team", kind: "quota", measure: "requests", amount: 3, by: "x-team" },
];

function charged(requests: number) {
  const tiers = [{ name: "weak", price: { inputPerMTok: 1, outputPerMTok: 2 } }];
  const settings = { limits: SETTINGS, timeZone: "UTC", order: "cheaper-first", maxScopes: 9 } as const;
  const listener = { onMark: () => {}, onUnpriced: () => {} };
  const book = limitBook({ settings, tiers, ledger: createLedger(), now: () => NOON, listener });
  book.takesEffect();
  const limits = { bys: ["x-team"], scopes: ["blue"], inputTokens: 100_000, maxTokens: 50_000, atMs: NOON };
  const decision = { tier: "weak", policy: "main@v7", reason: "keyword" };
  for (let at = 0; at < requests; at++) {
    book.decided({ requestId: `r${at}`, decision, measured: { limits }, bodyBytes: 1 });
    if (at > 0) book.settled(`r${at}`, { ...ANSWERED, wasDecided: true }, limits);
  }
  return book;
}
const ANSWERED = { kind: "answered", tier: "weak", inputTokens: 100_000, outputTokens: 50_000, microUsd: 200_000, isExact: true } as const;

describe("how limits stand", () => {
  test("is said in their own units, with what is held back, and where the day will end if all goes on", () => {
    const [calls, day, team] = liveLimits(charged(4), NOON);
    const times = { window: "2026-11-29", passed: 0.5, endsInSeconds: 43_200, isShared: false };
    expect(calls?.scopes).toEqual([{ ...times, scope: "", used: 3, reserved: 1, left: 6, forecast: 8, unpriced: 0, shift: 0 }]);
    expect(day).toMatchObject({ amount: 2, scopes: [{ used: 0.6, left: expect.closeTo(1.299), forecast: expect.closeTo(1.4, 0) }] });
    expect(team?.scopes).toMatchObject([{ scope: "blue", used: 3, left: -1 }]);
  });

  test("is nothing used, where nothing was; of scopes nobody knows which", () => {
    const limits = liveLimits(charged(0), NOON);
    expect(limits.map(({ scopes }) => scopes.length)).toEqual([1, 1, 0]);
    expect(limits[0]?.scopes).toMatchObject([{ scope: "", used: 0, left: 10, forecast: null, passed: 0.5 }]);
    expect(liveLimits(undefined, NOON)).toEqual([]);
  });

  test("of several processes is their sum, but of what they share what the newest says", () => {
    const shared = (used: number) =>
      LIMITS.map((limit) => ({ ...limit, scopes: limit.scopes.map((scope) => ({ ...scope, used, isShared: true })) }));
    expect(addLimits([LIMITS, LIMITS])[0]?.scopes).toMatchObject([
      { used: 121, reserved: 1.4, left: expect.closeTo(-22.4), forecast: 196.2 },
    ]);
    expect(addLimits([shared(60), shared(61)])[0]?.scopes.map(({ used }: LiveLimitScope) => used)).toEqual([61]);
  });
});
