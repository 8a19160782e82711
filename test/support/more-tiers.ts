// A tier beside weak and strong for tests: envoy/envoy.yaml with one more route and one more cluster.

/** The YAML with a tier that is served at `address` (host:port) and falls back to no other. */
export function withTier(yaml: string, tier: string, address: string): string {
  const [host, port] = address.split(":");
  const route = `
              - match: { prefix: /, headers: [{ name: x-sluice-tier, string_match: { exact: ${tier} } }] }
                route: { cluster: ${tier}, timeout: 0s }`;
  const cluster = `
  - name: ${tier}
    type: STATIC
    connect_timeout: 1s
    load_assignment:
      cluster_name: ${tier}
      endpoints: [{ lb_endpoints: [{ endpoint: { address: { socket_address: { address: ${host}, port_value: ${port} } } } }] }]`;
  return behind(behind(yaml, "\n              routes:", route), "\n  clusters:", cluster);
}

function behind(yaml: string, line: string, added: string): string {
  if (yaml.split(line).length !== 2) throw new Error(`envoy.yaml has not one line ${JSON.stringify(line)}`);
  return yaml.replace(line, line + added);
}
