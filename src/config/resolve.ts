// From the file's content to the effective configuration: each capability resolves its own part, knowing the names of tiers and policies.
import type { CapabilityContext } from "./capabilities/capability.ts";
import { CAPABILITIES } from "./capabilities/list.ts";
import type { Config } from "./config.ts";
import type { ReadModel } from "./model-source.ts";
import type { Complain } from "./references.ts";
import { checkScannerLimits } from "./scanner-limits.ts";
import type { ConfigFile } from "./schema.ts";

/** The result counts only when nothing was complained about. */
export function resolveConfig(file: ConfigFile, readModel: ReadModel, complain: Complain): Config {
  const tiers = [...new Set(file.tiers.map(({ name }) => name))];
  const context: CapabilityContext = {
    tiers,
    policies: Object.keys(file.policies),
    hasCascade: file.cascade !== undefined,
    readModel,
    complain,
  };
  const resolved = CAPABILITIES.map(([key, capability]) => [key, capability.resolve(file[key], context)]);
  const config = Object.fromEntries(resolved) as unknown as Config;
  const { active, rollout } = config;
  if (rollout?.candidate === active)
    complain(["rollout", "candidate"], `${active} is the active policy: name another, or leave \`rollout\` out when it is over`);
  checkScannerLimits(config, complain);
  return config;
}
