// Whether a rule's fallback may reach a tier that cannot take the request: such requests need a rule of their own, without it.
import { CANNOT_HEADER, TIER_HEADER } from "../../../request/routing/decision.ts";
import { hardRequests } from "../checks/unable-fallback.ts";
import { type Finding, finding, type TierModel } from "../finding.ts";
import type { Match, Rule } from "./gateway-wiring.ts";

/** `takesTier`: as the other checks on rules have it. */
export function checkUnable(
  rules: readonly Rule[],
  models: readonly TierModel[],
  takesTier: (match: Match, tier: string) => boolean,
): readonly Finding[] {
  const hard = hardRequests(models);
  return models.flatMap(({ name: tier }) => {
    const kinds = hard.filter(({ cannot }) => !cannot.includes(tier));
    const own = rules.filter(({ matches }) => matches.some((match) => takesTier(match, tier)));
    const falling = own.find((rule) => !isForCannot(rule) && fallbackOf(rule) !== undefined);
    const unable = kinds[0]?.cannot[0];
    if (falling === undefined || unable === undefined) return [];
    if (own.some((rule) => isForCannot(rule) && fallbackOf(rule) === undefined)) return [];
    const fallback = fallbackOf(falling);
    const what =
      `Rule ${falling.name} falls back to ${fallback?.object.name}, also with requests that ${unable} cannot take ` +
      `(${kinds.map((kind) => kind.what).join(", ")}).`;
    return [finding("fallback-to-unable", { where: fallback?.where ?? falling.where, what, fix: fixFor(tier, unable) })];
  });
}

function isForCannot({ matches }: Rule): boolean {
  return matches.some(({ others }) => others.some((other) => other.toLowerCase().includes(`"${CANNOT_HEADER}"`)));
}

function fallbackOf({ backends }: Rule) {
  return backends.length < 2 ? undefined : backends.find(({ isFallback }) => isFallback);
}

function fixFor(tier: string, unable: string): string {
  return `# HTTPRoute, a rule more
- matches:
  - path: { type: PathPrefix, value: / }
    headers: [{ name: ${TIER_HEADER}, value: ${tier} }, { name: ${CANNOT_HEADER}, value: ${unable} }]
  backendRefs: # of ${tier} alone
  - { group: gateway.envoyproxy.io, kind: Backend, name: ${tier} }`;
}
