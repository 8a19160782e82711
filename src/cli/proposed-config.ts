// What a proposal starts from in a configuration, and what it comes to there: the policies in force as leaves of chains, and new policies
// beside them, so that the old ones stay to be rolled back to.
import type { Config } from "../config/config.ts";
import type { Loaded } from "../config/load.ts";
import { namedPolicy } from "../config/named-policy.ts";
import { descriptorOf, type PolicyConfig } from "../config/policies/list.ts";
import { policyNamed } from "../config/routing-of.ts";
import { DEFAULT_STAGES } from "../request/rollout/settings.ts";
import type { Additions } from "../setup/proposal/with-policies.ts";
import type { Change, RuleChange, WordEvidence } from "../study/propose/families.ts";
import type { KeptSettings, OldSettings } from "../study/propose/kept-settings.ts";
import type { RuledPolicy } from "../study/propose/rules.ts";
import { NO_LIMIT, type ThresholdSeat } from "../study/propose/threshold-families.ts";

/** A policy that decides by itself, where it stands: behind all leaves before it. */
interface Leaf {
  readonly name: string;
  readonly settings: PolicyConfig;
}

export interface Seats {
  readonly threshold: (ThresholdSeat & { readonly name: string }) | undefined;
  /** Where a trained policy would stand. Undefined: nowhere, since rules decide everything. */
  readonly learned: { readonly replaces: string | undefined; readonly behind: readonly string[]; readonly old: OldSettings } | undefined;
  readonly ruled: RuledPolicy;
}

type RuleList = readonly { readonly name: string; readonly tier: string }[];
type PolicyText = Readonly<Record<string, unknown>>;

export function seatsOf(config: Config): Seats {
  const leaves = leavesOf(config, config.active);
  const at = leaves.findIndex(({ settings }) => descriptorOf(settings).thresholds(settings) !== undefined);
  const found = leaves[at];
  const settings = found && descriptorOf(found.settings).thresholds(found.settings);
  const { policy, id } = policyNamed(config, config.active);
  return {
    threshold: found && settings && { name: found.name, settings, before: policiesOf(config, namesOf(leaves.slice(0, at))) },
    learned: learnedSeat(leaves),
    ruled: {
      policy,
      id,
      seats: leaves.flatMap((leaf) =>
        (rulesOf(leaf.settings) ?? []).map(({ name: rule, tier }) => ({ policy: leaf.name, id: leaf.settings.id, rule, tier })),
      ),
    },
  };
}

export function policiesOf(config: Config, names: readonly string[]) {
  return names.map((name) => policyNamed(config, name).policy);
}

function namesOf(leaves: readonly Leaf[]): readonly string[] {
  return leaves.map(({ name }) => name);
}

/** In the order in which they are asked. */
function leavesOf(config: Config, name: string): readonly Leaf[] {
  const settings = namedPolicy(config, name);
  if (!("of" in settings)) return [{ name, settings }];
  return descriptorOf(settings)
    .links(settings)
    .flatMap((link) => leavesOf(config, link.name));
}

function rulesOf(settings: PolicyConfig): RuleList | undefined {
  return "rules" in settings ? settings.rules : undefined;
}

/** In place of the last leaf; behind it, where it has rules that leave something. */
function learnedSeat(leaves: readonly Leaf[]): Seats["learned"] {
  const last = leaves.at(-1);
  if (last === undefined) return undefined;
  if (rulesOf(last.settings) === undefined)
    return { replaces: last.name, behind: namesOf(leaves.slice(0, -1)), old: oldSettings(last.settings) };
  const leavesSomething = "fallback" in last.settings && last.settings.fallback === undefined;
  return leavesSomething ? { replaces: undefined, behind: namesOf(leaves), old: {} } : undefined;
}

function oldSettings(settings: PolicyConfig): OldSettings {
  if (!("model" in settings)) return {}; // none that is trained
  const { topics, bands, model } = settings;
  return { topics: topics && { ...topics, told: model?.topics?.names ?? [] }, bands };
}

export interface Proposed {
  readonly change: Change | undefined;
  readonly mended: readonly Pick<RuleChange, "policy" | "rule" | "to">[];
  readonly model: { readonly file: string; readonly weakShare: number } | undefined;
}

/** New policies, the last of which is the candidate. Rules that are mended and then changed again have the change's tier. */
export function additionsFor(
  { config, given, file }: Loaded,
  { change, mended, model }: Proposed,
): Additions & { readonly candidate: string } {
  const texts = policyTexts(given);
  const names = new Names(Object.keys(file.policies));
  const edits = new Map<string, PolicyText>();
  for (const { policy, rule, to } of mended) edits.set(policy, withRule(edits.get(policy) ?? textOf(texts, policy), rule, to));
  const seats = seatsOf(config);
  let [front, behind]: (PolicyText | undefined)[] = [undefined, undefined];
  switch (change?.kind) {
    case undefined:
      break;
    case "threshold":
      if (seats.threshold === undefined) throw new Error("invariant: there is a threshold policy to change");
      edits.set(seats.threshold.name, withThresholds(textOf(texts, seats.threshold.name), seats.threshold, change));
      break;
    case "steps":
      if (seats.threshold === undefined) throw new Error("invariant: there is a threshold policy to change");
      edits.set(seats.threshold.name, rulesOfSteps(seats.threshold, change));
      break;
    case "words in front":
      front = wordsInFront(change.words.added, config);
      break;
    case "rules":
      for (const { policy, rule, to } of change.rules) edits.set(policy, withRule(edits.get(policy) ?? textOf(texts, policy), rule, to));
      break;
    case "learned": {
      const trained = { type: "learned", file: model?.file, threshold: "auto", weakShare: model?.weakShare };
      const replaces = seats.learned?.replaces;
      if (replaces === undefined) behind = trained;
      else edits.set(replaces, { ...trained, ...keptTexts(textOf(texts, replaces), change.kept) });
      break;
    }
    default:
      change satisfies never;
  }
  const policies = rebuilt(config, { texts, edits, front, behind }, names);
  return { policies: policies.made, rollout: rolloutOf(given, policies.candidate), candidate: policies.candidate };
}

interface Edits {
  readonly texts: Readonly<Record<string, PolicyText>>;
  readonly edits: ReadonlyMap<string, PolicyText>;
  readonly front: PolicyText | undefined;
  readonly behind: PolicyText | undefined;
}

/** The active policy and what it asks, copied under new names where something of it is another. */
function rebuilt(config: Config, { texts, edits, front, behind }: Edits, names: Names) {
  const made: Record<string, PolicyText> = {};
  const isWhole = front === undefined && behind === undefined;
  const copy = (name: string, isTop: boolean): string => {
    const add = (text: PolicyText, base: string) => {
      const fresh = names.fresh(isTop && isWhole ? "proposed" : base);
      made[fresh] = text;
      return fresh;
    };
    const edit = edits.get(name);
    if (edit !== undefined) return add(edit, `proposed-${name}`);
    const settings = namedPolicy(config, name);
    if (!("of" in settings)) return name;
    const of = settings.of.map((link) => copy(link, false));
    return of.every((link, at) => link === settings.of[at]) ? name : add({ ...textOf(texts, name), of }, `proposed-${name}`);
  };
  const top = copy(config.active, true);
  if (isWhole) return { made, candidate: top };
  const asked = [front, behind].map((text) => {
    if (text === undefined) return [];
    const fresh = names.fresh(text === front ? "proposed-words" : "proposed-trained");
    made[fresh] = text;
    return [fresh];
  });
  const candidate = names.fresh("proposed");
  made[candidate] = { type: "chain", of: [...(asked[0] ?? []), top, ...(asked[1] ?? [])] };
  return { made, candidate };
}

class Names {
  readonly #taken: Set<string>;

  constructor(taken: readonly string[]) {
    this.#taken = new Set(taken);
  }

  fresh(base: string): string {
    const wanted = base.slice(0, 56);
    let name = wanted;
    for (let number = 2; this.#taken.has(name); number++) name = `${wanted}-${number}`;
    this.#taken.add(name);
    return name;
  }
}

function policyTexts(given: unknown): Readonly<Record<string, PolicyText>> {
  const policies = (given as { readonly policies?: Readonly<Record<string, PolicyText>> } | undefined)?.policies;
  return policies ?? { main: { type: "threshold", preset: "v7" } };
}

function textOf(texts: Readonly<Record<string, PolicyText>>, name: string): PolicyText {
  const text = texts[name];
  if (text === undefined) throw new Error(`invariant: the policy ${name} stands in the file`);
  return text;
}

/** As the file says it. */
function keptTexts(text: PolicyText, { topics, bands }: KeptSettings): PolicyText {
  return { ...(bands && { bands: text["bands"] }), ...(topics && { byTopic: topics.sets }) };
}

function withRule(text: PolicyText, rule: string, tier: string): PolicyText {
  const rules = text["rules"] as RuleList;
  return { ...text, rules: rules.map((each) => (each.name === rule ? { ...each, tier } : each)) };
}

function withThresholds(text: PolicyText, { settings }: ThresholdSeat, change: Extract<Change, { kind: "threshold" }>): PolicyText {
  const { words, limits } = change;
  const dropped = new Set(words.dropped.map(({ word }) => word));
  const keywords = [...settings.keywords.filter((word) => !dropped.has(word)), ...words.added.map(({ word }) => word)];
  const isSame = dropped.size === 0 && words.added.length === 0;
  return { ...text, ...(isSame ? {} : { keywords }), ...limits };
}

/** What a threshold policy says of two tiers, as rules for more. */
function rulesOfSteps({ settings }: ThresholdSeat, { steps, maxTurns, last }: Extract<Change, { kind: "steps" }>): PolicyText {
  const { keywords, wholeWords, scope, countTurns, over } = settings;
  const turns = maxTurns === NO_LIMIT ? {} : { maxTurns };
  const words = { name: "keywords", match: { keywords }, wholeWords: wholeWords === true, scope, tier: over };
  return {
    type: "rules",
    rules: [
      ...(keywords.length === 0 ? [] : [words]),
      ...steps.map(({ tier, maxChars }, at) => ({
        name: `step-${at + 1}`,
        match: { ...(maxChars === NO_LIMIT ? {} : { maxChars }), ...turns },
        scope,
        ...(countTurns === undefined || maxTurns === NO_LIMIT ? {} : { countTurns }),
        tier,
      })),
    ],
    fallback: { tier: last },
  };
}

function wordsInFront(words: readonly WordEvidence[], { tiers }: Config): PolicyText {
  const rule = { name: "proposed-words", match: { keywords: words.map(({ word }) => word) }, tier: tiers.at(-1)?.name };
  return { type: "rules", rules: [rule] };
}

const HOUR_MS = 3_600_000;

/** What the file says of a rollout stays, but for the candidate and its name. */
function rolloutOf(given: unknown, candidate: string): object {
  const before = (given as { readonly rollout?: object } | undefined)?.rollout ?? {
    stages: DEFAULT_STAGES.map(({ share, atLeastMs }) => ({ share, hours: atLeastMs / HOUR_MS })),
    file: "rollout.json",
  };
  const { candidate: _, name: __, ...kept } = before as { readonly candidate?: string; readonly name?: string };
  return { candidate, ...kept };
}
