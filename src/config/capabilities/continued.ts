// Where requests go that refer to what one server keeps, when it is not known which.
import { z } from "zod";
import type { TierName } from "../../request/policy/policy.ts";
import { note } from "../effective.ts";
import { tierName } from "../fields.ts";
import { requireKnown } from "../references.ts";
import { type Capability, plain } from "./capability.ts";

export interface ContinuedSettings {
  readonly unknown?: TierName | undefined;
}

const schema = z
  .strictObject({
    unknown: tierName
      .optional()
      .describe(
        "the tier for a request that refers to what one server keeps (docs/coding-agents.md), when no answer has shown which tier " +
          "that is. Default: the policy decides, and what is no chat goes to the default tier",
      ),
  })
  .prefault({});

export const continued: Capability<typeof schema, ContinuedSettings> = {
  ...plain,
  schema,
  resolve(file, { tiers, complain }) {
    if (file.unknown !== undefined) requireKnown(complain, ["continued", "unknown"], file.unknown, tiers, "tier");
    return file;
  },
  effective: ({ unknown }) => ({ unknown: unknown ?? note("none: the policy decides, and what is no chat goes to the default tier") }),
};
