// What the check on a cascade must find, and must not: changes to the shipped envoy.yaml with the lines of a cascade.
import type { SluiceSettings } from "../../../src/setup/doctor/finding.ts";
import { CLUSTERS, HOST, type Mistake, type Path } from "./edited-config.ts";
import { IN_HOST, OPTIONS, remove, set } from "./places.ts";

const CASCADE: Partial<SluiceSettings> = {
  cascade: ["weak", "strong"],
  models: [
    { name: "weak", model: undefined, clusters: ["weak"] },
    { name: "strong", model: undefined, clusters: ["strong"] },
  ],
};
const ROUTE: Path = [...HOST, "routes", 3];
const RETRIES: Path = [...ROUTE, "route", "retry_policy"];
const CLUSTER: Path = [...CLUSTERS, 7];
const FILTERS: Path = [...CLUSTER, ...OPTIONS, "http_filters"];
const MATCHER: Path = [...FILTERS, 0, "typed_config"];
const PROCESSOR: Path = [...MATCHER, "extension_config", "typed_config"];
const MODE: Path = [...PROCESSOR, "processing_mode"];
const SKIP: Path = [...MATCHER, "xds_matcher", "matcher_tree", "exact_match_map", "map"];
const METADATA: Path = [...PROCESSOR, "grpc_service", "initial_metadata", 0, "value"];
const ENTRIES: Path = [...CLUSTER, "cluster_type", "typed_config", "clusters"];
const IN_FILTER = "cluster cascade_weak_strong > http_filters > sluice_judge";

const notJudged = (name: string, edits: Mistake["edits"], what: RegExp, where = IN_FILTER): Mistake => ({
  name,
  edits,
  settings: CASCADE,
  found: "cascade-not-judged",
  where,
  what,
});

/** All with the lines of a cascade. */
export const CASCADE_MISTAKES: readonly Mistake[] = [
  { name: "the cascade of the configuration is wired", edits: [], settings: CASCADE },
  { name: "it is not wired, and the configuration has none", edits: [remove(ROUTE)] },
  { name: "one retry, for two tiers", edits: [set([...RETRIES, "num_retries"], 1)], settings: CASCADE },
  notJudged(
    "no route for it",
    [remove(ROUTE)],
    /with x-sluice-cascade weak,strong/i,
    `${IN_HOST} > route 4 (prefix /, x-sluice-tier exact weak)`,
  ),
  notJudged(
    "a route for another cascade",
    [set([...ROUTE, "match", "headers", 0, "string_match", "exact"], "weak,mid,strong")],
    /cluster weak_then_strong, none of whose filters judges/,
    `${IN_HOST} > route 5 (prefix /, x-sluice-tier exact weak)`,
  ),
  notJudged(
    "the cluster is not there",
    [remove(CLUSTER)],
    /a cluster that is not there/,
    `${IN_HOST} > route 4 (prefix /, x-sluice-cascade exact weak,strong)`,
  ),
  notJudged(
    "the filter that judges is not there",
    [remove([...FILTERS, 0])],
    /none of whose filters judges/,
    `${IN_HOST} > route 4 (prefix /, x-sluice-cascade exact weak,strong)`,
  ),
  notJudged("answers come whole", [set([...MODE, "response_body_mode"], "BUFFERED")], /response_body_mode is BUFFERED/),
  notJudged("answers come in pieces that do not wait", [set([...MODE, "response_body_mode"], "STREAMED")], /is STREAMED/),
  notJudged("the answer's headers are not sent", [set([...MODE, "response_header_mode"], "SKIP")], /the status goes out/),
  notJudged("the request's headers are not sent", [set([...MODE, "request_header_mode"], "SKIP")], /which attempt it is/),
  notJudged("the filter only observes", [set([...PROCESSOR, "observability_mode"], true)], /only observes/),
  notJudged(
    "the first attempt is skipped",
    [
      set([...SKIP, "1"], {
        action: {
          name: "skip",
          typed_config: { "@type": "type.googleapis.com/envoy.extensions.filters.common.matcher.action.v3.SkipFilter" },
        },
      }),
    ],
    /skips attempt 1, weak's/,
  ),
  notJudged("it fails without sluice", [set([...PROCESSOR, "failure_mode_allow"], false)], /without sluice these requests fail/),
  notJudged("attempts are not counted", [remove([...HOST, "include_request_attempt_count"])], /do not say which attempt/),
  {
    name: "sluice is told another order",
    edits: [set(METADATA, "strong,weak,weak")],
    settings: CASCADE,
    found: "attempt-tiers-wrong",
    where: `${IN_FILTER} > initial_metadata`,
    what: /says strong,weak,weak; attempts go to weak,strong,weak/,
  },
  {
    name: "attempts go another way than the cascade",
    edits: [set(ENTRIES, [{ name: "strong" }, { name: "weak" }]), set(METADATA, "strong,weak")],
    settings: CASCADE,
    found: "attempt-tiers-wrong",
    what: /tiers are weak,strong; attempts go to strong,weak/,
  },
  {
    name: "503 is not retried",
    edits: [set([...RETRIES, "retriable_status_codes"], [429])],
    settings: CASCADE,
    found: "cascade-not-retried",
    what: /503 is not retried/,
  },
  {
    name: "nothing is retried",
    edits: [set([...RETRIES, "num_retries"], 0)],
    settings: CASCADE,
    found: "cascade-not-retried",
    where: `${IN_HOST} > route 4 (prefix /, x-sluice-cascade exact weak,strong) > retry_policy`,
  },
];
