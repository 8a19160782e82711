// Compiles a rule's conditions into tests of a request, the cheap ones in front: facts, then names, then keywords, and the regex last.
import { type Scope, textIn } from "../chat/facts.ts";
import { keywordList } from "../chat/keyword-list.ts";
import type { BasicConditions, Conditions, Feature } from "./conditions.ts";
import { globTest } from "./glob.ts";
import type { PolicyRequest } from "./policy.ts";
import type { CompileRegex } from "./rules.ts";
import { wordTest } from "./word-borders.ts";

export type ConditionTest = (request: PolicyRequest) => boolean;

/** What conditions are compiled with. */
export interface ConditionContext {
  readonly scope: Scope;
  readonly wholeWords: boolean;
  readonly allowedHeaders: ReadonlySet<string>;
  readonly compileRegex: CompileRegex;
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
  const { scope } = context;
  const tests: ConditionTest[] = [];
  const { format, minTurns, maxTurns, minChars, maxChars, has, model, path, headers, script, regex } = conditions;
  if (format !== undefined) tests.push(({ facts }) => format.includes(facts.format));
  if (minTurns !== undefined) tests.push(({ facts }) => facts.turns >= minTurns);
  if (maxTurns !== undefined) tests.push(({ facts }) => facts.turns <= maxTurns);
  if (minChars !== undefined) tests.push(({ facts }) => textIn(facts, scope).chars >= minChars);
  if (maxChars !== undefined) tests.push(({ facts }) => textIn(facts, scope).chars <= maxChars);
  for (const feature of has ?? []) if (feature !== "code") tests.push(featureTest(feature));
  if (model !== undefined) tests.push(modelTest(model));
  if (path !== undefined) tests.push(pathTest(path));
  for (const [name, pattern] of Object.entries(headers ?? {})) tests.push(headerTest(name, pattern, context.allowedHeaders));
  tests.push(...keywordTests(conditions, context));
  if (has?.includes("code")) tests.push(({ facts }) => textIn(facts, scope).codeFences > 0);
  if (script !== undefined) tests.push(({ facts }) => script.includes(textIn(facts, scope).script));
  if (regex !== undefined) {
    const found = context.compileRegex(regex);
    tests.push((request) => found(request.text(scope)));
  }
  return tests;
}

function featureTest(feature: Exclude<Feature, "code">): ConditionTest {
  switch (feature) {
    case "stream":
      return ({ facts }) => facts.stream;
    case "tools":
      return ({ facts }) => facts.tools;
    case "images":
      return ({ facts }) => facts.images;
    case "json":
      return ({ facts }) => facts.jsonOutput;
  }
}

function modelTest(pattern: string): ConditionTest {
  const fits = globTest(pattern);
  return ({ facts }) => {
    const { requestedModel } = facts;
    return requestedModel !== undefined && fits(requestedModel);
  };
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

/** The scanner's hits first; only a word that was hit is looked at for its borders. */
function keywordTests({ anyKeyword, allKeywords }: BasicConditions, { scope, wholeWords }: ConditionContext): ConditionTest[] {
  const tests: ConditionTest[] = [];
  const borders = new Map([...(anyKeyword ?? []), ...(allKeywords ?? [])].map((word) => [word, wordTest(word, "both")]));
  const stands = (hit: string, request: PolicyRequest) => {
    const atBorders = wholeWords ? borders.get(hit) : undefined;
    return atBorders === undefined || atBorders(request.text(scope));
  };
  for (const [words, enough] of [
    [allKeywords, new Set(allKeywords).size],
    [anyKeyword, 1],
  ] as const) {
    if (words === undefined) continue;
    const list = keywordList(words);
    const members = new Set(words);
    tests.push((request) => {
      const { keywordHits } = textIn(request.facts, scope);
      if (keywordHits.length < enough || list.count(keywordHits) < enough) return false;
      let standing = 0;
      for (const hit of keywordHits) {
        if (members.has(hit) && stands(hit, request)) standing++;
        if (standing >= enough) return true;
      }
      return standing >= enough;
    });
  }
  return tests;
}
