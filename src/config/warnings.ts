// What is allowed in a configuration and hardly meant, as each capability says of itself; and what is worth knowing once.
import { CASCADE } from "../request/policy/cascading.ts";
import { CAPABILITIES } from "./capabilities/list.ts";
import type { Config } from "./config.ts";
import { everydayWordWith } from "./everyday-words.ts";
import { breakerSettings } from "./health-guards.ts";
import { formatPath } from "./key-path.ts";
import { descriptorOf } from "./policies/list.ts";

export interface Warning {
  readonly path: string; // `policies.main`
  readonly message: string;
}

/** In the order of the capabilities: tiers before policies, both as in the file. */
export function warningsOf(config: Config): readonly Warning[] {
  const policies = Object.values(config.policies);
  const { unknown } = config.continued;
  const others = unknown === undefined ? [config.defaultTier] : [config.defaultTier, unknown];
  const named = policies.flatMap((policy) => descriptorOf(policy).tiers(policy));
  const reached = new Set([...others, ...named.flatMap((tier) => (tier === CASCADE ? (config.cascade?.steps ?? []) : [tier]))]);
  const isPriced = ({ price }: Config["tiers"][number]) => price.inputPerMTok !== undefined && price.outputPerMTok !== undefined;
  const unpriced = new Set(config.tiers.filter((tier) => reached.has(tier.name) && !isPriced(tier)).map(({ name }) => name));
  return CAPABILITIES.flatMap(([name, capability]) =>
    capability.warnings(config[name], { reached, unpriced }).map(({ key, message }) => ({ path: formatPath([name, ...key]), message })),
  );
}

const MOST_SHOWN = 5;

/** For who looks at a configuration, not for who runs it. */
export function noticesOf(config: Config): readonly Warning[] {
  return [...withoutLog(config), ...insideWords(config)];
}

/** Whether there is an access log is not for the configuration to say. */
function withoutLog(config: Config): readonly Warning[] {
  const breaks = breakerSettings(config) !== undefined;
  const levelled = config.tiers.flatMap(({ slo }, index) => (slo.firstByteMs === undefined ? [] : [formatPath(["tiers", index, "slo"])]));
  if (!breaks && levelled.length === 0) return [];
  const message = "learns how tiers are from Envoy's access log, and does nothing without; `sluice doctor` says whether there is one";
  return [{ path: [...(breaks ? ["breaker"] : []), ...levelled].join(", "), message }];
}

/** Keywords that are found inside words which do not mean them, all in one. */
function insideWords({ policies }: Config): readonly Warning[] {
  const found = new Map<string, string>(); // by keyword
  const names: string[] = [];
  for (const [name, policy] of Object.entries(policies)) {
    const inside = descriptorOf(policy)
      .insideWords(policy)
      .flatMap((keyword) => {
        const word = everydayWordWith(keyword);
        return word === undefined ? [] : [[keyword, word] as const];
      });
    if (inside.length > 0) names.push(name);
    for (const [keyword, word] of inside) found.set(keyword, word);
  }
  if (found.size === 0) return [];
  const shown = [...found].slice(0, MOST_SHOWN).map(([keyword, word]) => `${keyword} in ${word}`);
  const more = found.size > MOST_SHOWN ? `, and ${found.size - MOST_SHOWN} more` : "";
  const remedy = "`wholeWords: true` finds them as words of their own only";
  const message = `keywords are found inside common words: ${shown.join(", ")}${more}; ${remedy}`;
  return [{ path: names.map((name) => formatPath(["policies", name])).join(", "), message }];
}
