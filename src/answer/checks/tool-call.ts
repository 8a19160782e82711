// The tool check: a call whose arguments are no JSON, whose tool was not offered, or that its tool's schema does not allow; none where
// there has to be one; one that is written into the text.
import type { ToolCall } from "../said/answer-so-far.ts";
import type { Asked } from "../said/asked.ts";
import { isObject, parsedJson } from "../said/json.ts";
import type { Watch, Watched } from "./check.ts";
import { schemaViolation } from "./json-schema.ts";

/** How models that were not understood by their server write calls, at the beginning of their text. */
const AS_TEXT = /^\s*(?:<tool_call>|<\|python_tag\|>|\[TOOL_CALLS\]|<function=|<\|tool_call|<｜tool▁calls▁begin｜>|<invoke |```tool_call)/;
const ENDED_EARLY: ReadonlySet<string> = new Set(["length", "max_tokens", "max_output_tokens", "content_filter", "refusal", "incomplete"]);

/** As soon as a call is whole. What the request offers is asked for only where something is called, or has to be. */
export function watchToolCall(): Watch {
  let seen = 0; // calls that were found good
  return (watched, when) => {
    const { answer } = watched;
    const hasEnded = when === "ended" || answer.finish !== undefined;
    for (; seen < answer.calls.length; seen++) {
      const call = answer.calls[seen];
      if (call === undefined || !(call.isEnded || when === "ended")) return undefined;
      const problem = problemOf(call, watched.asked);
      if (problem !== undefined) return { bad: problem };
    }
    if (AS_TEXT.test(answer.text) && offers(watched)) return { bad: "a call of a tool is written into the text" };
    if (!hasEnded) return undefined;
    return lacksCall(watched) ? { bad: "no tool is called, and one has to be" } : "good";
  };
}

function problemOf(call: ToolCall, asked: Asked | undefined): string | undefined {
  const given = argumentsOf(call);
  const name = shownName(call.name);
  if (given === undefined) return `${name}: its arguments are no JSON object`;
  if (call.isTooLong || asked === undefined || (asked.tools.length === 0 && !asked.hasOtherTools)) return undefined;
  const tool = asked.tools.find((each) => each.name === call.name);
  if (tool === undefined) return asked.hasOtherTools ? undefined : `${name} was not offered`;
  const violated = tool.schema && schemaViolation(tool.schema, given);
  return violated === undefined ? undefined : `${name}: ${violated}`;
}

/** Servers write nothing where a tool takes no arguments. */
function argumentsOf({ json, given, isTooLong }: ToolCall): unknown {
  if (isTooLong || (json.trim() === "" && given === undefined)) return {};
  if (json === "") return given;
  const value = parsedJson(json)?.value;
  return isObject(value) ? value : undefined;
}

function offers({ asked }: Watched): boolean {
  return asked !== undefined && asked.tools.length > 0;
}

/** What ended early, or failed, is the business of other checks. */
function lacksCall({ answer, asked, failure }: Watched): boolean {
  if (asked?.mustCall === undefined || failure !== undefined || answer.hasOther || !answer.isKnown) return false;
  if (answer.refusal !== "" || ENDED_EARLY.has(answer.finish ?? "")) return false;
  const { mustCall } = asked;
  return mustCall === true ? answer.calls.length === 0 : !answer.calls.some(({ name }) => name === mustCall);
}

const MAX_NAME = 64;

function shownName(name: string): string {
  return name === "" ? "a call without a name" : name.slice(0, MAX_NAME);
}
