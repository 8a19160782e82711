// In which order other tiers are asked to stand in for one: the one that the operator named, then those above, the nearest first, then
// those below. Whom it concerns that a provider fails asks tiers of other providers first.
import type { TierName } from "../policy/policy.ts";

export interface SubstitutableTier {
  readonly name: TierName;
  readonly provider: string | undefined; // undefined: its own, which no other tier has
  readonly substitute: TierName | undefined;
}

export type Substitutes = ReadonlyMap<TierName, readonly TierName[]>;

/** Tiers cheap first. */
export function substitutesOf(tiers: readonly SubstitutableTier[]): Substitutes {
  return new Map(tiers.map((tier, at) => [tier.name, orderFor(tier, tiers.slice(at + 1), tiers.slice(0, at))]));
}

/** The same, with tiers of the same provider behind all others. */
export function otherProvidersFirst(tiers: readonly SubstitutableTier[]): Substitutes {
  const providers = new Map(tiers.map(({ name, provider }) => [name, provider]));
  const sorted = [...substitutesOf(tiers)].map(([name, others]): [TierName, readonly TierName[]] => {
    const provider = providers.get(name);
    const isSame = (other: TierName) => Number(provider !== undefined && providers.get(other) === provider);
    return [name, others.toSorted((a, b) => isSame(a) - isSame(b))];
  });
  return new Map(sorted);
}

function orderFor(
  { substitute }: SubstitutableTier,
  above: readonly SubstitutableTier[],
  below: readonly SubstitutableTier[],
): readonly TierName[] {
  const nearest = [...above, ...below.toReversed()].map(({ name }) => name);
  return substitute === undefined ? nearest : [substitute, ...nearest.filter((name) => name !== substitute)];
}
