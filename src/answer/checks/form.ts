// The form check: the request asks for JSON, of any kind or by a schema, and the answer is none, or another.

import { isObject, parsedJson } from "../said/json.ts";
import type { Watch } from "./check.ts";
import { schemaViolation } from "./json-schema.ts";

const BEGINS_JSON = /^\s*(?:[[{"\d-]|t(?:r|$)|f(?:a|$)|n(?:u|$)|$)/;
const ENDED_EARLY: ReadonlySet<string> = new Set(["length", "max_tokens", "max_output_tokens", "content_filter", "refusal", "incomplete"]);

/** As soon as the answer begins with something that begins no JSON; the rest when it has ended. */
export const watchForm: Watch = (watched, when) => {
  const { answer } = watched;
  const { text, finish } = answer;
  if (text === "" && when !== "ended") return undefined;
  if (answer.calls.length > 0 || answer.refusal !== "") return "good";
  const wanted = watched.asked?.json;
  if (wanted === undefined) return "good";
  if (!BEGINS_JSON.test(text)) return { bad: "asked for JSON, and begins with none" };
  const hasEnded = finish !== undefined || (when === "ended" && watched.failure === undefined && watched.isComplete);
  if (!hasEnded || ENDED_EARLY.has(finish ?? "") || answer.isTextCut || text === "") return undefined;
  const parsed = parsedJson(text);
  if (parsed === undefined) return { bad: "asked for JSON, and is none" };
  if (wanted.schema === undefined) return isObject(parsed.value) ? "good" : { bad: "asked for a JSON object, and is another value" };
  const violated = schemaViolation(wanted.schema, parsed.value);
  return violated === undefined ? "good" : { bad: violated };
};
