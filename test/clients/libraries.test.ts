// Libraries through a real Envoy and sluice: a chat, a stream and a round of a tool of each, in every format it speaks.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ChatFormat } from "./support/answers.ts";
import { type ClientProgram, startProgram } from "./support/client-program.ts";
import { npmClients, pythonLibraries } from "./support/installed.ts";
import { PROMPTS, type RecordedStack, said, startRecordedStack, TIERS } from "./support/recorded-stack.ts";

const PATHS: Readonly<Record<ChatFormat, string>> = {
  "chat-completions": "/v1/chat/completions",
  responses: "/v1/responses",
  messages: "/v1/messages",
};
const OPENAI = ["chat-completions", "responses"] as const;

const LIBRARIES: readonly (readonly [name: string, file: string, formats: readonly ChatFormat[]])[] = [
  ["openai on Node.js", "with-openai.mjs", OPENAI],
  ["@anthropic-ai/sdk on Node.js", "with-anthropic.mjs", ["messages"]],
  ["Vercel's AI SDK", "with-ai-sdk.mjs", [...OPENAI, "messages"]],
  ["openai on Python", "with_openai.py", OPENAI],
  ["anthropic on Python", "with_anthropic.py", ["messages"]],
  ["LiteLLM", "with_litellm.py", ["chat-completions", "messages"]],
  ["LangChain", "with_langchain.py", [...OPENAI, "messages"]],
];

const CALL = { name: "get_weather", arguments: { city: "Seoul" } };

const installed = { mjs: await npmClients(), py: await pythonLibraries() };
const inFolder = (file: string) => (file.endsWith(".py") ? installed.py : installed.mjs);

let stack: RecordedStack;

beforeAll(async () => {
  stack = await startRecordedStack("agents");
});

describe.each(LIBRARIES)("%s", (_name, file, formats) => {
  const from = inFolder(file);
  const cases = formats.flatMap((format) => TIERS.map((tier) => ({ format, tier })));
  if (from.missing !== undefined) {
    it.skip("could not be installed", () => undefined);
    return;
  }
  let program: ClientProgram;

  beforeAll(() => {
    program = startProgram(file, from);
  });
  afterAll(() => program.stop());

  const run = async ({ format, tier }: (typeof cases)[number], kind: "chat" | "stream" | "tool") => {
    stack.begin({ call: (offered) => (offered.includes(CALL.name) ? CALL : undefined) });
    const outcome = await program.run({ format, kind, url: stack.url, prompt: PROMPTS[tier] });
    return { outcome, routed: await stack.routed(), expected: { path: PATHS[format], tier, model: "glm-5" } };
  };

  it.each(cases)("has a chat ($format) answered by $tier", async (at) => {
    const { outcome, routed, expected } = await run(at, "chat");
    expect(outcome.text).toBe(said(at.tier));
    expect(routed).toMatchObject([{ ...expected, streamed: "no" }]);
  });

  it.each(cases)("has a stream ($format) of $tier in pieces, one by one", async (at) => {
    const { outcome, routed, expected } = await run(at, "stream");
    expect(outcome.text).toBe(said(at.tier));
    expect(outcome.pieces).toBeGreaterThan(5);
    expect(routed).toMatchObject([{ ...expected, streamed: "one by one" }]);
  });

  it.each(cases)("has both requests of a tool's round ($format) answered by $tier", async (at) => {
    const { outcome, routed, expected } = await run(at, "tool");
    expect(outcome.ran).toEqual(CALL.arguments);
    expect(outcome.text).toBe(said(at.tier));
    expect(routed).toMatchObject([expected, expected]);
    expect(routed.map(({ sent }) => sent.includes("It is sunny in Seoul"))).toEqual([false, true]);
  });
});
