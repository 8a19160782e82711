// What is allowed in a configuration and hardly meant: tiers that nothing leads to, and what each type of policy says of itself.
import type { Config } from "./config.ts";
import { formatPath } from "./key-path.ts";
import { descriptorOf } from "./policies/list.ts";
import { othersIn } from "./policies/others.ts";

export interface Warning {
  readonly path: string; // `policies.main`
  readonly message: string;
}

/** Tiers in their order, then policies in the order of the file. */
export function warningsOf(config: Config): readonly Warning[] {
  const others = othersIn(config.policies);
  const policies = Object.entries(config.policies).flatMap(([name, policy]) =>
    descriptorOf(policy)
      .warnings(policy, others)
      .map((message) => ({ path: formatPath(["policies", name]), message })),
  );
  return [...unreachedTiers(config), ...policies];
}

function unreachedTiers(config: Config): readonly Warning[] {
  const policies = Object.values(config.policies);
  const reached = new Set([config.defaultTier, ...policies.flatMap((policy) => descriptorOf(policy).tiers(policy))]);
  return config.tiers.flatMap(({ name }, index) =>
    reached.has(name) ? [] : [{ path: formatPath(["tiers", index]), message: `no policy sends a request to ${name}` }],
  );
}
