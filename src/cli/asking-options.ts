// Options of the commands that ask models: which server, model and key for which tier, how fast, and how much it may cost.
import { type Command, InvalidArgumentError, Option } from "commander";
import type { TierConfig } from "../config/capabilities/tiers.ts";
import { nearest } from "../config/nearest.ts";
import { SluiceError } from "../errors.ts";
import { costUsd } from "../outcome/join/cost.ts";
import { parseServerUrl } from "../setup/stack/server-url.ts";
import { keyIn } from "../setup/stack/tier-options.ts";
import type { Target } from "../study/asking/target.ts";

/** Of all tiers, or of one: `strong=VALUE`. */
export interface ForTier {
  readonly tier: string | undefined;
  readonly value: string;
}

export interface PaceOptions {
  readonly concurrency: number;
  readonly requestsPerMinute?: number;
  readonly tokensPerMinute?: number;
  readonly timeout: number; // seconds
  readonly attempts: number;
  readonly maxCost: number; // dollars
  readonly yes: boolean;
  readonly json: boolean;
}

export interface TargetOptions {
  readonly url: readonly ForTier[];
  readonly model?: readonly ForTier[];
  readonly keyEnv?: readonly ForTier[];
  readonly header?: Readonly<Record<string, string>>;
  readonly tierHeader?: string;
}

/** Adds the options of `PaceOptions`. */
export function withPaceOptions(command: Command): Command {
  return command
    .requiredOption("--max-cost <dollars>", "the most that this run may cost; nothing is asked that could go over", dollarsOption)
    .option("--concurrency <number>", "rows at a time", countOption, 4)
    .option("--requests-per-minute <number>", "to each server, evenly spread", countOption)
    .option("--tokens-per-minute <number>", "of question and answer together, to each server", countOption)
    .option("--timeout <seconds>", "for an answer to be whole", countOption, 300)
    .option("--attempts <number>", "for what may pass: 429, 5xx, a timeout, no connection; as late as Retry-After asks", countOption, 5)
    .option("--yes", "ask nothing before it costs money", false)
    .option("--json", "print the account as one JSON object", false);
}

export function countOption(text: string): number {
  const count = Number(text);
  if (!/^\d{1,9}$/.test(text) || count < 1) throw new InvalidArgumentError("It must be a whole number from 1 up.");
  return count;
}

export function dollarsOption(text: string): number {
  const dollars = Number(text);
  if (!/^\d+(?:\.\d+)?$/.test(text)) throw new InvalidArgumentError("It must be US dollars, such as 2.50.");
  return dollars;
}

/** `[TIER=]VALUE`, again and again. A URL has no tier before its scheme. */
export function forTier(flags: string, description: string): Option {
  return new Option(flags, description).argParser((text: string, before: readonly ForTier[] = []) => {
    const named = /^([A-Za-z][\w-]*)=(.+)$/s.exec(text);
    const each = named === null ? { tier: undefined, value: text } : { tier: named[1], value: named[2] ?? "" };
    if (before.some(({ tier }) => tier === each.tier))
      throw new InvalidArgumentError(`${each.tier ?? "The one for all tiers"} is given twice.`);
    return [...before, each];
  });
}

/** `NAME: VALUE`, again and again. */
export function headerOption(text: string, before: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  const [, name, value] = /^([!#$%&'*+.^_`|~\w-]+):\s*([\x20-\x7e]*)$/.exec(text) ?? [];
  if (name === undefined || value === undefined) throw new InvalidArgumentError("It must be NAME: VALUE.");
  return { ...before, [name.toLowerCase()]: value };
}

/** Throws `asking-target` and `key-unusable`. */
export function targetsOf(tiers: readonly TierConfig[], options: TargetOptions, env: NodeJS.ProcessEnv): readonly Target[] {
  const given = [...options.url, ...(options.model ?? []), ...(options.keyEnv ?? [])].flatMap(({ tier }) => tier ?? []);
  requireTiers(given, tiers);
  return tiers.map((tier): Target => {
    const url = valueFor(options.url, tier.name);
    if (url === undefined) throw new SluiceError("asking-target", `no --url for the tier ${tier.name}`);
    const model = valueFor(options.model, tier.name) ?? tier.model;
    const naming = options.tierHeader === undefined ? {} : { [options.tierHeader.toLowerCase()]: tier.name };
    return {
      tier: tier.name,
      baseUrl: baseUrl(url),
      model: model !== undefined ? { kind: "set", model } : { kind: tier.keepModel ? "keep" : "drop" },
      key: keyFrom(valueFor(options.keyEnv, tier.name), env),
      headers: { ...options.header, ...naming },
      dollars: (usage) => costUsd(usage, tier.price),
    };
  });
}

function requireTiers(given: readonly string[], tiers: readonly TierConfig[]): void {
  const names = tiers.map(({ name }) => name);
  const unknown = given.find((tier) => !names.includes(tier));
  if (unknown === undefined) return;
  const meant = nearest(unknown, names);
  const advice = meant === undefined ? `known: ${names.join(", ")}` : `did you mean ${meant}?`;
  throw new SluiceError("asking-target", `${unknown}=…: no such tier; ${advice}`);
}

export function valueFor(given: readonly ForTier[] | undefined, name: string): string | undefined {
  return (given?.find(({ tier }) => tier === name) ?? given?.find(({ tier }) => tier === undefined))?.value;
}

/** Throws `asking-target`. */
export function baseUrl(text: string): string {
  const url = parseServerUrl(text);
  if (url === undefined)
    throw new SluiceError("asking-target", `--url ${text}: expected an http or https URL, without user, query or fragment`);
  return `${url.tls ? "https" : "http"}://${url.authority}${url.basePath}`;
}

/** Throws `key-unusable`, which does not show what was given: it may be the key itself. */
export function keyFrom(variable: string | undefined, env: NodeJS.ProcessEnv): string | undefined {
  if (variable === undefined) return undefined;
  const found = keyIn(variable, env);
  if (found.problem === undefined) return found.key;
  const hint = "Give the variable's name, not the key: `export STRONG_API_KEY=…`, then --key-env strong=STRONG_API_KEY.";
  throw new SluiceError("key-unusable", `--key-env ${found.problem}`, { hint });
}
