// Whether sluice learns what was served: Envoy's gRPC access log comes to it, with the headers that say what was decided.
import { POLICY_HEADER, REASON_HEADER, TIER_HEADER } from "../../../request/routing/decision.ts";
import { at, isOfType, listOf, objectsOf, textOf, typedConfig } from "../envoy-json.ts";
import type { EnvoyWiring, JsonObject } from "../envoy-wiring.ts";
import { type Finding, finding } from "../finding.ts";
import { notHttp2, speaksHttp2 } from "./sluice-cluster.ts";
import type { Wired } from "./sluice-filter.ts";

const NEEDED = [TIER_HEADER, POLICY_HEADER, REASON_HEADER];
const HEADERS_LINE = `additional_request_headers_to_log: [x-request-id, ${NEEDED.join(", ")}]`;
const LOG = `# in access_log of the HttpConnectionManager; cluster sluice_log is sluice again, a cluster of its own for the long-lived log
- name: envoy.access_loggers.http_grpc
  typed_config:
    "@type": type.googleapis.com/envoy.extensions.access_loggers.grpc.v3.HttpGrpcAccessLogConfig
    common_config:
      log_name: sluice
      transport_api_version: V3
      grpc_service: { envoy_grpc: { cluster_name: sluice_log } }
    ${HEADERS_LINE}`;

export function checkAccessLog({ manager, filter }: Wired, wiring: EnvoyWiring): readonly Finding[] {
  const logs = objectsOf(manager.config["access_log"])
    .map(typedConfig)
    .filter((log) => isOfType(log, "HttpGrpcAccessLogConfig"));
  const log = logs.find((candidate) => isSluices(candidate, filter?.cluster)) ?? (logs.length === 1 ? logs[0] : undefined);
  const where = `${manager.where} > access_log`;
  if (log === undefined) {
    const what = logs.length === 0 ? "There is no gRPC access log." : `None of the ${logs.length} gRPC access logs goes to sluice.`;
    return [finding("access-log-missing", { where, what, fix: LOG })];
  }
  const cluster = wiring.clusters.get(clusterOf(log) ?? "");
  const isSame = cluster?.name === filter?.cluster; // then it is said of the filter's
  return [
    ...checkHeaders(log, where),
    ...(cluster === undefined || isSame || speaksHttp2(cluster) ? [] : [finding("access-log-not-http2", notHttp2(cluster))]),
  ];
}

function clusterOf(log: JsonObject): string | undefined {
  return textOf(at(log, "common_config", "grpc_service", "envoy_grpc", "cluster_name"));
}

function isSluices(log: JsonObject, filterCluster: string | undefined): boolean {
  const cluster = clusterOf(log) ?? "";
  return cluster === filterCluster || /sluice/i.test(`${cluster} ${textOf(at(log, "common_config", "log_name")) ?? ""}`);
}

function checkHeaders(log: JsonObject, where: string): readonly Finding[] {
  const logged = new Set(listOf(log["additional_request_headers_to_log"]).map((name) => textOf(name)?.toLowerCase()));
  const missing = NEEDED.filter((name) => !logged.has(name));
  if (missing.length === 0) return [];
  const fix = `# in this access log's typed_config\n${HEADERS_LINE}`;
  return [finding("access-log-headers-missing", { where, what: `additional_request_headers_to_log lacks ${missing.join(", ")}.`, fix })];
}
