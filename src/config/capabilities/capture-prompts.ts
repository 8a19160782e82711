// Whether the text of prompts is kept.
import { z } from "zod";
import { type Capability, plain } from "./capability.ts";

const schema = z
  .boolean()
  .default(false)
  .describe("the text of the user's last message, at most 4000 characters of it, goes into decision log and spans");

export const capturePrompts: Capability<typeof schema, boolean> = {
  ...plain,
  schema,
};
