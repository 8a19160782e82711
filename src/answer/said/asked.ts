// What a request asks of its answer: which tools there are, in which form, in whose words. Read only when a check needs it, once.
import { isObject, type JsonObject, listIn, objectIn, parsedJson, textIn } from "./json.ts";

export interface OfferedTool {
  readonly name: string;
  readonly schema: JsonObject | undefined; // of its arguments
}

export interface Asked {
  readonly tools: readonly OfferedTool[];
  /** There are tools whose names are not known here: servers' own, custom ones. */
  readonly hasOtherTools: boolean;
  /** A tool has to be called: any, or this one. */
  readonly mustCall: string | true | undefined;
  /** `any`: an object, whatever is in it. */
  readonly json: { readonly schema: JsonObject | undefined } | undefined;
  /** The last message of the user. */
  readonly text: string;
  /** The words of the instructions. */
  readonly instructions: string;
}

/** Larger requests are not read: what checks need of them is not known. */
export const MAX_REQUEST_BYTES = 1 << 20;

/** Undefined: not known, or no request of an interface that is known. */
export function readAsked(request: Uint8Array | undefined): Asked | undefined {
  if (request === undefined || request.length > MAX_REQUEST_BYTES) return undefined;
  const body = parsedJson(new TextDecoder().decode(request))?.value;
  if (!isObject(body)) return undefined;
  const tools = [...listIn(body, "tools"), ...listIn(body, "functions")].map(toolOf);
  return {
    tools: tools.filter((tool) => tool !== undefined),
    hasOtherTools: tools.includes(undefined),
    mustCall: mustCall(body),
    json: jsonOf(body),
    text: lastOfUser(body),
    instructions: instructionsOf(body),
  };
}

function toolOf(tool: unknown): OfferedTool | undefined {
  const type = textIn(tool, "type");
  if (type !== undefined && type !== "function" && type !== "custom") return undefined;
  const described = objectIn(tool, "function") ?? (isObject(tool) ? tool : {});
  const name = textIn(described, "name");
  if (name === undefined) return undefined;
  // Anthropic calls a client's own tools custom too, and tells their schema in another place.
  const schema = objectIn(described, "parameters") ?? objectIn(described, "input_schema");
  return type === "custom" && schema === undefined ? undefined : { name, schema };
}

function mustCall(body: JsonObject): string | true | undefined {
  const choice = body["tool_choice"];
  if (choice === "required") return true;
  const type = textIn(choice, "type");
  if (type === "any") return true;
  if (type !== "function" && type !== "tool") return undefined;
  return textIn(objectIn(choice, "function") ?? choice, "name");
}

/** OpenAI's two interfaces, vLLM's, Anthropic's. */
function jsonOf(body: JsonObject): Asked["json"] {
  const format =
    objectIn(body, "response_format") ??
    objectIn(objectIn(body, "text"), "format") ??
    objectIn(objectIn(body, "output_config"), "format") ??
    objectIn(body, "output_format");
  const type = textIn(format, "type");
  if (type === "json_object") return { schema: undefined };
  if (type !== "json_schema") return undefined;
  return { schema: objectIn(objectIn(format, "json_schema"), "schema") ?? objectIn(format, "schema") };
}

function lastOfUser(body: JsonObject): string {
  const { prompt, input } = body;
  if (typeof prompt === "string") return prompt;
  if (typeof input === "string") return input;
  const messages = [...listIn(body, "messages"), ...listIn(body, "input")];
  for (const message of messages.toReversed()) {
    const text = textIn(message, "role") === "user" ? wordsOf(message, "content") : "";
    if (text !== "") return text; // results of tools are the user's in Anthropic's interface, and have no words
  }
  return "";
}

function instructionsOf(body: JsonObject): string {
  const told = listIn(body, "messages").filter((message) => INSTRUCTING.has(textIn(message, "role") ?? ""));
  return [wordsOf(body, "system"), textIn(body, "instructions") ?? "", ...told.map((message) => wordsOf(message, "content"))].join("\n");
}

const INSTRUCTING: ReadonlySet<string> = new Set(["system", "developer"]);

function wordsOf(holder: unknown, member: string): string {
  return (
    textIn(holder, member) ??
    listIn(holder, member)
      .map((part) => textIn(part, "text") ?? "")
      .join("\n")
  );
}
