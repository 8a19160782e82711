// Signs in the statistics of clusters: connections to sluice, retries of the tiers, and the access log. Pure.
import { counted } from "./counted.ts";
import type { Cluster } from "./envoy-wiring.ts";
import { type Finding, finding } from "./finding.ts";
import { clusterStat, type LiveStats } from "./live-stats.ts";

/** Of the cluster by which sluice is asked. */
export function connectionSigns(stats: LiveStats, cluster: Cluster): readonly Finding[] {
  return [...unreachable(stats, cluster), ...overflow(stats, cluster), ...floods(stats, cluster), ...goaways(stats, cluster)];
}

/** Now, not once: what is counted since Envoy started says nothing of now, but what is there, or is not, does. */
function unreachable(stats: LiveStats, cluster: Cluster): readonly Finding[] {
  const count = (name: string) => stats.ofCluster(cluster, name);
  const found = (name: string, what: string) =>
    finding("sluice-unreachable", { where: clusterStat(cluster, name), what, fix: reachFix(cluster) });
  const [all, healthy] = [count("membership_total"), count("membership_healthy")];
  if (all === 0 && cluster.config["cluster_type"] === undefined)
    return [found("membership_total", "The cluster has no endpoint: Envoy knows no address of a sluice.")];
  if (all > 0 && healthy === 0)
    return [found("membership_healthy", `Of ${counted(all, "process", "processes")} Envoy's health check finds none that serves.`)];
  if (healthy < all) {
    const what = `Of ${all} processes Envoy's health check finds ${healthy} that serve; the others are not asked.`;
    return [{ ...found("membership_healthy", what), severity: "warning" }];
  }
  const failed = count("upstream_cx_connect_fail") + count("upstream_cx_connect_timeout");
  // Where connections were let go for idleness none need stand.
  if (failed === 0 || count("upstream_cx_active") > 0 || count("upstream_cx_idle_timeout") > 0) return [];
  const what = `No connection to sluice stands, and ${counted(failed, "attempt")} to open one failed ${stats.since}.`;
  return [found("upstream_cx_connect_fail", what)];
}

function reachFix({ name }: Cluster): string {
  return `# Is it running? GET /readyz on its admin port. Does the cluster have its address (listen.extProc, no loopback address where
# Envoy runs elsewhere)? In Kubernetes: kubectl get endpointslices -A -l kubernetes.io/service-name=sluice
load_assignment:
  cluster_name: ${name}
  endpoints: [{ lb_endpoints: [{ endpoint: { address: { socket_address: { address: ADDRESS, port_value: 9002 } } } }] }]`;
}

function overflow(stats: LiveStats, cluster: Cluster): readonly Finding[] {
  const refused = stats.overflow(cluster);
  if (refused === 0) return [];
  const what = `The circuit breaker kept ${counted(refused, "request")} from sluice ${stats.since}.`;
  const fix =
    "circuit_breakers: { thresholds: [{ max_connections: 1024, max_requests: 16384, max_pending_requests: 16384, max_retries: 1024 }] }";
  const name = stats.ofCluster(cluster, "upstream_rq_active_overflow") > 0 ? "upstream_rq_active_overflow" : "upstream_rq_pending_overflow";
  return [finding("ext-proc-overflow", { where: clusterStat(cluster, name), what, fix })];
}

function floods(stats: LiveStats, cluster: Cluster): readonly Finding[] {
  return ["http2.outbound_control_flood", "http2.outbound_flood"].flatMap((name) => {
    const closed = stats.ofCluster(cluster, name);
    if (closed === 0) return [];
    const what = `Envoy closed ${counted(closed, "connection")} on which too many frames waited to be read ${stats.since}.`;
    const fix = `# Give sluice CPU: it reads too slowly. A connection that ends after 900 requests cannot gather 1,000 unread
# resets, Envoy's limit:
common_http_protocol_options: { max_requests_per_connection: 900 }`;
    return [finding("control-flood", { where: clusterStat(cluster, name), what, fix })];
  });
}

/** A server that is stopped in order says GOAWAY, too, and nothing is lost by it: only one that took requests with it counts. */
function goaways(stats: LiveStats, cluster: Cluster): readonly Finding[] {
  const where = clusterStat(cluster, "upstream_cx_close_notify");
  const said = stats.count(where);
  const cut = stats.ofCluster(cluster, "upstream_cx_destroy_remote_with_active_rq");
  if (said === 0 || cut === 0) return [];
  const what = `sluice said GOAWAY ${counted(said, "time")} ${stats.since}, and ${counted(cut, "connection")} closed under requests.`;
  const fix = "common_http_protocol_options: { max_requests_per_connection: 900 }";
  return [finding("goaways", { where, what, fix })];
}

/** Of a cluster that retries: a tier's, or sluice's own. */
export function retrySigns(stats: LiveStats, cluster: Cluster): readonly Finding[] {
  const where = clusterStat(cluster, "upstream_rq_retry_overflow");
  const refused = stats.count(where);
  if (refused === 0) return [];
  const wanted = refused + stats.ofCluster(cluster, "upstream_rq_retry");
  const retries = counted(wanted, "retry", "retries");
  const what = `${refused.toLocaleString("en-US")} of ${retries} were not made ${stats.since}: max_retries of ${cluster.where}.`;
  const fix = "circuit_breakers: { thresholds: [{ max_retries: 16384 }] }";
  return [finding("retries-refused", { where, what, fix })];
}

/** Of all gRPC access logs together: Envoy does not tell them apart unless they have a stat_prefix. */
export function accessLogSigns(stats: LiveStats): readonly Finding[] {
  return stats.names(/^access_logs\.grpc_access_log\.(?:.+\.)?logs_dropped$/).flatMap((where) => {
    const dropped = stats.count(where);
    if (dropped === 0) return [];
    const written = stats.count(where.replace(/logs_dropped$/, "logs_written"));
    const what = `${stats.of(dropped, dropped + written)} have no entry in the access log.`;
    const fix = "# Entries are read more slowly than they come: is sluice short of CPU, and does the log's cluster lead to it?";
    return [finding("access-log-dropped", { where, what, fix })];
  });
}
