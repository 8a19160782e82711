// Whether every request finds a route, and every tier its own.
import { TIER_HEADER } from "../../routing/decision.ts";
import { isObject, objectOf, textOf } from "../envoy-json.ts";
import { type Finding, finding, type SluiceSettings } from "../finding.ts";
import { matcherText } from "./header-match.ts";
import { clusterNamesOf } from "./route-clusters.ts";
import { chatPathsOf, mayBeRouted, type Route, routeOf, takesTier, tierMatchers, type VirtualHost } from "./routes.ts";
import type { Wired } from "./sluice-filter.ts";

export function checkTierRoutes({ virtualHosts }: Wired, { tiers }: SluiceSettings): readonly Finding[] {
  return virtualHosts.flatMap((virtualHost) => {
    const missing = checkTiersHaveRoutes(virtualHost, tiers);
    // A route for a tier that does not exist beside a tier without one is one mistake: a name.
    return [...checkCatchAll(virtualHost), ...(missing.length > 0 ? missing : checkRoutesHaveTiers(virtualHost, tiers))];
  });
}

function checkCatchAll(virtualHost: VirtualHost): readonly Finding[] {
  const paths = chatPathsOf(virtualHost).filter((path) => !mayBeRouted(virtualHost, { path }));
  if (paths.length === 0) return [];
  const what = `Without ${TIER_HEADER} no route matches POST ${paths.join(", ")}.`;
  return [
    finding("catch-all-missing", {
      where: virtualHost.where,
      what,
      fix: `# last of routes, to the tier that can answer everything\n${routeLines()}`,
    }),
  ];
}

function checkTiersHaveRoutes(virtualHost: VirtualHost, tiers: readonly string[]): readonly Finding[] {
  const paths = chatPathsOf(virtualHost);
  const without = tiers.filter((tier) => paths.some((path) => isWithoutRoute(virtualHost, path, tier)));
  if (without.length === 0) return [];
  const last = tiers.at(-1);
  const caught = paths.map((path) => routeOf(virtualHost, { path })).find((route) => route !== undefined);
  const fix = `# in routes, before the route that has no condition on ${TIER_HEADER}\n${without.map((tier) => routeLines(tier)).join("\n")}`;
  const onlyLast = without.length === 1 && without[0] === last && caught !== undefined && !servesAnother(caught, virtualHost);
  const others = virtualHost.routes.filter((route) => tierMatchers(route).length > 0).flatMap(tierNames);
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
  const useless = virtualHost.routes.filter((route) => tierMatchers(route).length > 0 && !tiers.some((tier) => takesTier(route, tier)));
  return useless.map((route) => {
    const what = `It wants ${TIER_HEADER} ${tierNames(route).join(", ")}; the tiers are ${tiers.join(", ")} (others are given with --config).`;
    const fix = `# Take the route out, or add the tier to sluice's configuration:\ntiers: [${[...tiers, ...tierNames(route)].map(nameLine).join(", ")}]`;
    return finding("route-without-tier", { where: route.where, what, fix });
  });
}

function tierNames(route: Route): readonly string[] {
  return tierMatchers(route).map((matcher) => textOf(objectOf(matcher["string_match"])["exact"]) ?? matcherText(matcher));
}

function nameLine(name: string): string {
  return `{ name: ${name} }`;
}

function routeLines(tier?: string): string {
  const condition = tier === undefined ? "" : `, headers: [{ name: ${TIER_HEADER}, string_match: { exact: ${tier} } }]`;
  return `- match: { prefix: /${condition} }\n  route: { cluster: ${tier ?? "strong"}, timeout: 0s }`;
}

/** Routes by which chats reach model servers: those for tiers, and those that requests take without one. */
export function servingRoutes({ virtualHosts }: Wired): readonly Route[] {
  return virtualHosts.flatMap((virtualHost) => {
    const first = chatPathsOf(virtualHost).map((path) => routeOf(virtualHost, { path }));
    const serving = virtualHost.routes.filter((route) => tierMatchers(route).length > 0 || first.includes(route));
    return serving.filter(({ config }) => isObject(config["route"])); // others answer themselves
  });
}
