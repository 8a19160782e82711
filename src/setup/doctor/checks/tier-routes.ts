// Whether every request finds a route, and every tier its own.
import { TIER_HEADER } from "../../../request/routing/decision.ts";
import { isObject, objectOf, textOf } from "../envoy-json.ts";
import { type Finding, finding, type SluiceSettings } from "../finding.ts";
import { matcherText } from "./header-match.ts";
import { clusterNamesOf } from "./route-clusters.ts";
import { asksCannot, chatPathsOf, mayBeRouted, type Route, routeOf, takesTier, tierMatchers, type VirtualHost } from "./routes.ts";
import type { SluiceFilter, Wired } from "./sluice-filter.ts";

export function checkTierRoutes({ virtualHosts, filter }: Wired, { tiers }: SluiceSettings): readonly Finding[] {
  return virtualHosts.flatMap((virtualHost) => {
    const missing = checkTiersHaveRoutes(virtualHost, tiers);
    // A route for a tier that does not exist beside a tier without one is one mistake: a name.
    return [...checkCatchAll(virtualHost, filter), ...(missing.length > 0 ? missing : checkRoutesHaveTiers(virtualHost, tiers))];
  });
}

function checkCatchAll(virtualHost: VirtualHost, filter: SluiceFilter | undefined): readonly Finding[] {
  const paths = chatPathsOf(virtualHost).filter((path) => !mayBeRouted(virtualHost, { path }));
  if (paths.length === 0) return [];
  const what = `Without ${TIER_HEADER} no route matches POST ${paths.join(", ")}.`;
  return [
    finding("catch-all-missing", {
      where: virtualHost.where,
      what,
      fix: `# last of routes, to the tier that can answer everything\n${routeLines()}`,
      // A filter that no route must switch on is asked all the same: then only requests without a decision have no route.
      ...(filter !== undefined && !filter.processor.offByDefault ? { severity: "warning" } : {}),
    }),
  ];
}

function checkTiersHaveRoutes(virtualHost: VirtualHost, tiers: readonly string[]): readonly Finding[] {
  const paths = chatPathsOf(virtualHost);
  const without = tiers.filter((tier) => paths.some((path) => isWithoutRoute(virtualHost, path, tier)));
  if (without.length === 0) return [];
  const last = tiers.at(-1);
  const caught = paths.map((path) => routeOf(virtualHost, { path })).find((route) => route !== undefined);
  const lines = without.map((tier) => routeLines(tier));
  const fix = ["# in routes, before the route that has no condition on the tier", ...lines].join("\n");
  const onlyLast = without.length === 1 && without[0] === last && caught !== undefined && !servesAnother(caught, virtualHost);
  const others = virtualHost.routes.filter((route) => tierMatchers(route).length > 0 && !asksCannot(route)).flatMap(tierNames);
  const there = others.length === 0 ? "No route has a condition on it" : `There are routes for: ${[...new Set(others)].join(", ")}`;
  const taken = caught === undefined ? "no route matches" : `${caught.where.split(" > ").at(-1)} takes them`;
  return [
    finding("tier-without-route", {
      where: virtualHost.where,
      what: `With ${TIER_HEADER} ${without.join(" or ")} ${taken}. ${there}. (Another set of tiers is given with --config.)`,
      fix,
      // The last tier, the one that can answer everything, may well be what the catch-all leads to.
      ...(onlyLast ? { severity: "note" } : {}),
    }),
  ];
}

/** The route that takes it has no condition on the tier; one that may take it is given the benefit of the doubt. */
function isWithoutRoute(virtualHost: VirtualHost, path: string, tier: string): boolean {
  if (!mayBeRouted(virtualHost, { path, tier })) return true;
  const route = routeOf(virtualHost, { path, tier });
  return route !== undefined && tierMatchers(route).length === 0;
}

function servesAnother(route: Route, virtualHost: VirtualHost): boolean {
  const names = new Set(clusterNamesOf(route));
  return virtualHost.routes.some((other) => tierMatchers(other).length > 0 && clusterNamesOf(other).some((name) => names.has(name)));
}

function checkRoutesHaveTiers(virtualHost: VirtualHost, tiers: readonly string[]): readonly Finding[] {
  const all = virtualHost.routes.filter((route) => tierMatchers(route).length > 0 && !isForTier(route, tiers));
  // A tier's route for what others cannot take is no mistake of its own beside the tier's first.
  const said = new Set(all.filter((route) => !asksCannot(route)).flatMap(tierNames));
  const useless = all.filter((route) => !asksCannot(route) || !tierNames(route).every((name) => said.has(name)));
  return useless.map((route) => {
    const names = tierNames(route);
    const what = `It wants ${TIER_HEADER} ${names.join(", ")}; the tiers are ${tiers.join(", ")} (others are given with --config).`;
    const added = [...tiers, ...names].map((name) => `{ name: ${name} }`).join(", ");
    const fix = `# Take the route out, or add the tier to sluice's configuration:\ntiers: [${added}]`;
    return finding("route-without-tier", { where: route.where, what, fix });
  });
}

function tierNames(route: Route): readonly string[] {
  return tierMatchers(route).map((matcher) => textOf(objectOf(matcher["string_match"])["exact"]) ?? matcherText(matcher));
}

function routeLines(tier?: string): string {
  const condition = tier === undefined ? "" : `, headers: [{ name: ${TIER_HEADER}, string_match: { exact: ${tier} } }]`;
  return `- match: { prefix: /${condition} }\n  route: { cluster: ${tier ?? "strong"}, timeout: 0s }`;
}

function isForTier(route: Route, tiers: readonly string[]): boolean {
  return tierMatchers(route).length > 0 && tiers.some((tier) => takesTier(route, tier));
}

/** Routes by which chats reach model servers: those for tiers, and those that requests take without one. */
export function servingRoutes({ virtualHosts }: Wired, { tiers }: SluiceSettings): readonly Route[] {
  return virtualHosts.flatMap((virtualHost) => {
    const first = chatPathsOf(virtualHost).map((path) => routeOf(virtualHost, { path }));
    const serving = virtualHost.routes.filter((route) => isForTier(route, tiers) || first.includes(route));
    return serving.filter(({ config }) => isObject(config["route"])); // others answer themselves
  });
}
