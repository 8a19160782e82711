// What `sluice stack` lays over the configuration and Envoy for the servers it is given: the model of each, and its API key.
import type { Config } from "../../config/config.ts";
import { SluiceError } from "../../errors.ts";
import type { TierServer } from "./envoy-config.ts";
import type { ServerUrl } from "./server-url.ts";

export const STACK_TIERS = ["weak", "strong"] as const;
export type StackTier = (typeof STACK_TIERS)[number];

export interface TierOptions {
  readonly url: ServerUrl | undefined; // undefined: a stand-in
  readonly model: string | undefined;
  readonly keyVariable: string | undefined;
}

export type StackOptionsByTier = Readonly<Record<StackTier, TierOptions>>;

/**
 * The configuration with the models that were given. A server elsewhere for which nobody named one gets the client's own: most servers
 * refuse a request without.
 */
export function withModels(config: Config, options: StackOptionsByTier): Config {
  const [first, ...rest] = config.tiers.map((tier): Config["tiers"][number] => {
    const { url, model } = optionsOf(tier.name, options);
    if (model !== undefined) return { ...tier, model, keepModel: false };
    return url === undefined || tier.model !== undefined ? tier : { ...tier, keepModel: true };
  });
  if (first === undefined) throw new Error("invariant: there is at least one tier");
  return { ...config, tiers: [first, ...rest] };
}

/** What a person should know of the tiers before the first request. */
export function tierNotes(config: Config, options: StackOptionsByTier): readonly string[] {
  return config.tiers.flatMap(({ name, keepModel }) => {
    if (!isStackTier(name)) return [`tier ${name} has no servers in the local stack: its requests go to strong`];
    if (options[name].url === undefined || !keepModel) return [];
    return [`tier ${name} keeps the client's own \`model\`, which its server must know; --${name}-model NAME sets another`];
  });
}

/** Undefined: a stand-in. Throws `key-unusable`, which shows neither the key nor the name: somebody may have given the key for the name. */
export function tierServer(tier: StackTier, { url, keyVariable }: TierOptions, env: NodeJS.ProcessEnv): TierServer | undefined {
  if (keyVariable !== undefined) {
    const problem = url === undefined ? `needs --${tier} too: a stand-in asks for no key` : keyIn(keyVariable, env).problem;
    if (problem !== undefined) throw new SluiceError("key-unusable", `--${tier}-key-env ${problem}`);
  }
  return url && { kind: "url", url, ...(keyVariable === undefined ? {} : { keyVariable }) };
}

export type KeyFound = { readonly problem: string } | { readonly problem: undefined; readonly key: string };

/** The key in a variable of the environment, or what is wrong, which shows neither. */
export function keyIn(variable: string, env: NodeJS.ProcessEnv): KeyFound {
  if (!/^[A-Za-z_][A-Za-z0-9_]{0,127}$/.test(variable)) {
    return { problem: "must be the name of an environment variable, of letters, digits and _" };
  }
  const key = env[variable] ?? "";
  if (key === "") return { problem: "names a variable that the environment does not have, or has empty" };
  if (/^[\x21-\x7e]+$/.test(key)) return { problem: undefined, key };
  return { problem: "names a variable whose value is no key: it has a blank, a line end, or no ASCII in it" };
}

function optionsOf(name: string, options: StackOptionsByTier): TierOptions {
  return isStackTier(name) ? options[name] : { url: undefined, model: undefined, keyVariable: undefined };
}

function isStackTier(name: string): name is StackTier {
  return STACK_TIERS.some((tier) => tier === name);
}
