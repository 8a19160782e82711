// Whether a fallback can reach a tier that cannot take the request. Sluice says which in x-sluice-cannot: a route that matches it must lead
// past them.

import { ABILITIES } from "../../../request/guard/abilities.ts";
import { globTest } from "../../../request/policy/glob.ts";
import { CANNOT_HEADER, TIER_HEADER } from "../../../request/routing/decision.ts";
import { at, listOf, numberOf, objectOf, textOf, typedConfig } from "../envoy-json.ts";
import type { Cluster, EnvoyWiring } from "../envoy-wiring.ts";
import { type Finding, finding, type SluiceSettings, type TierModel } from "../finding.ts";
import { policyOf } from "./retries.ts";
import { clustersOf } from "./route-clusters.ts";
import { chatPathsOf, hasTierRoutes, type Route, routesFor, type VirtualHost } from "./routes.ts";
import type { Wired } from "./sluice-filter.ts";

/** Requests of a kind, and the tiers that cannot take them, in their order. */
export interface Hard {
  readonly what: string; // `images`
  readonly cannot: readonly string[];
}

/** Every kind of request that some of the tiers, but not all, are said not to take. */
export function hardRequests(tiers: readonly TierModel[]): readonly Hard[] {
  const named = (cannot: (tier: TierModel) => boolean) => tiers.filter(cannot).map(({ name }) => name);
  const windows = [...new Set(tiers.flatMap(({ contextTokens }) => contextTokens ?? []))];
  const kinds: readonly Hard[] = [
    ...ABILITIES.map((ability) => ({ what: ability, cannot: named(({ can }) => can?.[ability] === false) })),
    ...windows.map((window) => ({
      what: `more than ${window} tokens`,
      cannot: named(({ contextTokens }) => contextTokens !== undefined && contextTokens <= window),
    })),
  ];
  return kinds.filter(({ cannot }) => cannot.length > 0 && cannot.length < tiers.length);
}

export function checkUnableFallback({ virtualHosts }: Wired, wiring: EnvoyWiring, settings: SluiceSettings): readonly Finding[] {
  const models = settings.models ?? [];
  const hard = hardRequests(models);
  return hard.length === 0 ? [] : virtualHosts.filter(hasTierRoutes).flatMap((host) => checkHost(host, hard, { models, wiring }));
}

interface Asked {
  readonly models: readonly TierModel[];
  readonly wiring: EnvoyWiring;
}

function checkHost(host: VirtualHost, hard: readonly Hard[], asked: Asked): readonly Finding[] {
  return asked.models.flatMap(({ name: tier }) => {
    const unsafe = hard
      .filter(({ cannot }) => !cannot.includes(tier))
      .flatMap((kind) => {
        const led = ledTo(host, { tier, cannot: kind.cannot }, asked);
        return led === undefined ? [] : [{ ...led, what: kind.what }];
      });
    const [first] = unsafe;
    if (first === undefined) return [];
    const kinds = [...new Set(unsafe.map(({ what }) => what))].join(", ");
    const what = `Requests decided for ${tier} fall back to ${first.unable}, also those that ${first.unable} cannot take (${kinds}).`;
    return [finding("fallback-to-unable", { where: first.route.where, what, fix: fixFor(tier, first) })];
  });
}

interface Decided {
  readonly tier: string;
  readonly cannot: readonly string[];
}

interface Led {
  readonly route: Route;
  readonly unable: string; // the tier that a fallback reaches
  readonly alone: string | undefined; // the cluster that is the decided tier's alone
}

/** Undefined: nowhere wrong, or it is not known which of several routes it takes and one is right. */
function ledTo(host: VirtualHost, { tier, cannot }: Decided, asked: Asked): Led | undefined {
  for (const path of chatPathsOf(host)) {
    const routes = routesFor(host, { path, tier, cannot: cannot.join(",") });
    const wrong = routes.map((route) => wrongEnd(route, cannot, asked));
    const [last] = wrong.slice(-1);
    if (last !== undefined && !wrong.includes(undefined)) return last;
  }
  return undefined;
}

function wrongEnd(route: Route, cannot: readonly string[], { models, wiring }: Asked): Led | undefined {
  const policy = policyOf(route, wiring);
  const attempts = policy === undefined ? 1 : 1 + (numberOf(policy["num_retries"]) ?? 1);
  const tierOf = (cluster: string) => models.find(({ clusters }) => clusters.some((glob) => globTest(glob)(cluster)))?.name;
  for (const cluster of clustersOf([route], wiring)) {
    const members = membersOf(cluster, attempts);
    const unable = members.map(tierOf).find((tier) => tier !== undefined && cannot.includes(tier));
    const alone = members.find((name) => !cannot.includes(tierOf(name) ?? ""));
    if (unable !== undefined) return { route, unable, alone };
    // A gateway puts the servers of a fallback behind the others in the same cluster: which tiers' they are does not show.
    const isGraded = wiring.gateway !== undefined && cluster.hasPriorities === true;
    if (isGraded) return { route, unable: cannot.join(" or "), alone: undefined };
  }
  return undefined;
}

/** The clusters whose servers attempts go to. */
function membersOf({ config }: Cluster, attempts: number): readonly string[] {
  const kind = textOf(at(config, "cluster_type", "name"));
  const entries = listOf(typedConfig(objectOf(config["cluster_type"]))["clusters"]);
  const names = entries.map((entry) => textOf(entry) ?? textOf(objectOf(entry)["name"]) ?? "");
  return kind === "envoy.clusters.composite" ? names.slice(0, attempts) : names;
}

function fixFor(tier: string, { unable, alone }: Led): string {
  return `# in routes, in front of the one for ${tier}; of a cluster without ${unable}
- match:
    prefix: /
    headers:
    - { name: ${TIER_HEADER}, string_match: { exact: ${tier} } }
    - { name: ${CANNOT_HEADER}, string_match: { contains: ${unable} } }
  route: { cluster: ${alone ?? tier}, timeout: 0s }`;
}
