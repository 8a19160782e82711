// Policies by the names a command line gives them: one of the configuration, a preset, or a model file.
import { resolve } from "node:path";
import { SluiceError } from "../errors.ts";
import type { Config, PolicyConfig } from "./config.ts";
import { modelsIn } from "./model-source.ts";
import { nearest } from "./nearest.ts";
import { policyContext } from "./policy-context.ts";
import { policySchema } from "./policy-schema.ts";
import { PRESET_NAMES } from "./presets.ts";
import { resolvePolicy } from "./resolve-policies.ts";

const MODEL_PREFIX = "learned:";

/** The configuration's own policies go before presets of the same name. Throws `policy-unknown` or `model-unusable`. */
export function namedPolicy(config: Config, name: string): PolicyConfig {
  const own = Object.hasOwn(config.policies, name) ? config.policies[name] : undefined;
  if (own !== undefined) return own;
  if (name.startsWith(MODEL_PREFIX)) return ofModel(config, name.slice(MODEL_PREFIX.length));
  if ((PRESET_NAMES as readonly string[]).includes(name)) return made(config, { type: "threshold", preset: name });
  throw unknown(config, name);
}

/** As trained, with the configuration's first and last tier. The path is one from the working folder. */
function ofModel(config: Config, file: string): PolicyConfig {
  if (file === "") throw new SluiceError("policy-unknown", "learned: the model's file is missing", { hint: "Write learned:FILE." });
  const policy = made(config, { type: "learned", file: resolve(file) });
  return policy.type === "learned" && policy.model !== undefined ? { ...policy, id: `${policy.type}@${policy.model.id}` } : policy;
}

/** Called after its type: `threshold@v7`. */
function made(config: Config, file: object): PolicyConfig {
  const complain = (_: unknown, message: string) => {
    throw new SluiceError("model-unusable", message);
  };
  const tiers = config.tiers.map((tier) => tier.name);
  const policy = policySchema.parse(file);
  if (policy.type === "chain") throw new Error("invariant: a preset is no chain");
  return resolvePolicy(policy, policyContext(policy.type, { tiers, readModel: modelsIn("."), complain }));
}

function unknown(config: Config, name: string): SluiceError {
  const own = Object.keys(config.policies);
  const known = [...own, ...PRESET_NAMES.filter((preset) => !own.includes(preset))];
  const meant = nearest(name, known);
  const advice = meant === undefined ? "" : `; did you mean ${meant}?`;
  return new SluiceError("policy-unknown", `there is no policy ${name}${advice}`, {
    hint: `There are ${known.join(", ")}, and learned:FILE for a model that \`sluice train\` wrote.`,
  });
}
