// What an answer of one of the four interfaces says: its text with the tool calls as JSON behind it, how it ended, and which model
// answered. Pure.
import type { Format } from "../../request/chat/facts.ts";

export interface AnswerSaid {
  readonly text: string;
  readonly finish: string | undefined;
  readonly model: string | undefined;
}

type Members = Readonly<Record<string, unknown>>;

/** Undefined: it is no answer of this interface. */
export function answerSaid(answer: unknown, format: Format): AnswerSaid | undefined {
  if (!isMembers(answer)) return undefined;
  const said = SAID[format](answer);
  return said && { ...said, model: textOf(answer["model"]) };
}

type Said = Omit<AnswerSaid, "model">;

const SAID: Readonly<Record<Format, (answer: Members) => Said | undefined>> = {
  "chat-completions"(answer) {
    const choice = firstOf(answer["choices"]);
    const message = choice?.["message"];
    if (choice === undefined || !isMembers(message)) return undefined;
    const called = message["function_call"];
    const calls = [...members(message["tool_calls"]).map(({ function: f, custom }) => f ?? custom), ...(called ? [called] : [])];
    const parts = [partsText(message["content"]), textOf(message["refusal"]), ...calls.filter(isMembers).map(callText)];
    return { text: joined(parts), finish: textOf(choice["finish_reason"]) };
  },
  completions(answer) {
    const choice = firstOf(answer["choices"]);
    const text = textOf(choice?.["text"]);
    return text === undefined ? undefined : { text, finish: textOf(choice?.["finish_reason"]) };
  },
  responses(answer) {
    if (!Array.isArray(answer["output"])) return undefined;
    const parts = members(answer["output"]).map((item) => (item["name"] === undefined ? partsText(item["content"]) : callText(item)));
    const { incomplete_details: details, status } = answer;
    return { text: joined(parts), finish: textOf(isMembers(details) ? details["reason"] : undefined) ?? textOf(status) };
  },
  messages(answer) {
    if (!Array.isArray(answer["content"])) return undefined;
    const parts = members(answer["content"]).map((part) => (part["name"] === undefined ? textOf(part["text"]) : callText(part)));
    return { text: joined(parts), finish: textOf(answer["stop_reason"]) };
  },
};

/** A call as a line of JSON, in one form for all interfaces: what is compared must not give the interface away. */
function callText({ name, arguments: written, input }: Members): string {
  return JSON.stringify({ tool: name, arguments: parsed(written ?? input) });
}

function parsed(value: unknown): unknown {
  if (typeof value !== "string") return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

/** Text, or the texts and refusals of a list of parts. Reasoning is none of the answer. */
function partsText(content: unknown): string | undefined {
  if (typeof content === "string") return content;
  return Array.isArray(content) ? joined(members(content).map((part) => textOf(part["text"]) ?? textOf(part["refusal"]))) : undefined;
}

function joined(parts: readonly (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined && part !== "").join("\n");
}

function firstOf(list: unknown): Members | undefined {
  return members(list)[0];
}

function members(list: unknown): readonly Members[] {
  return Array.isArray(list) ? list.filter(isMembers) : [];
}

function isMembers(value: unknown): value is Members {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
