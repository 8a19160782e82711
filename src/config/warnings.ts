// What is allowed in a configuration and hardly meant: rules that cannot decide, tiers that nothing leads to, links that are never asked.
import { KNOWN_PARAM_NAMES, paramNamed } from "../request/chat/param-table.ts";
import type { ParamEdit } from "../request/chat/params.ts";
import { ruleConflicts } from "../request/policy/rule-conflicts.ts";
import type { Config, PolicyConfig } from "./config.ts";
import { nearest } from "./nearest.ts";
import { formatPath } from "./problems.ts";
import { paramsOf } from "./scanner-limits.ts";

/** A `minConfidence` that every probability reaches: of two answers the likelier has at least this. */
const NEVER_UNSURE = 0.5;

export interface Warning {
  readonly path: string; // `policies.main`
  readonly message: string;
}

/** Tiers in their order, then policies in the order of the file. */
export function warningsOf(config: Config): readonly Warning[] {
  const policies = Object.entries(config.policies).flatMap(([name, policy]) =>
    [...policyWarnings(config, policy), ...unknownParams(paramsOf(policy))].map((message) => ({
      path: formatPath(["policies", name]),
      message,
    })),
  );
  const tiers = config.tiers.flatMap(({ params }, index) =>
    unknownParams(params).map((message) => ({ path: formatPath(["tiers", index]), message })),
  );
  return [...unreachedTiers(config), ...tiers, ...differentModels(config), ...policies];
}

function unreachedTiers(config: Config): readonly Warning[] {
  const reached = new Set([config.defaultTier, ...Object.values(config.policies).flatMap(tiersOf)]);
  return config.tiers.flatMap(({ name }, index) =>
    reached.has(name) ? [] : [{ path: formatPath(["tiers", index]), message: `no policy sends a request to ${name}` }],
  );
}

/** Of the gateway nothing is known here: the doctor, which looks at it, is the one to say whether it is so. */
function differentModels({ tiers }: Config): readonly Warning[] {
  if (new Set(tiers.map(({ model }) => model)).size < 2) return [];
  const message =
    "differ in `model`, which a fallback from one to another must change: envoy/envoy.yaml does, kgateway and Envoy Gateway cannot (drop " +
    "the models, or have every tier serve one name); `sluice doctor --config FILE` tells";
  return [{ path: "tiers", message }];
}

/** Where a policy may send a request. A chain's are those of its links. */
function tiersOf(policy: PolicyConfig): readonly string[] {
  switch (policy.type) {
    case "threshold":
    case "length":
      return [policy.under, policy.over];
    case "rules":
      return [...policy.rules, ...(policy.fallback === undefined ? [] : [policy.fallback])].map(({ tier }) => tier);
    case "difficulty":
      return policy.bands.map(({ tier }) => tier);
    case "learned":
      return [...(policy.model === undefined ? [] : [policy.under, policy.over]), ...(policy.unsure === "up" ? [policy.highest] : [])];
    case "fixed":
      return [policy.tier];
    case "random":
      return policy.shares.filter(({ share }) => share > 0).map(({ tier }) => tier);
    case "chain":
      return [];
  }
}

function policyWarnings(config: Config, policy: PolicyConfig): readonly string[] {
  switch (policy.type) {
    case "rules":
      return ruleConflicts(policy).map(({ sentence }) => sentence);
    case "learned":
      return policy.model === undefined
        ? [`has no \`file\`: ${policy.unsure === "up" ? `all go to ${policy.highest}` : "it always abstains"}`]
        : [];
    case "chain":
      return deadLinks(config, policy.of);
    default:
      return [];
  }
}

/** Links behind one that always decides, and links that stand there a second time. */
function deadLinks(config: Config, of: readonly string[]): readonly string[] {
  const last = of.findIndex((name) => !mayAbstain(config, name));
  const asked = last < 0 ? of : of.slice(0, last + 1);
  const dead = of.slice(asked.length);
  const behind =
    dead.length === 0 ? [] : [`${of[last]} never abstains, so ${dead.join(", ")} ${dead.length === 1 ? "is" : "are"} never asked`];
  const repeated = new Set(asked.filter((name, index) => asked.indexOf(name) < index));
  return [...behind, ...[...repeated].map((name) => `${name} is listed twice: it abstains again where it abstained before`)];
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

function mayAbstain(config: Config, name: string): boolean {
  const policy = config.policies[name];
  switch (policy?.type) {
    case "rules":
      return policy.fallback === undefined && !policy.rules.some(({ match }) => Object.values(match).every((asked) => asked === undefined));
    case "learned":
      return policy.unsure === "abstain" && (policy.model === undefined || policy.minConfidence > NEVER_UNSURE);
    case "chain":
      return policy.of.every((link) => mayAbstain(config, link));
    default:
      return false;
  }
}
