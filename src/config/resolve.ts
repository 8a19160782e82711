// From the file's content to the effective configuration: references checked, presets expanded, policies given their version.
import type { Config, Price, TierConfig } from "./config.ts";
import type { ReadModel } from "./model-source.ts";
import { type Complain, requireKnown } from "./references.ts";
import { resolvePolicies } from "./resolve-policies.ts";
import { checkScannerLimits } from "./scanner-limits.ts";
import type { ConfigFile } from "./schema.ts";

/** The result counts only when nothing was complained about. */
export function resolveConfig(file: ConfigFile, readModel: ReadModel, complain: Complain): Config {
  const tiers = resolveTiers(file, complain);
  const names = [...new Set(tiers.map(({ name }) => name))];
  const last = names.at(-1) ?? tiers[0].name;
  if (file.defaultTier !== undefined) requireKnown(complain, ["defaultTier"], file.defaultTier, names, "tier");
  if (file.limits.bodyBudgetBytes < file.limits.maxBodyBytes) {
    complain(["limits", "bodyBudgetBytes"], `must be at least limits.maxBodyBytes, ${file.limits.maxBodyBytes}`);
  }
  const policies = resolvePolicies(file.policies, { tiers: names, readModel, complain });
  checkScannerLimits(policies, complain);
  return {
    listen: file.listen,
    tiers,
    defaultTier: file.defaultTier ?? last,
    active: resolveActive(file, complain),
    policies,
    envelopes: file.envelopes,
    unreadable: file.unreadable,
    limits: file.limits,
    outcomes: file.outcomes,
    decisionLog: file.decisionLog,
    traces: { ...file.traces, endpoint: file.traces.endpoint },
    capturePrompts: file.capturePrompts,
    shutdown: file.shutdown,
    log: file.log,
  };
}

function resolveTiers(file: ConfigFile, complain: Complain): Config["tiers"] {
  const seen = new Set<string>();
  const tiers = file.tiers.map(({ name, model, cluster, price }, index): TierConfig => {
    if (seen.has(name)) complain(["tiers", index, "name"], `there is a tier ${name} above`);
    seen.add(name);
    return { name, model, clusters: cluster === undefined ? clustersNamed(name) : [cluster], price: resolvePrice(price) };
  });
  const [first, ...rest] = tiers;
  if (first === undefined) throw new Error("invariant: the schema asks for at least one tier");
  return [first, ...rest];
}

/**
 * What the access log says when a tier of this name served: its cluster in plain Envoy, that of a Service under kgateway (no other part of
 * such a name has an underscore), and the host name that routes of Envoy Gateway have to give, for its clusters hold several tiers.
 */
function clustersNamed(name: string): readonly string[] {
  return [name, `kube_*_${name}_*`, `${name}.*`];
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
