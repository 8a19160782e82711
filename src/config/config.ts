// The effective configuration: complete, checked and immutable. Every default is filled in, every preset expanded, every reference
// known to exist. What stands under each key is described by its capability.
import type { CapabilitySettings } from "./capabilities/list.ts";
import type { PolicyConfig } from "./policies/list.ts";

export interface Config extends CapabilitySettings {}

/** The policy that decides. */
export function activePolicy(config: Config): PolicyConfig {
  const policy = config.policies[config.active];
  if (policy === undefined) throw new Error(`invariant: the active policy ${config.active} is configured`);
  return policy;
}
