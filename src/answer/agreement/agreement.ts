// Whether two answers to the same request say the same: compared by what tells in them (calls of tools, JSON, a lettered choice, code, a
// number), and by their words only where there is nothing of these. In doubt they do not: then a better model is asked.
import type { AnswerSoFar } from "../said/answer-so-far.ts";
import { isObject, parsedJson } from "../said/json.ts";
import { choicesIn, namingIn } from "../verifier/choice-facts.ts";
import { codeIn } from "./code.ts";
import { isSameNumber, numberNamedIn } from "./named-number.ts";
import { similarity } from "./similarity.ts";

/** What of an answer is compared. */
export interface Comparable {
  readonly text: string;
  readonly calls: readonly { readonly name: string; readonly given: unknown }[]; // of tools, with their arguments
}

/** By what they were compared. */
export type AgreementKind = "call" | "json" | "choice" | "code" | "number" | "words";

export interface Agreement {
  readonly by: AgreementKind;
  readonly agrees: boolean;
}

/** Undefined: not all of it is known, or it has more than words and calls. */
export function comparable(answer: AnswerSoFar): Comparable | undefined {
  const isPartly = answer.isTextCut || answer.hasOther || answer.calls.some((call) => call.isTooLong);
  if (isPartly || !answer.isKnown) return undefined;
  const calls = answer.calls.map(({ name, json, given }) => ({ name, given: given ?? parsedJson(json)?.value ?? json }));
  return { text: answer.text.trim(), calls };
}

/** `question`: the words they answer. `least`: the similarity of their words from which on they agree. */
export function agreementOf(first: Comparable, second: Comparable, question: string, least: number): Agreement {
  const [one, two] = [first.text, second.text];
  if (first.calls.length + second.calls.length > 0) return { by: "call", agrees: isSame(first.calls, second.calls) };
  const [json, otherJson] = [jsonIn(one), jsonIn(two)];
  if (json !== undefined || otherJson !== undefined) return { by: "json", agrees: isSame(json, otherJson) };
  const [choice, otherChoice] = choicesIn(question).length < 2 ? [] : [choiceIn(one), choiceIn(two)];
  if (choice !== undefined || otherChoice !== undefined) return { by: "choice", agrees: choice === otherChoice };
  const [code, otherCode] = [codeIn(one), codeIn(two)];
  if (code !== undefined || otherCode !== undefined) return { by: "code", agrees: isSame(code, otherCode) };
  const [number, otherNumber] = [numberNamedIn(lastLine(one)), numberNamedIn(lastLine(two))];
  if (number !== undefined && otherNumber !== undefined) return { by: "number", agrees: isSameNumber(number, otherNumber) };
  return { by: "words", agrees: similarity(one, two) >= least };
}

const FENCED_JSON = /^```(?:json)?\s*\n([\s\S]*?)\n?```$/i;

/** An object or a list, and nothing beside it. */
function jsonIn(text: string): unknown {
  const json = FENCED_JSON.exec(text)?.[1] ?? text;
  const value = /^\s*[[{]/.test(json) ? parsedJson(json)?.value : undefined;
  return typeof value === "object" && value !== null ? value : undefined;
}

const LETTER_ALONE = /^\W*([A-Z])\b\W*(?:$|\n)/;

function choiceIn(text: string): string | undefined {
  return LETTER_ALONE.exec(text)?.[1] ?? namingIn(lastLine(text))?.[1];
}

/** Where a result is told. What stands above may name others, and agree by chance. */
function lastLine(text: string): string {
  return text.slice(text.trimEnd().lastIndexOf("\n") + 1);
}

const MAX_DEPTH = 64; // deeper than any answer

/** In whichever order an object's members come. */
function isSame(one: unknown, two: unknown, depth = 0): boolean {
  if (depth > MAX_DEPTH) return false;
  if (Array.isArray(one) && Array.isArray(two)) {
    return one.length === two.length && one.every((each, at) => isSame(each, two[at], depth + 1));
  }
  if (!isObject(one) || !isObject(two)) return one === two;
  const members = Object.keys(one);
  const has = (member: string) => Object.hasOwn(two, member) && isSame(one[member], two[member], depth + 1);
  return members.length === Object.keys(two).length && members.every(has);
}
