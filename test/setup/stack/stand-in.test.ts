// The stand-in model servers speak as OpenAI's clients expect, do what the script says, and never pass for a model.
import OpenAI from "openai";
import { beforeAll, describe, expect, it } from "vitest";
import { type Echo, type StandIns, startStandIns } from "../../support/stand-ins.ts";

let standIns: StandIns;
let url: string;
let client: OpenAI;
const messages = [{ role: "user", content: "hello" }] as const;

beforeAll(async () => {
  standIns = await startStandIns();
  url = `http://${standIns.weak.address}`;
  client = new OpenAI({ baseURL: `${url}/v1`, apiKey: "none", maxRetries: 0 });
});

const ask = (headers: Record<string, string>, body = "{}") => fetch(`${url}/v1/chat/completions`, { method: "POST", headers, body });

describe("an OpenAI client", () => {
  it("gets a completion that says it is a stand-in", async () => {
    const answer = await client.chat.completions.create({ model: "glm-5", messages: [...messages] });
    expect(answer.model).toBe("stand-in-weak");
    expect(answer.choices[0]?.message.content).toContain("stand-in");
    expect(answer.usage?.total_tokens).toBeGreaterThan(0);
  });

  it("gets the same text in pieces, and usage last when it asks for it", async () => {
    const stream = await client.chat.completions.create({
      model: "glm-5",
      messages: [...messages],
      stream: true,
      stream_options: { include_usage: true },
    });
    const chunks = [];
    for await (const chunk of stream) chunks.push(chunk);
    const text = chunks.map((chunk) => chunk.choices[0]?.delta.content ?? "").join("");
    expect(text).toContain("stand-in");
    expect(chunks.length).toBeGreaterThan(10);
    expect(chunks.map((chunk) => chunk.usage !== undefined)).toEqual(chunks.map((_, index) => index === chunks.length - 1));
  });

  it("lists one model", async () => {
    expect((await client.models.list()).data.map((model) => model.id)).toEqual(["stand-in-weak"]);
  });
});

describe("the script", () => {
  it.each([
    ["503,200", 1, 503],
    ["503,200", 2, 200],
    ["503,429", 9, 429],
    ["weak=429", 3, 429],
    ["strong=503", 1, 200],
    ["nonsense", 1, 400],
  ])("%s at attempt %i gives %i", async (script, attempt, status) => {
    const response = await ask({ "x-stand-in-script": script, "x-envoy-attempt-count": String(attempt) });
    expect(response.status).toBe(status);
    expect(response.headers.get("x-stand-in")).toBe("weak");
    if (status !== 200) expect(await response.json()).toMatchObject({ error: { type: "stand_in_script" } });
  });

  it("counts attempts by the request id where Envoy does not say which one it is", async () => {
    const statusOf = async (id: string) => (await ask({ "x-stand-in-script": "503,200", "x-request-id": id })).status;
    expect([await statusOf("a"), await statusOf("b"), await statusOf("a"), await statusOf("a")]).toEqual([503, 503, 200, 200]);
  });

  it("drops the connection", async () => {
    await expect(ask({ "x-stand-in-script": "reset" })).rejects.toThrow();
  });

  it("delays the first byte and the events after it", async () => {
    const startedAt = performance.now();
    const response = await ask({ "x-stand-in-script": "delay=150,chunk-delay=20" }, '{"stream":true}');
    const firstByteMs = performance.now() - startedAt;
    const events = (await response.text()).trim().split("\n\n").length;
    expect(firstByteMs).toBeGreaterThanOrEqual(145);
    expect(performance.now() - startedAt - firstByteMs).toBeGreaterThan(19 * (events - 3) * 0.9);
  });
});

it("echoes what arrived", async () => {
  const response = await ask({ "x-stand-in-echo": "1", "x-mine": "yes" }, '{"messages":[],"stream":true,"model":"glm-5"}');
  const { sha256, headers, ...echo } = (await response.json()) as Echo;
  expect(echo).toEqual({
    stand_in: "weak",
    attempt: 1,
    method: "POST",
    path: "/v1/chat/completions",
    bytes: 45,
    keys: ["messages", "stream", "model"],
    model: "glm-5",
  });
  expect(headers["x-mine"]).toBe("yes");
  expect(sha256).toMatch(/^[0-9a-f]{64}$/);
});

it("takes a body that is no JSON", async () => {
  const response = await ask({ "x-stand-in-echo": "1" }, '"stream" [[[');
  expect(((await response.json()) as Echo).keys).toBeNull();
  expect((await ask({}, '"stream" [[[')).status).toBe(200);
});
