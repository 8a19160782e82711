// The guards `breaker` and `latency`: where a request goes instead, and which are let alone.
import { describe, expect, test } from "vitest";
import { breakerGuard } from "../../../src/request/guard/breaker.ts";
import type { Guard } from "../../../src/request/guard/guard.ts";
import { latencyGuard } from "../../../src/request/guard/latency.ts";
import type { SubstitutableTier } from "../../../src/request/guard/substitutes.ts";
import type { Decision } from "../../../src/request/routing/decision.ts";
import { policyRequest } from "../../support/policy-request.ts";

const tier = (name: string, more: Partial<SubstitutableTier> = {}): SubstitutableTier => ({
  name,
  provider: undefined,
  substitute: undefined,
  ...more,
});

const PLAIN = [tier("weak"), tier("mid"), tier("strong")];
const PROVIDED = [tier("weak", { provider: "azure" }), tier("mid", { provider: "azure" }), tier("strong", { provider: "own" })];
const NAMED = [tier("weak", { substitute: "strong" }), tier("mid"), tier("strong")];

interface State {
  readonly tiers?: readonly SubstitutableTier[];
  readonly failing?: readonly string[];
  readonly slow?: readonly string[];
  readonly probe?: "breaker" | "latency"; // whose next draw it is
  readonly full?: readonly string[]; // of their limits
}

function guardsIn({ tiers = PLAIN, failing = [], slow = [], probe, full = [] }: State): readonly Guard[] {
  const breakers = {
    areClosed: failing.length === 0,
    isWell: (name: string) => !failing.includes(name),
    drawsProbe: () => probe === "breaker",
  };
  const latencies = { areWell: slow.length === 0, isSlow: (name: string) => slow.includes(name), drawsProbe: () => probe === "latency" };
  const hasRoom = (name: string) => !full.includes(name);
  return [breakerGuard({ tiers, breakers, hasRoom }), latencyGuard({ tiers, latencies, breakers, hasRoom })];
}

const decided = (name: string, more: Partial<Decision> = {}): Decision => ({
  ...{ tier: name, policy: "main@v7", reason: "keyword", detail: "why", score: 3, propensity: 0.5 },
  ...more,
});

function checked(state: State, decision: Decision, isLocked = false, suffice?: readonly string[]): Decision {
  const verdict = suffice && { tier: decision.tier, reason: decision.reason, suffice };
  const guarded = { request: policyRequest(), verdict, isLocked };
  return guardsIn(state).reduce((before, guard) => guard.checked(before, guarded), decision);
}

describe("a request for a tier that is not well goes", () => {
  test.each<[where: string, state: State, decision: Decision, tier: string, reason: string]>([
    ["where it was to go, if all are well", {}, decided("weak"), "weak", "keyword"],
    ["where it was to go, if others fail", { failing: ["mid"], slow: ["strong"] }, decided("weak"), "weak", "keyword"],
    ["to the next above", { failing: ["weak"] }, decided("weak"), "mid", "breaker"],
    ["past those that fail too", { failing: ["weak", "mid"] }, decided("weak"), "strong", "breaker"],
    ["below, where none is above, the nearest first", { failing: ["strong"] }, decided("strong"), "mid", "breaker"],
    ["to the substitute that was named", { tiers: NAMED, failing: ["weak"] }, decided("weak"), "strong", "breaker"],
    ["to another, where that fails", { tiers: NAMED, failing: ["weak", "strong"] }, decided("weak"), "mid", "breaker"],
    ["to another provider first", { tiers: PROVIDED, failing: ["weak"] }, decided("weak"), "strong", "breaker"],
    ["to its own provider last", { tiers: PROVIDED, failing: ["weak", "strong"] }, decided("weak"), "mid", "breaker"],
    ["to none that cannot take it", { failing: ["weak"] }, decided("weak", { cannot: ["mid"] }), "strong", "breaker"],
    ["to none that has no room left", { failing: ["weak"], full: ["mid"] }, decided("weak"), "strong", "breaker"],
    ["to none that has no room left, late or not", { slow: ["weak"], full: ["mid", "strong"] }, decided("weak"), "weak", "keyword"],
    ["nowhere else, where all fail", { failing: ["weak", "mid", "strong"] }, decided("weak"), "weak", "keyword"],
    ["there, where it is a probe", { failing: ["weak"], probe: "breaker" }, decided("weak"), "weak", "keyword"],
    [
      "there, late or not, where it is a probe",
      { failing: ["weak"], slow: ["weak"], probe: "breaker" },
      decided("weak"),
      "weak",
      "keyword",
    ],
    ["to the next that is in time", { slow: ["weak", "mid"] }, decided("weak"), "strong", "slo"],
    ["to one of its own provider that is in time", { tiers: PROVIDED, slow: ["weak"] }, decided("weak"), "mid", "slo"],
    ["to none that fails", { slow: ["weak"], failing: ["mid"] }, decided("weak"), "strong", "slo"],
    ["nowhere else, where all are late", { slow: ["weak", "mid", "strong"] }, decided("weak"), "weak", "keyword"],
    ["there, where it is one in a hundred", { slow: ["weak"], probe: "latency" }, decided("weak"), "weak", "keyword"],
    ["on, where its substitute is late", { failing: ["weak"], slow: ["mid"] }, decided("weak"), "strong", "slo"],
  ])("%s", (_, state, decision, expected, reason) => {
    expect(checked(state, decision)).toMatchObject({ tier: expected, reason });
  });
});

describe("a decision", () => {
  test.each<[what: string, state: State, isLocked: boolean]>([
    ["that stands is the same object", {}, false],
    ["is let alone where another tier would answer with an error", { failing: ["weak"], slow: ["weak"] }, true],
    ["is the same object where no other tier is well", { failing: ["weak", "mid", "strong"] }, false],
  ])("%s", (_, state, isLocked) => {
    const decision = decided("weak");
    expect(checked(state, decision, isLocked)).toBe(decision);
  });

  test("that refuses the request stays a refusal", () => {
    const refused = decided("weak", { refused: { message: "used up", retryAfterSeconds: 9 } });
    expect(checked({ failing: ["weak"], slow: ["weak"] }, refused)).toBe(refused);
  });

  test("says what the policy wanted and what each guard made of it, and no longer how likely the tier was", () => {
    expect(checked({ failing: ["weak"], slow: ["mid"] }, decided("weak"))).toEqual({
      tier: "strong",
      policy: "main@v7",
      reason: "slo",
      detail: "mid",
      score: 3,
      wanted: { tier: "weak", reason: "keyword", detail: "why" },
      changes: [
        { by: "breaker", from: "weak", to: "mid" },
        { by: "latency", from: "mid", to: "strong" },
      ],
    });
  });
});

describe("a policy that knows which tiers are good enough", () => {
  test.each<[what: string, state: State, decided: string, suffice: readonly string[], tier: string]>([
    ["has a late one give way to another of them", { slow: ["weak"] }, "weak", ["weak", "strong"], "strong"],
    ["keeps a late one where no other of them is in time", { slow: ["strong"] }, "strong", ["strong"], "strong"],
    ["has one that fails give way to another of them", { failing: ["weak"] }, "weak", ["weak", "strong"], "strong"],
    ["has one that fails give way to any, where no other of them is well", { failing: ["strong"] }, "strong", ["strong"], "mid"],
  ])("%s", (_, state, name, suffice, expected) => {
    expect(checked(state, decided(name), false, suffice).tier).toBe(expected);
  });
});
