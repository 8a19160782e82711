// What the statistics of a running Envoy say about asking sluice, since Envoy started: did it happen, did it fail, and for how many
// requests. Pure. What the configuration says is for the checks; here is what came of it.
import type { Severity } from "./catalogue.ts";
import { clustersOf } from "./checks/route-clusters.ts";
import { type SluiceFilter, wiredManagers } from "./checks/sluice-filter.ts";
import { servingRoutes } from "./checks/tier-routes.ts";
import { counted } from "./counted.ts";
import type { Cluster, EnvoyWiring, HttpManager } from "./envoy-wiring.ts";
import { type Finding, finding, type SluiceSettings } from "./finding.ts";
import { accessLogSigns, connectionSigns, retrySigns } from "./live-clusters.ts";
import { mendedInGateway } from "./live-mending.ts";
import { type LiveStats, liveStats, statName } from "./live-stats.ts";

/** A filter that asks sluice, and the connection manager that it runs in. */
interface Asking {
  readonly manager: HttpManager;
  readonly filter: SluiceFilter;
}

/** None where only files were read. */
export function liveSigns(wiring: EnvoyWiring, settings: SluiceSettings): readonly Finding[] {
  if (wiring.stats === undefined) return [];
  const stats = liveStats(wiring.stats);
  const wired = wiredManagers(wiring, settings);
  const asking = wired.flatMap(({ manager, filter }) => (filter === undefined ? [] : [{ manager, filter }]));
  // Listeners that share a prefix share their statistics: one finding, not one for each.
  const filters = [...new Map(asking.map((each) => [prefixOf(each), each])).values()];
  const tiers = clustersOf(
    wired.flatMap((each) => servingRoutes(each, settings)),
    wiring,
  );
  const clusters = [...new Set(asking.map(({ filter }) => filter.cluster))].flatMap((name) => wiring.clusters.get(name ?? "") ?? []);
  const signs = [
    ...filters.flatMap((each) => filterSigns(stats, each, wiring.clusters.get(each.filter.cluster ?? ""))),
    ...clusters.flatMap((cluster) => connectionSigns(stats, cluster)),
    ...[...clusters, ...tiers].flatMap((cluster) => retrySigns(stats, cluster)),
    ...accessLogSigns(stats),
  ];
  const { gateway } = wiring;
  return gateway === undefined ? signs : signs.map((sign) => mendedInGateway(sign, gateway));
}

/** Of the filter's statistics, as `http.llm.ext_proc.`. */
function prefixOf({ manager, filter }: Asking): string {
  const own = filter.config["stat_prefix"];
  return `http.${statName(manager.statPrefix)}.ext_proc.${typeof own === "string" && own !== "" ? `${own}.` : ""}`;
}

function filterSigns(stats: LiveStats, asking: Asking, cluster: Cluster | undefined): readonly Finding[] {
  const prefix = prefixOf(asking);
  const started = stats.count(`${prefix}streams_started`);
  return [
    ...notAsked(stats, asking, started),
    ...failures(stats, asking, cluster, started),
    ...timeouts(stats, asking, started),
    ...spurious(stats, prefix, started),
    ...routeCache(stats, prefix, started),
    ...rejectedHeaders(stats, prefix, started),
  ];
}

function notAsked(stats: LiveStats, asking: Asking, started: number): readonly Finding[] {
  const requests = `http.${statName(asking.manager.statPrefix)}.downstream_rq_2xx`;
  const served = stats.count(requests);
  if (started > 0 || served === 0 || stats.count(`${prefixOf(asking)}streams_failed`) > 0) return [];
  const what = `Of ${counted(served, "request")} served ${stats.since} none was handed to sluice.`;
  const fix = asking.filter.processor.offByDefault
    ? "# The filter is off until a route switches it on: the one that requests match first, without x-sluice-tier."
    : "# Do requests come to another listener? Put the filter in front of the router there.";
  return [finding("sluice-not-asked", { where: `${prefixOf(asking)}streams_started`, what, fix })];
}

/** Calls that failed, whatever the cause, but those that a circuit breaker refused: they have a finding of their own. */
function failures(stats: LiveStats, asking: Asking, cluster: Cluster | undefined, started: number): readonly Finding[] {
  const failed = stats.count(`${prefixOf(asking)}streams_failed`) - (cluster === undefined ? 0 : stats.overflow(cluster));
  if (failed <= 0) return [];
  const where = `${prefixOf(asking)}streams_failed`;
  const many = stats.of(failed, started);
  const fix = `# Is sluice running (GET /readyz on its admin port), and reached (the counters of ${cluster?.where ?? "its cluster"})?
# So that another process takes over when one goes, in the filter's grpc_service:
retry_policy: { retry_on: "connect-failure,refused-stream,reset,unavailable", num_retries: 2 }`;
  if (asking.filter.config["failure_mode_allow"] !== true)
    return [finding("requests-failed", { where, what: `${many} failed, because asking sluice failed.`, fix })];
  return [finding("passed-unrouted", { where, what: `${many} passed unrouted.`, fix, severity: gradeOf(failed, started) })];
}

/** Up to this share a process that was killed explains it: with the shipped settings at most 1 request in 10,000 is lost to routing. */
const RARE_SHARE = 1 / 10_000;
/** Up to so many a restart of a quiet gateway's only sluice explains it, where they are no large part of all. */
const FEW = 5;
const FEW_SHARE = 1 / 100;

/** What a restart explains is a note: no reason to get up at night. */
function gradeOf(count: number, of: number): Severity {
  const share = count / Math.max(of, count);
  return share <= RARE_SHARE || (count <= FEW && share <= FEW_SHARE) ? "note" : "warning";
}

function timeouts(stats: LiveStats, asking: Asking, started: number): readonly Finding[] {
  const where = `${prefixOf(asking)}message_timeouts`;
  const late = stats.count(where);
  if (late === 0) return [];
  const timeout = asking.filter.config["message_timeout"];
  const given = typeof timeout === "string" ? timeout : "200 ms, Envoy's default";
  const came = asking.filter.config["failure_mode_allow"] === true ? "passed unrouted" : "were answered 504";
  const what = `${stats.of(late, started)} ${came}: no reply within the message_timeout of ${given}.`;
  const fix = `# Is sluice short of CPU, or hanging? See sluice_decision_duration_seconds, and whether its container is throttled.
# If large bodies need longer, in this filter's typed_config:
message_timeout: 2s`;
  return [finding("message-timeouts", { where, what, fix, severity: gradeOf(late, started) })];
}

function spurious(stats: LiveStats, prefix: string, started: number): readonly Finding[] {
  const where = `${prefix}spurious_msgs_received`;
  const count = stats.count(where);
  if (count === 0) return [];
  const what = `A reply that Envoy did not expect came for ${stats.of(count, started)}.`;
  const fix = `# Is it sluice that the filter's cluster leads to? It replies once to each message, in these modes:
processing_mode: { request_header_mode: SEND, request_body_mode: BUFFERED, response_header_mode: SKIP, response_body_mode: NONE }`;
  return [finding("spurious-messages", { where, what, fix })];
}

function routeCache(stats: LiveStats, prefix: string, started: number): readonly Finding[] {
  const causes = [
    [
      "clear_route_cache_ignored",
      "the reply changed no header",
      "# Is it sluice that the filter's cluster leads to? It sets a header in each reply.",
    ],
    ["clear_route_cache_disabled", "the filter's route_cache_action is RETAIN", "route_cache_action: DEFAULT"],
    ["clear_route_cache_upstream_ignored", "the filter runs behind the router, upstream", "# Put it among the listener's http_filters."],
  ] as const;
  return causes.flatMap(([name, cause, fix]) => {
    const count = stats.count(prefix + name);
    if (count === 0) return [];
    const what = `For ${stats.of(count, started)} the route chosen before sluice's reply was kept: ${cause}.`;
    return [finding("route-cache-clear-ignored", { where: prefix + name, what, fix })];
  });
}

function rejectedHeaders(stats: LiveStats, prefix: string, started: number): readonly Finding[] {
  const where = `${prefix}rejected_header_mutations`;
  const count = stats.count(where);
  if (count === 0) return [];
  const what = `Envoy rejected a header for ${stats.of(count, started)}.`;
  const fix = `# Without mutation_rules sluice's headers are allowed. With them, all it sets and removes:
mutation_rules: { allow_expression: { regex: "x-sluice-.*|content-length" } }`;
  return [finding("header-mutations-rejected", { where, what, fix })];
}
