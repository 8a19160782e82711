// Which policy fits which traffic: the one table to change when policies learn to read requests better.
import type { Traffic } from "./answers.ts";

export interface TrafficPolicy {
  readonly title: string; // for people who choose
  readonly why: readonly string[]; // comment above the policy
  readonly lines: readonly string[]; // its keys, in YAML, a comment to each
}

export const TRAFFIC_POLICIES: Readonly<Record<Traffic, TrafficPolicy>> = {
  chat: {
    title: "chats: what people ask, in few turns",
    why: ["Chats: a keyword, a long text or many turns ask for the strong tier."],
    lines: [
      "type: threshold",
      "preset: v7 # keywords in English, Chinese and Korean (v7-hant: and Traditional Chinese), 500 characters, 5 turns",
    ],
  },
  agents: {
    title: "coding agents: long system prompts, many turns",
    why: [
      "Coding agents: their system prompts, tool results and reminders are long and full of keywords, and every task takes many messages.",
      "All of it would ask for strong, so only what a person last asked counts, and how often one asked.",
    ],
    lines: [
      "type: threshold",
      "preset: v7 # keywords in English, Chinese and Korean (v7-hant: and Traditional Chinese), 500 characters; own ones replace them",
      "scope: prompt # reads the last thing a person asked: no tool results, and none of the text that agents put in (`envelopes`)",
      "countTurns: human # turns are what a person said: however many tools an agent calls, its loop is one",
      "maxTurns: 20 # of these; a longer conversation asks for strong",
    ],
  },
};
