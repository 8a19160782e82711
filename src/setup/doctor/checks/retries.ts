// Whether a request whose server fails, or is full, gets to another one.
import { listOf, numberOf, objectOf, objectsOf, textOf } from "../envoy-json.ts";
import type { Cluster, EnvoyWiring, JsonObject } from "../envoy-wiring.ts";
import { type Finding, finding, type SluiceSettings } from "../finding.ts";
import { codeList, codesNotRetried, lackSeverity } from "../retried-codes.ts";
import { actionOf, clustersOf, protocolOptionsOf, thresholdsOf } from "./route-clusters.ts";
import type { Route } from "./routes.ts";
import type { Wired } from "./sluice-filter.ts";
import { servingRoutes } from "./tier-routes.ts";

const RETRY = `retry_policy:
  retry_on: connect-failure,refused-stream,reset,retriable-status-codes
  retriable_status_codes: [502, 503, 529, 429]
  num_retries: 1 # with a composite cluster, one less than it has entries
  retry_back_off: { base_interval: 0.025s, max_interval: 0.25s }
  host_selection_retry_max_attempts: 5
  retry_host_predicate:
  - name: envoy.retry_host_predicates.previous_hosts
    typed_config: { "@type": type.googleapis.com/envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate }`;
const FIX = `# in the virtual host; a route that has a retry_policy of its own does not look there\n${RETRY}`;

interface RetriedRoute {
  readonly route: Route;
  readonly policy: JsonObject | undefined; // undefined: nothing is retried
}

export function checkRetries(wired: Wired, wiring: EnvoyWiring, settings: SluiceSettings): readonly Finding[] {
  const routes = servingRoutes(wired, settings).map((route) => ({ route, policy: policyOf(route, wiring) }));
  const retried = routes.filter(({ policy }) => policy !== undefined);
  return [
    ...checkMissing(routes.filter(({ policy }) => policy === undefined)),
    ...checkStatusCodes(retried),
    ...checkSameHost(retried),
    ...checkRoom(
      clustersOf(
        retried.map(({ route }) => route),
        wiring,
      ),
      retried,
    ),
  ];
}

/** The route's, its virtual host's, or its cluster's (Envoy 1.37): one replaces the next. */
export function policyOf(route: Route, wiring: EnvoyWiring): JsonObject | undefined {
  const [cluster] = clustersOf([route], wiring);
  const given = [actionOf(route), route.virtualHost.config, cluster === undefined ? {} : protocolOptionsOf(cluster)];
  const policy = given.map((place) => place["retry_policy"]).find((candidate) => candidate !== undefined);
  return policy === undefined || numberOf(objectOf(policy)["num_retries"]) === 0 ? undefined : objectOf(policy);
}

function checkMissing(routes: readonly RetriedRoute[]): readonly Finding[] {
  if (routes.length === 0) return [];
  return [finding("retry-missing", { where: whereOf(routes), what: `${countOf(routes)} without a retry_policy.`, fix: FIX })];
}

function checkStatusCodes(routes: readonly RetriedRoute[]): readonly Finding[] {
  const lacking = routes.filter(({ policy }) => missingCodes(policy).length > 0);
  const [first] = lacking;
  if (first === undefined) return [];
  const codes = missingCodes(first.policy);
  const policy = first.policy ?? {};
  const listed = listOf(policy["retriable_status_codes"]).join(", ");
  const set = `retry_on is ${textOf(policy["retry_on"]) ?? "not set"}, retriable_status_codes [${listed}]`;
  const what = `${codeList(codes)} ${codes.length === 1 ? "is" : "are"} not retried: ${set}.`;
  const fix = `# in this retry_policy
retry_on: connect-failure,refused-stream,reset,retriable-status-codes
retriable_status_codes: [502, 503, 529, 429]`;
  return [finding("retry-without-429", { where: `${whereOf(lacking)} > retry_policy`, what, fix, ...lackSeverity(codes) })];
}

function missingCodes(policy: JsonObject | undefined): readonly number[] {
  const conditions = (textOf(policy?.["retry_on"]) ?? "").split(",").map((condition) => condition.trim());
  const codes = conditions.includes("retriable-status-codes") ? listOf(policy?.["retriable_status_codes"]).map(numberOf) : [];
  return codesNotRetried({ codes, conditions });
}

/** A retry_priority sends it to other servers, too. */
function checkSameHost(routes: readonly RetriedRoute[]): readonly Finding[] {
  const same = routes.filter(({ policy }) => !hasPreviousHosts(policy) && policy?.["retry_priority"] === undefined);
  if (same.length === 0) return [];
  const fix = `# in this retry_policy
host_selection_retry_max_attempts: 5
retry_host_predicate:
- name: envoy.retry_host_predicates.previous_hosts
  typed_config: { "@type": type.googleapis.com/envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate }`;
  return [
    finding("retry-same-host", { where: `${whereOf(same)} > retry_policy`, what: "No retry_host_predicate is previous_hosts.", fix }),
  ];
}

function hasPreviousHosts(policy: JsonObject | undefined): boolean {
  return objectsOf(policy?.["retry_host_predicate"]).some((predicate) => textOf(predicate["name"])?.endsWith("previous_hosts") ?? false);
}

const DEFAULT_MAX_RETRIES = 3; // Envoy's, at a time for all requests of a cluster
/** One server going takes with it what it was answering: tens of requests at once. */
const FEW_RETRIES = 16;

/** Of a composite or an aggregate cluster its own breaker counts, not those of the clusters within. */
function checkRoom(clusters: readonly Cluster[], routes: readonly RetriedRoute[]): readonly Finding[] {
  const isHigh = routes.some(({ route }) => actionOf(route)["priority"] === "HIGH");
  const thresholds = (cluster: Cluster) => thresholdsOf(cluster, isHigh ? "HIGH" : "DEFAULT");
  const room = (cluster: Cluster) => numberOf(thresholds(cluster)["max_retries"]) ?? DEFAULT_MAX_RETRIES;
  const small = clusters.filter((cluster) => thresholds(cluster)["retry_budget"] === undefined && room(cluster) < FEW_RETRIES);
  if (small.length === 0) return [];
  const where = small.map((cluster) => cluster.where).join(", ");
  const fix = `# in each of them\ncircuit_breakers: { thresholds: [{ max_retries: 16384 }] }`;
  return [
    finding("retry-room-small", {
      where,
      what: `max_retries is ${Math.min(...small.map(room))}${small.every(isDefault) ? ", Envoy's default" : ""}.`,
      fix,
    }),
  ];

  function isDefault(cluster: Cluster): boolean {
    return thresholds(cluster)["max_retries"] === undefined;
  }
}

/** The virtual host, where it is so on all its routes that serve; else the first of them. */
function whereOf(routes: readonly RetriedRoute[]): string {
  const [first] = routes;
  if (first === undefined) return "";
  const fromHost = routes.every(
    ({ route, policy }) =>
      actionOf(route)["retry_policy"] === undefined && (policy === undefined || route.virtualHost.config["retry_policy"] !== undefined),
  );
  return fromHost ? first.route.virtualHost.where : first.route.where;
}

function countOf(routes: readonly RetriedRoute[]): string {
  return routes.length === 1 ? "This route is" : `${routes.length} routes are`;
}
