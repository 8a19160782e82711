// Which requests get whose instructions, what the decision says of it, and what an attempt by another tier makes of the body.
import { describe, expect, test } from "vitest";
import { parseConfig } from "../../../src/config/load.ts";
import { routingOf } from "../../../src/config/routing-of.ts";
import { bodyForTier, needsEdit } from "../../../src/request/routing/attempt.ts";
import { decisionHeaders, paramsHeader, SHAPED_HEADER } from "../../../src/request/routing/decision.ts";
import { type Routed, routeBody } from "../../../src/request/routing/routing.ts";

const UTF8 = new TextEncoder();
const TEXT = new TextDecoder();
const textOf = (pieces: readonly Uint8Array[] | undefined) => pieces?.map((piece) => TEXT.decode(piece)).join("");

const ROUTING = routingOf(
  parseConfig(
    `
active: main
tiers:
  - { name: weak, model: w, params: { seed: 7 }, shape: { prepend: Be brief., schema: { type: object } } }
  - { name: strong, model: s }
policies:
  main:
    type: rules
    rules:
      - { name: steps, tier: weak, match: { keywords: [steps] }, shape: { prepend: Go step by step. } }
      - { name: proof, tier: strong, match: { keywords: [proof] }, shape: { prepend: Prove it. } }
      - { name: plain, tier: strong, match: { keywords: [plain] } }
    fallback: { tier: weak }`,
    "test.yaml",
  ),
);

type Headers = Readonly<Record<string, string>>;
const route = (body: object, path = "/v1/chat/completions"): Routed =>
  routeBody(ROUTING, UTF8.encode(JSON.stringify(body)), { get: (name) => (name === ":path" ? path : undefined) });
const chat = (content: string, more: object = {}) => ({ messages: [{ role: "user", content }], ...more });
const TOOLS = { tools: [{ type: "function", function: { name: "f" } }] };
const BRIEF = { role: "system", content: "Be brief." };

interface Seen {
  readonly shaped: string | undefined;
  readonly system: unknown;
  readonly hasSchema: boolean;
}

function seen({ decision, body }: Routed): Seen {
  const { messages, system, instructions, response_format, text, output_config } = JSON.parse(textOf(body) ?? "{}");
  const first = messages?.[0]?.role === "system" ? messages[0].content : undefined;
  return { shaped: decision.shaped, system: system ?? instructions ?? first, hasSchema: !!(response_format ?? text ?? output_config) };
}

describe("a request gets", () => {
  const none = { shaped: undefined, system: undefined, hasSchema: false };
  test.each<[string, object, Seen, string?]>([
    ["its tier's", chat("hi"), { shaped: "weak", system: "Be brief.", hasSchema: true }],
    ["its rule's in place of the tier's", chat("in steps"), { shaped: "steps", system: "Go step by step.", hasSchema: false }],
    ["its rule's where the tier has none", chat("a proof"), { shaped: "proof", system: "Prove it.", hasSchema: false }],
    ["none where neither has any", chat("plain"), none],
    ["its tier's text alone where tools are offered", chat("in steps", TOOLS), { shaped: "weak", system: "Be brief.", hasSchema: false }],
    ["none of a rule's where tools are offered", chat("a proof", TOOLS), none],
    [
      "no schema where JSON is asked for",
      chat("hi", { response_format: { type: "json_object" } }),
      { shaped: "weak", system: "Be brief.", hasSchema: true },
    ],
    ["its tier's (Responses)", { input: "hi" }, { shaped: "weak", system: "Be brief.", hasSchema: true }, "/v1/responses"],
    ["none where the server has the conversation", { input: "hi", previous_response_id: "resp_1" }, none, "/v1/responses"],
    ["its tier's (Messages)", chat("hi", { max_tokens: 9 }), { shaped: "weak", system: "Be brief.", hasSchema: true }, "/v1/messages"],
    ["none where its tokens are only counted", chat("hi"), none, "/v1/messages/count_tokens"],
  ])("%s", (_, body, wanted, path) => {
    expect(seen(route(body, path))).toEqual(wanted);
  });

  test("the same bytes in front in every turn of an agent's session, whatever rule it matches", () => {
    const [user, assistant] = [chat("in steps").messages[0], { role: "assistant", content: "ok" }];
    const result = { role: "tool", tool_call_id: "c", content: "a proof" };
    const turns = [[user], [user, assistant], [user, assistant, result], [user, assistant, { role: "user", content: "hi" }]];
    const fronts = turns.map((messages) => JSON.parse(textOf(route({ messages, ...TOOLS }).body) ?? "").messages[0]);
    expect(fronts).toEqual(turns.map(() => BRIEF));
  });
});

describe("an attempt by another tier", () => {
  /** The body as it was decided, as the other tier gets it, and the decision's headers. */
  function attempted(body: object, tierName: string, path = "/v1/chat/completions") {
    const routed = route(body, path);
    const forwarded = textOf(routed.body) ?? "";
    const headers: Headers = Object.fromEntries([
      ...decisionHeaders(routed.decision),
      ...(routed.inserted === undefined ? [] : [paramsHeader(routed.inserted)]),
      ...(routed.shapedAt === undefined ? [] : [[SHAPED_HEADER, routed.shapedAt]]),
      [":path", path],
    ]);
    const tier = ROUTING.tiers.get(tierName);
    if (tier === undefined) throw new Error(tierName);
    const view = { get: (name: string) => headers[name] };
    const made = bodyForTier(ROUTING, tier, UTF8.encode(forwarded), view);
    return { needs: needsEdit(ROUTING, tier, view), text: made.kind === "edited" ? textOf(made.body) : made.kind };
  }
  const withModel = (body: object, model: string) => JSON.stringify({ model, ...body });

  test.each<[string, object, string?]>([
    ["chat completions", chat("hi", { temperature: 1 })],
    ["chat completions with a system message", { messages: [{ role: "system", content: "한" }, ...chat("hi").messages], n: 1 }],
    ["completions", { prompt: ["hi", "you"], max_tokens: 1 }, "/v1/completions"],
    ["responses", { input: "hi", instructions: null, text: { verbosity: "low" } }, "/v1/responses"],
    ["messages", { system: [{ type: "text", text: "x", cache_control: { type: "ephemeral" } }], ...chat("hi") }, "/v1/messages"],
  ])("gets the client's own text again (%s)", (_, body, path) => {
    expect(attempted(body, "strong", path)).toEqual({ needs: true, text: withModel(body, "s") });
  });

  test("that has instructions of its own gets those, without the rule's", () => {
    const { text } = attempted(chat("a proof"), "weak");
    expect(JSON.parse(text ?? "")).toMatchObject({ model: "w", seed: 7, messages: [BRIEF, { role: "user" }] });
    expect(text).not.toContain("Prove it.");
  });
});
