// Which of the policies decides.
import { z } from "zod";
import { requireKnown } from "../references.ts";
import { type Capability, type CapabilityContext, plain } from "./capability.ts";

const schema = z.string().optional().describe("the policy that decides. Default: `main`, or the only one");

export const active: Capability<typeof schema, string> = {
  ...plain,
  schema,
  resolve,
  effective: (_, settings) => settings,
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
