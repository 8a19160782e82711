// What is set of a parameter in requests of each format, byte for byte, as a server of that format takes it.
import { isUtf8 } from "node:buffer";
import { describe, expect, test } from "vitest";
import { editedBody } from "../../../src/request/chat/body-edit.ts";
import type { Format } from "../../../src/request/chat/facts.ts";
import { fittingEdits } from "../../../src/request/chat/fit-params.ts";
import { notedNames } from "../../../src/request/chat/param-table.ts";
import { ChatScanner } from "../../../src/request/chat/scanner.ts";

const CHAT = '"messages":[{"role":"user","content":"hi"}]';
const BODIES: Readonly<Record<Format, string>> = {
  "chat-completions": CHAT,
  completions: '"prompt":"hi"',
  responses: '"input":"hi"',
  messages: `"max_tokens":4096,${CHAT}`,
};

interface Options {
  readonly model?: string;
  readonly overwrite?: boolean;
}

/** The body that is forwarded. `members`: the client's own, in front. */
function fitted(format: Format, members: string, params: object, { model, overwrite = false }: Options = {}): string {
  const names = Object.keys(params);
  const settings = { keywords: [], scopes: [], params: notedNames(names), maxBodyBytes: 1 << 20, isUtf8 };
  const body = Buffer.from(`{${members}${BODIES[format]}}`);
  const scanned = new ChatScanner(settings).scan(body, format);
  if (scanned.kind !== "chat") throw new Error(scanned.kind);
  const edits = Object.entries(params).map(([name, value]) => ({ name, json: JSON.stringify(value), overwrite }));
  const pieces = editedBody(body, scanned, undefined, fittingEdits({ format, body, params: scanned.params, model }, edits));
  return Buffer.concat(pieces ?? [body]).toString();
}

/** What stands in front of the rest of the body. */
function front(format: Format, members: string, params: object, options?: Options): string {
  const text = fitted(format, members, params, options);
  const rest = `${BODIES[format]}}`;
  if (!text.startsWith("{") || !text.endsWith(rest)) throw new Error(`the rest of the body changed: ${text}`);
  return text.slice(1, -rest.length);
}

type Case = readonly [name: string, format: Format, members: string, params: object, wanted: string, options?: Options];

describe.each<[string, readonly Case[]]>([
  [
    "the limit of the answer",
    [
      ["chat: as it was named", "chat-completions", "", { max_tokens: 100 }, '"max_tokens":100,'],
      ["chat: by its newer name", "chat-completions", "", { max_completion_tokens: 9 }, '"max_completion_tokens":9,'],
      ["chat: from the name of responses", "chat-completions", "", { max_output_tokens: 9 }, '"max_tokens":9,'],
      ["chat with the newer name", "chat-completions", '"max_completion_tokens":5,', { max_tokens: 100 }, '"max_completion_tokens":5,'],
      [
        "the same, overwritten",
        "chat-completions",
        '"max_completion_tokens":5,',
        { max_tokens: 9 },
        '"max_completion_tokens":9,',
        { overwrite: true },
      ],
      [
        "given as null by the newer name",
        "chat-completions",
        '"max_completion_tokens":null,',
        { max_tokens: 9 },
        '"max_completion_tokens":9,',
      ],
      ["a reasoning model", "chat-completions", "", { max_tokens: 100 }, '"max_completion_tokens":100,', { model: "o3-mini" }],
      [
        "a request for reasoning",
        "chat-completions",
        '"reasoning_effort":"low",',
        { max_tokens: 7 },
        '"max_completion_tokens":7,"reasoning_effort":"low",',
      ],
      ["completions", "completions", "", { max_completion_tokens: 100 }, '"max_tokens":100,'],
      ["responses", "responses", "", { max_tokens: 100 }, '"max_output_tokens":100,'],
      ["responses with its own", "responses", '"max_output_tokens":5,', { max_tokens: 100 }, '"max_output_tokens":5,'],
      ["two names for it: the last counts", "responses", "", { max_tokens: 100, max_completion_tokens: 7 }, '"max_output_tokens":7,'],
    ],
  ],
  [
    "sampling",
    [
      ["chat", "chat-completions", "", { temperature: 0.3, top_p: 0.5 }, '"temperature":0.3,"top_p":0.5,'],
      ["chat, reasoning model", "chat-completions", "", { temperature: 0.3, top_p: 0.5, stop: "x" }, "", { model: "openai/gpt-5-mini" }],
      [
        "chat, a chat model with a like name",
        "chat-completions",
        "",
        { temperature: 0.3 },
        '"temperature":0.3,',
        { model: "gpt-5-chat-latest" },
      ],
      ["chat, effort given", "chat-completions", '"reasoning_effort":"high",', { temperature: 0.3 }, '"reasoning_effort":"high",'],
      [
        "chat, effort none",
        "chat-completions",
        '"reasoning_effort":"none",',
        { temperature: 0.3 },
        '"temperature":0.3,"reasoning_effort":"none",',
      ],
      ["chat, effort set beside it", "chat-completions", "", { reasoning_effort: "low", temperature: 0.3 }, '"reasoning_effort":"low",'],
      ["responses", "responses", "", { temperature: 0.3, top_k: 5, seed: 1 }, '"temperature":0.3,'],
      ["responses, reasoning", "responses", '"reasoning":{"summary":"auto"},', { temperature: 0.3 }, '"reasoning":{"summary":"auto"},'],
      ["messages", "messages", "", { temperature: 0.3, top_k: 5 }, '"temperature":0.3,"top_k":5,'],
      [
        "messages, thinking",
        "messages",
        '"thinking":{"type":"enabled","budget_tokens":1024},',
        { temperature: 0.3, top_p: 0.5, top_k: 5 },
        '"thinking":{"type":"enabled","budget_tokens":1024},',
      ],
      [
        "messages, adaptive thinking",
        "messages",
        '"thinking":{"type":"adaptive"},',
        { temperature: 0.3 },
        '"thinking":{"type":"adaptive"},',
      ],
      [
        "messages, thinking switched off",
        "messages",
        '"thinking":{ "type" : "disabled" },',
        { temperature: 0.3 },
        '"temperature":0.3,"thinking":{ "type" : "disabled" },',
      ],
      ["messages, a model that takes none", "messages", "", { temperature: 0.3, top_k: 5 }, "", { model: "claude-opus-4-7" }],
      ["messages, one of the two given", "messages", '"top_p":0.9,', { temperature: 0.3 }, '"top_p":0.9,'],
      ["messages, both to be set: the first", "messages", "", { temperature: 0.3, top_p: 0.5 }, '"temperature":0.3,'],
      ["messages, more than it takes", "messages", "", { temperature: 1.5 }, ""],
      ["penalties: OpenAI's older ones alone", "messages", "", { frequency_penalty: 1, seed: 1, n: 2 }, ""],
    ],
  ],
  [
    "reasoning effort",
    [
      ["chat", "chat-completions", "", { reasoning_effort: "low" }, '"reasoning_effort":"low",'],
      ["completions have none", "completions", "", { reasoning_effort: "low" }, ""],
      ["responses", "responses", "", { reasoning_effort: "low" }, '"reasoning":{"effort":"low"},'],
      [
        "responses, in what is there",
        "responses",
        '"reasoning":{ "summary" : "auto" },',
        { reasoning_effort: "low" },
        '"reasoning":{"effort":"low", "summary" : "auto" },',
      ],
      ["responses, in an empty one", "responses", '"reasoning": { },', { reasoning_effort: "low" }, '"reasoning": {"effort":"low" },'],
      ["responses, given", "responses", '"reasoning":{"effort":"high"},', { reasoning_effort: "low" }, '"reasoning":{"effort":"high"},'],
      [
        "responses, given in another spelling",
        "responses",
        '"reasoning":{"\\u0065ffort":"high"},',
        { reasoning_effort: "low" },
        '"reasoning":{"\\u0065ffort":"high"},',
      ],
      [
        "responses, given as null",
        "responses",
        '"reasoning":{"a":1,"effort":null},',
        { reasoning_effort: "low" },
        '"reasoning":{"a":1,"effort":"low"},',
      ],
      ["responses, null as a whole", "responses", '"reasoning":null,', { reasoning_effort: "low" }, '"reasoning":{"effort":"low"},'],
      [
        "responses, overwritten where it stands",
        "responses",
        '"reasoning":{"a":{"effort":1}, "effort" : "high" ,"b":[2]},',
        { reasoning_effort: "low" },
        '"reasoning":{"a":{"effort":1}, "effort" : "low" ,"b":[2]},',
        { overwrite: true },
      ],
      ["messages", "messages", "", { reasoning_effort: "low" }, '"output_config":{"effort":"low"},'],
      ["messages: the least there is", "messages", "", { reasoning_effort: "minimal" }, '"output_config":{"effort":"low"},'],
      ["messages: none is not said so", "messages", "", { reasoning_effort: "none" }, ""],
      [
        "messages, with a format",
        "messages",
        '"output_config":{"format":{"type":"x"}},',
        { reasoning_effort: "high" },
        '"output_config":{"effort":"high","format":{"type":"x"}},',
      ],
      [
        "messages, given as a budget",
        "messages",
        '"thinking":{"type":"enabled","budget_tokens":1024},',
        { reasoning_effort: "low" },
        '"thinking":{"type":"enabled","budget_tokens":1024},',
        { overwrite: true },
      ],
      [
        "chat, given as hosts write it",
        "chat-completions",
        '"reasoning":{"effort":"high"},',
        { reasoning_effort: "low" },
        '"reasoning":{"effort":"high"},',
      ],
      ["OpenAI's highest", "responses", "", { reasoning_effort: "max" }, '"reasoning":{"effort":"xhigh"},'],
    ],
  ],
  [
    "others",
    [
      ["stop: a list in messages", "messages", "", { stop: "END" }, '"stop_sequences":["END"],'],
      ["stop: from messages' name", "chat-completions", "", { stop_sequences: ["END"] }, '"stop":["END"],'],
      ["stop: responses have none", "responses", "", { stop: "END" }, ""],
      [
        "verbosity in responses",
        "responses",
        '"text":{"format":{"type":"text"}},',
        { verbosity: "low" },
        '"text":{"verbosity":"low","format":{"type":"text"}},',
      ],
      [
        "what a server adds",
        "chat-completions",
        "",
        { chat_template_kwargs: { enable_thinking: false } },
        '"chat_template_kwargs":{"enable_thinking":false},',
      ],
      ["what a server adds, elsewhere", "messages", "", { min_p: 0.1, chat_template_kwargs: {} }, ""],
      ["what nobody knows is set as it is named", "responses", "", { brand_new: [1, "한"] }, '"brand_new":[1,"한"],'],
    ],
  ],
])("%s", (_kind, cases) => {
  for (const [name, format, members, params, wanted, options] of cases) {
    test(name, () => expect(front(format, members, params, options)).toBe(wanted));
  }
});

test("messages: a limit within the thinking's budget is left out, as the server would refuse it", () => {
  const thinking = '"thinking":{"type":"enabled","budget_tokens":1024},';
  const limited = (limit: number) => fitted("messages", thinking, { max_tokens: limit }, { overwrite: true });
  expect(limited(1000)).toContain('"max_tokens":4096');
  expect(limited(2000)).toContain('"max_tokens":2000');
});

test("an object that is too large to look into is left alone", () => {
  const reasoning = `"reasoning":{"note":"${"x".repeat(5000)}"},`;
  expect(front("responses", reasoning, { reasoning_effort: "low" })).toBe(reasoning);
});
