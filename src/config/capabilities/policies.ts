// The policies by name. What each type of policy is stands in config/policies.
import { z } from "zod";
import type { Effective } from "../effective.ts";
import { policyName } from "../fields.ts";
import { unknownParams } from "../param-edits.ts";
import { descriptorOf, policySchema } from "../policies/list.ts";
import { othersIn, type Policies } from "../policies/others.ts";
import { resolvePolicies } from "../resolve-policies.ts";
import type { Capability, CapabilityContext, CapabilityWarning } from "./capability.ts";

type PoliciesFile = z.output<typeof schema>;

const MAX_POLICIES = 256;

const schema = z
  .record(policyName, policySchema)
  .default({ main: { type: "threshold", preset: "v7", wholeWords: false, countTurns: "messages", scope: "all" } })
  .describe(`policies by name, at most ${MAX_POLICIES}. Default: one, \`main\`, of type \`threshold\` with the preset \`v7\``);

export const policies: Capability<typeof schema, Policies> = {
  schema,
  resolve,
  shown,
  effective,
  secrets: [],
  atNextStart: [],
  warnings,
};

/** Asked before the schema, which would look at each of them. Undefined: there are not too many. */
export function policyCountProblem(given: unknown): string | undefined {
  const policies = typeof given === "object" && given !== null && "policies" in given ? given.policies : undefined;
  const count = typeof policies === "object" && policies !== null ? Object.keys(policies).length : 0;
  return count > MAX_POLICIES ? `has ${count} policies; at most ${MAX_POLICIES} are possible` : undefined;
}

function resolve(file: PoliciesFile, { tiers, hasCascade, readModel, complain }: CapabilityContext): Policies {
  return resolvePolicies(file, { tiers, hasCascade, readModel, complain });
}

/** Of a trained model there is only what it is. */
function shown(policies: Policies): object {
  return mapped(policies, (policy) => descriptorOf(policy).shown(policy));
}

function effective(file: PoliciesFile, settings: Policies): Effective<PoliciesFile> {
  return mapped(file, (policy, name) => {
    const resolved = settings[name];
    if (resolved === undefined) throw new Error(`invariant: the policy ${name} is resolved`);
    return descriptorOf(policy).effective(policy, resolved);
  });
}

function warnings(policies: Policies): readonly CapabilityWarning[] {
  const others = othersIn(policies);
  return Object.entries(policies).flatMap(([name, policy]) => {
    const descriptor = descriptorOf(policy);
    const messages = [...descriptor.warnings(policy, others), ...unknownParams(descriptor.params(policy))];
    return messages.map((message) => ({ key: [name], message }));
  });
}

function mapped<Policy>(
  policies: Readonly<Record<string, Policy>>,
  map: (policy: Policy, name: string) => object,
): Readonly<Record<string, object>> {
  return Object.fromEntries(Object.entries(policies).map(([name, policy]) => [name, map(policy, name)]));
}
