// Which tier a request goes to, asked by the clients that people use, on every Envoy version the README names.
import { connect } from "node:http2";
import OpenAI from "openai";
import { beforeAll, describe, expect, it } from "vitest";
import { ENVOY_VERSION } from "../../src/setup/stack/envoy-releases.ts";
import { OLDEST_ENVOY } from "../support/envoy.ts";
import { ask, bytesOf, chat, received, routed } from "../support/requests.ts";
import { startStack, type TestStack } from "../support/stack.ts";

const turns = (count: number, content: string) =>
  JSON.stringify({ messages: Array.from({ length: count }, (_, at) => ({ role: at % 2 === 0 ? "user" : "assistant", content })) });
const keyword = (word: string) => `keyword:${encodeURIComponent(word)}`;

const WEAK: readonly (readonly [name: string, body: string])[] = [
  ["a short English question", chat("What is the capital of France?")],
  ["a short Chinese question", chat("今天天气怎么样?")],
  ["a short Korean question", chat("오늘 날씨 어때?")],
  ["500 letters, exactly the threshold", chat("a".repeat(500))],
  ["500 Chinese characters of three bytes each", chat("好".repeat(500))],
  ["500 characters outside the basic plane, of four bytes each", chat("😀".repeat(500))],
  ["five messages, exactly the threshold", turns(5, "hello")],
  [
    "typed parts with an image whose address holds a keyword",
    chat([{ type: "text", text: "What is this?" }, image("https://a.example/design.png")]),
  ],
  ["a keyword outside the messages", chat("hello", { user: "design-team", metadata: { topic: "security" } })],
];

const STRONG: readonly (readonly [name: string, body: string, reason: string])[] = [
  ["an English keyword", chat("Please refactor this function"), keyword("refactor")],
  ["an English keyword in capitals", chat("OPTIMIZE it"), keyword("optimize")],
  ["an English keyword inside a word", chat("the redesigned page"), keyword("design")],
  ["an English keyword spelt with an escape", chat("hello").replace("hello", "\\u0064esign it"), keyword("design")],
  ["a Chinese keyword", chat("请帮我重构支付模块"), keyword("重构")],
  ["a Korean keyword", chat("결제 모듈 설계해줘"), keyword("설계")],
  ["a Korean keyword spelt with escapes", chat("x").replace('"x"', '"\\uc124\\uacc4"'), keyword("설계")],
  [
    "a keyword in a text part beside an image",
    chat([image("https://a.example/1.png"), { type: "text", text: "분석해줘" }]),
    keyword("분석"),
  ],
  ["a keyword in the system message", JSON.stringify({ messages: [{ role: "system", content: "You design things." }] }), keyword("design")],
  ["501 letters", chat("a".repeat(501)), "chars"],
  ["501 Chinese characters", chat("好".repeat(501)), "chars"],
  ["501 Korean characters", chat("가".repeat(501)), "chars"],
  ["six English messages", turns(6, "hello"), "turns"],
  ["six Chinese messages", turns(6, "你好"), "turns"],
  ["six Korean messages", turns(6, "안녕"), "turns"],
];

const MODELS: readonly (readonly [name: string, sent: string, arrives: string])[] = [
  ["in front", '{"model":"glm-5","messages":[{"role":"user","content":"hi"}]}', '{"messages":[{"role":"user","content":"hi"}]}'],
  ["at the end", '{"messages":[{"role":"user","content":"hi"}],"model":"glm-5"}', '{"messages":[{"role":"user","content":"hi"}]}'],
  [
    "spelt with an escape",
    '{"\\u006dodel":"glm-5","messages":[{"role":"user","content":"hi"}]}',
    '{"messages":[{"role":"user","content":"hi"}]}',
  ],
  [
    "three times, in two spellings",
    '{"model":"a","messages":[{"role":"user","content":"hi"}],"m\\u006fdel":{"deep":[1]},"model":"c"}',
    '{"messages":[{"role":"user","content":"hi"}]}',
  ],
  [
    "only inside a message",
    '{"messages":[{"role":"user","content":"hi","model":"x"}]}',
    '{"messages":[{"role":"user","content":"hi","model":"x"}]}',
  ],
  [
    "among oddly written numbers",
    '{"n":1.0e+2,"model":"m","seed":12345678901234567890,"messages":[]}',
    '{"n":1.0e+2,"seed":12345678901234567890,"messages":[]}',
  ],
];

function image(url: string) {
  return { type: "image_url", image_url: { url } };
}

describe.each([ENVOY_VERSION, OLDEST_ENVOY])("on Envoy %s", (version) => {
  let stack: TestStack;
  const openai = () => new OpenAI({ baseURL: `${stack.url}/v1`, apiKey: "none", maxRetries: 0 });

  beforeAll(async () => {
    stack = await startStack({ envoy: { version } });
  });

  it.each(WEAK)("%s goes to weak", async (_name, body) => {
    expect(routed(await ask(stack.url, body))).toEqual({ tier: "weak", servedBy: "weak", reason: "under-thresholds" });
  });

  it.each(STRONG)("%s goes to strong", async (_name, body, reason) => {
    const answer = await ask(stack.url, body);
    expect(routed(answer)).toEqual({ tier: "strong", servedBy: "strong", reason });
    expect(answer.echo.headers["x-sluice-policy"]).toBe("main@v7");
    expect(answer.attempts).toBe(1);
  });

  it.each(MODELS)("a model %s is cut, and no other byte", async (_name, sent, arrives) => {
    const answer = await ask(stack.url, sent);
    expect(answer.tier).toBe("weak");
    expect(received(answer)).toEqual(bytesOf(arrives));
    expect(answer.echo.headers["content-length"]).toBe(String(Buffer.byteLength(arrives)));
  });

  it.each([
    ["weak", "hello"],
    ["strong", "design a bridge"],
  ])("an unmodified OpenAI client that asks for glm-5 is served by %s", async (tier, content) => {
    const { data, response } = await openai()
      .chat.completions.create({ model: "glm-5", messages: [{ role: "user", content }] })
      .withResponse();
    expect(data.model).toBe(`stand-in-${tier}`);
    expect(data.choices[0]?.message.content).toContain(tier);
    expect(response.headers.get("x-sluice-tier")).toBe(tier);
    expect(response.headers.get("x-envoy-attempt-count")).toBe("1");
  });

  it.each([
    ["weak", "hello"],
    ["strong", "design a bridge"],
  ])("the OpenAI client streams from %s, with usage at the end", async (tier, content) => {
    const stream = await openai().chat.completions.create({
      model: "glm-5",
      messages: [{ role: "user", content }],
      stream: true,
      stream_options: { include_usage: true },
    });
    const chunks = [];
    for await (const chunk of stream) chunks.push(chunk);
    expect(chunks.map((chunk) => chunk.choices[0]?.delta.content ?? "").join("")).toContain(`the ${tier} stand-in`);
    expect(chunks.at(-1)?.usage?.total_tokens).toBeGreaterThan(0);
    expect(new Set(chunks.map((chunk) => chunk.model))).toEqual(new Set([`stand-in-${tier}`]));
  });

  it.each([
    ["weak", chat("hello", { model: "glm-5" })],
    ["strong", chat("design it", { model: "glm-5" })],
  ])("an HTTP/2 client that sends trailers is served by %s", async (tier, body) => {
    const { headers, text } = await postWithTrailers(stack.url, body);
    expect(headers).toMatchObject({ ":status": 200, "x-sluice-tier": tier, "x-stand-in": tier });
    expect(JSON.parse(text)).toMatchObject({ model: null, keys: ["messages"], bytes: body.length - '"model":"glm-5",'.length });
  });
});

describe("with configured tiers", () => {
  let stack: TestStack;

  beforeAll(async () => {
    stack = await startStack({
      sluice: {
        config: "tiers: [{ name: weak, model: small-1 }, { name: strong }]\npolicies: { main: { type: threshold, keywords: [bridge] } }",
      },
    });
  });

  it.each([
    ["replaced", chat("hi", { model: "glm-5" }), chat("hi", { model: "small-1" }).length],
    ["added", chat("hi"), chat("hi", { model: "small-1" }).length],
  ])("a tier's own model is %s", async (_name, body, bytes) => {
    const { echo } = await ask(stack.url, body);
    expect(echo).toMatchObject({ model: "small-1", bytes });
    expect(echo.headers["content-length"]).toBe(String(bytes));
  });

  it("a tier without one gets none", async () => {
    const { echo } = await ask(stack.url, chat("a bridge", { model: "glm-5" }));
    expect(echo).toMatchObject({ stand_in: "strong", keys: ["messages"] });
  });

  it("own keywords take the place of the preset's", async () => {
    expect(routed(await ask(stack.url, chat("refactor this")))).toMatchObject({ tier: "weak" });
    expect(routed(await ask(stack.url, chat("a Bridge")))).toMatchObject({ tier: "strong", reason: "keyword:bridge" });
  });
});

interface Http2Answer {
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
}

function postWithTrailers(url: string, body: string): Promise<Http2Answer> {
  return new Promise((resolve, reject) => {
    const session = connect(url).once("error", reject);
    const request = session.request(
      { ":method": "POST", ":path": "/v1/chat/completions", "content-type": "application/json", "x-stand-in-echo": "1" },
      { waitForTrailers: true },
    );
    let headers: Http2Answer["headers"] = {};
    let text = "";
    request.once("error", reject);
    request.once("wantTrailers", () => request.sendTrailers({ "x-checksum": "1234" }));
    request.once("response", (received) => {
      headers = received;
    });
    request.setEncoding("utf8").on("data", (piece: string) => {
      text += piece;
    });
    request.once("end", () => {
      session.close();
      resolve({ headers, text });
    });
    request.end(body);
  });
}
