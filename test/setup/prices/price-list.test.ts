// Price lists of both formats: what a model costs in them, in dollars for a million tokens, and what is no list.
import { describe, expect, test } from "vitest";
import type { TierConfig } from "../../../src/config/capabilities/tiers.ts";
import { parseConfig } from "../../../src/config/load.ts";
import { parsePriceList } from "../../../src/setup/prices/price-list.ts";
import { nearNames, tierPrices } from "../../../src/setup/prices/tier-prices.ts";
import { LITELLM, PORTKEY } from "../../support/price-lists.ts";

const litellm = parsePriceList(JSON.stringify(LITELLM), "litellm.json");
const portkey = parsePriceList(`\uFEFF${JSON.stringify(PORTKEY)}`, "openai.json");

describe("a model's price, per million tokens: input, cached, cache write, output", () => {
  test.each([
    ["dollars per token", litellm, "gpt-4o-mini", [0.15, 0.075, undefined, 0.6]],
    ["cache reads and writes apart", litellm, "claude-sonnet-4-5", [3, 0.3, 3.75, 15]],
    ["a zero beside a price says that it is not billed apart", litellm, "deepseek/deepseek-chat", [0.28, 0.028, undefined, 0.42]],
    ["the shortest of several ranges", litellm, "dashscope/qwen-flash", [0.05, undefined, undefined, 0.4]],
    ["nothing at all, where a server is one's own", litellm, "ollama/llama3.1", [0, undefined, undefined, 0]],
    ["numbers as text", litellm, "own/written-as-text", [5, undefined, undefined, 30]],
    ["cents per token", portkey, "gpt-4o", [2.5, 1.25, undefined, 10]],
    ["cents, with cache writes", portkey, "claude-haiku-4-5-20251001", [1, 0.1, 1.25, 5]],
    ["fractions that binary numbers miss", portkey, "deepseek-v4-flash", [0.14, 0.0028, undefined, 0.28]],
  ])("%s", (_what, list, model, expected) => {
    const listed = list.models.get(model);
    if (listed?.kind !== "priced") throw new Error(`no price of ${model}`);
    const { inputPerMTok, cachedInputPerMTok, cacheWritePerMTok, outputPerMTok } = listed.price;
    expect([inputPerMTok, cachedInputPerMTok, cacheWritePerMTok, outputPerMTok]).toEqual(expected);
  });

  test.each([
    ["claude-sonnet-4-5", "prompts over 200,000 tokens cost more (input 6, output 22.5); the lower price is taken"],
    ["dashscope/qwen-flash", "prompts over 256,000 tokens cost more (input 0.25, output 2); the lower price is taken"],
    ["gpt-4o-mini", undefined],
  ])("what longer prompts cost is said of %s", (model, note) => {
    expect(litellm.models.get(model)).toMatchObject({ kind: "priced", note });
  });

  test.each([
    [litellm, "1024-x-1024/dall-e-2", "has no price for a token"],
    [portkey, "dall-e-3", "has no price for a token"],
    [portkey, "openrouter/auto", "has no usable price"],
  ])("images and prices that depend have none: %#", (list, model, why) => {
    expect(list.models.get(model)).toEqual({ kind: "unpriced", why });
  });

  test("the entries that explain are no models", () => {
    expect([litellm.models.has("sample_spec"), portkey.models.has("default")]).toEqual([false, false]);
  });
});

describe("what is no list", () => {
  test.each([
    ["not JSON", "{", "prices-unreadable", "x.json: not JSON"],
    ["a list", "[]", "prices-not-recognised", "no map of models to prices"],
    ["nothing", "null", "prices-not-recognised", "no map of models to prices"],
    ["an empty map", "{}", "prices-not-recognised", "neither LiteLLM's map nor one of Portkey's"],
    ["another map", '{"a":{"b":1}}', "prices-not-recognised", "neither LiteLLM's map nor one of Portkey's"],
    ["a map inside", '{"models":{"gpt-4o":{"pricing":{"input":2.5}}}}', "prices-not-recognised", "`models` inside of an object"],
    ["Portkey's answer about one model", '{"pay_as_you_go":{},"currency":"USD"}', "prices-not-recognised", "does not say its name"],
    ["another currency", '{"default":{"pricing_config":{"currency":"EUR"}}}', "prices-not-recognised", "default: prices in EUR"],
  ])("%s", (_what, text, code, words) => {
    expect(() => parsePriceList(text, "x.json")).toThrow(expect.objectContaining({ code, message: expect.stringContaining(words) }));
  });
});

test.each<[what: string, entry: object, traits: object]>([
  ["a window", { max_input_tokens: 272000, max_output_tokens: 128000, max_tokens: 128000 }, { can: {}, contextTokens: 272000 }],
  ["an older entry's window", { max_tokens: 8192 }, { can: {}, contextTokens: 8192 }],
  ["how long an answer is says nothing of it", { max_output_tokens: 4096, max_tokens: 4096 }, { can: {} }],
  ["no number of tokens", { max_input_tokens: "8k" }, { can: {} }],
  [
    "each ability, and only what is said",
    { supports_vision: true, supports_pdf_input: false, supports_response_schema: true, supports_audio_input: "yes" },
    { can: { images: true, files: false, json: true } },
  ],
])("what a model takes, from LiteLLM's map: %s", (_what, entry, traits) => {
  const priced = { input_cost_per_token: 1e-6, output_cost_per_token: 1e-6, litellm_provider: "x", ...entry };
  expect(parsePriceList(JSON.stringify({ m: priced }), "x.json").models.get("m")).toMatchObject({ kind: "priced", traits });
});

describe("which tier gets which price", () => {
  const tiers = (text: string): readonly TierConfig[] => parseConfig(text, "t").tiers;
  const TWO = tiers("tiers: [{ name: weak, model: gpt-4o-mini }, { name: strong, model: claude-haiku-4-5-20251001 }]");
  const given = (...pairs: (readonly [string, string])[]) => new Map(pairs);

  test("its own model's, from the first list that has it", () => {
    const { priced } = tierPrices(TWO, given(), [litellm, portkey]);
    expect(priced.map(({ tier, source, after }) => [tier, source, after.inputPerMTok])).toEqual([
      ["weak", "litellm.json", 0.15],
      ["strong", "openai.json", 1],
    ]);
  });

  test("a model given for it comes first; a tier without one is left, as is one given none", () => {
    const three = tiers("tiers: [{ name: a, model: x }, { name: b }, { name: c, model: y }]");
    const { priced, left } = tierPrices(three, given(["a", "gpt-4o-mini"], ["c", ""]), [litellm]);
    expect(priced.map(({ tier, index, model }) => [tier, index, model])).toEqual([["a", 0, "gpt-4o-mini"]]);
    expect(left).toEqual([
      { tier: "b", why: "no `model` of its own; --tier b=MODEL gives one" },
      { tier: "c", why: "left as it is" },
    ]);
  });

  test.each([
    [
      "every unknown model at once, with the names near it",
      given(["weak", "gpt-4o-mni"], ["strong", "Claude-Sonnet-4-5"]),
      "prices-unknown-model",
      "tier weak: gpt-4o-mni is not in litellm.json; near: gpt-4o-mini\n" +
        "  tier strong: Claude-Sonnet-4-5 is not in litellm.json; near: claude-sonnet-4-5, anthropic.claude-sonnet-4-5-20250929-v1:0",
    ],
    [
      "a model without a price for tokens",
      given(["strong", "1024-x-1024/dall-e-2"]),
      "prices-unknown-model",
      "tier strong: 1024-x-1024/dall-e-2 has no price for a token in litellm.json",
    ],
    ["a tier that there is not", given(["wek", "gpt-4o-mini"]), "prices-tier", "--tier wek: no such tier; did you mean weak?"],
    ["nothing left to look up", given(["weak", ""], ["strong", ""]), "prices-tier", "weak (left as it is), strong (left as it is)"],
  ])("refused: %s", (_what, models, code, words) => {
    expect(() => tierPrices(TWO, models, [litellm])).toThrow(expect.objectContaining({ code, message: expect.stringContaining(words) }));
  });

  test("a name with a provider in front is nearest to the bare one", () => {
    expect(nearNames("deepseek-chat", [...litellm.models.keys()])[0]).toBe("deepseek/deepseek-chat");
    expect(nearNames("nothing like any of them", [...litellm.models.keys()])).toEqual([]);
  });
});
