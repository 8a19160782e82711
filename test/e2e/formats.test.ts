// Every request format through a real Envoy with its official client: the right tier, the model dropped, no other byte changed.
import OpenAI from "openai";
import { beforeAll, describe, expect, it } from "vitest";
import { FORMATS, type Format } from "../../src/request/chat/facts.ts";
import { ENVOY_VERSION } from "../../src/setup/stack/envoy-releases.ts";
import { OLDEST_ENVOY } from "../support/envoy.ts";
import { post } from "../support/requests.ts";
import { type SdkClient, sdkClients } from "../support/sdk-clients.ts";
import { startStack, type TestStack } from "../support/stack.ts";

const TEXTS = [
  ["weak", "What is the capital of France?"],
  ["strong", "请帮我设计一座桥"],
] as const;

const PATHS: Readonly<Record<Format, string>> = {
  "chat-completions": "/v1/chat/completions",
  completions: "/v1/completions",
  responses: "/v1/responses",
  messages: "/v1/messages",
};

interface Written {
  readonly name: string;
  readonly format: Format;
  readonly tier: string;
  readonly body: string; // MODEL marks where the model stands, which is cut
}

/** Bodies as clients of all sorts write them: odd numbers and spacing, members nobody knows, a keyword anywhere in the text. */
const WRITTEN: readonly Written[] = [
  {
    name: "odd numbers and spaces",
    format: "chat-completions",
    tier: "weak",
    body: '{ "n":1.0e+2,MODEL "messages":[{"role":"user","content":"caf\\u00e9 \u{1f600}"}], "x":{"model":"kept"} }',
  },
  {
    name: "a list of prompts",
    format: "completions",
    tier: "weak",
    body: '{"seed":12345678901234567890,MODEL"prompt":["hi","\\ud55c\\uad6d"],\n"new":[null,{}]}',
  },
  { name: "a prompt in tokens", format: "completions", tier: "weak", body: '{MODEL"prompt":[1, 2,3],"echo":true}' },
  { name: "a keyword in the prompt", format: "completions", tier: "strong", body: '{"prompt":"optimize \\"this\\"",MODEL"suffix":null}' },
  {
    name: "items of typed parts",
    format: "responses",
    tier: "weak",
    body: '{MODEL"input":[{"role":"user","content":[{"type":"input_text","text":"hi"}]}],\t"reasoning":{"effort":"low"}}',
  },
  {
    name: "a keyword in the instructions",
    format: "responses",
    tier: "strong",
    body: '{"instructions":"You design bridges.",MODEL"input":"hi"}',
  },
  {
    name: "an oddly written number",
    format: "messages",
    tier: "weak",
    body: '{"max_tokens":6.40e1,MODEL"messages":[{"role":"user","content":"hi"}]}',
  },
  {
    name: "a keyword in the system text, spelt with an escape",
    format: "messages",
    tier: "strong",
    body: '{"system":[{"type":"text","text":"You d\\u0065sign bridges."}],MODEL"messages":[{"role":"user","content":"hi"}]}',
  },
  {
    name: "a keyword in a tool's result",
    format: "messages",
    tier: "strong",
    body: '{MODEL"messages":[{"role":"user","content":[{"type":"tool_result","tool_use_id":"t","content":"refactor it"}]}],"max_tokens":9}',
  },
];

describe.each([ENVOY_VERSION, OLDEST_ENVOY])("on Envoy %s", (version) => {
  let stack: TestStack;
  let clients: Readonly<Record<Format, SdkClient>>;

  beforeAll(async () => {
    stack = await startStack({ envoy: { version } });
    clients = sdkClients(stack.url);
  });

  describe.each(FORMATS)("the official client of %s", (format) => {
    it.each(TEXTS)("reads a whole answer of %s", async (tier, text) => {
      expect(await clients[format].whole(text)).toContain(`This is the ${tier} stand-in`);
    });

    it.each(TEXTS)("reads a streamed answer of %s in pieces", async (tier, text) => {
      const pieces = await clients[format].streamed(text);
      expect(pieces.join("")).toContain(`This is the ${tier} stand-in`);
      expect(pieces.length).toBeGreaterThan(10);
    });

    it.each(TEXTS.flatMap(([tier, text]) => [[tier, "whole", text] as const, [tier, "streamed", text] as const]))(
      "has its request to %s, %s, forwarded without its model, byte for byte",
      async (expected, mode, text) => {
        const { sent, received, tier } = await clients[format].exchange(text, mode);
        expect(tier).toBe(expected);
        expect(sent.match(/"model":"glm-5",/g)).toHaveLength(1);
        expect(received).toBe(sent.replace('"model":"glm-5",', ""));
      },
    );
  });

  it.each(WRITTEN)("$format with $name goes to $tier as it was written", async ({ format, tier, body }) => {
    const answer = await post(stack.url, PATHS[format], body.replace("MODEL", '"model" : "glm-5",'));
    expect(answer).toMatchObject({ tier, servedBy: tier, received: body.replace("MODEL", "") });
  });

  it("embeddings keep their model: they pass untouched to the default tier", async () => {
    let sent = "";
    const recording: typeof fetch = (input, init) => {
      sent = String(init?.body);
      return fetch(input, init);
    };
    const client = new OpenAI({ baseURL: `${stack.url}/v1`, apiKey: "none", maxRetries: 0, fetch: recording });
    const response = await client.embeddings
      .create({ model: "embed-1", input: "hi" }, { headers: { "x-stand-in-echo": "body" } })
      .asResponse();
    expect(await response.text()).toBe(sent);
    expect(sent).toContain('"model":"embed-1"');
    expect(response.headers.get("x-sluice-tier")).toBe("strong");
  });

  it("nothing of all this failed a request", async () => {
    const stats = await stack.envoyStats("^http\\.llm\\.(downstream_rq_5xx|ext_proc\\.(streams_failed|failure_mode_allowed))$");
    expect(Object.fromEntries([...stats].filter(([, count]) => count > 0))).toEqual({});
    expect(stats.size).toBe(3);
  });
});

describe("a tier's own model", () => {
  let stack: TestStack;

  beforeAll(async () => {
    stack = await startStack({ sluice: { config: "tiers: [{ name: weak, model: small-1 }, { name: strong, model: big-1 }]" } });
  });

  it.each(FORMATS.flatMap((format) => TEXTS.map(([tier, text]) => [format, tier, text] as const)))(
    "takes the place of the client's: %s to %s",
    async (format, tier, text) => {
      const { sent, received } = await sdkClients(stack.url)[format].exchange(text, "whole");
      expect(received).toBe(sent.replace('"glm-5"', tier === "weak" ? '"small-1"' : '"big-1"'));
    },
  );
});
