import { describe, expect, test } from "vitest";
import { conversationOf, textOf } from "../../../src/study/loop/conversation.ts";
import type { LoopRow } from "../../../src/study/loop/loop-row.ts";

const SAID = [
  { role: "system", pieces: [{ kind: "text", text: "Be brief." }] },
  { role: "user", pieces: [{ kind: "text", text: "Weather in Oslo?" }] },
  { role: "assistant", pieces: [{ kind: "call", id: "c1", name: "weather", arguments: { city: "Oslo" } }] },
  { role: "tool", pieces: [{ kind: "result", id: "c1", text: "rain" }] },
  { role: "user", pieces: [{ kind: "text", text: "Und morgen?" }] },
];
const SCHEMA = { type: "object", properties: { city: { type: "string" } } };
const TOOLS = [{ name: "weather", description: "of a city", parameters: SCHEMA }];

const REQUESTS: readonly (readonly [name: string, request: LoopRow["request"]])[] = [
  [
    "OpenAI's chats",
    {
      messages: [
        { role: "developer", content: "Be brief." },
        { role: "user", content: [{ type: "text", text: "Weather in Oslo?" }] },
        {
          role: "assistant",
          content: null,
          tool_calls: [{ id: "c1", type: "function", function: { name: "weather", arguments: '{"city":"Oslo"}' } }],
        },
        { role: "tool", tool_call_id: "c1", content: "rain" },
        { role: "user", content: "Und morgen?" },
      ],
      tools: [{ type: "function", function: { name: "weather", description: "of a city", parameters: SCHEMA } }],
    },
  ],
  [
    "Anthropic's messages",
    {
      system: [{ type: "text", text: "Be brief." }],
      messages: [
        { role: "user", content: "Weather in Oslo?" },
        { role: "assistant", content: [{ type: "tool_use", id: "c1", name: "weather", input: { city: "Oslo" } }] },
        {
          role: "user",
          content: [
            { type: "tool_result", tool_use_id: "c1", content: [{ type: "text", text: "rain" }] },
            { type: "text", text: "Und morgen?" },
          ],
        },
      ],
      tools: [{ name: "weather", description: "of a city", input_schema: SCHEMA }],
    },
  ],
  [
    "OpenAI's Responses",
    {
      instructions: "Be brief.",
      input: [
        { role: "user", content: [{ type: "input_text", text: "Weather in Oslo?" }] },
        { type: "function_call", call_id: "c1", name: "weather", arguments: '{"city":"Oslo"}' },
        { type: "function_call_output", call_id: "c1", output: "rain" },
        { role: "user", content: "Und morgen?" },
      ],
      tools: [{ type: "function", name: "weather", description: "of a city", parameters: SCHEMA }],
    },
  ],
];

describe("the conversation of a request", () => {
  test.each(REQUESTS)("is the same in %s", (_, request) => {
    expect(conversationOf(request)).toEqual({ turns: SAID, tools: TOOLS });
  });

  test("is one turn where a prompt or an input is text", () => {
    const one = [{ role: "user", pieces: [{ kind: "text", text: "Hi" }] }];
    expect([conversationOf({ prompt: "Hi" }).turns, conversationOf({ input: "Hi" }).turns]).toEqual([one, one]);
  });

  test("keeps images and what nobody knows, and its text is without them", () => {
    const image = { type: "image_url", image_url: { url: "data:image/png;base64,AAAA" } };
    const { turns } = conversationOf({ messages: [{ role: "user", content: [image, { type: "text", text: "What is it?" }] }] });
    expect(turns[0]?.pieces[0]).toEqual({ kind: "other", type: "image_url", value: image });
    expect(textOf(turns)).toBe("What is it?");
  });

  test("of nonsense is empty, and no error", () => {
    expect(conversationOf({ messages: [7, null, ["a"], { role: "user", content: null }], tools: [1, {}] })).toEqual({
      turns: [],
      tools: [],
    });
  });
});
