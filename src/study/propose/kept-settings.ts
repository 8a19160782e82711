// What a trained policy keeps of the one in whose place it stands: tiers of the topics that its own model tells, and bands that mean the
// same with any model.
import type { ScoreBand } from "../../request/policy/learned/bands.ts";
import type { TopicTiers } from "../../request/policy/learned/topic-tiers.ts";
import { OTHER_TOPIC } from "../../request/policy/learned/topics.ts";

/** Of a learned policy. */
export interface OldSettings {
  readonly topics?: (TopicTiers & { readonly told: readonly string[] }) | undefined; // `told`: topics that its model tells
  readonly bands?: readonly ScoreBand[] | undefined;
}

export interface KeptSettings {
  readonly topics?: TopicTiers;
  readonly bands?: readonly ScoreBand[];
  readonly leftOut: readonly LeftOut[];
}

export type LeftOut =
  | { readonly what: "topic"; readonly topic: string } // the new model does not tell it
  | { readonly what: "other-topics" } // `other` would take in what the old model told as a topic, and the new one does not
  | { readonly what: "bands"; readonly names: readonly string[] }; // their distances are of the old model's scores

/** `told`: topics that the new model tells. */
export function keptSettings({ topics, bands }: OldSettings, told: readonly string[]): KeptSettings {
  const otherIsTheSame = topics?.told.every((topic) => told.includes(topic)) === true;
  const stays = (topic: string) => (topic === OTHER_TOPIC ? otherIsTheSame : told.includes(topic));
  const sets = Object.entries(topics?.sets ?? {});
  const kept = sets.filter(([topic]) => stays(topic));
  const bandsStay = bands?.every(({ from = 0, below = 0 }) => from === 0 && below === 0) === true;
  return {
    ...(topics !== undefined && kept.length > 0 && { topics: { sets: Object.fromEntries(kept), order: topics.order } }),
    ...(bands !== undefined && bandsStay && { bands }),
    leftOut: [
      ...sets.filter(([topic]) => !stays(topic)).map(([topic]) => leftOutTopic(topic)),
      ...(bands === undefined || bandsStay ? [] : [{ what: "bands", names: bands.map(({ shape }) => shape.name) } as const]),
    ],
  };
}

function leftOutTopic(topic: string): LeftOut {
  return topic === OTHER_TOPIC ? { what: "other-topics" } : { what: "topic", topic };
}
