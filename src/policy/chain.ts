// Chain policy: asks its links in order; the first that does not abstain decides, and the verdict names it.
import type { Link, Policy, Verdict } from "./policy.ts";

export interface ChainSettings {
  readonly of: readonly string[]; // names of policies, at least one; a chain too, but no cycle
}

/** Abstains when every link does. Links score in units of their own, which must not be compared: so a chain has no score. */
export function chainPolicy(links: readonly Link[]): Policy {
  const needs = {
    keywords: [...new Set(links.flatMap(({ policy }) => policy.needs.keywords))],
    scopes: [...new Set(links.flatMap(({ policy }) => policy.needs.scopes))],
    params: [...new Set(links.flatMap(({ policy }) => policy.needs.params))],
  };
  return {
    needs,
    links,
    decide(request) {
      for (const { id, policy } of links) {
        const verdict = policy.decide(request);
        if (verdict !== undefined) return decidedBy(id, verdict);
      }
      return undefined;
    },
    signals: (request) => links.flatMap(({ policy }) => policy.signals(request)),
  };
}

function decidedBy(id: string, { score: _, ...verdict }: Verdict): Verdict {
  return { ...verdict, link: verdict.link === undefined ? id : `${id}/${verdict.link}` };
}
