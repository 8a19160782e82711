// Errors that Envoy itself answers with, as clients of OpenAI and Anthropic read them.
import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";
import { beforeAll, describe, expect, it } from "vitest";
import { ENVOY_VERSION } from "../../src/setup/stack/envoy-releases.ts";
import { OLDEST_ENVOY } from "../support/envoy.ts";
import { startStack, type TestStack } from "../support/stack.ts";

const MESSAGES = [{ role: "user" as const, content: "hello" }];

async function post(url: string, path: string, body: string) {
  const response = await fetch(`${url}${path}`, { method: "POST", headers: { "content-type": "application/json" }, body });
  return { status: response.status, type: response.headers.get("content-type"), body: (await response.json()) as unknown };
}

describe.each([ENVOY_VERSION, OLDEST_ENVOY])("on Envoy %s", (version) => {
  let stack: TestStack;

  beforeAll(async () => {
    stack = await startStack({ envoy: { version }, sluice: { config: "unreadable: refuse\n" } });
  });

  it("what sluice refuses keeps its own words", async () => {
    expect(await post(stack.url, "/v1/chat/completions", "{")).toEqual({
      status: 400,
      type: "application/json",
      body: {
        error: { message: "The request body cannot be read: not-json.", type: "invalid_request_error", param: null, code: "not-json" },
      },
    });
  });

  it("a model server's own error passes as it came", async () => {
    const response = await fetch(`${stack.url}/v1/chat/completions`, {
      method: "POST",
      headers: { "x-stand-in-script": "500" },
      body: JSON.stringify({ messages: MESSAGES }),
    });
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain("api_error");
  });

  it("without a server to ask, SDKs say why", async () => {
    await Promise.all([stack.standIns.weak.stop(), stack.standIns.strong.stop()]);
    const openai = new OpenAI({ baseURL: `${stack.url}/v1`, apiKey: "none", maxRetries: 0 });
    const anthropic = new Anthropic({ baseURL: stack.url, apiKey: "none", maxRetries: 0 });
    await expect(openai.chat.completions.create({ model: "m", messages: MESSAGES })).rejects.toMatchObject({
      status: 503,
      type: "api_error",
      message: expect.stringContaining("upstream connect error"),
    });
    await expect(anthropic.messages.create({ model: "m", max_tokens: 9, messages: MESSAGES })).rejects.toMatchObject({
      status: 503,
      error: { type: "error", error: { type: "api_error", message: expect.stringContaining("upstream connect error") } },
    });
  });
});
