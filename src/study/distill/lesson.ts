// A lesson: the messages of a request and the answer that is to be learnt, in the words of OpenAI's chats, whichever format the request
// came in. Pure.
import { type Conversation, conversationOf, type Piece, type Tool, type Turn, textOf } from "../loop/conversation.ts";
import type { Json, LoopRow } from "../loop/loop-row.ts";
import type { Reason } from "./chosen.ts";

export interface ToolCall {
  readonly id: string;
  readonly name: string;
  readonly arguments: Json; // a value, not its JSON
}

export type Message =
  | { readonly role: "system" | "user"; readonly content: string }
  | { readonly role: "assistant"; readonly content: string; readonly calls: readonly ToolCall[] }
  | { readonly role: "tool"; readonly content: string; readonly call: string };

export interface Lesson {
  readonly prompt: readonly Message[];
  readonly answer: Message;
  readonly tools: readonly Tool[];
  readonly asked: string; // what users wrote, to find what is alike
}

/** `text`: the teacher's answer, tool calls behind it, a line of `{"tool", "arguments"}` each. */
export function lessonOf(request: LoopRow["request"], text: string): Lesson | Reason {
  const conversation = conversationOf(request);
  const turns = joined(conversation.turns.map(withoutThoughts).filter(({ pieces }) => pieces.length > 0));
  if (turns.some(({ pieces }) => pieces.some(({ kind }) => kind === "other"))) return "the request holds more than text";
  const asked = textOf(turns.filter(({ role }) => role === "user"));
  if (asked.trim() === "") return "the request holds no text";
  if (turns.at(-1)?.role === "assistant") return "the request ends with an answer begun";
  const ids = new CallIds();
  const prompt = turns.flatMap((turn) => messagesOf(turn, ids));
  return { prompt, answer: answerOf(text, conversation, ids), tools: conversation.tools, asked };
}

const THOUGHTS = ["thinking", "redacted_thinking", "reasoning"];

/** What a model thought is not for another to learn. */
function withoutThoughts({ role, pieces }: Turn): Turn {
  return { role, pieces: pieces.filter((piece) => piece.kind !== "other" || !THOUGHTS.includes(piece.type)) };
}

/** The Responses API has a text and each call as items of their own: they are one message. */
function joined(turns: readonly Turn[]): readonly Turn[] {
  const result: Turn[] = [];
  for (const turn of turns) {
    const last = result.at(-1);
    if (last?.role === "assistant" && turn.role === "assistant") {
      result[result.length - 1] = { role: "assistant", pieces: [...last.pieces, ...turn.pieces] };
    } else result.push(turn);
  }
  return result;
}

/** Every call has an id, and every result that of a call. */
class CallIds {
  #made = 0;
  #last = "call_0";

  of(call: string | undefined): string {
    this.#last = call ?? `call_${++this.#made}`;
    return this.#last;
  }

  ofResult(call: string | undefined): string {
    return call ?? this.#last;
  }
}

function messagesOf({ role, pieces }: Turn, ids: CallIds): readonly Message[] {
  switch (role) {
    case "system":
    case "user":
      return [{ role, content: textOf([{ role, pieces }]) }];
    case "assistant":
      return [{ role, content: textOf([{ role, pieces }]), calls: pieces.flatMap((piece) => callOf(piece, ids)) }];
    case "tool":
      return pieces.flatMap((piece) =>
        piece.kind === "result" ? [{ role, content: piece.text, call: ids.ofResult(piece.id) } as const] : [],
      );
    default:
      return role satisfies never;
  }
}

function callOf(piece: Piece, ids: CallIds): readonly ToolCall[] {
  return piece.kind === "call" ? [{ id: ids.of(piece.id), name: piece.name, arguments: piece.arguments }] : [];
}

function answerOf(text: string, { tools }: Conversation, ids: CallIds): Message {
  const lines = text.trimEnd().split("\n");
  const calls: ToolCall[] = [];
  for (let last = lines.at(-1); tools.length > 0 && last !== undefined; last = lines.at(-1)) {
    const called = calledIn(last);
    if (called === undefined) break;
    calls.unshift({ ...called, id: "" });
    lines.pop();
  }
  return { role: "assistant", content: lines.join("\n").trim(), calls: calls.map((call) => ({ ...call, id: ids.of(undefined) })) };
}

function calledIn(line: string): Pick<ToolCall, "name" | "arguments"> | undefined {
  if (!line.startsWith('{"tool":')) return undefined;
  try {
    const { tool, arguments: given } = JSON.parse(line) as { readonly tool: unknown; readonly arguments?: Json };
    return typeof tool === "string" ? { name: tool, arguments: given ?? {} } : undefined;
  } catch {
    return undefined;
  }
}
