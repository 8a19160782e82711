// What a report says of the run that made it, and how what it advises is written: commands, and lines of sluice.yaml.
import { dirname, relative } from "node:path";
import type { Config } from "../config/config.ts";
import { MASK, masked } from "../config/mask.ts";
import { namedPolicy } from "../config/named-policy.ts";
import { descriptorOf, POLICIES } from "../config/policies/list.ts";
import { sluiceVersion } from "../outcome/telemetry/version.ts";
import type { About, RunPolicy } from "../study/evaluate/about.ts";

/** UTC. */
export function today(): string {
  return new Date().toISOString().slice(0, 10);
}

/** `words` stand behind the program's name; no configuration where the run reads none. */
export function aboutRun(words: readonly string[], date: string, configuration?: About["configuration"]): About {
  return { version: sluiceVersion(), date, command: commandOf(words), configuration };
}

/** The policies asked for, and all that they ask. */
export function runConfiguration(config: Config, file: string | undefined, names: readonly string[]): About["configuration"] {
  const policies = new Map<string, RunPolicy>();
  const add = (name: string): void => {
    if (policies.has(name)) return;
    const settings = namedPolicy(config, name);
    const { id, ...shown } = descriptorOf(settings).shown(settings) as { readonly id?: string };
    policies.set(name, { name, id: id ?? settings.id, settings: masked(shown) });
    for (const link of descriptorOf(settings).links(settings)) add(link.name);
  };
  names.forEach(add);
  return { file, defaultTier: config.defaultTier, tiers: config.tiers.map(masked), policies: [...policies.values()] };
}

/** For a POSIX shell. */
export function commandOf(words: readonly string[]): string {
  return ["sluice", ...words.map((word) => quoted(String(masked(word))))].join(" ");
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) || word.includes(MASK) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** The words without an option and its values. */
export function without(words: readonly string[], ...options: readonly string[]): readonly string[] {
  let dropping = false;
  return words.filter((word) => {
    if (word.startsWith("--")) dropping = options.includes(word.replace(/=.*/s, ""));
    return !dropping;
  });
}

/** Lines of sluice.yaml. The cheapest tier is the first. */
export function useWeak({ tiers: [cheapest] }: Pick<Config, "tiers">): readonly string[] {
  return activeLines("cheap", { type: "fixed", tier: cheapest.name });
}

export function useOnly(tier: string): readonly string[] {
  return activeLines("single", { type: "fixed", tier });
}

export const USE_LENGTH: readonly string[] = activeLines("byLength", { type: "length", maxChars: 500 });

/** A model file, its path from the configuration's folder. `endpoint`: of its vectors, where it takes any. */
export function useModel(file: string, configFile: string | undefined, endpoint?: string): readonly string[] {
  const path = relative(dirname(configFile ?? "sluice.yaml"), file);
  return activeLines("trained", { type: "learned", file: path, threshold: "auto", ...(endpoint && { embedding: { endpoint } }) });
}

/** A policy as the command line named it. What the configuration holds needs no lines but the one that names it. */
export function usePolicy(config: Config, configFile: string | undefined, name: string): readonly string[] {
  if (Object.hasOwn(config.policies, name)) return [`active: ${name}`];
  const file = POLICIES.map(({ shorthand }) => shorthand?.fileOf(name)).find((each) => each !== undefined);
  if (file === undefined) throw new Error(`invariant: ${name} was a policy when it was judged`);
  return "file" in file && file.file !== undefined ? useModel(file.file, configFile) : activeLines(name, file);
}

function activeLines(name: string, policy: object): readonly string[] {
  return [`active: ${name}`, "policies:", `  ${name}: ${inBraces(policy)}`];
}

/** Of YAML, in one line. */
function inBraces(settings: object): string {
  const entries = Object.entries(settings).map(([key, value]) => `${key}: ${typeof value === "object" ? inBraces(value) : scalar(value)}`);
  return `{ ${entries.join(", ")} }`;
}

function scalar(value: unknown): string {
  const text = String(value);
  return typeof value === "number" || /^[A-Za-z./][\w./-]*$/.test(text) ? text : JSON.stringify(text);
}
