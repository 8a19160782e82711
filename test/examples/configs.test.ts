// The example configurations: complete, without a mistake, and deciding as their comments say.
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { loadConfig } from "../../src/config/load.ts";
import { routingOf, type SnapshotOptions } from "../../src/config/routing-of.ts";
import { warningsOf } from "../../src/config/warnings.ts";
import { createLedger } from "../../src/request/guard/limits/ledger.ts";
import { routeBody } from "../../src/request/routing/routing.ts";
import { parityTriples } from "./parity-triples.ts";

const FOLDER = fileURLToPath(new URL("../../examples/", import.meta.url));
const CONFIGS = readdirSync(FOLDER).filter((name) => name.endsWith(".yaml"));

/** What `check` warns of. The one model is for the reader to train. */
const WARNINGS: Readonly<Record<string, readonly string[]>> = { "learned.yaml": ["policies.trained"] };

/** Decides as `sluice serve` would. */
async function decider(file: string, options: SnapshotOptions = {}) {
  const routing = routingOf(await loadConfig(`${FOLDER}${file}`), options);
  return (body: object, headers: Readonly<Record<string, string>> = {}) => {
    const all: Readonly<Record<string, string>> = { ":path": "/v1/chat/completions", ...headers };
    const { decision } = routeBody(routing, Buffer.from(JSON.stringify(body)), { get: (name) => all[name] });
    const [, link] = decision.policy.split("/");
    return { tier: decision.tier, reason: decision.detail ?? decision.reason, link: link?.replace(/@.*/, "") };
  };
}

const chat = (content: unknown, fields: object = {}) => ({ ...fields, messages: [{ role: "user", content }] });

describe.each(CONFIGS)("%s", (file) => {
  test("is loaded, and checked without a warning that is not meant", async () => {
    const config = await loadConfig(`${FOLDER}${file}`);
    expect(warningsOf(config).map(({ path }) => path)).toEqual(WARNINGS[file] ?? []);
  });

  test("decides about every prompt of the example set", async () => {
    const decide = await decider(file);
    const tiers = parityTriples().flatMap((triple) => Object.values(triple).map(({ messages }) => decide({ messages }).tier));
    expect(new Set(tiers)).toContain("weak");
    expect(tiers.filter((tier) => !["weak", "middle", "good", "strong"].includes(tier))).toEqual([]);
  });
});

describe("agents.yaml", () => {
  const tools = { tools: [{ type: "function", function: { name: "bash" } }] };
  const call = (at: number) => [
    {
      role: "assistant",
      tool_calls: [{ id: `c${at}`, type: "function", function: { name: "bash", arguments: '{"command":"npm test"}' } }],
    },
    { role: "tool", tool_call_id: `c${at}`, content: "Exit code: 1\nnot found" },
  ];
  const loopOf = (calls: number) => {
    const loop = Array.from({ length: calls }, (_, at) => call(at)).flat();
    return { ...tools, messages: [{ role: "user", content: "run the tests" }, ...loop] };
  };
  const summary = { role: "user", content: "Your task is to create a detailed summary of the conversation, with every refactoring" };
  const compaction = { messages: [...loopOf(1).messages, { role: "assistant", content: "done" }, summary] };

  test.each<[what: string, body: object, tier: string, reason: string]>([
    ["a probe", chat("quota", { max_tokens: 1 }), "weak", "small jobs"],
    ["a compaction", compaction, "weak", "small jobs"],
    ["an easy question", chat("say hello", tools), "weak", "under-thresholds"],
    ["a hard one", chat("refactor the store", tools), "strong", "refactor"],
    ["its first call", loopOf(1), "weak", "under-thresholds"],
    ["the same call, failing for the third time", loopOf(3), "strong", "stalled"],
  ])("%s", async (_name, body, tier, reason) => {
    const decide = await decider("agents.yaml");
    expect(decide(body)).toMatchObject({ tier, reason });
  });
});

describe("rules.yaml", () => {
  test.each([
    ["a team's header", chat("hello"), { "x-team": "research" }, "strong", "research-team"],
    ["an English greeting", chat("Good morning!"), {}, "weak", "greeting"],
    ["a Chinese greeting", chat("早上好！"), {}, "weak", "greeting"],
    ["a Korean greeting", chat("고마워요, 정말 큰 도움이 됐어요!"), {}, "weak", "greeting"],
    ["`hi` inside a word is none", chat("What is this?"), {}, "weak", "default"],
    ["a stack trace", chat("Why?\n  at com.acme.Main.run(Main.java:7)"), {}, "strong", "stack-trace"],
    ["tools", chat("How warm is it?", { tools: [{ type: "function" }] }), {}, "strong", "for-programs"],
    ["a short request for JSON", chat("a list of fruit", { response_format: { type: "json_object" } }), {}, "weak", "default"],
    ["finance in Korean", chat("주식이 뭐예요?"), {}, "strong", "finance"],
  ])("%s", async (_name, body, headers, tier, reason) => {
    const decide = await decider("rules.yaml");
    expect(decide(body, headers)).toMatchObject({ tier, reason });
  });
});

describe("chain.yaml", () => {
  const picture = [{ type: "image_url", image_url: { url: "https://a.example/1.png" } }];
  test.each([
    ["a picture, though a small model is asked for", chat(picture, { model: "gpt-5-mini" }), "strong", "sure"],
    ["a small model", chat("x".repeat(900), { model: "gpt-5-mini" }), "weak", "sure"],
    ["a long text", chat("x".repeat(401)), "strong", "byLength"],
    ["a short one", chat("hello"), "weak", "byLength"],
  ])("%s", async (_name, body, tier, link) => {
    const decide = await decider("chain.yaml");
    expect(decide(body)).toMatchObject({ tier, link });
  });
});

test("quotas.yaml: a day's thousand calls of the strongest tier are followed by those of the next", async () => {
  const ledger = createLedger();
  const limits = { ledger, listener: { onMark: () => {}, onUnpriced: () => {} }, now: () => Date.parse("2026-11-29T12:00:00Z") };
  const options = { limits };
  const routing = routingOf(await loadConfig(`${FOLDER}quotas.yaml`), options);
  routing.limits?.takesEffect();
  const hard = chat("Prove step by step that the algorithm is correct, analyze its complexity, compare and design it. ".repeat(30));
  const body = Buffer.from(JSON.stringify(hard));
  const tiers = Array.from({ length: 4001 }, (_, at) => {
    const requestId = `r${at}`;
    const all: Readonly<Record<string, string>> = { ":path": "/v1/chat/completions", "x-request-id": requestId, "x-team": `t${at % 100}` };
    const { decision, measured } = routeBody(routing, body, { get: (name) => all[name] });
    routing.limits?.decided({ requestId, decision, measured, bodyBytes: body.length });
    return decision.tier;
  });
  expect([0, 999, 1000, 3999, 4000].map((at) => tiers[at])).toEqual(["strong", "strong", "good", "good", "middle"]);
});

describe("cheapest.yaml", () => {
  const picture = [{ type: "image_url", image_url: { url: "https://a.example/1.png" } }];
  test.each([
    ["an easy question", chat("hello"), "weak"],
    ["an easy one with a picture", chat(picture), "middle"],
    ["a hard one", chat("design a bridge"), "strong"],
  ])("%s", async (_name, body, tier) => {
    const decide = await decider("cheapest.yaml");
    expect(decide(body)).toMatchObject({ tier, reason: "cheapest" });
  });
});

test("learned.yaml leaves the decision to the threshold rule as long as there is no model", async () => {
  const decide = await decider("learned.yaml");
  expect(decide(chat("design a bridge"))).toEqual({ tier: "strong", reason: "design", link: "byThreshold" });
});
