// A request that a tier cannot take reaches none of its servers: not when it is decided, and not when the tier that can is down.
import { beforeAll, describe, expect, it } from "vitest";
import { ENVOY_VERSION } from "../../src/setup/stack/envoy-releases.ts";
import { diagnose } from "../support/doctor.ts";
import { OLDEST_ENVOY } from "../support/envoy.ts";
import { metric } from "../support/metrics.ts";
import { catchPrinted } from "../support/printed.ts";
import { ask, chat } from "../support/requests.ts";
import { startStack, type TestStack } from "../support/stack.ts";

const WEAK = "{ name: weak, can: { images: false, json: false, tools: false }, contextTokens: 32000 }";
const STRONG = "{ name: strong, can: { images: true, json: true, audio: false }, contextTokens: 1000000 }";
const POLICY =
  "policies: { main: { type: rules, rules: [{ name: up, tier: strong, match: { keywords: [design] } }], fallback: { tier: weak } } }";
const CONFIG = `tiers: [${WEAK}, ${STRONG}]\n${POLICY}`;

const image = { type: "image_url", image_url: { url: "https://example.com/a.png" } };
const withImage = (text: string) => JSON.stringify({ messages: [{ role: "user", content: [{ type: "text", text }, image] }] });
const withSound = (text: string) =>
  JSON.stringify({
    messages: [
      {
        role: "user",
        content: [
          { type: "text", text },
          { type: "input_audio", input_audio: { data: "AA", format: "wav" } },
        ],
      },
    ],
  });
const schema = { type: "json_schema", json_schema: { name: "s", schema: { type: "object" } } };

/** The tier decided says 503, and that is what the client gets: nothing goes to the other one. */
async function expectOwnError(stack: TestStack, body: string, { from, never }: { from: string; never: string }): Promise<void> {
  const before = await reached(stack, never);
  const response = await fetch(`${stack.url}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-stand-in-script": `${from}=503` },
    body,
  });
  expect(response.status).toBe(503);
  expect(Object.fromEntries(response.headers)).toMatchObject({ "x-sluice-tier": from, "x-envoy-attempt-count": "2" });
  expect(await response.text()).toContain(`The ${from} stand-in was told to answer 503`);
  expect(await reached(stack, never)).toBe(before);
}

/** Requests that Envoy has sent to a tier's servers, on any route. */
async function reached({ envoyStats }: TestStack, tier: string): Promise<number> {
  const stats = await envoyStats(`^cluster\\.${tier}\\.upstream_rq_total$`);
  const [count] = stats.values();
  if (count === undefined) throw new Error(`Envoy counts no requests to ${tier}`);
  return count;
}

const printed = catchPrinted();

describe.each([ENVOY_VERSION, OLDEST_ENVOY])("on Envoy %s", (version) => {
  let stack: TestStack;

  beforeAll(async () => {
    stack = await startStack({ envoy: { version }, sluice: { config: CONFIG } });
  });

  const HARD: readonly (readonly [what: string, body: string, detail: string])[] = [
    ["an image", withImage("what is this?"), "images"],
    ["200,000 tokens", chat("word ".repeat(200_000)), "window"],
    ["a JSON schema", chat("hello", { response_format: schema }), "json"],
    ["tools", chat("hello", { tools: [{ type: "function", function: { name: "f" } }] }), "tools"],
    ["an answer of 40,000 tokens", chat("hello", { max_tokens: 40_000 }), "window"],
  ];

  it.each(HARD)("%s goes to the tier that takes it", async (_what, body, detail) => {
    const answer = await ask(stack.url, body);
    expect(answer).toMatchObject({ tier: "strong", servedBy: "strong", attempts: 1 });
    expect(answer.echo.headers).toMatchObject({ "x-sluice-reason": `cannot:${detail}`, "x-sluice-cannot": "weak" });
  });

  it.each(HARD)("%s never reaches the tier that cannot take it, also when the other one says 503: that is the answer", async (_, body) => {
    await expectOwnError(stack, body, { from: "strong", never: "weak" });
  });

  it("so it is where the policy itself decided for strong", async () => {
    expect(await ask(stack.url, withImage("design it"))).toMatchObject({ tier: "strong", servedBy: "strong" });
    await expectOwnError(stack, withImage("design it"), { from: "strong", never: "weak" });
  });

  it("and where the cheap tier alone can take it", async () => {
    expect(await ask(stack.url, withSound("design it"))).toMatchObject({ tier: "weak", servedBy: "weak" });
    await expectOwnError(stack, withSound("design it"), { from: "weak", never: "strong" });
  });

  it("what both can take falls back as ever", async () => {
    expect(await ask(stack.url, chat("design it"), { "x-stand-in-script": "strong=503" })).toMatchObject({ status: 200, servedBy: "weak" });
    expect(await ask(stack.url, chat("hello"), { "x-stand-in-script": "weak=503" })).toMatchObject({ status: 200, servedBy: "strong" });
  });

  it("a client's own x-sluice-cannot keeps nothing from falling back", async () => {
    const forged = { "x-sluice-cannot": "weak", "x-stand-in-script": "strong=503" };
    expect(await ask(stack.url, chat("design it"), forged)).toMatchObject({ status: 200, servedBy: "weak" });
  });

  it("what no tier can take goes to the largest window, and is counted", async () => {
    const both = JSON.stringify({
      messages: [{ role: "user", content: [image, { type: "input_audio", input_audio: { data: "AA", format: "wav" } }] }],
    });
    expect((await ask(stack.url, both)).echo.headers).toMatchObject({
      "x-sluice-reason": "cannot-any:images",
      "x-sluice-cannot": "weak,strong",
    });
    const labels = { tier: "strong", reason: "cannot-any" };
    expect(await metric(stack.sluice.adminUrl, "sluice_decisions_total", labels)).toBe(1);
  });

  it("the doctor finds nothing in it", async () => {
    const { ids } = await diagnose(printed, "--envoy-admin", stack.envoy.adminUrl, "--config", stack.sluice.configFile);
    expect(ids).toEqual([]);
  });
});
