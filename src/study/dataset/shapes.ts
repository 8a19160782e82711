// Rows as other tools export them: a table, one entry a shape. Each says by which columns it is known and what request it holds. A new
// shape is one entry; the contract's own columns come first.
import { isObject, looksLikeMessages, looksLikeRequest, parsed } from "./messages.ts";

/** What a shape found: the value of one field of the contract. `answered`: what follows the last question is an answer. */
export type ShapeRequest =
  | { readonly field: "prompt"; readonly value: string; readonly column: string }
  | { readonly field: "messages"; readonly value: readonly unknown[]; readonly column: string; readonly answered: boolean }
  | { readonly field: "request"; readonly value: unknown; readonly column: string; readonly path: string | undefined }
  | { readonly field: "none"; readonly problem: string; readonly hint: string };

export type ColumnValue = (name: string) => unknown; // undefined: no such column

interface Shape {
  readonly name: string;
  readonly read: (value: ColumnValue) => ShapeRequest | undefined; // undefined: another shape
}

const SHAPES: readonly Shape[] = [
  { name: "chatbot arena", read: arena },
  { name: "ShareGPT", read: shareGpt },
  { name: "OpenAI batch", read: openAiBatch },
  { name: "Langfuse", read: langfuse },
];

export function shapedRequest(value: ColumnValue): ShapeRequest | undefined {
  for (const { read } of SHAPES) {
    const found = read(value);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Known by its two models; the prompt column of its CSV holds a JSON list of the user's turns. */
export function isArena(value: ColumnValue): boolean {
  return value("model_a") !== undefined && value("model_b") !== undefined;
}

function arena(value: ColumnValue): ShapeRequest | undefined {
  if (!isArena(value)) return undefined;
  const conversation = parsed(value("conversation_a"));
  if (Array.isArray(conversation)) return { field: "messages", value: conversation, column: "conversation_a", answered: true };
  const turns = parsed(value("prompt"));
  if (typeof turns === "string" && turns !== "") return { field: "prompt", value: turns, column: "prompt" };
  if (!Array.isArray(turns) || turns.length === 0) return undefined;
  const answers = parsed(value("response_a"));
  const messages = turns.flatMap((turn, at) => {
    const answer: unknown = Array.isArray(answers) ? answers[at] : undefined;
    const asked = { role: "user", content: turn ?? "" };
    return typeof answer === "string" ? [asked, { role: "assistant", content: answer }] : [asked];
  });
  return { field: "messages", value: messages, column: "prompt", answered: true };
}

function shareGpt(value: ColumnValue): ShapeRequest | undefined {
  for (const column of ["conversations", "conversation"]) {
    const turns = parsed(value(column));
    if (Array.isArray(turns)) return { field: "messages", value: turns, column, answered: true };
  }
  return undefined;
}

function openAiBatch(value: ColumnValue): ShapeRequest | undefined {
  if (value("custom_id") === undefined) return undefined;
  const body = parsed(value("body"));
  const url = value("url");
  if (isObject(body)) return { field: "request", value: body, column: "body", path: typeof url === "string" ? url : undefined };
  if (value("response") === undefined) return undefined;
  return {
    field: "none",
    problem: "expected the requests of a batch, found its answers (a response, no body)",
    hint: "Give the batch's input file, with a label in each row: custom_id joins the two.",
  };
}

function langfuse(value: ColumnValue): ShapeRequest | undefined {
  const input = inputOf("input", value("input"));
  if (input !== undefined) return input;
  const observations = parsed(value("observations"));
  if (!Array.isArray(observations)) return undefined;
  const generations = observations.filter((each) => isObject(each) && each["type"] === "GENERATION");
  for (const each of generations.length > 0 ? generations : observations) {
    const found = isObject(each) ? inputOf("observations", each["input"]) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

function inputOf(column: string, written: unknown): ShapeRequest | undefined {
  const input = parsed(written);
  if (looksLikeMessages(input)) return { field: "messages", value: input, column, answered: false };
  if (looksLikeRequest(input)) return { field: "request", value: input, column, path: undefined };
  if (isObject(input)) {
    const text = ["prompt", "input", "query", "question"]
      .map((name) => input[name])
      .find((each) => typeof each === "string" && each !== "");
    return typeof text === "string" ? { field: "prompt", value: text, column } : undefined;
  }
  return typeof written === "string" && written !== "" && !Array.isArray(input)
    ? { field: "prompt", value: String(input), column }
    : undefined;
}
