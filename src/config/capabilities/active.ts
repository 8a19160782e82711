// Which of the policies decides.
import { z } from "zod";
import { requireKnown } from "../references.ts";
import { asGiven, type Capability, type CapabilityContext, none } from "./capability.ts";

const schema = z.string().optional().describe("the policy that decides. Default: `main`, or the only one");

export const active: Capability<typeof schema, string> = {
  schema,
  resolve,
  shown: asGiven,
  effective: (_, settings) => settings,
  secrets: [],
  atNextStart: [],
  warnings: none,
};

/** A name in `policies`. */
function resolve(file: string | undefined, { policies, complain }: CapabilityContext): string {
  const active = file ?? (policies.length === 1 ? policies[0] : "main") ?? "main";
  if (file !== undefined) requireKnown(complain, ["active"], active, policies, "policy");
  else if (!policies.includes(active))
    complain(
      ["policies"],
      policies.length === 0 ? "must have at least one policy" : "none is called main: name the one to use in `active`",
    );
  return active;
}
