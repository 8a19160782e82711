// The policies that read nothing, or length alone.
import { describe, expect, test } from "vitest";
import { fixedPolicy } from "../../../src/request/policy/fixed.ts";
import { lengthPolicy } from "../../../src/request/policy/length.ts";
import { randomPolicy } from "../../../src/request/policy/random.ts";
import { policyRequest } from "../../support/policy-request.ts";

describe("the fixed policy", () => {
  test("sends everything to its tier and asks for nothing to be measured", () => {
    const policy = fixedPolicy({ tier: "strong" });
    expect(policy.decide(policyRequest())).toEqual({ tier: "strong", reason: "fixed" });
    expect(policy.needs).toEqual({ keywords: [], scopes: [], params: [] });
    expect(policy.signals(policyRequest())).toEqual([]);
  });
});

describe("the length policy", () => {
  const policy = lengthPolicy({ maxChars: 4, scope: "user", under: "weak", over: "strong" });

  test.each([
    ["", "weak", "under-thresholds", 0],
    ["四个汉字", "weak", "under-thresholds", 4],
    ["five!", "strong", "chars", 5],
  ])("%s is %s", (text, tier, reason, score) => {
    expect(policy.decide(policyRequest({ texts: { user: text } }))).toEqual({ tier, reason, score });
  });

  test("shows the length beside its threshold", () => {
    expect(policy.signals(policyRequest({ text: "five!" }))).toEqual([{ name: "chars", value: 5, threshold: 4, over: true }]);
  });
});

describe("the random policy", () => {
  const never = () => {
    throw new Error("a request with an id needs no other chance");
  };
  const shares = [
    { tier: "weak", share: 6 },
    { tier: "none", share: 0 },
    { tier: "middle", share: 3 },
    { tier: "strong", share: 1 },
  ];
  const tierOf = (requestId: string, seed = 1) => randomPolicy({ shares, seed }, never).decide(policyRequest({ requestId }))?.tier;
  const uuid = (n: number) =>
    `${n.toString(16).padStart(8, "0")}-7d1c-4b3e-9f00-${(n * 2_654_435_761).toString(16).padStart(12, "0").slice(-12)}`;

  test("decides the same for the same id and seed, in every release", () => {
    const ids = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"];
    expect(ids.map((id) => tierOf(id)).join(" ")).toMatchInlineSnapshot(
      `"weak middle weak weak weak weak weak strong weak weak middle weak"`,
    );
    expect(ids.map((id) => tierOf(id))).toEqual(ids.map((id) => tierOf(id)));
    expect(ids.map((id) => tierOf(id, 2))).not.toEqual(ids.map((id) => tierOf(id)));
  });

  test.each([
    ["UUIDs", uuid],
    ["ids that count up", (n: number) => `request-${n}`],
    ["ids of one length that differ in the last place", (n: number) => String(n).padStart(20, "0")],
  ])("gives each tier its share of %s, whatever the seed", (_what, id) => {
    for (const seed of [0, 1, 7, 123_456_789, 2 ** 40]) {
      const counts = new Map<string, number>();
      const requests = 20_000;
      const policy = randomPolicy({ shares, seed }, never);
      for (let n = 0; n < requests; n++) {
        const tier = policy.decide(policyRequest({ requestId: id(n) }))?.tier ?? "";
        counts.set(tier, (counts.get(tier) ?? 0) + 1);
      }
      expect(counts.get("none")).toBeUndefined();
      const chiSquare = shares
        .filter(({ share }) => share > 0)
        .map(({ tier, share }) => ((counts.get(tier) ?? 0) - (requests * share) / 10) ** 2 / ((requests * share) / 10))
        .reduce((sum, term) => sum + term, 0);
      expect(chiSquare).toBeLessThan(13.8); // two degrees of freedom: one in a thousand is larger
    }
  });

  test("deals ids anew with another seed: what two seeds say is independent", () => {
    const half = [
      { tier: "weak", share: 1 },
      { tier: "strong", share: 1 },
    ];
    const [a, b] = [1, 2].map((seed) => randomPolicy({ shares: half, seed }, never));
    let same = 0;
    for (let n = 0; n < 10_000; n++) {
      const request = policyRequest({ requestId: uuid(n) });
      if (a?.decide(request)?.tier === b?.decide(request)?.tier) same++;
    }
    expect(Math.abs(same - 5000)).toBeLessThan(165); // 3.3 standard deviations
  });

  test("says with what probability the tier was chosen", () => {
    const policy = randomPolicy({ shares, seed: 1 }, never);
    const seen = new Map<string | undefined, number | undefined>();
    for (let n = 0; n < 500; n++) {
      const verdict = policy.decide(policyRequest({ requestId: uuid(n) }));
      expect(verdict?.reason).toBe("random");
      seen.set(verdict?.tier, verdict?.propensity);
    }
    expect(Object.fromEntries(seen)).toEqual({ weak: 0.6, middle: 0.3, strong: 0.1 });
  });

  test.each([
    [0, "weak"],
    [0.59, "weak"],
    [0.6, "middle"],
    [0.899, "middle"],
    [0.91, "strong"],
    [0.9999999, "strong"],
  ])("without an id, or with an empty one, chance decides: %d is %s", (drawn, tier) => {
    const policy = randomPolicy({ shares, seed: 1 }, () => drawn);
    expect(policy.decide(policyRequest())?.tier).toBe(tier);
    expect(policy.decide(policyRequest({ requestId: "" }))?.tier).toBe(tier);
  });

  test("shows the draw beside the bounds it fell between", () => {
    const signals = randomPolicy({ shares, seed: 1 }, () => 0.7).signals(policyRequest());
    expect(signals.map(({ name, value, over }) => [name, value, over])).toEqual([
      ["below-weak", 0.7, true],
      ["below-middle", 0.7, false],
    ]);
  });
});
