// The official client of every request format, for tests: what it sent, what the model server received, and the text it read from answers.
import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";
import type { Format } from "../../src/request/chat/facts.ts";

export interface Exchange {
  readonly sent: string; // the body as the client wrote it
  readonly received: string; // as the model server got it
  readonly tier: string | null;
}

export interface SdkClient {
  /** Sends a request, streaming or not, and has the stand-in send its body back. */
  exchange(text: string, mode: "whole" | "streamed"): Promise<Exchange>;
  /** The text of a whole answer. */
  whole(text: string): Promise<string>;
  /** The text of a streamed answer, piece by piece. */
  streamed(text: string): Promise<readonly string[]>;
}

const MODEL = "glm-5";

/** Clients of the servers behind `url`, one for each format. */
export function sdkClients(url: string): Readonly<Record<Format, SdkClient>> {
  return { "chat-completions": chatCompletions(url), completions: completions(url), responses: responses(url), messages: messages(url) };
}

type Settings = { readonly fetch?: typeof fetch; readonly defaultHeaders?: Record<string, string> };

const openai = (url: string, settings: Settings = {}) => new OpenAI({ baseURL: `${url}/v1`, apiKey: "none", maxRetries: 0, ...settings });
const anthropic = (url: string, settings: Settings = {}) => new Anthropic({ baseURL: url, apiKey: "none", maxRetries: 0, ...settings });

function chatCompletions(url: string): SdkClient {
  const body = (content: string) => ({ model: MODEL, messages: [{ role: "user" as const, content }] });
  return {
    exchange: (text, mode) =>
      exchange((settings) => openai(url, settings).chat.completions.create({ ...body(text), stream: mode === "streamed" })),
    async whole(text) {
      return (await openai(url).chat.completions.create(body(text))).choices[0]?.message.content ?? "";
    },
    async streamed(text) {
      const stream = await openai(url).chat.completions.create({ ...body(text), stream: true });
      return pieces(stream, (chunk) => chunk.choices[0]?.delta.content ?? undefined);
    },
  };
}

function completions(url: string): SdkClient {
  const body = (prompt: string) => ({ model: MODEL, prompt });
  return {
    exchange: (text, mode) =>
      exchange((settings) => openai(url, settings).completions.create({ ...body(text), stream: mode === "streamed" })),
    async whole(text) {
      return (await openai(url).completions.create(body(text))).choices[0]?.text ?? "";
    },
    async streamed(text) {
      return pieces(await openai(url).completions.create({ ...body(text), stream: true }), (chunk) => chunk.choices[0]?.text);
    },
  };
}

function responses(url: string): SdkClient {
  const body = (input: string) => ({ model: MODEL, instructions: "Be brief.", input });
  return {
    exchange: (text, mode) =>
      exchange((settings) => openai(url, settings).responses.create({ ...body(text), stream: mode === "streamed" })),
    async whole(text) {
      return (await openai(url).responses.create(body(text))).output_text;
    },
    async streamed(text) {
      const stream = await openai(url).responses.create({ ...body(text), stream: true });
      return pieces(stream, (event) => (event.type === "response.output_text.delta" ? event.delta : undefined));
    },
  };
}

function messages(url: string): SdkClient {
  const body = (content: string) => ({ model: MODEL, max_tokens: 64, system: "Be brief.", messages: [{ role: "user" as const, content }] });
  return {
    exchange: (text, mode) =>
      exchange((settings) => anthropic(url, settings).messages.create({ ...body(text), stream: mode === "streamed" })),
    async whole(text) {
      const { content } = await anthropic(url).messages.create(body(text));
      return content.map((block) => (block.type === "text" ? block.text : "")).join("");
    },
    async streamed(text) {
      const stream = await anthropic(url).messages.create({ ...body(text), stream: true });
      return pieces(stream, (event) =>
        event.type === "content_block_delta" && event.delta.type === "text_delta" ? event.delta.text : undefined,
      );
    },
  };
}

async function exchange(send: (settings: Settings) => { asResponse(): Promise<Response> }): Promise<Exchange> {
  let sent = "";
  const recording: typeof fetch = (input, init) => {
    sent = String(init?.body);
    return fetch(input, init);
  };
  const response = await send({ fetch: recording, defaultHeaders: { "x-stand-in-echo": "body" } }).asResponse();
  return { sent, received: await response.text(), tier: response.headers.get("x-sluice-tier") };
}

async function pieces<T>(stream: AsyncIterable<T>, textOf: (event: T) => string | undefined): Promise<readonly string[]> {
  const texts: string[] = [];
  for await (const event of stream) texts.push(textOf(event) ?? "");
  return texts.filter((text) => text !== "");
}
