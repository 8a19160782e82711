// Compiles a rule's conditions into tests of a request, the cheap ones in front: facts, then names, then keywords, and the regex last.
import { type Scope, type TurnKind, textIn, turnsIn, windowTokens } from "../chat/facts.ts";
import type { BasicConditions, Conditions, Feature } from "./conditions.ts";
import { globTest } from "./glob.ts";
import { hitTest } from "./keyword-hits.ts";
import type { Topic } from "./learned/topics.ts";
import type { PolicyRequest } from "./policy.ts";
import type { CompileRegex, RegexTest } from "./regex.ts";
import { agentOf, sessionOf, turnOf } from "./session.ts";

export type ConditionTest = (request: PolicyRequest) => boolean;

/** What conditions are compiled with. */
export interface ConditionContext {
  readonly scope: Scope;
  readonly countTurns: TurnKind | undefined; // undefined: messages
  readonly wholeWords: boolean;
  readonly allowedHeaders: ReadonlySet<string>;
  readonly compileRegex: CompileRegex;
  readonly topicOf: ((request: PolicyRequest) => Topic) | undefined; // undefined: nobody tells topics, and no condition on one holds
}

export function conditionTest(conditions: Conditions, context: ConditionContext): ConditionTest {
  const tests = basicTests(conditions, context);
  if (conditions.any !== undefined) {
    const alternatives = conditions.any.map((basic) => allOf(basicTests(basic, context)));
    tests.push((request) => alternatives.some((holds) => holds(request)));
  }
  return allOf(tests);
}

function allOf(tests: readonly ConditionTest[]): ConditionTest {
  return (request) => {
    for (const holds of tests) if (!holds(request)) return false;
    return true;
  };
}

function basicTests(conditions: BasicConditions, context: ConditionContext): ConditionTest[] {
  const { scope, countTurns } = context;
  const tests: ConditionTest[] = [];
  const { format, continued, minBytes, minTurns, maxTurns, minChars, maxChars, has, model, path, headers, script, regex } = conditions;
  const { topicOf } = context;
  if (format !== undefined) tests.push(({ facts }) => format.includes(facts.format));
  if (continued !== undefined) tests.push(({ facts }) => facts.continued === continued);
  if (minBytes !== undefined) tests.push(({ facts }) => facts.bodyBytes >= minBytes);
  if (minTurns !== undefined) tests.push(({ facts }) => turnsIn(facts, countTurns) >= minTurns);
  if (maxTurns !== undefined) tests.push(({ facts }) => turnsIn(facts, countTurns) <= maxTurns);
  if (minChars !== undefined) tests.push(({ facts }) => textIn(facts, scope).chars >= minChars);
  if (maxChars !== undefined) tests.push(({ facts }) => textIn(facts, scope).chars <= maxChars);
  for (const feature of has ?? []) if (feature !== "code") tests.push(featureTest(feature));
  if (model !== undefined) tests.push(fitTest(model, ({ facts }) => facts.requestedModel));
  if (path !== undefined) tests.push(pathTest(path));
  for (const [name, pattern] of Object.entries(headers ?? {})) tests.push(headerTest(name, pattern, context.allowedHeaders));
  tests.push(...keywordTests(conditions, context));
  if (has?.includes("code")) tests.push(({ facts }) => textIn(facts, scope).codeFences > 0);
  tests.push(...actionTests(conditions));
  if (script !== undefined) tests.push(({ facts }) => script.includes(textIn(facts, scope).script));
  if (regex !== undefined) {
    const found = context.compileRegex(regex);
    tests.push((request) => found(request.text(scope)) || isFoundIn(request.foldedText(scope), found));
  }
  if (conditions.topic !== undefined) tests.push(topicTest(conditions.topic, topicOf));
  return tests;
}

function topicTest(topics: readonly string[], topicOf: ConditionContext["topicOf"]): ConditionTest {
  if (topicOf === undefined) return () => false;
  return (request) => topics.includes(topicOf(request).name);
}

/** What a request is in an agent's session, and what it takes; what takes longer behind. */
function actionTests(conditions: BasicConditions): ConditionTest[] {
  const { toolLoop, turn, agent, session, minErrors, minRepeats, calledTools } = conditions;
  const { minAnswerTokens, maxAnswerTokens, minInputTokens, minWindowTokens } = conditions;
  const tests: ConditionTest[] = [];
  if (toolLoop !== undefined) tests.push(({ facts }) => facts.action.toolLoop === toolLoop);
  if (minAnswerTokens !== undefined) tests.push(({ facts }) => facts.maxTokens !== undefined && facts.maxTokens >= minAnswerTokens);
  if (maxAnswerTokens !== undefined) tests.push(({ facts }) => facts.maxTokens !== undefined && facts.maxTokens <= maxAnswerTokens);
  if (agent !== undefined) tests.push(fitTest(agent, agentOf));
  if (turn !== undefined) tests.push((request) => turn.includes(turnOf(request)));
  if (minErrors !== undefined) tests.push(({ facts }) => facts.action.errors >= minErrors);
  if (minRepeats !== undefined) tests.push(({ facts }) => facts.action.repeats >= minRepeats);
  if (calledTools !== undefined) tests.push(calledTest(calledTools));
  if (session !== undefined) tests.push(fitTest(session, (request) => sessionOf(request)?.id));
  if (minInputTokens !== undefined) tests.push(({ facts }) => facts.inputTokens >= minInputTokens);
  if (minWindowTokens !== undefined) tests.push(({ facts }) => windowTokens(facts) >= minWindowTokens);
  return tests;
}

function fitTest(pattern: string, read: (request: PolicyRequest) => string | undefined): ConditionTest {
  const fits = globTest(pattern);
  return (request) => {
    const value = read(request);
    return value !== undefined && fits(value);
  };
}

function calledTest(patterns: readonly string[]): ConditionTest {
  const fits = patterns.map(globTest);
  return ({ facts }) => facts.action.calls.some(({ tool }) => fits.some((isFit) => isFit(tool)));
}

/** A regex may ask for a character that is folded, and for a word that is found only then. */
function isFoundIn(folded: Uint8Array | undefined, found: RegexTest): boolean {
  return folded !== undefined && found(folded);
}

function featureTest(feature: Exclude<Feature, "code">): ConditionTest {
  switch (feature) {
    case "stream":
      return ({ facts }) => facts.stream;
    case "tools":
      return ({ facts }) => facts.tools;
    case "images":
      return ({ facts }) => facts.images;
    case "files":
      return ({ facts }) => facts.files;
    case "audio":
      return ({ facts }) => facts.audio;
    case "video":
      return ({ facts }) => facts.video;
    case "json":
      return ({ facts }) => facts.jsonOutput;
  }
}

function pathTest(pattern: string): ConditionTest {
  const fits = globTest(pattern);
  return ({ path }) => {
    if (path === undefined) return false;
    const query = path.indexOf("?");
    return fits(query < 0 ? path : path.slice(0, query));
  };
}

function headerTest(name: string, pattern: string, allowed: ReadonlySet<string>): ConditionTest {
  if (!allowed.has(name)) return () => false;
  const fits = globTest(pattern);
  return (request) => {
    const value = request.header(name);
    return value !== undefined && fits(value);
  };
}

function keywordTests({ anyKeyword, allKeywords }: BasicConditions, context: ConditionContext): ConditionTest[] {
  const tests: ConditionTest[] = [];
  if (allKeywords !== undefined) tests.push(keywordTest(allKeywords, new Set(allKeywords).size, context));
  if (anyKeyword !== undefined) tests.push(keywordTest(anyKeyword, 1, context));
  return tests;
}

/** Whether `enough` of the words are found: the scanner's hits first; only a word that was hit is looked at for its borders. */
function keywordTest(words: readonly string[], enough: number, { scope, wholeWords }: ConditionContext): ConditionTest {
  const counts = hitTest(words, scope, wholeWords);
  return (request) => {
    const { keywordHits } = textIn(request.facts, scope);
    if (keywordHits.length < enough) return false;
    let found = 0;
    for (const hit of keywordHits) {
      if (counts(hit, request)) found++;
      if (found === enough) return true;
    }
    return found >= enough;
  };
}
