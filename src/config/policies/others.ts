// The policies of a configuration as one of them may know the others, and what each asks.
import type { OtherPolicies } from "./descriptor.ts";
import { descriptorOf, type PolicyConfig } from "./list.ts";

export type Policies = Readonly<Record<string, PolicyConfig>>;

export function othersIn(policies: Policies): OtherPolicies {
  const others: OtherPolicies = {
    id: (name) => policies[name]?.id ?? name,
    mayAbstain(name) {
      const policy = policies[name];
      return policy !== undefined && descriptorOf(policy).mayAbstain(policy, others);
    },
  };
  return others;
}

/** The names of the policies that this one asks, directly or not, in the order they are asked. No cycles, please. */
export function linksOf(policies: Policies, name: string): readonly string[] {
  const policy = policies[name];
  const links = policy === undefined ? [] : descriptorOf(policy).links(policy);
  return links.flatMap((link) => [link.name, ...linksOf(policies, link.name)]);
}
