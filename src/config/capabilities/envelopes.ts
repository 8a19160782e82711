// How text is marked that agents put into the user's messages.
import { z } from "zod";
import { checkClose, checkOpen, DEFAULT_ENVELOPES, type Envelope, MAX_ENVELOPES } from "../../request/chat/envelopes.ts";
import { note } from "../effective.ts";
import { checkedText } from "../fields.ts";
import { type Capability, plain } from "./capability.ts";

const schema = z
  .array(
    z.strictObject({
      open: checkedText(checkOpen).describe("the mark it begins with, in this very spelling, such as `<system-reminder>`"),
      close: checkedText(checkClose).optional().describe("the mark it ends with. Default: it takes the rest of its message"),
    }),
  )
  .max(MAX_ENVELOPES)
  .default([...DEFAULT_ENVELOPES])
  .describe(
    "how text is marked that agents put into the user's messages; the scopes `user`, `last_user` and `prompt` leave it out. " +
      "Default: that of Claude Code, Codex, Cline and aider, which docs/coding-agents.md lists; an own list replaces it",
  );

export const envelopes: Capability<typeof schema, readonly Envelope[]> = {
  ...plain,
  schema,
  effective: (file) => file.map(({ open, close }) => ({ open, close: close ?? note("none: it takes the rest of its message") })),
};
