// What the check on fallbacks to tiers that cannot take a request must find, and must not: changes to the shipped envoy.yaml.
import type { SluiceSettings, TierModel } from "../../../src/setup/doctor/finding.ts";
import { HOST, type Mistake } from "./edited-config.ts";
import { IN_HOST, remove, STRONG_ALONE, STRONG_ROUTE, STRONG_THEN_WEAK, set, WEAK_ALONE } from "./places.ts";

const tiers = (weak: Partial<TierModel>, strong: Partial<TierModel> = {}): Partial<SluiceSettings> => ({
  models: [
    { name: "weak", model: undefined, clusters: ["weak"], ...weak },
    { name: "strong", model: undefined, clusters: ["strong"], ...strong },
  ],
});
const BLIND = tiers({ can: { images: false } });
const SMALL = tiers({ contextTokens: 32_000 }, { contextTokens: 200_000 });
const IN_STRONG_ROUTE = `${IN_HOST} > route 4 (prefix /, x-sluice-tier exact strong)`;
const clusters = (kind: string, names: readonly string[]) => ({
  name: `envoy.clusters.${kind}`,
  typed_config: { "@type": `type.googleapis.com/envoy.extensions.clusters.${kind}.v3.ClusterConfig`, clusters: names },
});

export const UNABLE_MISTAKES: readonly Mistake[] = [
  { name: "one tier cannot take images, and routes lead past it", edits: [], settings: BLIND },
  { name: "no such routes, and nothing is said of the tiers", edits: [remove(STRONG_ALONE), remove(WEAK_ALONE)] },
  {
    name: "no such routes, and the tiers lack the same",
    edits: [remove(STRONG_ALONE)],
    settings: tiers({ can: { tools: false } }, { can: { tools: false } }),
  },
  {
    name: "no such routes, and the windows are alike",
    edits: [remove(STRONG_ALONE)],
    settings: tiers({ contextTokens: 8 }, { contextTokens: 8 }),
  },
  {
    name: "no such route, and one tier cannot take images",
    edits: [remove(STRONG_ALONE)],
    settings: BLIND,
    found: "fallback-to-unable",
    where: IN_STRONG_ROUTE,
    what: /decided for strong fall back to weak, also those that weak cannot take \(images\)/,
  },
  {
    name: "no such route, and one tier has a smaller window",
    edits: [remove(STRONG_ALONE)],
    settings: SMALL,
    found: "fallback-to-unable",
    what: /\(more than 32000 tokens\)/,
  },
  { name: "no such route for the tier that takes less", edits: [remove(WEAK_ALONE)], settings: SMALL },
  {
    name: "no such route for the cheap tier, which alone takes sound",
    edits: [remove(WEAK_ALONE)],
    settings: tiers({ can: { audio: true } }, { can: { audio: false } }),
    found: "fallback-to-unable",
    where: `${IN_HOST} > route 3 (prefix /, x-sluice-tier exact weak)`,
  },
  {
    name: "a tier misspelt in such a route",
    edits: [set([...WEAK_ALONE, "match", "headers", 0, "string_match", "exact"], "week")],
    found: "route-without-tier",
  },
  {
    name: "such a route behind the tier's own",
    edits: [set([...HOST, "routes"], ([a, weak, strong, ...rest]: unknown[]) => [a, weak, ...rest, strong])],
    settings: BLIND,
    found: "fallback-to-unable",
  },
  {
    name: "such a route that names the tier",
    edits: [set([...STRONG_ALONE, "match", "headers", 1], { name: "X-Sluice-Cannot", string_match: { contains: "weak" } })],
    settings: BLIND,
  },
  {
    name: "such a route that names another",
    edits: [set([...STRONG_ALONE, "match", "headers", 1], { name: "x-sluice-cannot", string_match: { contains: "mid" } })],
    settings: BLIND,
    found: "fallback-to-unable",
  },
  {
    name: "such a route to the cluster that falls back",
    edits: [set([...STRONG_ALONE, "route", "cluster"], "strong_then_weak")],
    settings: BLIND,
    found: "fallback-to-unable",
    where: `${IN_HOST} > route 3 (prefix /, x-sluice-tier exact strong, x-sluice-cannot present)`,
  },
  {
    name: "no such route and an aggregate cluster",
    edits: [remove(STRONG_ALONE), set([...STRONG_THEN_WEAK, "cluster_type"], clusters("aggregate", ["strong", "weak"]))],
    settings: BLIND,
    found: "fallback-to-unable",
  },
  {
    name: "no such route, and no second attempt",
    edits: [set([...STRONG_ROUTE, "route", "retry_policy"], { num_retries: 0 }), remove(STRONG_ALONE)],
    settings: BLIND,
    found: "retry-missing",
  },
];
