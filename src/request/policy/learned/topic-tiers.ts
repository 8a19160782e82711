// A set of tiers for each topic: what a score has chosen, and the cheapest tier of the topic's set that is as good. Pure, made once.
import { CASCADE } from "../cascading.ts";
import type { TierName } from "../policy.ts";

export interface TopicTiers {
  readonly sets: Readonly<Record<string, readonly TierName[]>>; // by topic, OTHER_TOPIC too; a topic that is not here may have any tier
  readonly order: readonly TierName[]; // all tiers of the configuration, cheap first
}

/** The tier for what was chosen: the cheapest of the set that is no lesser one, else the dearest of the set. */
export type TierInSet = (topic: string, chosen: TierName) => TierName;

export function tierInSet({ sets, order }: TopicTiers): TierInSet {
  const [first, ...others] = order;
  const ladder = first === undefined ? [] : [first, CASCADE, ...others]; // a cascade costs more than its first tier, and less than the next
  const byTopic = new Map(Object.entries(sets).map(([topic, set]) => [topic, instead(set, ladder)]));
  return (topic, chosen) => byTopic.get(topic)?.get(chosen) ?? chosen;
}

/** What each tier comes to where only those of the set may be had. */
function instead(set: readonly TierName[], ladder: readonly TierName[]): ReadonlyMap<TierName, TierName> {
  const allowed = ladder.filter((tier) => set.includes(tier));
  return new Map(
    ladder.flatMap((chosen, at) => {
      const tier = allowed.find((each) => ladder.indexOf(each) >= at) ?? allowed.at(-1);
      return tier === undefined ? [] : [[chosen, tier] as const];
    }),
  );
}
