// From the file's content to the effective configuration: references checked, presets expanded, policies given their version.
import { createHash } from "node:crypto";
import type { Config, PolicyConfig, Price, ThresholdPolicyConfig, TierConfig } from "./config.ts";
import { nearest } from "./nearest.ts";
import { PRESETS } from "./presets.ts";
import type { KeyPath } from "./problems.ts";
import type { ConfigFile } from "./schema.ts";

/** Told of each problem; resolving goes on, so that all of them are reported at once. */
export type Complain = (path: KeyPath, message: string) => void;

type PolicyFile = ConfigFile["policies"][string];

/** The result counts only when nothing was complained about. */
export function resolveConfig(file: ConfigFile, complain: Complain): Config {
  const tiers = resolveTiers(file, complain);
  const [first, last] = [tiers[0].name, tiers.at(-1)?.name ?? tiers[0].name];
  const names = [...new Set(tiers.map(({ name }) => name))];
  const known = (path: KeyPath, name: string) => requireKnown(complain, path, name, names, "tier");
  if (file.defaultTier !== undefined) known(["defaultTier"], file.defaultTier);
  if (file.limits.bodyBudgetBytes < file.limits.maxBodyBytes) {
    complain(["limits", "bodyBudgetBytes"], `must be at least limits.maxBodyBytes, ${file.limits.maxBodyBytes}`);
  }
  const policies = Object.entries(file.policies).map(([name, policy]): [string, PolicyConfig] => {
    if (policy.under !== undefined) known(["policies", name, "under"], policy.under);
    if (policy.over !== undefined) known(["policies", name, "over"], policy.over);
    return [name, resolveThreshold(name, policy, first, last, complain)];
  });
  return {
    listen: file.listen,
    tiers,
    defaultTier: file.defaultTier ?? last,
    active: resolveActive(file, complain),
    policies: Object.fromEntries(policies),
    unreadable: file.unreadable,
    limits: file.limits,
    shutdown: file.shutdown,
    log: file.log,
  };
}

function resolveTiers(file: ConfigFile, complain: Complain): Config["tiers"] {
  const seen = new Set<string>();
  const tiers = file.tiers.map(({ name, model, price }, index): TierConfig => {
    if (seen.has(name)) complain(["tiers", index, "name"], `there is a tier ${name} above`);
    seen.add(name);
    return { name, model, price: resolvePrice(price) };
  });
  const [first, ...rest] = tiers;
  if (first === undefined) throw new Error("invariant: the schema asks for at least one tier");
  return [first, ...rest];
}

function resolvePrice({ inputPerMTok, outputPerMTok, perHour }: ConfigFile["tiers"][number]["price"]): Price {
  return { inputPerMTok, outputPerMTok, perHour };
}

function resolveActive(file: ConfigFile, complain: Complain): string {
  const names = Object.keys(file.policies);
  const active = file.active ?? (names.length === 1 ? names[0] : "main") ?? "main";
  if (file.active !== undefined) requireKnown(complain, ["active"], active, names, "policy");
  else if (!names.includes(active))
    complain(["policies"], names.length === 0 ? "must have at least one policy" : "none is called main: name the one to use in `active`");
  return active;
}

function requireKnown(complain: Complain, path: KeyPath, name: string, known: readonly string[], what: "tier" | "policy"): void {
  if (known.includes(name)) return;
  const meant = nearest(name, known);
  complain(path, `there is no ${what} ${name}; ${meant === undefined ? `there are ${known.join(", ")}` : `did you mean ${meant}?`}`);
}

function resolveThreshold(name: string, policy: PolicyFile, first: string, last: string, complain: Complain): ThresholdPolicyConfig {
  const preset = PRESETS[policy.preset];
  const keywords = policy.keywords?.map((keyword) => keyword.toLowerCase()) ?? preset.keywords;
  keywords.forEach((keyword, index) => {
    if (keywords.indexOf(keyword) < index) complain(["policies", name, "keywords", index], `${keyword} is listed above`);
  });
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
    keywords,
    maxChars: policy.maxChars ?? preset.maxChars,
    maxBytes: policy.maxBytes,
    maxTurns: policy.maxTurns ?? preset.maxTurns,
    scope: policy.scope,
    under: policy.under ?? first,
    over: policy.over ?? last,
  };
  const version = fingerprint(settings) === fingerprint(asPreset) ? policy.preset : fingerprint(settings);
  return { ...settings, id: `${name}@${version}` };
}

/** Eight hex digits that change when any setting does. The order of the settings is part of it: do not sort the members above. */
function fingerprint(settings: Omit<ThresholdPolicyConfig, "id">): string {
  return createHash("sha256").update(JSON.stringify(settings)).digest("hex").slice(0, 8);
}
