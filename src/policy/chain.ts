// Chain policy: asks its links in order; the first that does not abstain decides, and the verdict names it.
import type { Link, Policy } from "./policy.ts";

export interface ChainSettings {
  readonly of: readonly string[]; // names of policies, at least one; a chain too, but no cycle
}

/** Abstains when every link does. */
export function chainPolicy(links: readonly Link[]): Policy {
  const needs = {
    keywords: [...new Set(links.flatMap(({ policy }) => policy.needs.keywords))],
    scopes: [...new Set(links.flatMap(({ policy }) => policy.needs.scopes))],
    params: [...new Set(links.flatMap(({ policy }) => policy.needs.params))],
  };
  return { needs, links, decide: () => undefined, signals: (request) => links.flatMap(({ policy }) => policy.signals(request)) };
}
