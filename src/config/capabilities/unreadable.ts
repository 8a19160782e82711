// What becomes of a body that is not readable JSON.
import { z } from "zod";
import { type Capability, plain } from "./capability.ts";

const schema = z
  .enum(["pass", "refuse"])
  .default("pass")
  .describe("a body that is not readable JSON: `pass` it on to the default tier, or `refuse` it with 400 and an error in OpenAI's shape");

export const unreadable: Capability<typeof schema, "pass" | "refuse"> = {
  ...plain,
  schema,
};
