// The configuration of a local Envoy: envoy/envoy.yaml with other ports, another address of sluice, and other model servers. Everything
// else in that file stays as it is, so that what runs locally and in tests is what the file documents.
import { isIP } from "node:net";
import { SluiceError } from "../../errors.ts";
import { type ListenAddress, parseListenAddress } from "../../listen-address.ts";
import { parseEnvoyYaml, readEnvoyText } from "../envoy-yaml.ts";
import type { EnvoyCluster, EnvoyConfig } from "./envoy-bootstrap.ts";
import { externalTier } from "./external-tier.ts";
import type { ServerUrl } from "./server-url.ts";

/** Where a tier is served: at an address, by a server that takes requests as they are, or at a URL, with host, path and TLS of its own. */
export type TierServer =
  | { readonly kind: "address"; readonly address: string }
  | { readonly kind: "url"; readonly url: ServerUrl; readonly keyVariable?: string }; // of the environment, with the server's API key

export interface EnvoyAddresses {
  readonly port: number; // of the listener, on loopback; 0: any free one
  readonly adminPort: number; // on loopback; 0: any free one
  readonly sluice: string | readonly string[]; // host:port or unix:/path; of several processes, each
  readonly tiers: { readonly weak: TierServer; readonly strong: TierServer };
  readonly caFile: string; // the certificates that servers with https are verified against
}

const NAME = "envoy/envoy.yaml";
const HINT = "`sluice stack` runs Envoy with this file: correct it, or take back the one that sluice came with.";

/** The text of envoy/envoy.yaml. Throws `envoy-config-unreadable`. */
export function readEnvoyYaml(file: string | URL = new URL("../../../envoy/envoy.yaml", import.meta.url)): string {
  return readEnvoyText(file, NAME, HINT);
}

/**
 * The configuration in `yaml` for these addresses. Lists of listeners and clusters grow by what servers at a URL need. Throws
 * `envoy-config-invalid`: the file is there to be tried out and edited. What else is wrong in it, Envoy says.
 */
export function adaptEnvoyConfig(yaml: string, addresses: EnvoyAddresses): EnvoyConfig {
  const config = envoyConfig(parseEnvoyYaml(yaml, NAME, HINT));
  const { listeners, clusters } = config.static_resources;
  const tiers = Object.entries(addresses.tiers);
  const outside = tiers.flatMap(([tier, server]) =>
    server.kind === "url" ? [externalTier(tier, server.url, addresses.caFile, server.keyVariable)] : [],
  );
  const sluice = [addresses.sluice].flat();
  const endpoints = new Map<string, readonly string[]>([
    ["sluice", sluice],
    ["sluice_log", sluice],
    ["sluice_usage", sluice],
    ["sluice_judge", sluice],
    ...tiers.flatMap(([tier, server]) => (server.kind === "address" ? [[tier, [server.address]] as const] : [])),
  ]);
  const isOutside = new Set(outside.flatMap((tier) => tier.clusters.map((cluster) => cluster.name)));
  return {
    ...config,
    admin: { address: socketAddress("127.0.0.1", addresses.adminPort) },
    ...(outside.length > 0 ? { bootstrap_extensions: [INTERNAL_LISTENERS] } : {}),
    static_resources: {
      listeners: [
        ...listeners.map((listener) => ({ ...listener, address: socketAddress("127.0.0.1", addresses.port) })),
        ...outside.map((tier) => tier.listener),
      ],
      clusters: [
        ...clusters.filter((cluster) => !isOutside.has(cluster.name)).map((cluster) => withEndpoints(cluster, endpoints.get(cluster.name))),
        ...outside.flatMap((tier) => tier.clusters),
      ],
    },
  };
}

/** With the lists that are changed. */
function envoyConfig(value: unknown): EnvoyConfig {
  const resources = memberOf(value, "static_resources");
  for (const list of ["listeners", "clusters"]) {
    const entries = memberOf(resources, list);
    if (Array.isArray(entries) && entries.every((entry) => typeof memberOf(entry, "name") === "string")) continue;
    throw new SluiceError("envoy-config-invalid", `${NAME}: static_resources.${list} must be a list of maps with a name`, { hint: HINT });
  }
  return value as EnvoyConfig;
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>)[name] : undefined;
}

const INTERNAL_LISTENERS = {
  name: "envoy.bootstrap.internal_listener",
  typed_config: { "@type": "type.googleapis.com/envoy.extensions.bootstrap.internal_listener.v3.InternalListener" },
};

function withEndpoints(cluster: EnvoyCluster, addresses: readonly string[] | undefined): EnvoyCluster {
  if (addresses === undefined) return cluster;
  const parsed = addresses.map(parseListenAddress);
  const hasName = parsed.some((address) => address.kind === "tcp" && isIP(address.host) === 0);
  const lb_endpoints = parsed.map((address) => ({ endpoint: { address: envoyAddress(address) } }));
  return {
    ...cluster,
    ...(hasName ? { type: "STRICT_DNS" } : {}),
    load_assignment: { cluster_name: cluster.name, endpoints: [{ lb_endpoints }] },
  };
}

function envoyAddress(address: ListenAddress) {
  return address.kind === "unix" ? { pipe: { path: address.path } } : socketAddress(address.host, address.port);
}

function socketAddress(host: string, port: number) {
  return { socket_address: { address: host, port_value: port } };
}
