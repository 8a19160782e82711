// How near the estimate of a request's tokens comes to what tokenizers count, on texts that its weights were not fitted to.
import { isUtf8 } from "node:buffer";
import { countTokens as cl100k } from "gpt-tokenizer/encoding/cl100k_base";
import { countTokens as o200k } from "gpt-tokenizer/encoding/o200k_base";
import llama3 from "llama3-tokenizer-js";
import { describe, expect, test } from "vitest";
import { SCOPES, type Scope } from "../../../src/request/chat/facts.ts";
import { ChatScanner } from "../../../src/request/chat/scanner.ts";
import { EVERYDAY_COUNTS } from "../../support/everyday-counts.ts";
import { EVERYDAY_PROMPTS } from "../../support/everyday-prompts.ts";
import { TOKEN_TEXTS } from "../../support/token-texts.ts";

const scannerOf = (scopes: readonly Scope[]) =>
  new ChatScanner({ keywords: ["design"], scopes, params: [], maxBodyBytes: 64 << 20, isUtf8 });
const scanner = scannerOf(["all", "last_user"]);

function estimate(request: object | string, by = scanner): number {
  const body = Buffer.from(typeof request === "string" ? request : JSON.stringify(request));
  if (by.scan(body).kind !== "chat") throw new Error("no chat");
  return by.inputTokens(body);
}

type Count = (text: string) => number;

/** Of 2024 and later. */
const TOKENIZERS: readonly (readonly [name: string, count: Count])[] = [
  ["o200k_base", (text) => o200k(text, { disallowedSpecial: new Set() })],
  ["Llama 3", (text) => llama3.encode(text, { bos: false, eos: false }).length],
];
const countCl100k: Count = (text) => cl100k(text, { disallowedSpecial: new Set() });

type Language = keyof typeof EVERYDAY_PROMPTS;
const LANGUAGES: readonly Language[] = ["English", "Chinese", "Korean"];

const OVERHEAD = 3 + 2 * 4;
const SYSTEM = "You are a helpful assistant.";
const SYSTEM_TOKENS = 6;

/** Estimate ÷ count, in order. */
function ratiosOf(
  texts: readonly string[],
  counts: readonly number[],
): { readonly least: number; readonly median: number; readonly most: number } {
  const ratios = texts
    .map((content, at) => {
      const messages = [
        { role: "system", content: SYSTEM },
        { role: "user", content },
      ];
      return estimate({ model: "m", messages }) / (OVERHEAD + SYSTEM_TOKENS + (counts[at] ?? Number.NaN));
    })
    .sort((a, b) => a - b);
  return { least: ratios[0] ?? Number.NaN, median: ratios[ratios.length >> 1] ?? Number.NaN, most: ratios.at(-1) ?? Number.NaN };
}

function expectNear({ least, median, most }: ReturnType<typeof ratiosOf>): void {
  expect(median).toBeGreaterThan(0.9);
  expect(median).toBeLessThan(1.1);
  expect(least).toBeGreaterThan(1 / 1.5);
  expect(most).toBeLessThan(1.5);
}

describe.each(TOKENIZERS)("against %s", (_name, count) => {
  test.each(Object.entries(TOKEN_TEXTS))("%s: the median is within 10 %, no text beyond a factor of 1.5", (_kind, texts) => {
    expect(texts.length).toBeGreaterThan(40);
    expectNear(ratiosOf(texts, texts.map(count)));
  });

  const tool = (text: string, at: number) => ({
    type: "function",
    function: {
      name: `read_rows_${at}`,
      description: text,
      parameters: { type: "object", properties: { table: { type: "string", description: text.slice(0, 80) }, limit: { type: "integer" } } },
    },
  });
  test.each(LANGUAGES.flatMap((kind) => [3, 30, 300].map((tools) => [kind, tools] as const)))(
    "%s tools, %d of them: as their JSON, within a quarter, however the body is written",
    (kind, many) => {
      const texts = TOKEN_TEXTS[kind];
      const tools = Array.from({ length: many }, (_, at) => tool((texts[at % texts.length] ?? "").slice(0, 150), at));
      const messages = [{ role: "user", content: "hi" }];
      const real = 8 + count(JSON.stringify(tools));
      const written = JSON.stringify({ messages, tools });
      const ascii = written.replace(/[\u0080-\uffff]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
      for (const body of [written, JSON.stringify({ tools, messages }), JSON.stringify({ messages, tools }, null, 1), ascii]) {
        expect(estimate(body) / real).toBeGreaterThan(0.75);
        expect(estimate(body) / real).toBeLessThan(1.34);
      }
    },
  );
});

describe.each(Object.entries(EVERYDAY_COUNTS))("against %s, counted beforehand", (_name, counts) => {
  test.each(LANGUAGES)("%s: the median is within 10 %, no prompt beyond a factor of 1.5", (language) => {
    const prompts = EVERYDAY_PROMPTS[language];
    expect([prompts.length, prompts.length > 30]).toEqual([counts[language].length, true]);
    expectNear(ratiosOf(prompts, counts[language]));
  });
});

describe("against cl100k_base, of 2022", () => {
  test.each(["English", "code", "JSON"] as const)("%s: as for the newer ones", (kind) => {
    expectNear(ratiosOf(TOKEN_TEXTS[kind], TOKEN_TEXTS[kind].map(countCl100k)));
  });

  test.each(["Chinese", "Korean"] as const)("%s: it needs a quarter more tokens, and up to 1.8 times as many", (kind) => {
    const { least, median, most } = ratiosOf(TOKEN_TEXTS[kind], TOKEN_TEXTS[kind].map(countCl100k));
    expect([least > 1 / 1.85, median > 0.75, median < 0.85, most < 1.5]).toEqual([true, true, true, true]);
  });
});

describe("what counts", () => {
  const text = EVERYDAY_PROMPTS.English.slice(0, 30).join(" ");

  test("what looks like an escape in a text is no escape", () => {
    const pattern = "[\\u0f35\\u0f37\\u0f39\\u0f71-\\u0f7e\\u0f80-\\u0f84\\ua900-\\uac00]".repeat(8);
    const tokens = o200k(pattern);
    expect(estimate({ messages: [{ role: "user", content: pattern }] }) / tokens).toBeGreaterThan(0.75);
  });

  const one = estimate({ messages: [{ role: "user", content: text }] });

  test.each([
    [
      "what tools were called with",
      { role: "assistant", content: null, tool_calls: [{ id: "c", type: "function", function: { name: "f", arguments: text } }] },
    ],
    ["what a tool gave back", { role: "tool", tool_call_id: "c", content: text }],
    ["Anthropic's tool calls", { role: "assistant", content: [{ type: "tool_use", id: "c", name: "f", input: { query: text } }] }],
    ["Anthropic's tool results", { role: "user", content: [{ type: "tool_result", tool_use_id: "c", content: [{ type: "text", text }] }] }],
    ["thinking", { role: "assistant", content: [{ type: "thinking", thinking: text, signature: "c2ln" }] }],
    [
      "a document as text",
      { role: "user", content: [{ type: "document", source: { type: "text", media_type: "text/plain", data: text } }] },
    ],
  ])("%s", (_what, message) => {
    const both = estimate({ messages: [{ role: "user", content: text }, message] });
    expect(both / (2 * one)).toBeGreaterThan(0.9);
    expect(both / (2 * one)).toBeLessThan(1.15);
  });

  test("the same in all formats, and in a system text", () => {
    const system = estimate({ system: text, messages: [{ role: "user", content: "hi" }] });
    const instructions = estimate({ instructions: text, input: "hi", max_output_tokens: 5 });
    const items = estimate({ instructions: "hi", input: [{ role: "user", content: text }] });
    const call = estimate({
      input: [
        { role: "user", content: "hi" },
        { type: "function_call", name: "f", arguments: text },
      ],
    });
    const prompt = estimate({ prompt: text, max_tokens: 5 });
    for (const tokens of [system, instructions, items, call, prompt]) expect(Math.abs(tokens / one - 1)).toBeLessThan(0.15);
    expect(estimate({ prompt: [1, 2, 3, 4, 5], max_tokens: 5 })).toBe(5 + 7);
  });

  test("is the same whatever scopes are measured", () => {
    const request = {
      messages: Array.from({ length: 40 }, (_, at) => ({ role: at % 2 ? "assistant" : "user", content: text.slice(at * 30) })),
    };
    const all = [["all"], ["user"], ["last_user"], ["user", "last_user"], [...SCOPES], []] as readonly (readonly Scope[])[];
    const estimates = all.map((scopes) => estimate(request, scannerOf(scopes)));
    expect(Math.min(...estimates)).toBeGreaterThan(0.98 * Math.max(...estimates));
  });
});

describe("images, sounds and files", () => {
  const random = (bytes: number, head: readonly number[] | string) => {
    const buffer = Buffer.alloc(bytes);
    for (let at = 0, state = 7; at < bytes; at++) {
      state = (Math.imul(state, 1103515245) + 12345) >>> 0;
      buffer[at] = state >>> 24;
    }
    Buffer.from(head as string).copy(buffer);
    return buffer.toString("base64");
  };
  const png = (width: number, height: number) => [
    ...[0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52],
    ...[0, 0, width >> 8, width & 255, 0, 0, height >> 8, height & 255],
  ];
  const wav = Buffer.from("RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\xc0\x5d\0\0\x80\xbb\0\0\x02\0\x10\0", "latin1");
  const said = (part: object) => estimate({ messages: [{ role: "user", content: [{ type: "text", text: "what?" }, part] }] }) - 10;
  const openAi = (url: string, detail?: string) =>
    said({ type: "image_url", image_url: { url, ...(detail === undefined ? {} : { detail }) } });
  const anthropic = (data: string, media_type: string) =>
    estimate({ system: "s", messages: [{ role: "user", content: [{ type: "image", source: { type: "base64", media_type, data } }] }] }) - 8;

  test.each([
    // patches of 32 × 32, and 1.2 tokens each
    ["a PNG of 512 × 512, OpenAI's rule", openAi(`data:image/png;base64,${random(90_000, png(512, 512))}`), 308],
    ["of 1024 × 1024", openAi(`data:image/png;base64,${random(900_000, png(1024, 1024))}`), 1229],
    ["of 4032 × 3024: 10,000 patches at most", openAi(`data:image/png;base64,${random(3_000_000, png(4032, 3024))}`), 12_000],
    ["of 4032 × 3024, in high detail", openAi(`data:image/png;base64,${random(900_000, png(4032, 3024))}`, "high"), 3000],
    ["of 1280 × 720, in low detail", openAi(`data:image/png;base64,${random(900_000, png(1280, 720))}`, "low"), 173],
    [
      "in low detail, asked for in front",
      said({ type: "image_url", image_url: { detail: "low", url: `data:image/png;base64,${random(900_000, png(1280, 720))}` } }),
      173,
    ],
    ["a photo of 1 MB", openAi(`data:image/jpeg;base64,${random(1_000_000, [0xff, 0xd8, 0xff, 0xe0])}`), 4763],
    // patches of 28 × 28, a token each
    ["a PNG of 1000 × 1000, Anthropic's rule", anthropic(random(600_000, png(1000, 1000)), "image/png"), 1296],
    ["of 1920 × 1080", anthropic(random(600_000, png(1920, 1080)), "image/png"), 2691],
    ["of 4000 × 3000: 4,784 patches at most", anthropic(random(4_000_000, png(4000, 3000)), "image/png"), 4784],
    ["an image that is linked", openAi("https://example.com/a-picture-of-a-cat-on-a-table.png"), 1229],
    ["a WAV of 20 s", said({ type: "input_audio", input_audio: { data: random(960_000, [...wav]), format: "wav" } }), 200],
    ["an MP3 of 60 s", said({ type: "input_audio", input_audio: { format: "mp3", data: random(960_000, "ID3") } }), 600],
    [
      "a PDF of 600 KB",
      said({ type: "file", file: { filename: "a.pdf", file_data: `data:application/pdf;base64,${random(600_000, "%PDF-1.7")}` } }),
      25_000,
    ],
    [
      "a film of 8 s at 2 Mbit/s",
      said({ type: "video_url", video_url: { url: `data:video/mp4;base64,${random(2_000_000, "\0\0\0\x18ftypmp42")}` } }),
      2400,
    ],
    [
      "a text file",
      said({ type: "file", file: { file_data: `data:text/plain;base64,${Buffer.from("some words ".repeat(1000)).toString("base64")}` } }),
      2750,
    ],
  ])("%s", (_what, tokens, expected) => {
    expect(tokens / expected).toBeGreaterThan(0.9);
    expect(tokens / expected).toBeLessThan(1.12);
  });

  test("two images in a tool's result count as two", () => {
    const part = { type: "image", source: { type: "base64", media_type: "image/png", data: random(600_000, png(1000, 1000)) } };
    const content = [{ type: "tool_result", tool_use_id: "t", content: [part, part] }];
    expect(Math.abs(estimate({ system: "s", messages: [{ role: "user", content }] }) - 2 * 1296)).toBeLessThan(40);
  });
});
