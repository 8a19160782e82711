// Optional lines of envoy/envoy.yaml put in force: commented entries of its lists, by their name.

/** What a cascade needs: its route, its cluster with the filter that judges, and sluice's own for that. */
export function withCascade(yaml: string): string {
  return inForce(inForce(yaml, "sluice_judge"), "cascade_weak_strong");
}

/** The YAML without the # of the entries with this name. */
export function inForce(yaml: string, name: string): string {
  const block = new RegExp(`^( *)#- name: ${name}\\n(?:\\1# {2}.*\\n)+`, "gm");
  return yaml.replace(block, (lines) => lines.replace(/^( *)#/gm, "$1"));
}
