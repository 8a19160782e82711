// Every type of policy there is. A new one is its import and its line in this list; all else is derived from it.
import { z } from "zod";
import type { ReasonMeaning } from "../../request/routing/reasons.ts";
import { bandit } from "./bandit.ts";
import { chain } from "./chain.ts";
import { cheapest } from "./cheapest.ts";
import type { PolicyDescriptor, Versioned } from "./descriptor.ts";
import { difficulty } from "./difficulty.ts";
import { fixed } from "./fixed.ts";
import { learned } from "./learned.ts";
import { length } from "./length.ts";
import { random } from "./random.ts";
import { rules } from "./rules.ts";
import { threshold } from "./threshold.ts";

/** In the order of the reference. */
const DESCRIBED = [
  threshold, //
  rules,
  difficulty,
  learned,
  cheapest,
  bandit,
  fixed,
  random,
  length,
  chain,
] as const;

type Described = (typeof DESCRIBED)[number];
type SchemaOf = Described["schema"];
type SettingsOf<Descriptor> = Descriptor extends PolicyDescriptor<infer _, infer Settings> ? Settings : never;

/** A policy of the file, its own defaults filled in. */
export type PolicyFile = z.output<SchemaOf>;
/** What a policy is made of. */
export type PolicySettings = SettingsOf<Described>;
/** A policy of the effective configuration. */
export type PolicyConfig = PolicySettings & Versioned;
/** Any of them: what takes settings of one type takes them of that type only. */
export type AnyDescriptor = PolicyDescriptor<SchemaOf, PolicySettings>;

export const POLICIES: readonly AnyDescriptor[] = DESCRIBED;

export const policySchema = z.discriminatedUnion("type", DESCRIBED.map(({ schema }) => schema) as [SchemaOf, ...SchemaOf[]]);

const byType: ReadonlyMap<string, AnyDescriptor> = new Map(POLICIES.map((descriptor) => [descriptor.type, descriptor]));

/** The description of this policy's type. */
export function descriptorOf({ type }: { readonly type: PolicySettings["type"] }): AnyDescriptor {
  const descriptor = byType.get(type);
  if (descriptor === undefined) throw new Error(`invariant: the policy type ${type} is described`);
  return descriptor;
}

/** Every reason that policies give, once: they are a label of metrics, and so a fixed set. */
export const POLICY_REASONS: readonly ReasonMeaning[] = [
  ...new Map(POLICIES.flatMap(({ reasons }) => reasons).map((reason) => [reason.name, reason])).values(),
];
