// envoy.yaml for tiers of several servers, as its comment has it: a tier is asked twice before the other.
import type { EnvoyCluster, EnvoyConfig } from "../../src/setup/stack/envoy-bootstrap.ts";

/** The YAML in which attempts 1 and 2 stay in the decided tier, and 3 goes to the other. */
export function withTwoAttemptsEach(yaml: string): string {
  const skip = /^( *)"1": (.*)$/gm;
  return yaml
    .replace("num_retries: 1\n", "num_retries: 2\n")
    .replace("clusters: [{ name: weak }, { name: strong }]", "clusters: [{ name: weak }, { name: weak }, { name: strong }]")
    .replace("clusters: [{ name: strong }, { name: weak }]", "clusters: [{ name: strong }, { name: strong }, { name: weak }]")
    .replace('value: "weak,strong"', 'value: "weak,weak,strong"')
    .replace('value: "strong,weak"', 'value: "strong,strong,weak"')
    .replace(skip, '$1"1": $2\n$1"2": $2');
}

/** The configuration with these servers of each tier. */
export function withServers(config: EnvoyConfig, servers: Readonly<Record<string, readonly string[]>>): EnvoyConfig {
  const { clusters, ...resources } = config.static_resources;
  return { ...config, static_resources: { ...resources, clusters: clusters.map((cluster) => withEndpoints(cluster, servers)) } };
}

function withEndpoints(cluster: EnvoyCluster, servers: Readonly<Record<string, readonly string[]>>): EnvoyCluster {
  const addresses = servers[cluster.name];
  if (addresses === undefined) return cluster;
  const endpoints = addresses.map((text) => {
    const [address, port] = text.split(":");
    return { endpoint: { address: { socket_address: { address, port_value: Number(port) } } } };
  });
  return { ...cluster, load_assignment: { cluster_name: cluster.name, endpoints: [{ lb_endpoints: endpoints }] } };
}
