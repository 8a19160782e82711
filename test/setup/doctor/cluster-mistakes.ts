// What the checks on the way to sluice and the access log must find, and must not: changes to the shipped envoy.yaml, one mistake each.
import { FILTER, MANAGER, type Mistake, type Path } from "./edited-config.ts";
import { IN_FILTER, IN_LISTENER, LOG, OPTIONS, remove, SLUICE, set, TWO_PROCESSES } from "./places.ts";

export const CLUSTER_MISTAKES: readonly Mistake[] = [
  {
    name: "the cluster is missing",
    edits: [remove(SLUICE)],
    found: "ext-proc-cluster-missing",
    where: `${IN_FILTER} > grpc_service`,
    what: /no cluster sluice\. There are: sluice_log/,
  },
  { name: "the cluster comes from a control plane", edits: [remove(SLUICE), set(["dynamic_resources"], { cds_config: { ads: {} } })] },
  {
    name: "HTTP/1",
    edits: [set([...SLUICE, ...OPTIONS, "explicit_http_config"], { http_protocol_options: {} })],
    found: "ext-proc-not-http2",
    where: "cluster sluice",
  },
  {
    name: "the client's protocol",
    edits: [
      set([...SLUICE, ...OPTIONS, "explicit_http_config"], undefined),
      set([...SLUICE, ...OPTIONS, "use_downstream_protocol_config"], { http2_protocol_options: {} }),
    ],
    found: "ext-proc-not-http2",
  },
  {
    name: "HTTP/2 by ALPN",
    edits: [set([...SLUICE, ...OPTIONS, "explicit_http_config"], undefined), set([...SLUICE, ...OPTIONS, "auto_config"], {})],
  },
  {
    name: "no breaker",
    edits: [remove([...SLUICE, "circuit_breakers"])],
    found: "ext-proc-few-requests",
    where: "cluster sluice > circuit_breakers",
  },
  {
    name: "Envoy's default written out",
    edits: [set([...SLUICE, "circuit_breakers", "thresholds", 0, "max_requests"], 1024)],
    found: "ext-proc-few-requests",
  },
  {
    name: "connections without an end",
    edits: [remove([...SLUICE, ...OPTIONS, "common_http_protocol_options"])],
    found: "rapid-reset",
    where: "cluster sluice",
    severity: "note",
  },
  {
    name: "connections without an end, to a server that counts resets",
    edits: [remove([...SLUICE, ...OPTIONS, "common_http_protocol_options"])],
    settings: { countsResets: true },
    found: "rapid-reset",
    severity: "warning",
  },
  {
    name: "connections that live too long",
    edits: [set([...SLUICE, ...OPTIONS, "common_http_protocol_options", "max_requests_per_connection"], 5000)],
    found: "rapid-reset",
    severity: "note",
  },
  { name: "two processes", edits: [TWO_PROCESSES] },
  {
    name: "two processes and no retry",
    edits: [TWO_PROCESSES, remove([...FILTER, "grpc_service", "retry_policy"])],
    found: "replica-not-retried",
    where: `${IN_FILTER} > grpc_service`,
    what: /There are 2 processes/,
  },
  {
    name: "two processes and a retry that a refused connection does not have",
    edits: [TWO_PROCESSES, set([...FILTER, "grpc_service", "retry_policy", "retry_on"], "unavailable,reset")],
    found: "replica-not-retried",
    what: /connect-failure, refused-stream/,
  },
  {
    name: "two processes and LEAST_REQUEST",
    edits: [TWO_PROCESSES, set([...SLUICE, "lb_policy"], "LEAST_REQUEST")],
    found: "replica-not-retried",
    where: "cluster sluice",
  },
  { name: "one process and no retry", edits: [remove([...FILTER, "grpc_service", "retry_policy"])] },
];

const GRPC_LOG: Path = [...MANAGER, "access_log", 0];
const IN_LOG = `${IN_LISTENER} > access_log`;

export const ACCESS_LOG_MISTAKES: readonly Mistake[] = [
  { name: "no gRPC log", edits: [remove(GRPC_LOG)], found: "access-log-missing", where: IN_LOG, what: /no gRPC access log/ },
  {
    name: "two logs of others",
    edits: [set([...MANAGER, "access_log"], ([log]: [object]) => [alien(log, "audit"), alien(log, "billing")])],
    found: "access-log-missing",
    what: /None of the 2/,
  },
  {
    name: "headers missing",
    edits: [set([...GRPC_LOG, "typed_config", "additional_request_headers_to_log"], ["x-request-id", "X-Sluice-Tier"])],
    found: "access-log-headers-missing",
    where: IN_LOG,
    what: /lacks x-sluice-policy, x-sluice-reason/,
  },
  {
    name: "the id alone missing, which the log has anyway",
    edits: [
      set([...GRPC_LOG, "typed_config", "additional_request_headers_to_log"], ["x-sluice-tier", "x-sluice-policy", "x-sluice-reason"]),
    ],
  },
  {
    name: "HTTP/1 to the log service",
    edits: [set([...LOG, ...OPTIONS, "explicit_http_config"], { http_protocol_options: {} })],
    found: "access-log-not-http2",
    where: "cluster sluice_log",
  },
  {
    name: "the filter's own cluster for the log, and HTTP/1: said once",
    edits: [
      set([...GRPC_LOG, "typed_config", "common_config", "grpc_service", "envoy_grpc", "cluster_name"], "sluice"),
      set([...SLUICE, ...OPTIONS, "explicit_http_config"], { http_protocol_options: {} }),
    ],
    found: "ext-proc-not-http2",
  },
];

function alien(log: object, name: string): object {
  const common = { log_name: name, grpc_service: { envoy_grpc: { cluster_name: name } } };
  return {
    ...log,
    typed_config: { ...("typed_config" in log && typeof log.typed_config === "object" ? log.typed_config : {}), common_config: common },
  };
}
