// Which policies a configuration has decide, and what stands behind each name and version.
import { activePolicy, type Config } from "./config.ts";
import { masked } from "./mask.ts";
import { descriptorOf } from "./policies/list.ts";
import { linksOf } from "./policies/others.ts";
import { fingerprint } from "./versions.ts";

export interface Deciding {
  readonly active: string; // name and version
  readonly versions: readonly DecidingVersion[]; // of it, of a rollout's candidate, of what may take over, and of all that these ask
}

export interface DecidingVersion {
  readonly policy: string; // name and version
  readonly settingsHash: string;
  readonly asks: readonly string[];
  readonly settings: unknown; // as they may be shown
}

export function decidingIn(config: Config): Deciding {
  const { active, rollout, takeover, policies } = config;
  const deciding = [active, ...(rollout === undefined ? [] : [rollout.candidate]), ...(takeover === undefined ? [] : [takeover.policy])];
  const names = new Set(deciding.flatMap((name) => [name, ...linksOf(policies, name)]));
  return { active: activePolicy(config).id, versions: [...names].flatMap((name) => versionOf(config, name)) };
}

function versionOf({ policies }: Config, name: string): readonly DecidingVersion[] {
  const policy = policies[name];
  if (policy === undefined) return [];
  const { id: _, ...settings } = descriptorOf(policy).shown(policy) as { readonly id?: string };
  const asks = linksOf(policies, name).flatMap((link) => policies[link]?.id ?? []);
  return [{ policy: policy.id, settingsHash: fingerprint(settings), asks: [...new Set(asks)], settings: masked(settings) }];
}
