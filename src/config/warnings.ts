// What is allowed in a configuration and hardly meant, as each capability says of itself.
import { CAPABILITIES } from "./capabilities/list.ts";
import type { Config } from "./config.ts";
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
  const reached = new Set([...others, ...policies.flatMap((policy) => descriptorOf(policy).tiers(policy))]);
  return CAPABILITIES.flatMap(([name, capability]) =>
    capability.warnings(config[name], { reached }).map(({ key, message }) => ({ path: formatPath([name, ...key]), message })),
  );
}
