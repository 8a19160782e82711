// Which tier served, by what the access log says of the server: a cluster's name, or a host's.
import { globTest } from "../../request/policy/glob.ts";
import type { TierPrice } from "./cost.ts";

export interface ServingTier {
  readonly name: string;
  readonly clusters: readonly string[]; // globs
  readonly price: TierPrice;
}

/** Clusters and hosts are few; where names come from a model server's own header, they need not be. */
const MAX_REMEMBERED = 1000;

/** Remembers what each cluster or host is, until the tiers change. */
export function tierFinder(tiers: () => readonly ServingTier[]): (cluster: string) => string | undefined {
  let known = new Map<string, string | undefined>();
  let knownFor = tiers();
  return (cluster) => {
    const now = tiers();
    if (now !== knownFor || known.size >= MAX_REMEMBERED) [known, knownFor] = [new Map(), now];
    if (!known.has(cluster)) known.set(cluster, now.find((tier) => tier.clusters.some((glob) => globTest(glob)(cluster)))?.name);
    return known.get(cluster);
  };
}
