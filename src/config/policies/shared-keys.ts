// Keys that several types of policies have, with their meanings, and the reasons they share.
import { z } from "zod";
import { SCOPES, TURN_KINDS, type TurnKind } from "../../request/chat/facts.ts";
import type { ReasonMeaning } from "../../request/routing/reasons.ts";
import { tierName } from "../fields.ts";

export const underTier = tierName.optional().describe("the tier for a request under the threshold. Default: the first tier");
export const overTier = tierName.optional().describe("the tier for a request over it. Default: the last tier");
export const scope = z
  .enum(SCOPES)
  .default("all")
  .describe(
    "which messages' text is read: `all`; of the role `user`, without what agents put in (`envelopes`); the last of these; " +
      "or `prompt`, the last with text",
  );
export const countTurns = z
  .enum(TURN_KINDS)
  .default("messages")
  .describe("what turns are: all `messages`, or the `human` ones of the role `user`, so that an agent's tool results and context add none");

/** `messages` is left out of the settings: policies of before this key keep their version. */
export function turnsCounted(kind: TurnKind): { readonly countTurns?: TurnKind } {
  return kind === "messages" ? {} : { countTurns: kind };
}

/** What a limit of turns counts, for `counted`. */
export const turnWord = (kind: TurnKind | undefined): string => (kind === "human" ? "human turn" : "message");

export const MORE_CHARS: ReasonMeaning = { name: "chars", meaning: "the text has more code points than `maxChars`" };
export const UNDER_THRESHOLDS: ReasonMeaning = { name: "under-thresholds", meaning: "no threshold was passed" };
