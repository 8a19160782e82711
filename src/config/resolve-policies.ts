// The policies of the file as their settings: tiers and names checked, defaults filled in, each with its id. One function a type.
import type { Band } from "../request/policy/difficulty.ts";
import { DIFFICULTY_WORDS, defaultBands } from "../request/policy/difficulty-words.ts";
import type { PolicySettings } from "../request/policy/registry.ts";
import type { PolicyConfig } from "./config.ts";
import { knownTier, type PolicyContext, type PolicySurroundings, paramEdits, policyContext, underAndOver } from "./policy-context.ts";
import type { PolicyFile, PolicyFileOf } from "./policy-schema.ts";
import { PRESETS } from "./presets.ts";
import { loweredWords } from "./references.ts";
import { resolveChains } from "./resolve-chains.ts";
import { resolveLearned } from "./resolve-learned.ts";
import { resolveRules } from "./resolve-rules.ts";
import { fingerprint } from "./versions.ts";

export function resolvePolicies(
  file: Readonly<Record<string, PolicyFile>>,
  surroundings: PolicySurroundings,
): Readonly<Record<string, PolicyConfig>> {
  const links = new Map<string, PolicyConfig>();
  const chains: [name: string, of: readonly string[]][] = [];
  for (const [name, policy] of Object.entries(file)) {
    if (policy.type === "chain") chains.push([name, policy.of]);
    else links.set(name, resolvePolicy(policy, policyContext(name, surroundings)));
  }
  for (const [name, chain] of resolveChains(new Map(chains), links, surroundings.complain)) links.set(name, chain);
  return Object.fromEntries(Object.keys(file).map((name) => [name, found(links, name)]));
}

function found(policies: ReadonlyMap<string, PolicyConfig>, name: string): PolicyConfig {
  const policy = policies.get(name);
  if (policy === undefined) throw new Error(`invariant: the policy ${name} is resolved`);
  return policy;
}

export function resolvePolicy(policy: Exclude<PolicyFile, { readonly type: "chain" }>, context: PolicyContext): PolicyConfig {
  switch (policy.type) {
    case "threshold":
      return resolveThreshold(policy, context);
    case "rules":
      return versioned(context, resolveRules(policy, context));
    case "difficulty":
      return versioned(context, resolveDifficulty(policy, context));
    case "learned":
      return resolveLearned(policy, context);
    case "fixed":
      return versioned(context, { type: policy.type, tier: knownTier(context, policy.tier, "tier") });
    case "random":
      return versioned(context, resolveRandom(policy, context));
    case "length":
      return versioned(context, { type: policy.type, maxChars: policy.maxChars, scope: policy.scope, ...underAndOver(context, policy) });
  }
}

/** A policy whose settings say everything about it. */
function versioned<Settings extends Exclude<PolicySettings, { readonly type: "learned" | "chain" }>>(
  { name }: PolicyContext,
  settings: Settings,
): Settings & { readonly id: string } {
  return { ...settings, id: `${name}@${fingerprint(settings)}` };
}

function resolveThreshold(policy: PolicyFileOf<"threshold">, context: PolicyContext): PolicyConfig {
  const { name, path, first, last, complain } = context;
  const preset = PRESETS[policy.preset];
  // The order of the settings is part of the fingerprint: do not sort them.
  const asPreset = {
    type: policy.type,
    keywords: preset.keywords,
    maxChars: preset.maxChars,
    maxBytes: undefined,
    maxTurns: preset.maxTurns,
    scope: "all",
    under: first,
    over: last,
  } as const;
  const settings = {
    type: policy.type,
    keywords: policy.keywords === undefined ? preset.keywords : loweredWords(complain, [...path, "keywords"], policy.keywords),
    maxChars: policy.maxChars ?? preset.maxChars,
    maxBytes: policy.maxBytes,
    maxTurns: policy.maxTurns ?? preset.maxTurns,
    scope: policy.scope,
    ...underAndOver(context, policy),
  };
  const isPreset = fingerprint(settings) === fingerprint(asPreset);
  return { ...settings, id: `${name}@${isPreset ? policy.preset : fingerprint(settings)}` };
}

function resolveDifficulty({ type, words, bands }: PolicyFileOf<"difficulty">, context: PolicyContext) {
  const { path, complain, tiers } = context;
  const kind = (name: "reasoning" | "structure" | "domain") => {
    const own = words[name];
    return own === undefined ? DIFFICULTY_WORDS[name] : loweredWords(complain, [...path, "words", name], own);
  };
  const kinds = { reasoning: kind("reasoning"), structure: kind("structure"), domain: kind("domain") };
  return { type, words: kinds, bands: bands === undefined ? defaultBands(tiers) : resolveBands(bands, context) };
}

function resolveBands(bands: NonNullable<PolicyFileOf<"difficulty">["bands"]>, context: PolicyContext): readonly Band[] {
  let reached = 0;
  return bands.map(({ below, tier, params, overwrite }, index) => {
    const path = [...context.path, "bands", index, "below"];
    const isLast = index === bands.length - 1;
    if (isLast && below !== undefined) context.complain(path, "the last band takes all the rest: leave `below` out");
    if (!isLast && below === undefined) context.complain(path, "missing; only the last band takes all the rest");
    if (below !== undefined && below <= reached) context.complain(path, `must be over the ${reached} of the band before`);
    reached = below ?? reached;
    return { below, tier: knownTier(context, tier, "bands", index, "tier"), params: paramEdits({ params, overwrite }) };
  });
}

function resolveRandom({ type, shares, seed }: PolicyFileOf<"random">, context: PolicyContext) {
  const given = shares ?? Object.fromEntries(context.tiers.map((tier) => [tier, 1]));
  const resolved = Object.entries(given).map(([tier, share]) => ({ tier: knownTier(context, tier, "shares", tier), share }));
  if (resolved.every(({ share }) => share === 0)) context.complain([...context.path, "shares"], "at least one must be over 0");
  return { type, shares: resolved, seed };
}
