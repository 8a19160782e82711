// What a policy may ask of the scanner in all: its own keywords and params, and those of a chain's links, are one table each.
import { MAX_KEYWORDS } from "../request/chat/keywords.ts";
import { MAX_PARAMS, type ParamEdit } from "../request/chat/params.ts";
import type { Config, PolicyConfig } from "./config.ts";
import type { Complain } from "./references.ts";

type Policies = Readonly<Record<string, PolicyConfig>>;

export function checkScannerLimits(policies: Policies, tiers: Config["tiers"], complain: Complain): void {
  const ofTiers = tiers.flatMap(({ params }) => params);
  for (const name of Object.keys(policies)) {
    const all = withLinks(name, policies, new Set());
    const keywords = new Set(all.flatMap(keywordsOf)).size;
    const params = new Set([...ofTiers, ...all.flatMap(paramsOf)].map((param) => param.name)).size;
    const limit = (count: number, most: number, what: string) => {
      if (count > most) complain(["policies", name], `has ${count} ${what} in all; at most ${most} are possible`);
    };
    limit(keywords, MAX_KEYWORDS, "keywords");
    limit(params, MAX_PARAMS, "params");
  }
}

/** A policy and all that it asks; `seen` ends a cycle, which is complained of elsewhere. */
function withLinks(name: string, policies: Policies, seen: Set<string>): readonly PolicyConfig[] {
  const policy = policies[name];
  if (policy === undefined || seen.has(name)) return [];
  seen.add(name);
  return policy.type === "chain" ? policy.of.flatMap((link) => withLinks(link, policies, seen)) : [policy];
}

function keywordsOf(policy: PolicyConfig): readonly string[] {
  switch (policy.type) {
    case "threshold":
      return policy.keywords;
    case "rules":
      return policy.rules
        .flatMap(({ match }) => [match, ...(match.any ?? [])])
        .flatMap(({ anyKeyword = [], allKeywords = [] }) => [...anyKeyword, ...allKeywords]);
    case "difficulty":
      return Object.values(policy.words).flat();
    default:
      return [];
  }
}

/** Of all its rules or bands. */
export function paramsOf(policy: PolicyConfig): readonly ParamEdit[] {
  if (policy.type === "rules") return [...policy.rules.flatMap(({ params }) => params), ...(policy.fallback?.params ?? [])];
  return policy.type === "difficulty" ? policy.bands.flatMap(({ params }) => params) : [];
}
