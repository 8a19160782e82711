// Rules as sets of requests, for comparing them: a rule is one or more cases, each a conjunction of conditions. Every answer errs on the
// safe side: `impossible` and `covers` say true only where it is certain.
import type { Scope, TurnKind } from "../chat/facts.ts";
import type { BasicConditions, Feature } from "./conditions.ts";
import { globCovers, globsDisjoint } from "./glob.ts";
import { type RuleSettings, readsText } from "./rules.ts";
import { wordTest } from "./word-borders.ts";

/** All of it holds for a request of the case. */
export interface RuleCase {
  readonly scope: Scope | undefined; // of the text that is asked about; undefined: no text is
  readonly minChars: number;
  readonly maxChars: number;
  readonly minBytes: number;
  readonly action: Readonly<Record<ActionQuantity, Range>>;
  readonly turns: Readonly<Record<TurnKind, Range>>;
  readonly words: readonly (readonly Word[])[]; // of each list at least one is found
  readonly regexes: readonly string[];
  readonly called: readonly (readonly string[])[]; // patterns: of each list at least one fits a tool that was called
  readonly has: ReadonlySet<Feature>;
  readonly oneOf: readonly OneOf[];
  readonly globs: readonly Glob[];
}

/** What is counted of an agent's action, and what it is called. */
const ACTION_QUANTITIES = {
  repeats: "repeats",
  errors: "errors",
  inputTokens: "tokens of input",
  maxTokens: "tokens of answer",
  window: "tokens of context",
} as const;
type ActionQuantity = keyof typeof ACTION_QUANTITIES;
const QUANTITIES = Object.keys(ACTION_QUANTITIES) as readonly ActionQuantity[];

interface Range {
  readonly min: number;
  readonly max: number;
}

interface Word {
  readonly word: string;
  readonly whole: boolean; // asks for borders, and has edges that can have them
}

interface OneOf {
  readonly of: "script" | "format" | "continued" | "turn" | "toolLoop" | "topic";
  readonly values: readonly string[];
}

interface Glob {
  readonly on: string; // `model`, `path`, `header x-team`
  readonly pattern: string;
}

/** One case for each alternative of `any`. */
export function casesOf(rule: RuleSettings): readonly RuleCase[] {
  const { match } = rule;
  const base = caseOf(match, rule);
  return match.any === undefined ? [base] : match.any.map((basic) => both(base, caseOf(basic, rule)));
}

const ANY: Range = { min: 0, max: Number.POSITIVE_INFINITY };
/** What a client need not say counts as -1 where it does not. */
const GIVEN_OR_NOT: Range = { min: -1, max: Number.POSITIVE_INFINITY };

function caseOf(conditions: BasicConditions, { scope, wholeWords, countTurns = "messages" }: RuleSettings): RuleCase {
  const { anyKeyword, allKeywords = [], regex, has = [], script, format, continued, model, path, headers = {} } = conditions;
  const word = (text: string): Word => ({ word: text, whole: wholeWords && wordTest(text, "both") !== undefined });
  const globs = [
    { on: "model", pattern: model },
    { on: "path", pattern: path },
    { on: "session", pattern: conditions.session },
    { on: "agent", pattern: conditions.agent },
    ...Object.entries(headers).map(([name, pattern]) => ({ on: `header ${name}`, pattern })),
  ];
  const oneOf = [
    { of: "script", values: script },
    { of: "format", values: format },
    { of: "continued", values: continued === undefined ? undefined : [String(continued)] },
    { of: "turn", values: conditions.turn },
    { of: "topic", values: conditions.topic },
    { of: "toolLoop", values: conditions.toolLoop === undefined ? undefined : [String(conditions.toolLoop)] },
  ] as const;
  return {
    scope: readsText(conditions) ? scope : undefined,
    minChars: conditions.minChars ?? 0,
    maxChars: conditions.maxChars ?? Number.POSITIVE_INFINITY,
    minBytes: conditions.minBytes ?? 0,
    action: actionOf(conditions),
    turns: { messages: ANY, human: ANY, [countTurns]: { min: conditions.minTurns ?? ANY.min, max: conditions.maxTurns ?? ANY.max } },
    words: [...allKeywords.map((text) => [word(text)]), ...(anyKeyword === undefined ? [] : [anyKeyword.map(word)])],
    regexes: regex === undefined ? [] : [regex],
    called: conditions.calledTools === undefined ? [] : [conditions.calledTools],
    has: new Set(has),
    oneOf: oneOf.flatMap(({ of, values }) => (values === undefined ? [] : [{ of, values }])),
    globs: globs.flatMap(({ on, pattern }) => (pattern === undefined ? [] : [{ on, pattern }])),
  };
}

function actionOf(conditions: BasicConditions): RuleCase["action"] {
  const { minRepeats, minErrors, minInputTokens, minAnswerTokens, maxAnswerTokens, minWindowTokens } = conditions;
  const isAnswerBounded = minAnswerTokens !== undefined || maxAnswerTokens !== undefined;
  return {
    repeats: rangeOf(minRepeats, undefined),
    errors: rangeOf(minErrors, undefined),
    inputTokens: rangeOf(minInputTokens, undefined),
    maxTokens: isAnswerBounded ? rangeOf(minAnswerTokens, maxAnswerTokens) : GIVEN_OR_NOT,
    window: rangeOf(minWindowTokens, undefined),
  };
}

function rangeOf(min: number | undefined, max: number | undefined): Range {
  return { min: min ?? ANY.min, max: max ?? ANY.max };
}

/** Requests of both cases. Only for cases about the same text, or where one is about none. */
function both(a: RuleCase, b: RuleCase): RuleCase {
  return {
    scope: a.scope ?? b.scope,
    minChars: Math.max(a.minChars, b.minChars),
    maxChars: Math.min(a.maxChars, b.maxChars),
    minBytes: Math.max(a.minBytes, b.minBytes),
    action: eachQuantity((name) => overlap(a.action[name], b.action[name])),
    turns: { messages: overlap(a.turns.messages, b.turns.messages), human: overlap(a.turns.human, b.turns.human) },
    words: [...a.words, ...b.words],
    regexes: [...a.regexes, ...b.regexes],
    called: [...a.called, ...b.called],
    has: new Set([...a.has, ...b.has]),
    oneOf: [...a.oneOf, ...b.oneOf],
    globs: [...a.globs, ...b.globs],
  };
}

function eachQuantity(rangeFor: (name: ActionQuantity) => Range): RuleCase["action"] {
  const ranges = QUANTITIES.map((name) => [name, rangeFor(name)] as const);
  return Object.fromEntries(ranges) as Record<ActionQuantity, Range>;
}

function overlap(a: Range, b: Range): Range {
  return { min: Math.max(a.min, b.min), max: Math.min(a.max, b.max) };
}

/** Why no request can be of the case, as the end of a sentence; undefined: one may be. */
export function impossible(rule: RuleCase, allowedHeaders: ReadonlySet<string>): string | undefined {
  const { minChars, maxChars, turns, words, oneOf, globs } = rule;
  if (minChars > maxChars) return `no text has at least ${minChars} and at most ${maxChars} characters`;
  for (const [what, { min, max }] of [["messages", turns.messages] as const, ["human turns", turns.human] as const])
    if (min > max) return `no conversation has at least ${min} and at most ${max} ${what}`;
  const empty = QUANTITIES.find((name) => rule.action[name].min > rule.action[name].max);
  if (empty !== undefined) {
    const { min, max } = rule.action[empty];
    return `no request has at least ${min} and at most ${max} ${ACTION_QUANTITIES[empty]}`;
  }
  if (words.some((list) => list.length === 0)) return "its list of keywords is empty";
  const header = globs.find(({ on }) => on.startsWith("header ") && !allowedHeaders.has(on.slice("header ".length)));
  if (header !== undefined) return `the ${header.on} is not among the headers that rules may read`;
  for (const { of, values } of oneOf) {
    const left = values.filter((value) => oneOf.every((other) => other.of !== of || other.values.includes(value)));
    if (left.length > 0) continue;
    if (of === "continued") return "no request is continued and is not";
    return of === "toolLoop" ? "no request is in a tool loop and is not" : `no ${of} is left to match`;
  }
  const clash = globs.find((a) => globs.some((b) => a.on === b.on && globsDisjoint(a.pattern, b.pattern)));
  return clash && `no ${clash.on} fits all its patterns`;
}

/** True: no request is of both cases. */
export function disjoint(a: RuleCase, b: RuleCase, allowedHeaders: ReadonlySet<string>): boolean {
  const sameText = a.scope === undefined || b.scope === undefined || a.scope === b.scope;
  return impossible(both(a, sameText ? b : withoutText(b)), allowedHeaders) !== undefined;
}

function withoutText(rule: RuleCase): RuleCase {
  const oneOf = rule.oneOf.filter(({ of }) => of !== "script");
  return { ...rule, minChars: 0, maxChars: Number.POSITIVE_INFINITY, words: [], regexes: [], oneOf };
}

/** True: every request of `narrow` is one of `wide`. */
export function covers(wide: RuleCase, narrow: RuleCase): boolean {
  if (wide.scope !== undefined && wide.scope !== narrow.scope) return false;
  return (
    wide.minChars <= narrow.minChars &&
    wide.maxChars >= narrow.maxChars &&
    wide.minBytes <= narrow.minBytes &&
    QUANTITIES.every((name) => encloses(wide.action[name], narrow.action[name])) &&
    wide.called.every((list) =>
      narrow.called.some((other) => other.every((pattern) => list.some((wanted) => globCovers(wanted, pattern)))),
    ) &&
    encloses(wide.turns.messages, narrow.turns.messages) &&
    encloses(wide.turns.human, narrow.turns.human) &&
    [...wide.has].every((feature) => narrow.has.has(feature)) &&
    wide.regexes.every((regex) => narrow.regexes.includes(regex)) &&
    wide.oneOf.every(({ of, values }) =>
      narrow.oneOf.some((other) => other.of === of && other.values.every((value) => values.includes(value))),
    ) &&
    wide.globs.every(({ on, pattern }) => narrow.globs.some((other) => other.on === on && globCovers(pattern, other.pattern))) &&
    wide.words.every((list) => narrow.words.some((other) => other.every((word) => list.some((wanted) => foundWith(wanted, word)))))
  );
}

function encloses(wide: Range, narrow: Range): boolean {
  return wide.min <= narrow.min && wide.max >= narrow.max;
}

/** True: a text with `word` has `wanted` too. */
function foundWith(wanted: Word, word: Word): boolean {
  return wanted.whole ? word.whole && word.word === wanted.word : word.word.includes(wanted.word);
}
