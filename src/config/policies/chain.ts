// The chain in the configuration: the policies it asks, over whose versions its own goes.
import { z } from "zod";
import { type ChainSettings, chainPolicy } from "../../request/policy/chain.ts";
import { policyName } from "../fields.ts";
import { fingerprint } from "../versions.ts";
import { none, type OtherPolicies, type PolicyDescriptor } from "./descriptor.ts";

type ChainPolicy = { readonly type: "chain" } & ChainSettings;

const MAX_LINKS = 1000;

const schema = z.strictObject({
  type: z.literal("chain").describe("asks policies in order; the first that does not abstain decides"),
  of: z.array(policyName).min(1).max(MAX_LINKS).describe("their names"),
});

const example = `main: { type: chain, of: [sure, rest] }
sure: { type: rules, rules: [{ name: small-model, match: { model: '*-mini' }, tier: weak }] }
rest: { type: threshold }`;

export const chain: PolicyDescriptor<typeof schema, ChainPolicy> = {
  type: "chain",
  schema,
  example,
  reasons: [],
  resolve: ({ type, of }, { name, idOf }) => ({ type, of, id: `${name}@${fingerprint(of.map(idOf))}` }),
  make: ({ of }, { linkOf }) => chainPolicy(of.map(linkOf)),
  tiers: none,
  mayAbstain: ({ of }, others) => of.every((link) => others.mayAbstain(link)),
  links: ({ of }) => of.map((name, index) => ({ name, key: ["of", index] })),
  keywords: none,
  regexes: none,
  insideWords: none,
  params: none,
  outlivesReload: false,
  summary: ({ of }, others) => [`the first that does not abstain of ${of.map((name) => others.id(name)).join(", ")}`],
  warnings: deadLinks,
  shown: (settings) => settings,
  effective: (file) => file,
  shorthand: undefined,
  thresholds: () => undefined,
  scoreIsProbability: false,
};

/** Links behind one that always decides, and links that stand there a second time. */
function deadLinks({ of }: ChainSettings, others: OtherPolicies): readonly string[] {
  const last = of.findIndex((name) => !others.mayAbstain(name));
  const asked = last < 0 ? of : of.slice(0, last + 1);
  const dead = of.slice(asked.length);
  const behind =
    dead.length === 0 ? [] : [`${of[last]} never abstains, so ${dead.join(", ")} ${dead.length === 1 ? "is" : "are"} never asked`];
  const repeated = new Set(asked.filter((name, index) => asked.indexOf(name) < index));
  return [...behind, ...[...repeated].map((name) => `${name} is listed twice: it abstains again where it abstained before`)];
}
