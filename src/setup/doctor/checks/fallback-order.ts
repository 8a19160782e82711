// In what order the attempts of a composite cluster go to the tiers, measured by how many servers each has: nobody is asked twice who has
// just said no, and no server is passed over.
import { at, listOf, numberOf, objectOf, objectsOf, textOf, typedConfig } from "../envoy-json.ts";
import type { Cluster, EnvoyWiring } from "../envoy-wiring.ts";
import { type Finding, finding, type SluiceSettings } from "../finding.ts";
import { policyOf } from "./retries.ts";
import { actionOf, clustersOf, thresholdsOf } from "./route-clusters.ts";
import type { Wired } from "./sluice-filter.ts";
import { servingRoutes } from "./tier-routes.ts";

const MOST_IN_A_TIER = 2; // attempts
const MOST_ATTEMPTS = 3;
const DEFAULT_BUDGET_PERCENT = 20; // Envoy's
const ALL_PERCENT = 100;

interface Order {
  readonly cluster: Cluster;
  readonly entries: readonly string[]; // the cluster of each attempt
}

export function checkFallbackOrder(wired: Wired, wiring: EnvoyWiring, settings: SluiceSettings): readonly Finding[] {
  const retried = servingRoutes(wired, settings).flatMap((route) => {
    const policy = policyOf(route, wiring);
    return policy === undefined ? [] : clustersOf([route], wiring).map((cluster) => ({ route, cluster, policy }));
  });
  const seen = new Set<string>();
  return retried.flatMap(({ route, cluster, policy }) => {
    const order = orderOf(cluster);
    if (order === undefined || seen.has(cluster.name)) return [];
    seen.add(cluster.name);
    const attempts = 1 + (numberOf(policy["num_retries"]) ?? 1);
    const made = { ...order, entries: order.entries.slice(0, attempts) };
    const isHigh = actionOf(route)["priority"] === "HIGH";
    return [...askedAgain(made, wiring), ...leftEarly(made, wiring), ...beyondLast(order, attempts), ...budgeted(made, isHigh)];
  });
}

/** Undefined: not a composite cluster, or one that leads to a single cluster. */
function orderOf(cluster: Cluster): Order | undefined {
  if (at(cluster.config, "cluster_type", "name") !== "envoy.clusters.composite") return undefined;
  const type = typedConfig(objectOf(cluster.config["cluster_type"]));
  const entries = listOf(type["clusters"]).map((entry) => textOf(entry) ?? textOf(objectOf(entry)["name"]) ?? "");
  return entries.length === 0 ? undefined : { cluster, entries };
}

/** Undefined: not known, as of a cluster that leads to a listener within Envoy, behind which there may be any number. */
function serversOf(name: string, { clusters }: EnvoyWiring): number | undefined {
  const cluster = clusters.get(name);
  const localities = objectsOf(at(cluster?.config ?? {}, "load_assignment", "endpoints"));
  const endpoints = localities.flatMap((locality) => objectsOf(locality["lb_endpoints"]));
  const isWithin = endpoints.some((entry) => at(entry, "endpoint", "address", "envoy_internal_address") !== undefined);
  return isWithin ? undefined : cluster?.endpoints;
}

/** Only where somebody else could be asked instead. */
function askedAgain(order: Order, wiring: EnvoyWiring): readonly Finding[] {
  const { cluster, entries } = order;
  const index = entries.findIndex((name, at) => at > 0 && entries[at - 1] === name && serversOf(name, wiring) === 1);
  if (index < 0 || new Set(entries).size < 2) return [];
  const what = `Attempts ${index} and ${index + 1} go to ${entries[index]}, which has one server.`;
  return [finding("lone-server-asked-again", { where: whereOf(cluster), what, fix: fixFor(order, wiring) })];
}

function leftEarly(order: Order, wiring: EnvoyWiring): readonly Finding[] {
  const { cluster, entries } = order;
  const [first = "", second] = entries;
  const servers = serversOf(first, wiring);
  if (second === undefined || second === first || servers === undefined || servers < 2) return [];
  const what = `${first} has ${servers} servers, and attempt 2 goes to ${second}.`;
  return [finding("tier-left-early", { where: whereOf(cluster), what, fix: fixFor(order, wiring) })];
}

function beyondLast({ cluster, entries }: Order, attempts: number): readonly Finding[] {
  if (attempts <= entries.length) return [];
  const what = `It names ${entries.length} clusters, and num_retries allows ${attempts} attempts.`;
  const fix = `# in the retry_policy\nnum_retries: ${entries.length - 1}`;
  return [finding("retries-beyond-tiers", { where: whereOf(cluster), what, fix })];
}

/** A tier that is full makes a retry of every request: a share of them is not enough, whatever it is. */
function budgeted({ cluster, entries }: Order, isHigh: boolean): readonly Finding[] {
  const budget = thresholdsOf(cluster, isHigh ? "HIGH" : "DEFAULT")["retry_budget"];
  const percent = numberOf(at(objectOf(budget), "budget_percent", "value")) ?? DEFAULT_BUDGET_PERCENT;
  if (budget === undefined || percent >= ALL_PERCENT || new Set(entries).size < 2) return [];
  const what = `Its retry_budget is ${percent} %, and each fallback to ${entries.find((name) => name !== entries[0])} is a retry.`;
  const fix = "# in this cluster, instead of the budget\ncircuit_breakers: { thresholds: [{ max_retries: 16384 }] }";
  return [finding("fallback-budgeted", { where: `${cluster.where} > circuit_breakers`, what, fix })];
}

function whereOf(cluster: Cluster): string {
  return `${cluster.where} > cluster_type`;
}

function fixFor({ entries }: Order, wiring: EnvoyWiring): string {
  const tiers = [...new Set(entries)];
  const times = (name: string) => Math.min(serversOf(name, wiring) ?? entries.filter((entry) => entry === name).length, MOST_IN_A_TIER);
  const wanted = tiers.flatMap((name) => Array.from({ length: times(name) }, () => name)).slice(0, Math.max(MOST_ATTEMPTS, tiers.length));
  const skipped = wanted.flatMap((name, index) => (name === wanted[0] ? [`"${index + 1}"`] : []));
  return `# in this cluster's cluster_type
clusters: [${wanted.map((name) => `{ name: ${name} }`).join(", ")}]
# where sluice is asked for attempts: the tiers in this order in x-sluice-attempts, and ${skipped.join(" and ")} skipped
# in the retry_policy
num_retries: ${wanted.length - 1}`;
}
