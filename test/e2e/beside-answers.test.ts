// Paths that take a chat's body for something else than an answer, and a chat's path whose body has nothing to read: each goes where its
// chat would, with the model of the tier that serves it.
import { beforeAll, describe, expect, it } from "vitest";
import { ENVOY_VERSION } from "../../src/setup/stack/envoy-releases.ts";
import { OLDEST_ENVOY } from "../support/envoy.ts";
import { decisions, metric } from "../support/metrics.ts";
import { chat, post } from "../support/requests.ts";
import { startStack, type TestStack } from "../support/stack.ts";
import { waitFor } from "../support/wait-for.ts";

const PRICE = "price: { inputPerMTok: 1, outputPerMTok: 1 }";
const CONFIG = `
tiers:
  - { name: weak, model: small, params: { temperature: 0.1 }, ${PRICE} }
  - { name: strong, model: large, ${PRICE} }
`;

const input = (text: string) => JSON.stringify({ model: "auto", input: text });

interface Case {
  readonly path: string;
  readonly body: string;
  readonly tier: "weak" | "strong";
  readonly received: string;
}

const COUNTED: readonly Case[] = [
  {
    path: "/v1/messages/count_tokens",
    body: chat("hello", { model: "auto" }),
    tier: "weak",
    received: chat("hello", { model: "small" }),
  },
  { path: "/v1/responses/input_tokens", body: input("design it"), tier: "strong", received: input("design it").replace("auto", "large") },
];
const OTHERS: readonly Case[] = [
  { path: "/v1/responses/compact", body: input("hello"), tier: "weak", received: input("hello").replace("auto", "small") },
  { path: "/v1/chat/completions", body: '{"model":"auto"}', tier: "strong", received: '{"model":"large"}' },
  {
    path: "/v1/responses",
    body: '{"prompt":{"id":"pmpt_1"},"model":"auto"}',
    tier: "strong",
    received: '{"model":"large","prompt":{"id":"pmpt_1"}}',
  },
  ...["/model/a/converse", "/v1/projects/p/locations/l/endpoints/1:rawPredict", "/v1/messages/batches"].map(
    (path): Case => ({ path, body: chat("hi", { model: "auto" }), tier: "strong", received: chat("hi", { model: "auto" }) }),
  ),
];

describe.each([ENVOY_VERSION, OLDEST_ENVOY])("on Envoy %s", (version) => {
  let stack: TestStack;

  beforeAll(async () => {
    stack = await startStack({ envoy: { version }, sluice: { config: CONFIG } });
  });

  it.each([...COUNTED, ...OTHERS])("$path goes to $tier with its model", async ({ path, body, tier, received }) => {
    expect(await post(stack.url, path, body)).toEqual({ tier, servedBy: tier, received });
  });

  it.each(COUNTED)("$path falls back with the model of the other tier", async ({ path, body, tier, received }) => {
    const answer = await post(stack.url, path, body, { "x-stand-in-script": `${tier}=503` });
    const [from, to] = tier === "weak" ? ["small", "large"] : ["large", "small"];
    expect(answer).toEqual({ tier, servedBy: tier === "weak" ? "strong" : "weak", received: received.replace(from, to) });
  });

  it("what counts tokens costs nothing, and is no chat of its tier", async () => {
    const { adminUrl } = stack.sluice;
    const logged = async () => (await metric(adminUrl, "sluice_outcomes_total")) === (await metric(adminUrl, "sluice_decisions_total"));
    await waitFor("what was asked before is logged", logged, 10_000);
    const cost = await metric(adminUrl, "sluice_cost_usd_total");
    for (const { path, body } of COUNTED) await post(stack.url, path, body);
    await waitFor("the counts are logged", logged, 10_000);
    expect(await decisions(adminUrl, "token-count")).toBeGreaterThanOrEqual(COUNTED.length);
    expect(cost).toBeGreaterThan(0);
    expect(await metric(adminUrl, "sluice_cost_usd_total")).toBe(cost);
  });
});
