// Which request format a path stands for, and whether it asks for an answer. Where the path says nothing, the scanner tells by the body's
// shape.
import type { Format } from "./facts.ts";

export interface PathMeaning {
  readonly format: Format | "other" | undefined; // other: an interface that is not a chat; undefined: the path does not say
  /** The last two take the body of a chat, model and all, but none of the parameters of an answer, such as temperature or a limit. */
  readonly asks: "an answer" | "its tokens" | "a summary";
}

/** How a path may end, query and a slash at the end left aside. */
const ENDINGS: readonly (readonly [ending: string, meaning: PathMeaning])[] = [
  ["/completions", { format: "completions", asks: "an answer" }],
  ["/responses", { format: "responses", asks: "an answer" }],
  ["/messages", { format: "messages", asks: "an answer" }],
];
const ENDINGS_BESIDE_ANSWERS: typeof ENDINGS = [
  ["/messages/count_tokens", { format: "messages", asks: "its tokens" }],
  ["/responses/input_tokens", { format: "responses", asks: "its tokens" }],
  ["/responses/compact", { format: "responses", asks: "a summary" }],
];
const CHAT_COMPLETIONS: PathMeaning = { format: "chat-completions", asks: "an answer" };
const OTHER: PathMeaning = { format: "other", asks: "an answer" };
const UNSAID: PathMeaning = { format: undefined, asks: "an answer" };

/**
 * Interfaces whose requests share members with a chat (`input`, `prompt`, `messages`, `model`) and are none: their `model` must stay. Each
 * is a segment of the path; what follows it does not matter. The last line: templates are filled in there, and nothing is asked.
 */
const OTHER_INTERFACES = [
  ..."embeddings moderations audio images videos rerank score pooling classify tokenize detokenize".split(" "),
  ..."files batches fine_tuning models threads assistants realtime count_tokens input_tokens compact cancel".split(" "),
  ..."apply-template apply_template render".split(" "),
];
const OTHER_INTERFACE = new RegExp(`/(?:${OTHER_INTERFACES.join("|")})(?:/|$)`);

/**
 * Paths that name the model themselves, so that another tier cannot take them: Bedrock's (`/model/ID/invoke`), Vertex AI's and Gemini's
 * (`…/models/ID:generateContent`, `…/endpoints/ID:rawPredict`), those of SageMaker, MLflow and Databricks (`…/invocations`), of Workers AI.
 */
const MODEL_IN_PATH = /\/model\/[^/]+\/[a-z-]+$|\/[^/]+:[A-Za-z]+$|\/invocations(?:-response-stream)?$|\/ai\/run\//;

export function meaningOfPath(path: string | undefined): PathMeaning {
  if (path === undefined) return UNSAID;
  const query = path.indexOf("?");
  const end = query < 0 ? path.length : query;
  const plain = path.slice(0, path[end - 1] === "/" ? end - 1 : end);
  if (plain.endsWith("/chat/completions")) return CHAT_COMPLETIONS; // `/models/NAME/v1/chat/completions`, too
  const beside = endingOf(plain, ENDINGS_BESIDE_ANSWERS);
  if (beside !== undefined) return beside;
  if (OTHER_INTERFACE.test(plain) || MODEL_IN_PATH.test(plain)) return OTHER;
  return endingOf(plain, ENDINGS) ?? UNSAID;
}

export function formatOfPath(path: string | undefined): PathMeaning["format"] {
  return meaningOfPath(path).format;
}

function endingOf(plain: string, endings: typeof ENDINGS): PathMeaning | undefined {
  return endings.find(([ending]) => plain.endsWith(ending))?.[1];
}
