// What a policy of the file is resolved with: the tiers there are, its place in the file, and where to complain.
import type { ParamEdit } from "../request/chat/params.ts";
import type { TierName } from "../request/policy/policy.ts";
import type { ReadModel } from "./model-source.ts";
import type { KeyPath } from "./problems.ts";
import { type Complain, requireKnown } from "./references.ts";

export interface PolicySurroundings {
  readonly tiers: readonly TierName[]; // cheap first
  readonly readModel: ReadModel;
  readonly complain: Complain;
}

export interface PolicyContext extends PolicySurroundings {
  readonly name: string;
  readonly path: KeyPath; // of the policy
  readonly first: TierName;
  readonly last: TierName;
}

export function policyContext(name: string, surroundings: PolicySurroundings): PolicyContext {
  const [first = "", last = first] = [surroundings.tiers[0], surroundings.tiers.at(-1)];
  return { ...surroundings, name, path: ["policies", name], first, last };
}

/** The tier, which must be one of the configuration's; `key` is its place in the policy. */
export function knownTier({ complain, path, tiers }: PolicyContext, tier: TierName, ...key: KeyPath): TierName {
  requireKnown(complain, [...path, ...key], tier, tiers, "tier");
  return tier;
}

/** The two tiers of a policy with a threshold. */
export function underAndOver(
  context: PolicyContext,
  { under, over }: { readonly under?: TierName | undefined; readonly over?: TierName | undefined },
) {
  return {
    under: under === undefined ? context.first : knownTier(context, under, "under"),
    over: over === undefined ? context.last : knownTier(context, over, "over"),
  };
}

export function paramEdits({
  params,
  overwrite,
}: {
  readonly params: Readonly<Record<string, unknown>>;
  readonly overwrite: boolean;
}): readonly ParamEdit[] {
  return Object.entries(params).map(([name, value]) => ({ name, json: JSON.stringify(value), overwrite }));
}
