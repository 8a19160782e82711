// Parameters that a policy or a tier sets, against a server that refuses what real ones refuse: every request that was fine without them
// is fine with them, on the first attempt and on a fallback.
import { beforeAll, describe, expect, it } from "vitest";
import { ENVOY_VERSION } from "../../src/setup/stack/envoy-releases.ts";
import { OLDEST_ENVOY, startEnvoy } from "../support/envoy.ts";
import { startSluice } from "../support/sluice.ts";
import { startStrictServer } from "../support/strict-server.ts";

const EVERYTHING = "{ temperature: 0.3, top_p: 0.9, max_tokens: 100, stop: END, seed: 7, frequency_penalty: 0.1, reasoning_effort: low }";
const CONFIGS = {
  "the parameters of our examples": `
policies: { main: { type: difficulty, bands: [{ tier: weak, params: { temperature: 0.3, max_tokens: 100 } }] } }`,
  "the same, overwriting": `
policies: { main: { type: difficulty, bands: [{ tier: weak, params: { temperature: 0.3, max_tokens: 100 }, overwrite: true }] } }`,
  "all there are, from the policy": `
policies: { main: { type: difficulty, bands: [{ tier: weak, params: ${EVERYTHING} }] } }`,
  "all there are, from the tier": `
tiers: [{ name: weak, params: ${EVERYTHING} }, { name: strong }]
policies: { main: { type: fixed, tier: weak } }`,
  "a reasoning model": `
tiers: [{ name: weak, model: o3-mini, params: { temperature: 0.3, max_tokens: 100, stop: END } }, { name: strong }]
policies: { main: { type: fixed, tier: weak } }`,
};

const CHAT = '"messages":[{"role":"user","content":"hi"}]';
const REQUESTS: readonly (readonly [what: string, path: string, body: string])[] = [
  ["a chat", "/v1/chat/completions", `{${CHAT}}`],
  ["a chat with the newer limit", "/v1/chat/completions", `{"max_completion_tokens":5, ${CHAT}}`],
  ["a chat with the older limit", "/v1/chat/completions", `{ "max_tokens" : 5 , "reasoning_effort":null, ${CHAT}}`],
  ["a chat with effort", "/v1/chat/completions", `{"reasoning_effort":"high",${CHAT}}`],
  ["a completion", "/v1/completions", '{"prompt":"hi"}'],
  ["a response", "/v1/responses", '{"input":"hi"}'],
  ["a response with a limit", "/v1/responses", '{"input":"hi","max_output_tokens":5}'],
  ["a response with reasoning", "/v1/responses", '{"input":"hi","reasoning":{ "effort" : "high" }}'],
  ["a response with a summary", "/v1/responses", '{"input":"hi","reasoning":{"summary":"auto"}}'],
  ["a message", "/v1/messages", `{"max_tokens":4096,${CHAT}}`],
  ["a message with thinking", "/v1/messages", `{"max_tokens":4096,"thinking":{"type":"enabled","budget_tokens":1024},${CHAT}}`],
  [
    "a message with adaptive thinking",
    "/v1/messages",
    `{"max_tokens":4096,"thinking":{"type":"adaptive"},"output_config":{"effort":"low"},${CHAT}}`,
  ],
  ["a message with top_p", "/v1/messages", `{"max_tokens":4096,"top_p":0.5,${CHAT}}`],
];

async function send(url: string, path: string, body: string): Promise<{ readonly status: number; readonly text: string }> {
  const response = await fetch(`${url}${path}`, { method: "POST", headers: { "content-type": "application/json" }, body });
  return { status: response.status, text: await response.text() };
}

describe.each(Object.entries(CONFIGS))("%s", (_name, config) => {
  let url: string;

  beforeAll(async () => {
    const [sluice, server] = await Promise.all([startSluice({ config }), startStrictServer()]);
    url = (await startEnvoy({ sluice: sluice.extProc, weak: server.address, strong: server.address })).url;
  });

  // What the model refuses of a client is not ours to mend.
  it.each(REQUESTS.filter(([, , body]) => !(config.includes("o3-mini") && /"max_tokens" : 5/.test(body))))(
    "%s is taken, and all of its own is kept",
    async (_what, path, body) => {
      const { status, text } = await send(url, path, body);
      expect({ status, refused: status === 200 ? "" : text }).toEqual({ status: 200, refused: "" });
      const [sent, received] = [JSON.parse(body), JSON.parse(text)];
      if (config.includes("overwrite")) return;
      expect(received).toMatchObject(Object.fromEntries(Object.entries(sent).filter(([, value]) => value !== null)));
    },
  );
});

describe.each([ENVOY_VERSION, OLDEST_ENVOY])("a fallback on Envoy %s", (version) => {
  it.each([
    ["a chat", "/v1/chat/completions", `{ "model" : "auto", "n":1, ${CHAT}}`, `{"model":"o3","reasoning_effort":"high",  "n":1, ${CHAT}}`],
    [
      "a chat with an effort of its own",
      "/v1/chat/completions",
      `{"reasoning_effort":"low",${CHAT}}`,
      `{"model":"o3","reasoning_effort":"low",${CHAT}}`,
    ],
    ["a response", "/v1/responses", '{"input":"hi"}', '{"model":"o3","reasoning":{"effort":"high"},"input":"hi"}'],
  ])("%s: the other tier gets its own parameters, and none that were for the first", async (_what, path, body, wanted) => {
    const config = `
tiers:
  - { name: weak, model: small, params: { temperature: 0.3, max_tokens: 100 } }
  - { name: strong, model: o3, params: { reasoning_effort: high } }
policies: { main: { type: rules, rules: [{ name: all, tier: weak, params: { top_p: 0.5 } }] } }`;
    const [sluice, full, server] = await Promise.all([startSluice({ config }), startStrictServer(503), startStrictServer()]);
    const envoy = await startEnvoy({ sluice: sluice.extProc, weak: full.address, strong: server.address, version });
    expect(await send(envoy.url, path, body)).toEqual({ status: 200, text: wanted });
    await envoy.stop();
    await sluice.stop();
  });
});
