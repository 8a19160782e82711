// Where a request goes that cannot be read.
import type { TierName } from "../../request/policy/policy.ts";
import { tierName } from "../fields.ts";
import { requireKnown } from "../references.ts";
import { type Capability, type CapabilityContext, plain } from "./capability.ts";

const schema = tierName.optional().describe("the tier for a request that cannot be read. Default: the last, dearest");

export const defaultTier: Capability<typeof schema, TierName> = {
  ...plain,
  schema,
  resolve,
  effective: (_, settings) => settings,
};

function resolve(file: TierName | undefined, { tiers, complain }: CapabilityContext): TierName {
  if (file !== undefined) requireKnown(complain, ["defaultTier"], file, tiers, "tier");
  return file ?? tiers.at(-1) ?? "";
}
