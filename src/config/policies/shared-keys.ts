// Keys that several types of policies have, with their meanings, and the reasons they share.
import { z } from "zod";
import { SCOPES } from "../../request/chat/facts.ts";
import type { ReasonMeaning } from "../../request/routing/reasons.ts";
import { tierName } from "../fields.ts";

export const underTier = tierName.optional().describe("the tier for a request under the threshold. Default: the first tier");
export const overTier = tierName.optional().describe("the tier for a request over it. Default: the last tier");
export const scope = z
  .enum(SCOPES)
  .default("all")
  .describe("which messages' text is read: `all`, those of the role `user`, or the last of these");

export const MORE_CHARS: ReasonMeaning = { name: "chars", meaning: "the text has more code points than `maxChars`" };
export const UNDER_THRESHOLDS: ReasonMeaning = { name: "under-thresholds", meaning: "no threshold was passed" };
