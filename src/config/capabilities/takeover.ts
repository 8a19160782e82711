// A conservative policy that decides while something is the matter, and what that is.
import { z } from "zod";
import type { TakeoverSettings } from "../../request/guard/takeover.ts";
import { note } from "../effective.ts";
import { policyName, share } from "../fields.ts";
import { requireKnown } from "../references.ts";
import { type Capability, type CapabilityContext, plain } from "./capability.ts";

const NEAR = 0.9;

const schema = z
  .strictObject({
    policy: policyName.describe("the policy that decides meanwhile, in the place of the active one and of a rollout's candidate"),
    breaker: z
      .boolean()
      .default(true)
      .describe("while the breaker of any tier or provider is open, or is being tried: `breaker`, or a tier's `substitute`, turns them on"),
    budget: share
      .default(NEAR)
      .describe(
        "the share of a budget, used or held back, from which on it takes over until the window ends; of budgets without `by`. 0: never",
      ),
  })
  .optional()
  .describe("a conservative policy takes over while a breaker is open or a budget is nearly used up; docs/rollout.md. Default: none");

/** Undefined: none ever does. */
export const takeover: Capability<typeof schema, TakeoverSettings | undefined> = {
  ...plain,
  schema,
  resolve,
  effective: (file) => file ?? note("none"),
};

function resolve(file: z.output<typeof schema>, { policies, complain }: CapabilityContext): TakeoverSettings | undefined {
  if (file === undefined) return undefined;
  requireKnown(complain, ["takeover", "policy"], file.policy, policies, "policy");
  if (!file.breaker && file.budget === 0) complain(["takeover"], "never takes over: breaker is false and budget is 0");
  return { policy: file.policy, breaker: file.breaker, budget: file.budget === 0 ? undefined : file.budget };
}
