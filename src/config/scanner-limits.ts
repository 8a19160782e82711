// What a policy may look for in all: its own keywords, params and regular expressions, with those of the policies it asks.
import { MAX_KEYWORDS } from "../request/chat/keywords.ts";
import { MAX_PARAMS } from "../request/chat/params.ts";
import type { Config } from "./config.ts";
import type { KeyPath } from "./key-path.ts";
import { descriptorOf, type PolicyConfig } from "./policies/list.ts";
import type { Policies } from "./policies/others.ts";
import type { Complain } from "./references.ts";

/** Each takes 1 ms and 70 KB to compile, and up to 0.5 MB for its states when texts come. */
const MAX_REGEXES = 1000;

export function checkScannerLimits({ policies, tiers, active, rollout }: Config, complain: Complain): void {
  const ofTiers = tiers.flatMap(({ params }) => params);
  const check = (names: readonly string[], path: KeyPath, owner: string) => {
    const seen = new Set<string>();
    const all = names.flatMap((name) => withLinks(name, policies, seen));
    const keywords = new Set(all.flatMap((policy) => descriptorOf(policy).keywords(policy))).size;
    const regexes = new Set(all.flatMap((policy) => descriptorOf(policy).regexes(policy))).size;
    const params = new Set([...ofTiers, ...all.flatMap((policy) => descriptorOf(policy).params(policy))].map((param) => param.name)).size;
    const limit = (count: number, most: number, what: string) => {
      if (count > most) complain(path, `has ${count} ${what} in all${owner}; at most ${most} are possible`);
    };
    limit(keywords, MAX_KEYWORDS, "keywords");
    limit(regexes, MAX_REGEXES, "regular expressions");
    limit(params, MAX_PARAMS, "params");
  };
  for (const name of Object.keys(policies)) check([name], ["policies", name], "");
  if (rollout !== undefined) check([active, rollout.candidate], ["rollout", "candidate"], ", with the active policy's");
}

/** A policy and all that it asks; `seen` ends a cycle, which is complained of elsewhere. */
function withLinks(name: string, policies: Policies, seen: Set<string>): readonly PolicyConfig[] {
  const policy = policies[name];
  if (policy === undefined || seen.has(name)) return [];
  seen.add(name);
  return [
    policy,
    ...descriptorOf(policy)
      .links(policy)
      .flatMap((link) => withLinks(link.name, policies, seen)),
  ];
}
