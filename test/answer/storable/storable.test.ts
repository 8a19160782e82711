import { describe, expect, test } from "vitest";
import { type Unstorable, unstorable } from "../../../src/answer/storable/storable.ts";
import type { Format } from "../../../src/request/chat/facts.ts";

const events = (...data: readonly (object | string)[]) =>
  data.map((one) => `data: ${typeof one === "string" ? one : JSON.stringify(one)}\n\n`).join("");
const typed = (...data: readonly { readonly type: string }[]) =>
  data.map((one) => `event: ${one.type}\ndata: ${JSON.stringify(one)}\n\n`).join("");

const word = { object: "chat.completion.chunk", choices: [{ delta: { content: "4" }, finish_reason: null }] };
const last = (finish_reason: string) => ({ object: "chat.completion.chunk", choices: [{ delta: {}, finish_reason }] });
const chat = (message: object, finish_reason: string | null = "stop") => JSON.stringify({ choices: [{ message, finish_reason }] });
const message = (content: object[], stop_reason = "end_turn") => JSON.stringify({ type: "message", content, stop_reason });
const start = { type: "message_start", message: { content: [], stop_reason: null } };
const block = (type: string) => ({ type: "content_block_start", index: 0, content_block: { type } });
const delta = (stop_reason: string) => ({ type: "message_delta", delta: { stop_reason } });
const stop = { type: "message_stop" };
const response = (status: string, type = "message") => ({ status, error: null, output: [{ type, status: "completed" }] });

describe("an answer is given again only if it is whole, ended of itself, and calls nothing", () => {
  test.each<[what: string, format: Format, stream: boolean, text: string, why: Unstorable | undefined]>([
    ["a chat's JSON", "chat-completions", false, chat({ content: "4", tool_calls: [], refusal: null }), undefined],
    ["a chat's stream", "chat-completions", true, events(word, last("stop"), "[DONE]"), undefined],
    ["a completion", "completions", false, JSON.stringify({ choices: [{ text: "4", finish_reason: "stop" }] }), undefined],
    ["a message", "messages", false, message([{ type: "thinking" }, { type: "text", text: "4" }]), undefined],
    ["a message's stream", "messages", true, typed(start, block("text"), delta("end_turn"), stop), undefined],
    ["a response", "responses", false, JSON.stringify(response("completed")), undefined],
    [
      "a response's stream",
      "responses",
      true,
      typed(
        { type: "response.created", ...{ response: response("in_progress") } },
        { type: "response.completed", ...{ response: response("completed") } },
      ),
      undefined,
    ],
    ["a stream where JSON was asked for", "chat-completions", false, events(word, last("stop"), "[DONE]"), "shape"],
    ["JSON where a stream was asked for", "chat-completions", true, chat({ content: "4" }), "shape"],
    ["a page", "chat-completions", false, "<html></html>", "shape"],
    ["nothing", "chat-completions", false, "", "shape"],
    ["a stream cut in front of [DONE]", "chat-completions", true, events(word, last("stop")), "incomplete"],
    ["a stream cut in the middle", "chat-completions", true, events(word), "incomplete"],
    ["JSON that is cut", "chat-completions", false, chat({ content: "4" }).slice(0, -1), "incomplete"],
    ["JSON with something behind it", "chat-completions", false, `${chat({ content: "4" })}x`, "incomplete"],
    ["JSON that is none", "chat-completions", false, chat({ content: "4" }).replace("}]}", "}],}"), "incomplete"],
    ["a message's stream that is cut", "messages", true, typed(start, block("text"), delta("end_turn")), "incomplete"],
    ["[DONE] where a message ends by its event", "messages", true, `${typed(start, delta("end_turn"))}${events("[DONE]")}`, "incomplete"],
    ["a response's stream that is cut", "responses", true, typed({ type: "response.created" }), "incomplete"],
    ["an error behind a good status", "chat-completions", false, JSON.stringify({ error: { message: "full" } }), "error"],
    ["an error in a stream", "chat-completions", true, events(word, { error: { message: "full" } }, "[DONE]"), "error"],
    ["an error event", "messages", true, `${typed(start, { type: "error" }, delta("end_turn"), stop)}`, "error"],
    ["an answer at its limit", "chat-completions", false, chat({ content: "4" }, "length"), "ending"],
    ["one of two choices at its limit", "chat-completions", true, events(last("stop"), last("length"), "[DONE]"), "ending"],
    ["a filtered answer", "chat-completions", true, events(last("content_filter"), "[DONE]"), "ending"],
    ["a refusal", "chat-completions", false, chat({ content: null, refusal: "No." }), "ending"],
    ["an answer that does not say how it ended", "chat-completions", false, chat({ content: "4" }, null), "ending"],
    ["a message at its limit", "messages", false, message([{ type: "text" }], "max_tokens"), "ending"],
    ["a message that pauses", "messages", true, typed(start, delta("pause_turn"), stop), "ending"],
    ["a response that is incomplete", "responses", false, JSON.stringify(response("incomplete")), "ending"],
    ["a response in the background", "responses", false, JSON.stringify(response("queued")), "ending"],
    ["a call of a tool", "chat-completions", false, chat({ tool_calls: [{ id: "a" }] }), "tools"],
    [
      "a call in a stream",
      "chat-completions",
      true,
      events({ choices: [{ delta: { tool_calls: [{}] } }] }, last("stop"), "[DONE]"),
      "tools",
    ],
    ["a function's call", "chat-completions", false, chat({ function_call: { name: "a" } }), "tools"],
    ["a tool's use", "messages", false, message([{ type: "tool_use" }]), "tools"],
    ["a tool's use in a stream", "messages", true, typed(start, block("server_tool_use"), delta("end_turn"), stop), "tools"],
    ["a response that calls", "responses", false, JSON.stringify(response("completed", "function_call")), "tools"],
    ["a response that searched", "responses", false, JSON.stringify(response("completed", "web_search_call")), "tools"],
  ])("%s of %s, stream %s", (_, format, stream, text, why) => {
    expect(unstorable(Buffer.from(text), { format, stream })).toBe(why);
  });
});
