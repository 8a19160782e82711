// A tier served by a server elsewhere: host, path and TLS are that server's own. Filters and rewrites of a route would apply to both
// tiers of a fallback, so each such tier is a listener inside the same Envoy (no port, no copy through the kernel) which rewrites and
// forwards.
import { isIP } from "node:net";
import type { EnvoyCluster, EnvoyListener } from "./envoy-bootstrap.ts";
import type { ServerUrl } from "./server-url.ts";

const BUFFER_LIMIT_BYTES = 33_554_432; // as in envoy.yaml
const HOP_HEADERS = ["x-sluice-tier", "x-sluice-policy", "x-sluice-reason", "x-envoy-attempt-count", "x-envoy-external-address"];
const FORWARDED_HEADERS = ["x-forwarded-for", "x-forwarded-proto", "x-request-id"]; // a stranger's server learns nothing about the client

export interface ExternalTier {
  readonly listener: EnvoyListener;
  readonly clusters: readonly EnvoyCluster[];
}

/**
 * Resources that take the place of the cluster `tier`. `caFile` holds the certificates a TLS server is verified against. `keyVariable`: of
 * Envoy's environment, which has the API key that the server wants; it replaces the client's own, and stands in no configuration.
 */
export function externalTier(tier: string, server: ServerUrl, caFile: string, keyVariable?: string): ExternalTier {
  const listener = `${tier}_outside`;
  return {
    listener: {
      name: listener,
      internal_listener: {},
      ...bufferLimit(),
      filter_chains: [{ filters: [forwarder(listener, server, keyVariable)] }],
    },
    clusters: [
      {
        ...cluster(tier, { endpoint: { address: { envoy_internal_address: { server_listener_name: listener } } } }),
        type: "STATIC",
      },
      {
        ...cluster(listener, {
          endpoint: { address: { socket_address: { address: server.host, port_value: server.port } }, hostname: server.host },
        }),
        ...(isIP(server.host) === 0 ? { type: "LOGICAL_DNS", dns_lookup_family: "V4_PREFERRED" } : { type: "STATIC" }),
        ...(server.tls ? { transport_socket: tls(server, caFile) } : {}),
      },
    ],
  };
}

function bufferLimit() {
  return { per_connection_buffer_limit_bytes: BUFFER_LIMIT_BYTES };
}

function cluster(name: string, endpoint: unknown): EnvoyCluster {
  return {
    name,
    connect_timeout: "5s", // servers elsewhere: a name to look up, a handshake
    ...bufferLimit(),
    circuit_breakers: {
      thresholds: [{ max_connections: 16384, max_requests: 16384, max_pending_requests: 16384, max_retries: 16384 }],
    },
    load_assignment: { cluster_name: name, endpoints: [{ lb_endpoints: [endpoint] }] },
  };
}

/** The connection manager that rewrites. Retries, timeouts and logs are the outer listener's. */
function forwarder(name: string, server: ServerUrl, keyVariable: string | undefined) {
  const route = { cluster: name, timeout: "0s", host_rewrite_literal: server.authority };
  const root = server.basePath.slice(0, server.basePath.lastIndexOf("/")); // paths outside /v1 stand beside the version
  return {
    name: "envoy.filters.network.http_connection_manager",
    typed_config: {
      "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
      stat_prefix: name,
      stream_idle_timeout: "0s",
      generate_request_id: false,
      server_header_transformation: "PASS_THROUGH",
      route_config: {
        name,
        request_headers_to_remove: [...HOP_HEADERS, ...FORWARDED_HEADERS],
        ...(keyVariable === undefined ? {} : { request_headers_to_add: [authorization(keyVariable)] }),
        virtual_hosts: [
          {
            name,
            domains: ["*"],
            routes: [
              { match: { prefix: "/v1/" }, route: { ...route, prefix_rewrite: `${server.basePath}/` } },
              { match: { prefix: "/" }, route: { ...route, prefix_rewrite: `${root}/` } },
            ],
          },
        ],
      },
      http_filters: [
        {
          name: "envoy.filters.http.router",
          typed_config: { "@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router", suppress_envoy_headers: true },
        },
      ],
    },
  };
}

/** Envoy reads the variable once, when it starts. */
function authorization(variable: string) {
  return {
    header: { key: "authorization", value: `Bearer %ENVIRONMENT(${variable})%` },
    append_action: "OVERWRITE_IF_EXISTS_OR_ADD",
  };
}

/** Verified: a trusted chain, and a certificate for the very name (or address) of the URL. */
function tls(server: ServerUrl, caFile: string) {
  const isAddress = isIP(server.host) !== 0;
  return {
    name: "envoy.transport_sockets.tls",
    typed_config: {
      "@type": "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext",
      ...(isAddress ? {} : { sni: server.host }),
      common_tls_context: {
        alpn_protocols: ["http/1.1"],
        validation_context: {
          trusted_ca: { filename: caFile },
          match_typed_subject_alt_names: [{ san_type: isAddress ? "IP_ADDRESS" : "DNS", matcher: { exact: server.host } }],
        },
      },
    },
  };
}
