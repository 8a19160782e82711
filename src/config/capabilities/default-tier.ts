// Where a request goes that cannot be read.
import type { TierName } from "../../request/policy/policy.ts";
import { tierName } from "../fields.ts";
import { requireKnown } from "../references.ts";
import { asGiven, type Capability, type CapabilityContext, none } from "./capability.ts";

const schema = tierName.optional().describe("the tier for a request that cannot be read. Default: the last, dearest");

export const defaultTier: Capability<typeof schema, TierName> = {
  schema,
  resolve,
  shown: asGiven,
  effective: (_, settings) => settings,
  secrets: [],
  atNextStart: [],
  warnings: none,
};

function resolve(file: TierName | undefined, { tiers, complain }: CapabilityContext): TierName {
  if (file !== undefined) requireKnown(complain, ["defaultTier"], file, tiers, "tier");
  return file ?? tiers.at(-1) ?? "";
}
