// What the rest of the program must know of a type of policy. Each type says all of it in one file of this folder; list.ts names them.
// No member has a default: a new type that leaves one out does not compile.
import type { z } from "zod";
import type { ParamEdit } from "../../request/chat/params.ts";
import type { ThresholdHold, ThresholdMove } from "../../request/policy/learned/share-keeper.ts";
import type { Link, Policy, TierName } from "../../request/policy/policy.ts";
import type { CompileRegex } from "../../request/policy/regex.ts";
import type { ThresholdSettings } from "../../request/policy/threshold.ts";
import type { ReasonMeaning } from "../../request/routing/reasons.ts";
import type { Effective } from "../effective.ts";
import type { KeyPath } from "../key-path.ts";
import type { PolicyContext } from "./context.ts";

/** What stands in the file under a policy's name: its keys, the type among them. */
export type PolicySchema<Type extends string> = z.ZodObject<{ readonly type: z.ZodLiteral<Type> }>;

export interface Versioned {
  readonly id: string; // name and version: `main@v7`, or `main@` and eight hex digits of a hash over all settings
}

/** Its members are methods, so that the list can hold types of policies with settings of their own; who calls them looks up by `type`. */
export interface PolicyDescriptor<Schema extends PolicySchema<Settings["type"]>, Settings extends { readonly type: string }> {
  readonly type: Settings["type"];
  readonly schema: Schema; // each key with its default and meaning; `type` says what the policy does
  readonly example: string; // YAML under `policies`, valid and without warnings; the policy of this type first
  readonly reasons: readonly ReasonMeaning[]; // all that its verdicts give

  /** From the file to the settings: complains of what does not fit, and gives the policy its version (`versioned`, mostly). */
  resolve(file: z.output<Schema>, context: PolicyContext): Settings & Versioned;
  /** From the settings to the policy; once per configuration. Throws what `compileRegex` throws. */
  make(settings: Settings, deps: PolicyDeps): Policy;

  /** Where it may send a request; not where the policies do that it asks. */
  tiers(settings: Settings): readonly TierName[];
  /** Whether there are requests that it leaves to the next link of a chain. */
  mayAbstain(settings: Settings, others: OtherPolicies): boolean;
  /** The policies it asks, as the file or the settings have them. */
  links(policy: z.output<Schema> | Settings): readonly PolicyLink[];
  /** Its own words that the scanner must look for. */
  keywords(settings: Settings): readonly string[];
  /** Its own regular expressions, each once or more. */
  regexes(settings: Settings): readonly string[];
  /** Those of them that it takes inside longer words, too, and need not: it has a key `wholeWords`. */
  insideWords(settings: Settings): readonly string[];
  /** The members of the body that it may set. */
  params(settings: Settings): readonly ParamEdit[];
  /** Its instance lives on when the configuration is reloaded and its id is the same: it has learned something since. */
  readonly outlivesReload: boolean;

  /** What it does, for people. The first line goes behind the policy's id; the others belong under it. */
  summary(settings: Settings, others: OtherPolicies): Summary;
  /** What is allowed and hardly meant, a sentence each. */
  warnings(settings: Settings, others: OtherPolicies): readonly string[];
  /** The settings as they are shown; secrets are masked all the same. */
  shown(settings: Settings): object;
  /** The file's keys as they take effect, in the schema's order, those it leaves out too. Written into the file they change nothing. */
  effective(file: z.output<Schema>, settings: Settings): Effective<z.output<Schema>>;
  /** Names by which the command line asks for it without a configuration. Undefined: none. */
  readonly shorthand: Shorthand<Schema, Settings> | undefined;

  /** For `evaluate`: thresholds to try others in the place of. Undefined: it has none. */
  thresholds(settings: Settings): ThresholdSettings | undefined;
  /** For `evaluate`: its scores are probabilities, which can be held against what came. */
  readonly scoreIsProbability: boolean;
}

export type Summary = readonly [string, ...string[]];

export interface PolicyLink {
  readonly name: string;
  readonly key: KeyPath; // from the policy: `["of", 0]`
}

/** What policies take from outside the pure folders. */
export interface PolicyDeps {
  readonly linkOf: (name: string) => Link; // makes or finds the policy of that name
  readonly compileRegex: CompileRegex;
  readonly random: () => number; // 0 to under 1: for requests without an id
  readonly now: () => number; // milliseconds since the epoch
  readonly onThresholdMoved: (move: ThresholdMove) => void; // of a policy that keeps a share; on the request path, as the next two
  readonly onThresholdHeld: (hold: ThresholdHold) => void; // of such a policy: a bound keeps the threshold from where it should be
  readonly onVotesLeftOut: (votes: number) => void; // of such a policy: requests of one sender beyond his part
}

/** What one policy may know of the others in the configuration. */
export interface OtherPolicies {
  id(name: string): string;
  mayAbstain(name: string): boolean;
}

export interface Shorthand<Schema extends z.ZodType, Settings> {
  readonly names: readonly string[]; // to choose from
  readonly hint: string | undefined; // what else can be given, for who gave none of these
  /** What the file would say. Undefined: the name stands for nothing here. Throws `policy-unknown`. */
  fileOf(name: string): z.input<Schema> | undefined;
  /** The id to show, which is called after the type. */
  idOf(settings: Settings & Versioned): string;
}

/** For members of a descriptor that have nothing to say. */
export const none = (): readonly never[] => [];

/** Of the baselines: they decide every request, ask no other policy, and look at no words. */
export const baseline = {
  mayAbstain: () => false,
  links: none,
  keywords: none,
  regexes: none,
  insideWords: none,
  params: none,
  outlivesReload: false,
  warnings: none,
  shown: (settings: object) => settings,
  shorthand: undefined,
  thresholds: () => undefined,
  scoreIsProbability: false,
} as const;
