// Reads what the known interfaces say into one form: OpenAI's chat completions, completions and responses, Anthropic's messages; whole
// answers and events of streams. Of several choices the first is read.
import { type AnswerSoFar, addArguments } from "./answer-so-far.ts";
import { isObject, type JsonObject, listIn, numberIn, objectIn, textIn } from "./json.ts";

/** A value that is of none of them says nothing. */
export function readInto(answer: AnswerSoFar, value: JsonObject): void {
  if (Array.isArray(value["choices"])) return readChoices(answer, value["choices"]);
  const type = textIn(value, "type") ?? "";
  if (type === "message") return readMessage(answer, value);
  if (value["object"] === "response") return readResponse(answer, value);
  if (type.startsWith("response.")) return readResponseEvent(answer, type, value);
  readMessageEvent(answer, type, value);
}

function readChoices(answer: AnswerSoFar, choices: readonly unknown[]): void {
  answer.isKnown = true;
  const choice = choices.find((each) => (numberIn(each, "index") ?? 0) === 0);
  if (choice === undefined) return;
  const message = objectIn(choice, "delta") ?? objectIn(choice, "message");
  if (message !== undefined) readChatMessage(answer, message);
  answer.say(textIn(choice, "text") ?? "");
  const logProbs = objectIn(choice, "logprobs");
  for (const token of listIn(logProbs, "content")) addLogProb(answer, numberIn(token, "logprob"));
  for (const logProb of listIn(logProbs, "token_logprobs")) addLogProb(answer, logProb);
  const finish = textIn(choice, "finish_reason");
  if (finish !== undefined && finish !== "") answer.end(finish);
}

function readChatMessage(answer: AnswerSoFar, message: JsonObject): void {
  answer.say(textIn(message, "content") ?? "");
  for (const part of listIn(message, "content")) answer.say(textIn(part, "text") ?? "");
  answer.refuse(textIn(message, "refusal") ?? "");
  if (isObject(message["audio"]) || listIn(message, "images").length > 0) answer.hasOther = true;
  for (const [at, each] of listIn(message, "tool_calls").entries()) {
    readCall(answer, String(numberIn(each, "index") ?? at), objectIn(each, "function"));
  }
  const legacy = objectIn(message, "function_call");
  if (legacy !== undefined) readCall(answer, "function_call", legacy);
}

/** A call whose input is no JSON, such as that of OpenAI's custom tools, is there, and nothing can be said against it. */
function readCall(answer: AnswerSoFar, key: string, called: JsonObject | undefined): void {
  const call = called && answer.call(key);
  if (called === undefined || call === undefined) {
    answer.hasOther = true;
    return;
  }
  call.name ||= textIn(called, "name") ?? "";
  addArguments(call, textIn(called, "arguments") ?? "");
}

function addLogProb(answer: AnswerSoFar, value: unknown): void {
  if (typeof value === "number" && value <= 0) answer.logProb(value);
}

function readMessage(answer: AnswerSoFar, message: JsonObject): void {
  answer.isKnown = true;
  listIn(message, "content").forEach((block, at) => {
    readBlock(answer, block, at);
  });
  const reason = textIn(message, "stop_reason");
  if (reason !== undefined) answer.end(reason);
}

const THOUGHT_BLOCKS: ReadonlySet<string> = new Set(["thinking", "redacted_thinking"]);

/** Of an input that comes in pieces an empty object stands in front. */
function readBlock(answer: AnswerSoFar, block: unknown, at: number): void {
  const type = textIn(block, "type") ?? "";
  if (type === "text") answer.say(textIn(block, "text") ?? "");
  else if (type === "tool_use") {
    const call = answer.call(String(at));
    if (call === undefined) return;
    call.name = textIn(block, "name") ?? "";
    call.given = objectIn(block, "input");
  } else if (!THOUGHT_BLOCKS.has(type)) answer.hasOther = true;
}

function readMessageEvent(answer: AnswerSoFar, type: string, event: JsonObject): void {
  const at = numberIn(event, "index") ?? 0;
  const delta = objectIn(event, "delta");
  const message = objectIn(event, "message");
  switch (type) {
    case "message_start":
      if (message !== undefined) readMessage(answer, message);
      return;
    case "content_block_start":
      return readBlock(answer, event["content_block"], at);
    case "content_block_delta": {
      answer.say(textIn(delta, "text") ?? "");
      const json = textIn(delta, "partial_json");
      const call = json === undefined ? undefined : answer.calls.find(({ key }) => key === String(at));
      if (call !== undefined) addArguments(call, json ?? "");
      return;
    }
    case "content_block_stop": {
      const call = answer.calls.find(({ key }) => key === String(at));
      if (call !== undefined) call.isEnded = true;
      return;
    }
    case "message_delta": {
      const reason = textIn(delta, "stop_reason");
      if (reason !== undefined) answer.end(reason);
    }
  }
}

function readResponse(answer: AnswerSoFar, response: JsonObject): void {
  answer.isKnown = true;
  listIn(response, "output").forEach((item, at) => {
    readItem(answer, item, at);
  });
  endResponse(answer, response);
}

function readItem(answer: AnswerSoFar, item: unknown, at: number): void {
  const type = textIn(item, "type") ?? "";
  if (type === "function_call") {
    const call = answer.call(String(at));
    if (call === undefined) return;
    call.name = textIn(item, "name") ?? "";
    call.json = textIn(item, "arguments") ?? "";
  } else if (type !== "message" && type !== "reasoning") answer.hasOther = true;
  for (const part of listIn(item, "content")) {
    answer.say(textIn(part, "text") ?? "");
    answer.refuse(textIn(part, "refusal") ?? "");
    for (const token of listIn(part, "logprobs")) addLogProb(answer, numberIn(token, "logprob"));
  }
}

function endResponse(answer: AnswerSoFar, response: JsonObject): void {
  const status = textIn(response, "status");
  if (status === "completed") answer.end("stop");
  else if (status === "incomplete") answer.end(textIn(response["incomplete_details"], "reason") ?? "incomplete");
}

/** Events that tell again what was told in pieces are passed over, but for the ends. */
function readResponseEvent(answer: AnswerSoFar, type: string, event: JsonObject): void {
  answer.isKnown = true;
  const at = numberIn(event, "output_index") ?? 0;
  const delta = textIn(event, "delta") ?? "";
  switch (type) {
    case "response.output_text.delta":
      answer.say(delta);
      for (const token of listIn(event, "logprobs")) addLogProb(answer, numberIn(token, "logprob"));
      return;
    case "response.refusal.delta":
      return answer.refuse(delta);
    case "response.output_item.added":
      return readItem(answer, event["item"], at);
    case "response.function_call_arguments.delta":
    case "response.function_call_arguments.done": {
      const call = answer.calls.find(({ key }) => key === String(at));
      if (call === undefined) return;
      addArguments(call, delta);
      if (type.endsWith("done")) call.isEnded = true;
      return;
    }
    case "response.completed":
    case "response.incomplete":
      return endResponse(answer, objectIn(event, "response") ?? {});
  }
}
