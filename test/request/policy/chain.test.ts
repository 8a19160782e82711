import { describe, expect, test } from "vitest";
import { chainPolicy } from "../../../src/request/policy/chain.ts";
import { fixedPolicy } from "../../../src/request/policy/fixed.ts";
import type { Link, Needs, Policy, Verdict } from "../../../src/request/policy/policy.ts";
import { policyRequest } from "../../support/policy-request.ts";

function link(id: string, verdict: Verdict | undefined, needs: Partial<Needs> = {}): Link {
  const signal = { name: id, value: 1, threshold: 0, over: true };
  return { id, policy: { needs: { keywords: [], scopes: [], params: [], ...needs }, decide: () => verdict, signals: () => [signal] } };
}

const unasked: Link = {
  id: "unasked",
  policy: {
    ...fixedPolicy({ tier: "x" }),
    decide: () => {
      throw new Error("a link behind the one that decided is not asked");
    },
  },
};

describe("a chain", () => {
  test("takes the first verdict and names the link that gave it", () => {
    const chain = chainPolicy([link("quiet@1", undefined), link("loud@2", { tier: "strong", reason: "rule", detail: "code" }), unasked]);
    expect(chain.decide(policyRequest())).toEqual({ tier: "strong", reason: "rule", detail: "code", link: "loud@2" });
  });

  test("abstains when all do", () => {
    expect(chainPolicy([link("a", undefined), link("b", undefined)]).decide(policyRequest())).toBeUndefined();
  });

  test("keeps what a verdict sets and how likely it was, and its score as the link's: links score in units of their own", () => {
    const params = [{ name: "max_tokens", json: "100", overwrite: true }];
    const chain = chainPolicy([link("dice@1", { tier: "weak", reason: "random", propensity: 0.5, score: 3, params })]);
    expect(chain.decide(policyRequest())).toEqual({
      ...{ tier: "weak", reason: "random", propensity: 0.5, params },
      ...{ link: "dice@1", linkScore: 3 },
    });
  });

  test("inside a chain gives the whole path", () => {
    const inner: Policy = chainPolicy([link("fixed@1", { tier: "weak", reason: "fixed" })]);
    expect(chainPolicy([{ id: "inner@2", policy: inner }]).decide(policyRequest())?.link).toBe("inner@2/fixed@1");
  });

  test("needs what its links need, each once, the first link's first", () => {
    const chain = chainPolicy([
      link("a", undefined, { keywords: ["b", "a"], scopes: ["user"], params: ["top_p"] }),
      link("b", undefined, { keywords: ["a", "c"], scopes: ["all", "user"], params: ["seed", "top_p"] }),
    ]);
    expect(chain.needs).toMatchObject({ keywords: ["b", "a", "c"], scopes: ["user", "all"], params: ["top_p", "seed"] });
  });

  test("shows its links and all their signals", () => {
    const links = [link("a", undefined), link("b", undefined)];
    const chain = chainPolicy(links);
    expect(chain.links).toEqual(links);
    expect(chain.signals(policyRequest()).map(({ name }) => name)).toEqual(["a", "b"]);
  });
});
