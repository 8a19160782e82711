// The cluster by which Envoy reaches sluice: HTTP/2, room for every request, connections that do not live for ever, and another process
// when one goes.
import { enumOf, isObject, numberOf, objectOf, objectsOf, textOf } from "../envoy-json.ts";
import type { Cluster, EnvoyWiring } from "../envoy-wiring.ts";
import { type Finding, finding, type SluiceSettings } from "../finding.ts";
import { protocolOptionsOf, thresholdsOf } from "./route-clusters.ts";
import type { SluiceFilter, Wired } from "./sluice-filter.ts";

export function checkSluiceClusters(wired: readonly Wired[], wiring: EnvoyWiring, settings: SluiceSettings): readonly Finding[] {
  const filters = wired.flatMap(({ filter }) => (filter === undefined ? [] : [filter]));
  const missing = filters.flatMap((filter) => checkThere(filter, wiring));
  const asked = new Map(filters.map((filter) => [filter.cluster, filter]));
  const found = [...asked].flatMap(([name, filter]) => {
    const cluster = wiring.clusters.get(name ?? "");
    return cluster === undefined ? [] : [{ cluster, filter }];
  });
  return [
    ...missing,
    ...found.flatMap(({ cluster, filter }) => [
      ...(speaksHttp2(cluster) ? [] : [finding("ext-proc-not-http2", notHttp2(cluster))]),
      ...checkRoom(cluster),
      ...checkResets(cluster, settings),
      ...checkReplicas(filter, cluster),
    ]),
  ];
}

function checkThere({ processor, cluster }: SluiceFilter, wiring: EnvoyWiring): readonly Finding[] {
  if (cluster === undefined || wiring.clusters.has(cluster) || wiring.moreClusters) return [];
  const fix = `# in clusters
- name: ${cluster}
  type: STRICT_DNS
  connect_timeout: 0.25s
  circuit_breakers: { thresholds: [{ max_requests: 16384, max_pending_requests: 16384, max_retries: 1024 }] }
  typed_extension_protocol_options:
    envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
      "@type": type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
      common_http_protocol_options: { max_requests_per_connection: 900 }
      explicit_http_config: { http2_protocol_options: {} }
  load_assignment:
    cluster_name: ${cluster}
    endpoints: [{ lb_endpoints: [{ endpoint: { address: { socket_address: { address: sluice, port_value: 9002 } } } }] }]`;
  const what = `There is no cluster ${cluster}. There are: ${[...wiring.clusters.keys()].join(", ")}.`;
  return [finding("ext-proc-cluster-missing", { where: `${processor.where} > grpc_service`, what, fix })];
}

/** By ALPN, too; not by what the client speaks, for these requests are Envoy's own. */
export function speaksHttp2(cluster: Cluster): boolean {
  const options = protocolOptionsOf(cluster);
  const explicit = objectOf(options["explicit_http_config"])["http2_protocol_options"];
  return isObject(explicit) || isObject(options["auto_config"]) || isObject(cluster.config["http2_protocol_options"]);
}

export function notHttp2(cluster: Cluster): { readonly where: string; readonly what: string; readonly fix: string } {
  const what = "Its typed_extension_protocol_options do not say http2_protocol_options.";
  const fix = `# in this cluster
typed_extension_protocol_options:
  envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
    "@type": type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
    explicit_http_config: { http2_protocol_options: {} }`;
  return { where: cluster.where, what, fix };
}

const DEFAULT_MAX_REQUESTS = 1024; // Envoy's, at a time

function checkRoom(cluster: Cluster): readonly Finding[] {
  const set = numberOf(thresholdsOf(cluster, "DEFAULT")["max_requests"]);
  if (set !== undefined && set > DEFAULT_MAX_REQUESTS) return [];
  const what = `max_requests is ${set ?? `not set, so ${DEFAULT_MAX_REQUESTS}`}.`;
  const fix = "# in this cluster\ncircuit_breakers: { thresholds: [{ max_requests: 16384, max_pending_requests: 16384 }] }";
  return [finding("ext-proc-few-requests", { where: `${cluster.where} > circuit_breakers`, what, fix })];
}

const RESETS_TAKEN = 1000; // in a burst on a connection, by servers that count them

function checkResets(cluster: Cluster, { countsResets }: SluiceSettings): readonly Finding[] {
  const options = objectOf(protocolOptionsOf(cluster)["common_http_protocol_options"]);
  const max = numberOf(options["max_requests_per_connection"]) ?? numberOf(cluster.config["max_requests_per_connection"]) ?? 0;
  if (max > 0 && max < RESETS_TAKEN) return [];
  const what = `max_requests_per_connection is ${max > 0 ? max : "not set"}.`;
  const fix = `# in this cluster
typed_extension_protocol_options:
  envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
    "@type": type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
    common_http_protocol_options: { max_requests_per_connection: 900 }
    explicit_http_config: { http2_protocol_options: {} }`;
  return [finding("rapid-reset", { where: cluster.where, what, fix, ...(countsResets ? {} : { severity: "note" }) })];
}

const TAKEN_OVER = ["connect-failure", "refused-stream", "reset"] as const;
const LB_POLICIES = ["ROUND_ROBIN", "LEAST_REQUEST"] as const;

/** Only where there is another process to hand the request to. */
function checkReplicas({ processor, config }: SluiceFilter, cluster: Cluster): readonly Finding[] {
  if (cluster.endpoints === undefined || cluster.endpoints < 2) return [];
  const retry = objectOf(objectOf(config["grpc_service"])["retry_policy"]);
  const retryOn = new Set((textOf(retry["retry_on"]) ?? "").split(",").map((condition) => condition.trim()));
  const missing = TAKEN_OVER.filter((condition) => !retryOn.has(condition));
  const isDrawn = drawnToDead(cluster);
  if (missing.length === 0 && !isDrawn) return [];
  const retries = `grpc_service.retry_policy does not retry on ${missing.join(", ")}`;
  const mistake = missing.length > 0 ? retries : "lb_policy is LEAST_REQUEST, which is drawn to a dead one";
  const what = `There are ${cluster.endpoints} processes, and ${mistake}.`;
  const fix = `# in this filter's typed_config, and in cluster ${cluster.name} lb_policy: ROUND_ROBIN
grpc_service:
  retry_policy:
    retry_on: connect-failure,refused-stream,reset,unavailable
    num_retries: 2
    retry_back_off: { base_interval: 0.005s, max_interval: 0.025s }
    host_selection_retry_max_attempts: 5
    retry_host_predicate:
    - name: envoy.retry_host_predicates.previous_hosts
      typed_config: { "@type": type.googleapis.com/envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate }`;
  return [finding("replica-not-retried", { where: missing.length > 0 ? `${processor.where} > grpc_service` : cluster.where, what, fix })];
}

function drawnToDead({ config }: Cluster): boolean {
  const named = objectsOf(objectOf(config["load_balancing_policy"])["policies"]).map((policy) =>
    textOf(objectOf(policy["typed_extension_config"])["name"]),
  );
  if (named.length > 0) return named[0]?.endsWith("least_request") ?? false;
  return enumOf(config["lb_policy"], LB_POLICIES) === "LEAST_REQUEST";
}
