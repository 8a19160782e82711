// Policies beyond two tiers and one rule, on a real Envoy: difficulty over three clusters, and chains whose links abstain.
import { beforeAll, describe, expect, it } from "vitest";
import { ENVOY_VERSION } from "../../src/setup/stack/envoy-releases.ts";
import { OLDEST_ENVOY } from "../support/envoy.ts";
import { ask, chat, post, routed } from "../support/requests.ts";
import { startStack, type TestStack } from "../support/stack.ts";

const THREE_TIERS = `
tiers: [{ name: weak, model: small }, { name: middle, model: medium }, { name: strong }]
policies:
  main:
    type: difficulty
    bands:
      - { below: 0.2, tier: weak, params: { temperature: 0.7 } }
      - { below: 0.5, tier: middle }
      - { tier: strong, params: { temperature: 0.2 } }
`;

/** Prompts by the tier that their score asks for, in three languages. */
const PROMPTS: readonly (readonly [tier: string, prompt: string])[] = [
  ["weak", "What is the capital of France?"],
  ["weak", "今天天气怎么样？"],
  ["weak", "오늘 날씨 어때요?"],
  ["middle", "Compare quicksort and merge sort in a table: two sorting algorithms, best and worst case."],
  ["middle", "用表格比较快速排序和归并排序这两种排序算法的最好和最坏情况。"],
  ["middle", "두 정렬 알고리즘인 퀵 정렬과 병합 정렬의 최선과 최악의 경우를 표로 비교해 주세요."],
  ["strong", "If a bank sells my loan, which law protects my financial data? Compare Germany and Korea in a table."],
  ["strong", "如果银行卖掉我的贷款，哪部法律保护我的金融数据？请用表格比较德国和韩国。"],
  ["strong", "만약 은행이 제 대출을 판다면 어떤 법률이 제 금융 데이터를 보호하나요? 독일과 한국을 표로 비교해 주세요."],
];

/** What a tier's body begins with: its own model and the band's parameters, where it has them. */
const BEGINNINGS: Readonly<Record<string, string>> = {
  weak: '{"model":"small","temperature":0.7,"messages"',
  middle: '{"model":"medium","messages"',
  strong: '{"temperature":0.2,"messages"',
};

describe.each([ENVOY_VERSION, OLDEST_ENVOY])("difficulty over three clusters on Envoy %s", (version) => {
  let stack: TestStack;

  beforeAll(async () => {
    stack = await startStack({ sluice: { config: THREE_TIERS }, envoy: { version }, moreTiers: ["middle"] });
  });

  it.each(PROMPTS)("is served by %s: %s", async (tier, prompt) => {
    const answer = await ask(stack.url, chat(prompt, { model: "glm-5" }));
    expect(routed(answer)).toEqual({ tier, servedBy: tier, reason: expect.stringMatching(/^difficulty:0\.\d+$/) });
  });

  it.each(PROMPTS)("%s gets its model and its band's parameters: %s", async (tier, prompt) => {
    const { servedBy, received } = await post(stack.url, "/v1/chat/completions", chat(prompt));
    expect(servedBy).toBe(tier);
    expect(received).toBe(chat(prompt).replace('{"messages"', BEGINNINGS[tier] ?? ""));
  });

  it("what cannot be read goes to the last", async () => {
    expect(routed(await ask(stack.url, "{"))).toEqual({ tier: "strong", servedBy: "strong", reason: "not-json" });
  });
});

const CHAIN = `
active: main
policies:
  main: { type: chain, of: [sure, trained, byThreshold] }
  sure: { type: rules, rules: [{ name: mini, match: { model: "*-mini" }, tier: weak, params: { n: 1 } }] }
  trained: { type: learned }
  byThreshold: { type: threshold, maxChars: 50 }
`;

describe("a chain", () => {
  let stack: TestStack;

  beforeAll(async () => {
    stack = await startStack({ sluice: { config: CHAIN } });
  });

  it.each([
    ["the first link decides", chat("design it", { model: "gpt-5-mini" }), "weak", "sure", "rule:mini"],
    ["the first two abstain, the third decides", chat("design it", { model: "gpt-5" }), "strong", "byThreshold", "keyword:design"],
    ["nothing is over the third's thresholds", chat("hello", { model: "gpt-5" }), "weak", "byThreshold", "under-thresholds"],
    ["the third's own threshold is passed", chat("a".repeat(51)), "strong", "byThreshold", "chars"],
  ])("%s, and the headers name it", async (_name, body, tier, link, reason) => {
    const answer = await ask(stack.url, body);
    expect(routed(answer)).toEqual({ tier, servedBy: tier, reason });
    expect(answer.echo.headers["x-sluice-policy"]).toMatch(new RegExp(`^main(?:@[^/]+)?/${link}(?:@.+)?$`));
  });

  it("sets the parameters of the link that decided, and no other's", async () => {
    const asked = (model: string) => post(stack.url, "/v1/chat/completions", chat("hello", { model }));
    expect((await asked("gpt-5-mini")).received).toBe(chat("hello", { n: 1 }));
    expect((await asked("gpt-5")).received).toBe(chat("hello"));
  });
});

describe("a policy that abstains", () => {
  it("leaves the request to the default tier, and says so", async () => {
    const config = "defaultTier: weak\npolicies: { main: { type: rules, rules: [{ name: r, match: { minChars: 1000 }, tier: strong }] } }";
    const stack = await startStack({ sluice: { config } });
    const answer = await ask(stack.url, chat("hello", { model: "glm-5" }));
    expect(routed(answer)).toEqual({ tier: "weak", servedBy: "weak", reason: "abstained" });
    expect(answer.echo.keys).toEqual(["messages"]);
  });
});
