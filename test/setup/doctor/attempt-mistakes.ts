// What the check on fallbacks between tiers that differ in `model` must find, and must not: changes to the shipped envoy.yaml.
import { HOST, type Mistake, NAMED } from "./edited-config.ts";
import { IN_HOST, OPTIONS, remove, STRONG_THEN_WEAK, set, WEAK_THEN_STRONG } from "./places.ts";

const FILTERS = [...OPTIONS, "http_filters"];
const ATTEMPT = [...WEAK_THEN_STRONG, ...FILTERS, 0, "typed_config"];
const PROCESSOR = [...ATTEMPT, "extension_config", "typed_config"];
const METADATA = [...PROCESSOR, "grpc_service", "initial_metadata"];
const SKIPPED = [...ATTEMPT, "xds_matcher", "matcher_tree", "exact_match_map", "map"];
const CLUSTERS = [...WEAK_THEN_STRONG, "cluster_type", "typed_config", "clusters"];
const IN_CLUSTER = "cluster weak_then_strong > http_filters";
const IN_ATTEMPT = `${IN_CLUSTER} > sluice_attempt`;
const named = { models: NAMED };
const inModes = (field: string, to: string) => [set([...PROCESSOR, "processing_mode", field], to)];

export const ATTEMPT_MISTAKES: readonly Mistake[] = [
  { name: "no filter, and tiers without names", edits: [remove([...WEAK_THEN_STRONG, ...FILTERS])] },
  {
    name: "no filter, and tiers that share a name",
    edits: [remove([...WEAK_THEN_STRONG, ...FILTERS])],
    settings: { models: NAMED.map((tier) => ({ ...tier, model: "chat" })) },
  },
  {
    name: "no filter, and tiers that differ in name",
    edits: [remove([...WEAK_THEN_STRONG, ...FILTERS])],
    settings: named,
    found: "fallback-keeps-model",
    where: IN_CLUSTER,
  },
  {
    name: "no filter, and one tier with a name",
    edits: [remove([...STRONG_THEN_WEAK, ...FILTERS])],
    settings: { models: NAMED.map((tier) => ({ ...tier, model: tier.name === "weak" ? undefined : "glm-5" })) },
    found: "fallback-keeps-model",
  },
  {
    name: "no filter, and tiers that differ in params alone",
    edits: [remove([...WEAK_THEN_STRONG, ...FILTERS])],
    settings: { models: NAMED.map((tier) => ({ ...tier, model: "chat", params: tier.name === "weak" ? ['reasoning_effort "low"'] : [] })) },
    found: "fallback-keeps-model",
    what: /differ in `params`, and/,
  },
  {
    name: "no filter, and tiers that differ in instructions alone",
    edits: [remove([...WEAK_THEN_STRONG, ...FILTERS])],
    settings: { models: NAMED.map((tier) => ({ ...tier, model: "chat", shape: tier.name === "weak" ? '["Be brief."]' : undefined })) },
    found: "fallback-keeps-model",
    what: /differ in `shape`, and/,
  },
  {
    name: "no filter, and tiers whose params are the same",
    edits: [remove([...WEAK_THEN_STRONG, ...FILTERS])],
    settings: { models: NAMED.map((tier, at) => ({ ...tier, model: "chat", params: at === 0 ? ["n 1", "top_k 5"] : ["top_k 5", "n 1"] })) },
  },
  {
    name: "no filter, and one tier that keeps the client's model",
    edits: [remove([...WEAK_THEN_STRONG, ...FILTERS])],
    settings: { models: NAMED.map((tier) => ({ ...tier, model: undefined, keepModel: tier.name === "strong" })) },
    found: "fallback-keeps-model",
    what: /differ in `model`, and/,
  },
  {
    name: "params that differ, and the matcher skips the attempt that needs its own",
    edits: [set(SKIPPED, (skipped: { readonly 1: object }) => ({ ...skipped, 2: skipped[1] }))],
    settings: { models: NAMED.map((tier) => ({ ...tier, model: "chat", params: tier.name === "weak" ? ["n 1"] : [] })) },
    found: "attempt-not-edited",
  },
  {
    name: "no filter where nothing falls back to another tier",
    edits: [remove([...WEAK_THEN_STRONG, ...FILTERS]), set(CLUSTERS, [{ name: "weak" }, { name: "weak" }])],
    settings: named,
  },
  {
    name: "an aggregate cluster, whose attempts are not told apart",
    edits: [
      set([...WEAK_THEN_STRONG, "cluster_type"], {
        name: "envoy.clusters.aggregate",
        typed_config: { "@type": "type.googleapis.com/envoy.extensions.clusters.aggregate.v3.ClusterConfig", clusters: ["weak", "strong"] },
      }),
    ],
    settings: named,
    found: "fallback-keeps-model",
  },
  {
    name: "a filter that does not say that it asks for attempts",
    edits: [remove(METADATA)],
    settings: named,
    found: "fallback-keeps-model",
  },
  {
    name: "the tiers in another order",
    edits: [set([...METADATA, 0, "value"], "strong,weak")],
    settings: named,
    found: "attempt-tiers-wrong",
    where: `${IN_ATTEMPT} > initial_metadata`,
    what: /says strong,weak; attempt 1 goes to weak/,
  },
  {
    name: "one attempt more than tiers are said for",
    edits: [set(CLUSTERS, (clusters: unknown[]) => [...clusters, { name: "strong" }])],
    settings: named,
    found: "attempt-tiers-wrong",
    what: /attempt 3 goes to strong/,
  },
  {
    name: "strong at the second attempt, which the matcher skips",
    edits: [set(SKIPPED, (skipped: { readonly 1: object }) => ({ ...skipped, 2: skipped[1] }))],
    settings: named,
    found: "attempt-not-edited",
    where: IN_ATTEMPT,
    what: /skips attempt 2, which goes to strong/,
  },
  {
    name: "without a matcher, asked for each",
    edits: [
      set(
        [...WEAK_THEN_STRONG, ...FILTERS, 0],
        (filter: { typed_config: { extension_config: object } }) => filter.typed_config.extension_config,
      ),
    ],
    settings: named,
  },
  {
    name: "no headers",
    edits: inModes("request_header_mode", "SKIP"),
    settings: named,
    found: "attempt-not-edited",
    what: /which attempt/,
  },
  {
    name: "bodies in pieces",
    edits: inModes("request_body_mode", "FULL_DUPLEX_STREAMED"),
    settings: named,
    found: "attempt-not-edited",
    what: /FULL_DUPLEX_STREAMED/,
  },
  { name: "it only observes", edits: [set([...PROCESSOR, "observability_mode"], true)], settings: named, found: "attempt-not-edited" },
  {
    name: "attempts are not counted",
    edits: [remove([...HOST, "include_request_attempt_count"])],
    settings: named,
    found: "attempt-not-edited",
    where: IN_HOST,
    what: /which attempt they are/,
  },
];
