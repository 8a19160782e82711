// What a policy of the file is resolved with: the tiers there are, its place in the file, and where to complain.
import { CASCADE } from "../../request/policy/cascading.ts";
import type { TierName } from "../../request/policy/policy.ts";
import type { KeyPath } from "../key-path.ts";
import type { ReadModel } from "../model-source.ts";
import { type Complain, requireKnown } from "../references.ts";
import { fingerprint } from "../versions.ts";

/** The same for every policy of the file. */
export interface FileContext {
  readonly tiers: readonly TierName[]; // cheap first
  readonly hasCascade: boolean; // it may be named in the place of a tier
  readonly readModel: ReadModel;
  readonly complain: Complain;
  readonly idOf: (link: string) => string; // of a policy that this one asks: it is resolved before
}

export interface PolicyContext extends FileContext {
  readonly name: string;
  readonly path: KeyPath; // of the policy
  readonly first: TierName;
  readonly last: TierName;
}

export function policyContext(name: string, file: FileContext): PolicyContext {
  const [first = "", last = first] = [file.tiers[0], file.tiers.at(-1)];
  return { ...file, name, path: ["policies", name], first, last };
}

/** A policy whose settings say everything about it. Their order is part of the version: do not sort them. */
export function versioned<Settings extends object>({ name }: PolicyContext, settings: Settings): Settings & { readonly id: string } {
  return { ...settings, id: `${name}@${fingerprint(settings)}` };
}

/** The tier, which must be one of the configuration's, or its cascade; `key` is its place in the policy. */
export function knownTier({ complain, path, tiers, hasCascade }: PolicyContext, tier: TierName, ...key: KeyPath): TierName {
  requireKnown(complain, [...path, ...key], tier, hasCascade ? [...tiers, CASCADE] : tiers, "tier");
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
