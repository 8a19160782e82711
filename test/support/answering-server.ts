// A model server for tests of kept answers: each answer is another one, in both interfaces, whole or streamed, and ends as the question
// asks for it.
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { stopAtEnd } from "./teardown.ts";

export interface AnsweringServer {
  readonly address: string;
  readonly bodies: readonly string[]; // that it was asked, in turn
}

/** What a question asks for by the word it begins with. Any other: a good answer. */
export const ENDINGS = ["cookie", "partial", "created", "unstored", "error", "cut", "limit", "tool", "large"] as const;
export type AnswerEnding = (typeof ENDINGS)[number] | "good" | "long" | "slow" | "late";

const LARGE_WORD = "word ".repeat(20_000); // of 100 KB
const LATE_MS = 400; // to the first byte
const SLOW_MS = 200; // between a stream's words

export async function startAnsweringServer(name: string): Promise<AnsweringServer> {
  const bodies: string[] = [];
  const server = createServer(async (request, response) => {
    const body = await read(request);
    bodies.push(body);
    await answer(request.url ?? "", body, response, `${name} ${bodies.length}`);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  stopAtEnd(async () => {
    server.closeAllConnections();
    server.close();
  });
  return { address: `127.0.0.1:${(server.address() as AddressInfo).port}`, bodies };
}

async function read(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const piece of request.setEncoding("utf8")) text += String(piece);
  return text;
}

async function answer(path: string, body: string, response: ServerResponse, said: string): Promise<void> {
  const { stream = false, messages } = JSON.parse(body) as { stream?: boolean; messages: { content: string }[] };
  const ending = (messages.at(-1)?.content.split(" ")[0] ?? "good") as AnswerEnding;
  const long = ending === "large" ? 3 : ending === "long" ? 2 : 0;
  const words = long > 0 ? Array.from({ length: long }, () => LARGE_WORD) : [said, " 한국어", " 中文"];
  const isMessages = path.startsWith("/v1/messages");
  if (ending === "late") await sleep(LATE_MS);
  response.writeHead(ending === "partial" ? 206 : ending === "created" ? 201 : 200, {
    "content-type": stream ? "text/event-stream; charset=utf-8" : "application/json",
    ...(ending === "cookie" && { "set-cookie": "a=b" }),
    "cache-control": ending === "unstored" ? "no-store" : "no-cache",
  });
  if (!stream) return void response.end(JSON.stringify(isMessages ? message(words, ending) : completion(words, ending)));
  const pieces = isMessages ? messageEvents(words, ending) : chunks(words, ending);
  for (const [index, piece] of pieces.entries()) {
    if (ending === "cut" && index === pieces.length - 1) break;
    response.write(piece);
    if (ending === "slow") await sleep(SLOW_MS);
  }
  response.end();
}

const usage = { prompt_tokens: 1000, completion_tokens: 500 };
const spent = { input_tokens: 1000, output_tokens: 500 };
const id = "chatcmpl-1";
const calls = [{ index: 0, id: "call_1", type: "function", function: { name: "f", arguments: "{}" } }];

function finish(ending: AnswerEnding): string {
  return ending === "limit" ? "length" : ending === "tool" ? "tool_calls" : "stop";
}

function completion(words: readonly string[], ending: AnswerEnding): object {
  if (ending === "error") return { error: { message: "full", type: "server_error" } };
  const content = { role: "assistant", content: words.join(""), ...(ending === "tool" && { tool_calls: calls }) };
  const choices = [{ index: 0, message: content, finish_reason: ending === "cut" ? null : finish(ending) }];
  return { id, object: "chat.completion", created: 1, model: "m-1", choices, usage };
}

function chunks(words: readonly string[], ending: AnswerEnding): readonly string[] {
  const chunk = (delta: object, finish_reason: string | null) =>
    event({ id, object: "chat.completion.chunk", created: 1, model: "m-1", choices: [{ index: 0, delta, finish_reason }] });
  const last = ending === "error" ? event({ error: { message: "full" } }) : chunk({}, finish(ending));
  const first = chunk({ role: "assistant", content: "", ...(ending === "tool" && { tool_calls: calls }) }, null);
  return [
    first,
    ...words.map((content) => chunk({ content }, null)),
    last,
    event({ id, object: "chat.completion.chunk", created: 1, model: "m-1", choices: [], usage }),
    "data: [DONE]\n\n",
  ];
}

function stopReason(ending: AnswerEnding): string {
  return ending === "limit" ? "max_tokens" : ending === "tool" ? "tool_use" : "end_turn";
}

function message(words: readonly string[], ending: AnswerEnding): object {
  if (ending === "error") return { type: "error", error: { type: "overloaded_error", message: "full" } };
  const tool = { type: "tool_use", id: "t", name: "f", input: {} };
  const content = [{ type: "text", text: words.join("") }, ...(ending === "tool" ? [tool] : [])];
  const stop_reason = ending === "cut" ? null : stopReason(ending);
  return { id: "msg_1", type: "message", role: "assistant", model: "m-1", content, stop_reason, stop_sequence: null, usage: spent };
}

function messageEvents(words: readonly string[], ending: AnswerEnding): readonly string[] {
  const begun = { id: "msg_1", type: "message", role: "assistant", model: "m-1", content: [], stop_reason: null, usage: spent };
  const block = ending === "tool" ? { type: "tool_use", id: "t", name: "f", input: {} } : { type: "text", text: "" };
  const piece = (text: string) => (ending === "tool" ? { type: "input_json_delta", partial_json: "" } : { type: "text_delta", text });
  const last = ending === "error" ? { type: "error", error: { type: "overloaded_error", message: "full" } } : { type: "message_stop" };
  return [
    { type: "message_start", message: begun },
    { type: "content_block_start", index: 0, content_block: block },
    ...words.map((text) => ({ type: "content_block_delta", index: 0, delta: piece(text) })),
    { type: "content_block_stop", index: 0 },
    { type: "message_delta", delta: { stop_reason: stopReason(ending), stop_sequence: null }, usage: { output_tokens: 500 } },
    last,
  ].map((data) => `event: ${data.type}\n${event(data)}`);
}

function event(data: object): string {
  return `data: ${JSON.stringify(data)}\n\n`;
}
