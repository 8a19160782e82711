import { describe, expect, test } from "vitest";
import { parseConfig } from "../../../src/config/load.ts";
import { routingOf } from "../../../src/config/routing-of.ts";
import type { Standing } from "../../../src/request/routing/arms.ts";
import { decisionHeaders, headersToRemove } from "../../../src/request/routing/decision.ts";
import { routeBody } from "../../../src/request/routing/routing.ts";

const CONFIG = `
active: words
policies:
  words: { type: threshold, preset: v7 }
  next: { type: rules, rules: [{ name: poems, match: { keywords: [poem] }, tier: strong }] }
rollout: { candidate: next, by: BY }
`;
const bodyOf = (text: string, user?: string) => Buffer.from(JSON.stringify({ user, messages: [{ role: "user", content: text }] }));
const headersOf = (headers: Readonly<Record<string, string>>) => ({ get: (name: string) => headers[name] });

function routing(standing: Standing, by = "session", more = "") {
  return routingOf(parseConfig(CONFIG.replace("BY", by) + more, "test.yaml"), { rolloutStands: () => standing });
}

function decided(standing: Standing, text = "a poem", headers: Readonly<Record<string, string>> = { "x-request-id": "1" }) {
  return routeBody(routing(standing), bodyOf(text), headersOf(headers));
}

describe("while a rollout runs", () => {
  test("in shadow the active policy decides, and what the candidate would have done is noted", () => {
    const { decision, measured } = decided({ share: 0, isOver: false });
    expect(decision).toMatchObject({ tier: "weak", policy: expect.stringMatching(/^words@/), arm: "stable" });
    expect(decision.shadow).toEqual({ policy: expect.stringMatching(/^next@/), tier: "strong", reason: "rule" });
    expect(measured?.unit).toBeGreaterThan(0);
  });

  test("in the candidate's arm the candidate decides, with the active policy as the shadow", () => {
    const { decision } = decided({ share: 1, isOver: false }, "design a poem");
    expect(decision).toMatchObject({ tier: "strong", policy: expect.stringMatching(/^next@/), arm: "candidate" });
    expect(decision.shadow).toEqual({ policy: expect.stringMatching(/^words@/), tier: "strong", reason: "keyword" });
    expect(decisionHeaders(decision)).toContainEqual(["x-sluice-arm", "candidate"]);
  });

  test("both see their own words alone, though one scan looks for those of both", () => {
    expect(decided({ share: 0, isOver: false }, "design it").decision).toMatchObject({ tier: "strong", reason: "keyword" });
    expect(decided({ share: 1, isOver: false }, "design it").decision.reason).not.toBe("keyword");
  });

  test("a session stays in its arm, whatever the request, and about the share of all sessions is the candidate's", () => {
    const half = routing({ share: 0.5, isOver: false });
    const armOf = (session: string, request: string) =>
      routeBody(half, bodyOf("hi"), headersOf({ "x-session-id": session, "x-request-id": request })).decision.arm;
    const arms = Array.from({ length: 1000 }, (_, session) => armOf(String(session), "a"));
    expect(arms.map((_, session) => armOf(String(session), "b"))).toEqual(arms);
    const candidates = arms.filter((arm) => arm === "candidate").length;
    expect(candidates).toBeGreaterThan(440);
    expect(candidates).toBeLessThan(560);
  });

  test.each([
    ["user", { "x-session-id": "s" }, "ann", { "x-session-id": "t" }, "ann"],
    ["request", { "x-request-id": "r", "x-session-id": "s" }, "ann", { "x-request-id": "r", "x-session-id": "t" }, "bob"],
  ] as const)("by %s, requests of one are one unit", (by, first, firstUser, second, secondUser) => {
    const split = routing({ share: 0.5, isOver: false }, by);
    const unitOf = (headers: Readonly<Record<string, string>>, user: string) =>
      routeBody(split, bodyOf("hi", user), headersOf({ "x-request-id": "other", ...headers })).measured?.unit;
    expect(unitOf(first, firstUser)).toBe(unitOf(second, secondUser));
  });

  test("a request that nobody could tell the outcome of is the active policy's, and in no arm", () => {
    expect(decided({ share: 1, isOver: false }, "a poem", {}).decision).toMatchObject({
      tier: "weak",
      policy: expect.stringMatching(/^words/),
    });
    expect(decided({ share: 1, isOver: false }, "a poem", {}).decision.arm).toBeUndefined();
  });

  test("the shadow's tier is the one behind the guards", () => {
    const cannot = "tiers: [{ name: weak }, { name: strong, contextTokens: 1024 }]";
    const tight = routing({ share: 0, isOver: false }, "session", cannot);
    const { decision } = routeBody(tight, bodyOf(`poem ${"word ".repeat(4000)}`), headersOf({ "x-request-id": "1" }));
    expect(decision.shadow).toMatchObject({ tier: "weak", reason: "rule" });
  });
});

describe("once a rollout is over", () => {
  test.each([
    ["rolled back, the active policy", 0, "words", "weak"],
    ["complete, the candidate", 1, "next", "strong"],
  ])("%s decides alone, and nothing more is said of arms", (_, share, policy, tier) => {
    const { decision, measured } = decided({ share, isOver: true });
    expect(decision).toMatchObject({ tier, policy: expect.stringMatching(new RegExp(`^${policy}@`)) });
    expect([decision.arm, decision.shadow, measured?.unit]).toEqual([undefined, undefined, undefined]);
    expect(headersToRemove(["x-sluice-arm", "x-sluice-tier"], decisionHeaders(decision))).toEqual(["x-sluice-arm"]);
  });
});
