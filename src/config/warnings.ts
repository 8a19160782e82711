// What is allowed in a configuration and hardly meant: tiers that nothing leads to, and what each type of policy says of itself.
import { KNOWN_PARAM_NAMES, paramNamed } from "../request/chat/param-table.ts";
import type { ParamEdit } from "../request/chat/params.ts";
import type { Config } from "./config.ts";
import { formatPath } from "./key-path.ts";
import { nearest } from "./nearest.ts";
import type { OtherPolicies } from "./policies/descriptor.ts";
import { descriptorOf, type PolicyConfig } from "./policies/list.ts";
import { othersIn } from "./policies/others.ts";

export interface Warning {
  readonly path: string; // `policies.main`
  readonly message: string;
}

/** Tiers in their order, then policies in the order of the file. */
export function warningsOf(config: Config): readonly Warning[] {
  const others = othersIn(config.policies);
  const policies = Object.entries(config.policies).flatMap(([name, policy]) =>
    policyWarnings(policy, others).map((message) => ({ path: formatPath(["policies", name]), message })),
  );
  const tiers = config.tiers.flatMap(({ params }, index) =>
    unknownParams(params).map((message) => ({ path: formatPath(["tiers", index]), message })),
  );
  return [...unreachedTiers(config), ...tiers, ...differentModels(config), ...policies];
}

function unreachedTiers(config: Config): readonly Warning[] {
  const policies = Object.values(config.policies);
  const reached = new Set([config.defaultTier, ...policies.flatMap((policy) => descriptorOf(policy).tiers(policy))]);
  return config.tiers.flatMap(({ name }, index) =>
    reached.has(name) ? [] : [{ path: formatPath(["tiers", index]), message: `no policy sends a request to ${name}` }],
  );
}

function policyWarnings(policy: PolicyConfig, others: OtherPolicies): readonly string[] {
  const descriptor = descriptorOf(policy);
  return [...descriptor.warnings(policy, others), ...unknownParams(descriptor.params(policy))];
}

/** Of the gateway nothing is known here: the doctor, which looks at it, is the one to say whether it is so. */
function differentModels({ tiers }: Config): readonly Warning[] {
  if (new Set(tiers.map(({ model }) => model)).size < 2) return [];
  const message =
    "differ in `model`, which a fallback from one to another must change: envoy/envoy.yaml does, kgateway and Envoy Gateway cannot (drop " +
    "the models, or have every tier serve one name); `sluice doctor --config FILE` tells";
  return [{ path: "tiers", message }];
}

/** Most often a slip of the pen. It is set all the same: servers know more than the formats do. */
function unknownParams(edits: readonly ParamEdit[]): readonly string[] {
  const names = new Set(edits.map(({ name }) => name).filter((name) => paramNamed(name) === undefined));
  return [...names].map((name) => {
    const known = nearest(name, KNOWN_PARAM_NAMES);
    const meant = known === undefined ? "" : ` (${known}?)`;
    return `sets ${name}, a parameter that no known format has${meant}: it is set in requests of every format`;
  });
}
