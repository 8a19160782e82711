// Which tier served: the names that plain Envoy, kgateway and Envoy Gateway give to servers, and names of one's own.
import { describe, expect, test } from "vitest";
import { parseConfig } from "../../../src/config/load.ts";
import { tierFinder } from "../../../src/outcome/join/serving-tier.ts";

function finder(config: string) {
  const { tiers } = parseConfig(config, "test.yaml");
  return tierFinder(() => tiers);
}

describe("without a cluster of its own a tier is known by its name", () => {
  test.each([
    ["strong", "strong"],
    ["kube_llm_strong_80", "strong"],
    ["kube_weak_strong_80", "strong"],
    ["kube_llm_weak_8080", "weak"],
    ["weak.llm.svc.cluster.local", "weak"],
    ["weak-spot", undefined],
    ["not-weak", undefined],
    ["kube_strong_other_80", undefined],
    ["httproute/strong/llm/rule/0", undefined],
    ["", undefined],
  ])("%s is %s", (cluster, tier) => {
    expect(finder("")(cluster)).toBe(tier);
  });
});

test("a tier with a cluster is known by that alone", () => {
  const tierOf = finder("tiers: [{ name: weak, cluster: 'small-*' }, { name: strong }]");
  expect([tierOf("small-1"), tierOf("weak"), tierOf("weak.llm.svc.cluster.local")]).toEqual(["weak", undefined, undefined]);
});

test("many names, as a model server may send them, are not all remembered, and the right ones still known", () => {
  const tiers = parseConfig("", "test.yaml").tiers;
  let looked = 0;
  const counting = tiers.map((tier) => ({
    ...tier,
    get clusters() {
      looked++;
      return tier.clusters;
    },
  }));
  const tierOf = tierFinder(() => counting);
  for (let name = 0; name < 1000; name++) tierOf(`host-${name}`);
  looked = 0;
  expect(tierOf("host-0")).toBeUndefined();
  expect(looked).toBeGreaterThan(0); // forgotten meanwhile
  expect(tierOf("weak")).toBe("weak");
});

test("new tiers count from the next entry", () => {
  let { tiers } = parseConfig("", "test.yaml");
  const tierOf = tierFinder(() => tiers);
  expect(tierOf("small")).toBeUndefined();
  tiers = parseConfig("tiers: [{ name: small }]", "test.yaml").tiers;
  expect(tierOf("small")).toBe("small");
});
