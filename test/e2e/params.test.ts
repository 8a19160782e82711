// Parameters that a policy sets in the body, as the model server receives them: by splice, and only where they may.
import { beforeAll, describe, expect, it } from "vitest";
import { ENVOY_VERSION } from "../../src/setup/stack/envoy-releases.ts";
import { OLDEST_ENVOY } from "../support/envoy.ts";
import { ask, chat, post, routed } from "../support/requests.ts";
import { sdkClients } from "../support/sdk-clients.ts";
import { startStack, type TestStack } from "../support/stack.ts";

const CONFIG = `
policies:
  main:
    type: rules
    rules:
      - { name: form, match: { keywords: [shapely] }, tier: weak, shape: { prepend: "Be \\"brief\\".", schema: { type: object } } }
      - { name: greeting, match: { keywords: [hello] }, tier: weak, params: { max_tokens: 100, temperature: 0.3 } }
      - { name: capped, match: { keywords: [everything] }, tier: strong, params: { max_tokens: 7 }, overwrite: true }
      - { name: json, match: { keywords: [fields] }, tier: weak, params: { response_format: { type: json_object }, stop: ["한", "\\n"] } }
    fallback: { tier: strong, params: { top_p: 0.5 } }
`;

const user = (content: string) => `"messages":[{"role":"user","content":"${content}"}]`;

/** What is sent, and what arrives. */
const SET: readonly (readonly [name: string, tier: string, sent: string, arrives: string])[] = [
  ["absent: they are set", "weak", `{${user("hello")}}`, `{"max_tokens":100,"temperature":0.3,${user("hello")}}`],
  [
    "one present: the client's value stands, the other is set",
    "weak",
    `{ "max_tokens" : 5e0, ${user("hello")} }`,
    `{"temperature":0.3, "max_tokens" : 5e0, ${user("hello")} }`,
  ],
  [
    "both present: nothing changes",
    "weak",
    `{"temperature":1,${user("hello")},"max_tokens":5}`,
    `{"temperature":1,${user("hello")},"max_tokens":5}`,
  ],
  [
    "null: counts as not set",
    "weak",
    `{"temperature":1,"max_tokens":null,${user("hello")}}`,
    `{"temperature":1,"max_tokens":100,${user("hello")}}`,
  ],
  [
    "inside a message only: that is another",
    "weak",
    `{"temperature":1,"metadata":{"max_tokens":5},${user("hello")}}`,
    `{"max_tokens":100,"temperature":1,"metadata":{"max_tokens":5},${user("hello")}}`,
  ],
  ["overwrite, absent: it is set", "strong", `{${user("everything")}}`, `{"max_tokens":7,${user("everything")}}`],
  [
    "overwrite, present: it is replaced where it stands",
    "strong",
    `{${user("everything")}, "max_tokens": 4096}`,
    `{${user("everything")}, "max_tokens": 7}`,
  ],
  [
    "overwrite, spelt with an escape: it is the same member",
    "strong",
    `{"max\\u005ftokens":4096,${user("everything")}}`,
    `{"max\\u005ftokens":7,${user("everything")}}`,
  ],
  [
    "objects, lists and other scripts",
    "weak",
    `{${user("three fields")}}`,
    `{"response_format":{"type":"json_object"},"stop":["한","\\n"],${user("three fields")}}`,
  ],
  ["of the fallback", "strong", `{${user("anything else")}}`, `{"top_p":0.5,${user("anything else")}}`],
];

const BRIEF = '"Be \\"brief\\"."';
const OF_FORM = '"name":"answer","schema":{"type":"object"}';

const MARKED = '{"type":"text","text":"x","cache_control":{"type":"ephemeral"}}';
const OF_MESSAGES = '"output_config":{"format":{"type":"json_schema","schema":{"type":"object"}}}';
const WITH_SYSTEM = user("shapely").replace("[", `[{"role":"system","content":${BRIEF}},`);

/** What is sent, and what arrives with the instructions of a rule. */
const SHAPED: readonly (readonly [path: string, sent: string, arrives: string])[] = [
  [
    "/v1/chat/completions",
    `{ ${user("shapely")} }`,
    `{"response_format":{"type":"json_schema","json_schema":{${OF_FORM}}}, ${WITH_SYSTEM} }`,
  ],
  ["/v1/completions", '{"prompt":"shapely"}', '{"prompt":"Be \\"brief\\".\\n\\nshapely"}'],
  [
    "/v1/responses",
    '{"input":"shapely", "text":{"verbosity":"low"}}',
    `{"instructions":${BRIEF},"input":"shapely", "text":{"format":{"type":"json_schema",${OF_FORM}},"verbosity":"low"}}`,
  ],
  [
    "/v1/messages",
    `{"max_tokens":9,"system":[${MARKED}],${user("shapely")}}`,
    `{${OF_MESSAGES},"max_tokens":9,"system":[{"type":"text","text":${BRIEF}},${MARKED}],${user("shapely")}}`,
  ],
];

describe.each([ENVOY_VERSION, OLDEST_ENVOY])("on Envoy %s", (version) => {
  let stack: TestStack;

  beforeAll(async () => {
    stack = await startStack({ sluice: { config: CONFIG }, envoy: { version } });
  });

  it.each(SET)("%s", async (_name, tier, sent, arrives) => {
    expect(await post(stack.url, "/v1/chat/completions", sent)).toEqual({ tier, servedBy: tier, received: arrives });
  });

  it.each(SET)("%s, and the model goes", async (_name, tier, sent, arrives) => {
    const withModel = sent.replace(/\}$/, ',"model":"glm-5"}');
    expect(await post(stack.url, "/v1/chat/completions", withModel)).toEqual({ tier, servedBy: tier, received: arrives });
  });

  it.each(SHAPED)(
    "%s: a rule's instructions are added, and the tier that it falls back to gets the client's own",
    async (path, sent, arrives) => {
      expect(await post(stack.url, path, sent)).toEqual({ tier: "weak", servedBy: "weak", received: arrives });
      const withModel = sent.replace(/\}$/, ',"model":"glm-5"}');
      expect(await post(stack.url, path, withModel)).toMatchObject({ received: arrives });
      const failing = { "x-stand-in-script": "weak=503" };
      expect(await post(stack.url, path, withModel, failing)).toEqual({ tier: "weak", servedBy: "strong", received: sent });
    },
  );

  it("the headers name the rule", async () => {
    const answer = await ask(stack.url, chat("hello"));
    expect(routed(answer)).toEqual({ tier: "weak", servedBy: "weak", reason: "rule:greeting" });
    expect(answer.echo.headers["x-sluice-policy"]).toMatch(/^main@/);
    expect(routed(await ask(stack.url, chat("anything else"))).reason).toBe("default");
  });

  it("the OpenAI client's request gets what it lacks", async () => {
    const { sent, received } = await sdkClients(stack.url)["chat-completions"].exchange("hello", "streamed");
    expect(received).toBe(sent.replace('{"model":"glm-5",', '{"max_tokens":100,"temperature":0.3,'));
  });

  it("the Anthropic client's own max_tokens stands", async () => {
    const { sent, received } = await sdkClients(stack.url).messages.exchange("hello", "whole");
    expect(received).toBe(sent.replace('{"model":"glm-5",', '{"temperature":0.3,'));
    expect(received).toContain('"max_tokens":64');
  });
});
