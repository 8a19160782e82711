// Whether a fallback to another tier asks for that tier's own model and parameters, where tiers differ in them: in Envoy a filter of the
// composite cluster has sluice set them for each attempt.
import { globTest } from "../../../request/policy/glob.ts";
import { at, enumOf, isOfType, listOf, messagesWithin, objectOf, objectsOf, textOf, typedConfig } from "../envoy-json.ts";
import type { Cluster, EnvoyWiring, JsonObject } from "../envoy-wiring.ts";
import { type Finding, finding, type SluiceSettings, type TierModel } from "../finding.ts";
import { differingEdits, editsKey } from "../tier-edits.ts";
import { attemptLines } from "./attempt-lines.ts";
import { policyOf } from "./retries.ts";
import { clustersOf, protocolOptionsOf } from "./route-clusters.ts";
import type { Route } from "./routes.ts";
import type { Wired } from "./sluice-filter.ts";
import { servingRoutes } from "./tier-routes.ts";

export const METADATA = "x-sluice-attempts";
const REMEDIES = `# or in sluice's configuration, where this Envoy cannot: drop \`model\` of both tiers, or give both the same one
# and have the servers of each serve it; drop \`params\` and \`shape\` of both, or give both the same`;

/** A cluster whose attempts go to tiers that differ in what they ask for. */
interface Fallback {
  readonly cluster: Cluster;
  readonly differing: string; // `model`
  /** The tier of each attempt; undefined: of an attempt that goes to a cluster of no tier. Empty: attempts are not told apart. */
  readonly attempts: readonly (TierModel | undefined)[];
}

export function checkAttempts(wired: Wired, wiring: EnvoyWiring, settings: SluiceSettings): readonly Finding[] {
  const models = settings.models ?? [];
  if (differingEdits(models) === undefined) return [];
  const routes = servingRoutes(wired, settings).filter((route) => policyOf(route, wiring) !== undefined);
  const fallbacks = clustersOf(routes, wiring).flatMap((cluster) => fallbackOf(cluster, models, wiring));
  const findings = fallbacks.flatMap(checkFallback);
  return findings.length > 0 || fallbacks.length === 0 ? findings : checkCounted(routes);
}

function fallbackOf(cluster: Cluster, models: readonly TierModel[], wiring: EnvoyWiring): readonly Fallback[] {
  const type = typedConfig(objectOf(cluster.config["cluster_type"]));
  const isComposite = at(cluster.config, "cluster_type", "name") === "envoy.clusters.composite";
  const names = listOf(type["clusters"]).map((entry) => textOf(entry) ?? textOf(objectOf(entry)["name"]) ?? "");
  const attempts = names.map((name) => models.find(({ clusters }) => clusters.some((glob) => globTest(glob)(name))));
  const differing = differingEdits(attempts.filter((tier) => tier !== undefined));
  if (differing !== undefined) return [{ cluster, differing, attempts: isComposite ? attempts : [] }];
  // A gateway puts the servers of a fallback behind the others in the same cluster.
  const isGraded = wiring.gateway !== undefined && cluster.hasPriorities === true;
  return isGraded ? [{ cluster, differing: differingEdits(models) ?? "`model`", attempts: [] }] : [];
}

/** Without the header sluice cannot tell which attempt it is. */
function checkCounted(routes: readonly Route[]): readonly Finding[] {
  const uncounted = routes.find(({ virtualHost }) => virtualHost.config["include_request_attempt_count"] !== true);
  if (uncounted === undefined) return [];
  const fix = "# in the virtual host\ninclude_request_attempt_count: true";
  const what = "Requests do not say which attempt they are (x-envoy-attempt-count).";
  return [finding("attempt-not-edited", { where: uncounted.virtualHost.where, what, fix })];
}

function checkFallback({ cluster, differing, attempts }: Fallback): readonly Finding[] {
  const filters = objectsOf(protocolOptionsOf(cluster)["http_filters"]);
  const asking = filters.find((filter) => processorsIn(filter).length > 0);
  const [processor] = asking === undefined ? [] : processorsIn(asking);
  const where = `${cluster.where} > http_filters`;
  if (asking === undefined || processor === undefined || attempts.length === 0) {
    const what = `Attempts fall back between tiers that differ in ${differing}, and no filter with ${METADATA} in its metadata is there.`;
    return [finding("fallback-keeps-model", { where, what, fix: fixFor(attempts) })];
  }
  const inFilter = `${where} > ${textOf(asking["name"]) ?? "ext_proc"}`;
  const named = (attemptsOf(processor) ?? "").split(",").map((name) => name.trim());
  const wrong = attempts.findIndex((tier, index) => tier !== undefined && named[index] !== tier.name);
  if (wrong >= 0) {
    const what = `${METADATA} says ${named.join(",")}; attempt ${wrong + 1} goes to ${attempts[wrong]?.name}.`;
    const fix = `# initial_metadata of its grpc_service\ninitial_metadata: [{ key: ${METADATA}, value: "${listText(attempts)}" }]`;
    return [finding("attempt-tiers-wrong", { where: `${inFilter} > initial_metadata`, what, fix })];
  }
  const what = hindrance({ attempts, asking, processor });
  return what === undefined ? [] : [finding("attempt-not-edited", { where: inFilter, what, fix: fixFor(attempts) })];
}

interface Asking {
  readonly attempts: Fallback["attempts"];
  readonly asking: JsonObject;
  readonly processor: JsonObject;
}

/** What keeps sluice from changing the body of a later attempt, as a sentence. */
function hindrance({ attempts, asking, processor }: Asking): string | undefined {
  const [first] = attempts;
  const skipped = attempts.findIndex((tier, index) => tier !== undefined && !asksAlike(tier, first) && isSkipped(asking, index + 1));
  if (skipped >= 0) return `Its matcher skips attempt ${skipped + 1}, which goes to ${attempts[skipped]?.name}.`;
  const mode = objectOf(processor["processing_mode"]);
  if (mode["request_header_mode"] === "SKIP") return "request_header_mode is SKIP: sluice cannot tell which attempt it is.";
  const body = enumOf(mode["request_body_mode"], ["NONE", "STREAMED", "BUFFERED", "BUFFERED_PARTIAL", "FULL_DUPLEX_STREAMED"]);
  if (body !== "BUFFERED") return `request_body_mode is ${body}: only a whole body in one message can be replaced.`;
  if (processor["observability_mode"] === true) return "It only observes (observability_mode): Envoy ignores replies.";
  return undefined;
}

/** External processors that say which tier each attempt goes to. */
export function processorsIn(filter: JsonObject): readonly JsonObject[] {
  return messagesWithin(typedConfig(filter), "ExternalProcessor").filter((processor) => attemptsOf(processor) !== undefined);
}

export function attemptsOf(processor: JsonObject): string | undefined {
  const metadata = objectsOf(at(processor, "grpc_service", "initial_metadata"));
  return textOf(metadata.find(({ key }) => textOf(key)?.toLowerCase() === METADATA)?.["value"]);
}

/** By an exact match on the number of the attempt: other matchers are given the benefit of the doubt. */
export function isSkipped(filter: JsonObject, attempt: number): boolean {
  const tree = objectOf(at(typedConfig(filter), "xds_matcher", "matcher_tree"));
  const isOnAttempt = textOf(at(tree, "input", "typed_config", "header_name")) === "x-envoy-attempt-count";
  const action = objectOf(at(tree, "exact_match_map", "map", String(attempt), "action", "typed_config"));
  return isOnAttempt && isOfType(action, "SkipFilter");
}

function fixFor(attempts: Fallback["attempts"]): string {
  if (attempts.length === 0) return `# a composite cluster (Envoy 1.37), as in envoy/envoy.yaml, in place of this one\n${REMEDIES}`;
  const [first] = attempts;
  const alike = attempts.flatMap((tier, index) => (asksAlike(tier, first) ? [index + 1] : []));
  return `${attemptLines(listText(attempts), alike)}\n${REMEDIES}`;
}

function asksAlike(one: TierModel | undefined, other: TierModel | undefined): boolean {
  return one === undefined || other === undefined ? one === other : editsKey(one) === editsKey(other);
}

function listText(attempts: Fallback["attempts"]): string {
  return attempts.map((tier) => tier?.name ?? "-").join(",");
}
