// Policies by the names a command line gives them: one of the configuration, or what a type of policy has a shorthand for, such as a
// preset or a model file.
import { SluiceError } from "../errors.ts";
import type { Config } from "./config.ts";
import { modelsIn } from "./model-source.ts";
import { nearest } from "./nearest.ts";
import { policyContext } from "./policies/context.ts";
import { descriptorOf, POLICIES, type PolicyConfig, policySchema } from "./policies/list.ts";

/** The configuration's own policies go before shorthands of the same name. Throws `policy-unknown` or `model-unusable`. */
export function namedPolicy(config: Config, name: string): PolicyConfig {
  const own = Object.hasOwn(config.policies, name) ? config.policies[name] : undefined;
  if (own !== undefined) return own;
  for (const { shorthand } of POLICIES) {
    const file = shorthand?.fileOf(name);
    if (shorthand === undefined || file === undefined) continue;
    const policy = made(config, file);
    return { ...policy, id: shorthand.idOf(policy) };
  }
  throw unknown(config, name);
}

/** Called after its type: `threshold@v7`. */
function made(config: Config, file: object): PolicyConfig {
  const complain = (_: unknown, message: string) => {
    throw new SluiceError("model-unusable", message);
  };
  const tiers = config.tiers.map((tier) => tier.name);
  const policy = policySchema.parse(file);
  const idOf = () => {
    throw new Error("invariant: what a shorthand stands for asks no other policy");
  };
  return descriptorOf(policy).resolve(
    policy,
    policyContext(policy.type, { tiers, hasCascade: false, readModel: modelsIn("."), complain, idOf }),
  );
}

function unknown(config: Config, name: string): SluiceError {
  const own = Object.keys(config.policies);
  const shorthands = POLICIES.flatMap(({ shorthand }) => shorthand ?? []);
  const short = shorthands.flatMap(({ names }) => names).filter((shorthand) => !own.includes(shorthand));
  const known = [...own, ...short];
  const meant = nearest(name, known);
  const advice = meant === undefined ? "" : `; did you mean ${meant}?`;
  const hints = shorthands.flatMap(({ hint }) => hint ?? []).map((hint) => `, and ${hint}`);
  return new SluiceError("policy-unknown", `there is no policy ${name}${advice}`, {
    hint: `There are ${known.join(", ")}${hints.join("")}.`,
  });
}
