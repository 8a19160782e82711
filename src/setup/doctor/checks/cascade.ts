// Whether the answers of a cascade are judged, where sluice's configuration has one: a route for its requests, to a composite cluster of
// its tiers with the filter that judges, and retries that take what sluice says of a bad answer for a reason to ask the next tier.
import { globTest } from "../../../request/policy/glob.ts";
import { CASCADE_HEADER } from "../../../request/routing/decision.ts";
import { enumOf, listOf, numberOf, objectOf, objectsOf, textOf, typedConfig } from "../envoy-json.ts";
import type { Cluster, EnvoyWiring, JsonObject } from "../envoy-wiring.ts";
import { type Finding, finding, type SluiceSettings } from "../finding.ts";
import { codesNotRetried } from "../retried-codes.ts";
import { attemptsOf, isSkipped, METADATA, processorsIn } from "./attempts.ts";
import { policyOf } from "./retries.ts";
import { clustersOf, protocolOptionsOf } from "./route-clusters.ts";
import { chatPathsOf, hasTierRoutes, type Route, routesFor, type VirtualHost } from "./routes.ts";
import type { Wired } from "./sluice-filter.ts";

const BODY_MODES = ["NONE", "STREAMED", "BUFFERED", "BUFFERED_PARTIAL", "FULL_DUPLEX_STREAMED"] as const;
const ASK_NEXT = 503; // what sluice says of an answer that nobody shall get

interface Asked {
  readonly steps: readonly string[];
  readonly wiring: EnvoyWiring;
  readonly settings: SluiceSettings;
}

export function checkCascade({ virtualHosts }: Wired, wiring: EnvoyWiring, settings: SluiceSettings): readonly Finding[] {
  const { cascade: steps } = settings;
  if (steps === undefined) return [];
  return virtualHosts.filter(hasTierRoutes).flatMap((host) => checkHost(host, { steps, wiring, settings }));
}

/** The first path that is wrong: the others mostly are so, too. */
function checkHost(host: VirtualHost, asked: Asked): readonly Finding[] {
  const { steps } = asked;
  for (const path of chatPathsOf(host)) {
    const [tier = ""] = steps;
    const [route] = routesFor(host, { path, tier, cascade: steps.join(",") }).slice(-1);
    const findings = route === undefined ? [] : checkRoute(route, asked);
    if (findings.length > 0) return findings;
  }
  return [];
}

function checkRoute(route: Route, asked: Asked): readonly Finding[] {
  const clusters = clustersOf([route], asked.wiring);
  const [cluster] = clusters;
  const judging = cluster && judgingFilter(cluster);
  if (cluster === undefined || judging === undefined) {
    const leads = cluster === undefined ? "a cluster that is not there" : `${cluster.where}, none of whose filters judges`;
    const what = `With ${CASCADE_HEADER} ${asked.steps.join(",")} this route is taken, to ${leads}.`;
    return [notJudged(route.where, what, asked)];
  }
  const where = `${cluster.where} > http_filters > ${textOf(judging.filter["name"]) ?? "ext_proc"}`;
  const wrong = wrongTier(cluster, judging.processor, asked);
  if (wrong !== undefined) {
    const fix = `# initial_metadata of its grpc_service\ninitial_metadata: [{ key: ${METADATA}, value: "${wrong.right}" }]`;
    return [finding("attempt-tiers-wrong", { where: `${where} > initial_metadata`, what: wrong.what, fix })];
  }
  const what = hindrance(judging, asked) ?? uncounted(route);
  return what === undefined ? checkRetried(route, asked) : [notJudged(where, what, asked)];
}

interface JudgingFilter {
  readonly filter: JsonObject;
  readonly processor: JsonObject;
}

/** Of several that are asked for each attempt, the one that sees answers. */
function judgingFilter(cluster: Cluster): JudgingFilter | undefined {
  const filters = objectsOf(protocolOptionsOf(cluster)["http_filters"]);
  const asking = filters.flatMap((filter) => processorsIn(filter).map((processor) => ({ filter, processor })));
  return asking.find(({ processor }) => bodyModeOf(processor) !== "NONE");
}

function bodyModeOf(processor: JsonObject): string {
  return enumOf(objectOf(processor["processing_mode"])["response_body_mode"], BODY_MODES);
}

/** A gateway's own names for clusters tell no tier: there, what the metadata says is believed. */
function wrongTier(cluster: Cluster, processor: JsonObject, { settings, steps, wiring }: Asked) {
  const entries = listOf(typedConfig(objectOf(cluster.config["cluster_type"]))["clusters"]);
  const names = entries.map((entry) => textOf(entry) ?? textOf(objectOf(entry)["name"]) ?? "");
  const tierOf = (name: string) => settings.models?.find(({ clusters }) => clusters.some((glob) => globTest(glob)(name)))?.name;
  const said = (attemptsOf(processor) ?? "").split(",").map((name) => name.trim());
  const believed = (name: string, index: number) => (wiring.gateway === undefined ? name : (said[index] ?? name));
  const tiers = names.map((name, index) => tierOf(name) ?? believed(name, index));
  const right = tiers.join(",");
  if (said.join(",") !== right) return { right, what: `${METADATA} says ${said.join(",")}; attempts go to ${right}.` };
  const inTurn = tiers.slice(0, steps.length).join(",") === steps.join(",");
  return inTurn ? undefined : { right: steps.join(","), what: `The cascade's tiers are ${steps.join(",")}; attempts go to ${right}.` };
}

/** What keeps sluice from judging, as a sentence. */
function hindrance({ filter, processor }: JudgingFilter, { steps }: Asked): string | undefined {
  const mode = objectOf(processor["processing_mode"]);
  const body = bodyModeOf(processor);
  if (body !== "FULL_DUPLEX_STREAMED")
    return `response_body_mode is ${body}: only in FULL_DUPLEX_STREAMED may an answer be held, then stream.`;
  if (mode["request_header_mode"] === "SKIP") return "request_header_mode is SKIP: sluice cannot tell which attempt it is.";
  if (mode["response_header_mode"] === "SKIP") return "response_header_mode is SKIP: the status goes out before the answer is judged.";
  if (processor["observability_mode"] === true) return "It only observes (observability_mode): Envoy ignores replies.";
  const skipped = steps.slice(0, -1).findIndex((_, index) => isSkipped(filter, index + 1));
  if (skipped >= 0) return `Its matcher skips attempt ${skipped + 1}, ${steps[skipped]}'s.`;
  return processor["failure_mode_allow"] === true ? undefined : "failure_mode_allow is not true: without sluice these requests fail.";
}

function uncounted({ virtualHost }: Route): string | undefined {
  if (virtualHost.config["include_request_attempt_count"] === true) return undefined;
  return "Requests do not say which attempt they are (x-envoy-attempt-count; include_request_attempt_count in the virtual host).";
}

function checkRetried(route: Route, { wiring, steps }: Asked): readonly Finding[] {
  const policy = policyOf(route, wiring) ?? {};
  const conditions = (textOf(policy["retry_on"]) ?? "").split(",").map((condition) => condition.trim());
  const codes = conditions.includes("retriable-status-codes") ? listOf(policy["retriable_status_codes"]).map(numberOf) : [];
  const retries = Object.keys(policy).length === 0 ? 0 : (numberOf(policy["num_retries"]) ?? 1);
  const isRetried = !codesNotRetried({ codes, conditions }).includes(ASK_NEXT);
  if (isRetried && retries >= steps.length - 1) return [];
  const what = isRetried ? `num_retries is ${retries}, and the cascade has ${steps.length} tiers.` : `${ASK_NEXT} is not retried.`;
  const fix = `# in this route
retry_policy:
  retry_on: connect-failure,refused-stream,reset,retriable-status-codes
  retriable_status_codes: [502, 503, 529, 429]
  num_retries: ${steps.length} # where the last tier cannot be had, the first is asked again: its answer is better than none`;
  return [finding("cascade-not-retried", { where: `${route.where} > retry_policy`, what, fix })];
}

function notJudged(where: string, what: string, { steps, wiring }: Asked): Finding {
  const name = `cascade_${steps.join("_")}`;
  const fixes = {
    "envoy-gateway": "# none of its own resources says so: deploy/envoy-gateway/cascade patches what it makes of them",
    kgateway: "# this gateway cannot be told so by its manifests: docs/cascade.md says what there is",
    none: `# as in envoy/envoy.yaml, in the lines with a # in front: the route and the cluster ${name}, and the cluster sluice_judge`,
  } as const;
  return finding("cascade-not-judged", { where, what, fix: fixes[wiring.gateway ?? "none"] });
}
