// The stand-in model servers answer every interface in its own form, whole and in events, as the official clients read it.
import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";
import { beforeAll, describe, expect, it } from "vitest";
import { startStandIns } from "../../support/stand-ins.ts";

const TEXT = /^This is the weak stand-in, not a model\. It received a request of \d+ bytes\.$/;

let url: string;
let openai: OpenAI;
let anthropic: Anthropic;

beforeAll(async () => {
  const standIns = await startStandIns();
  url = `http://${standIns.weak.address}`;
  openai = new OpenAI({ baseURL: `${url}/v1`, apiKey: "none", maxRetries: 0 });
  anthropic = new Anthropic({ baseURL: url, apiKey: "none", maxRetries: 0 });
});

async function all<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const events: T[] = [];
  for await (const event of stream) events.push(event);
  return events;
}

describe("legacy completions", () => {
  it("whole", async () => {
    const answer = await openai.completions.create({ model: "m", prompt: "hello" });
    expect(answer).toMatchObject({ object: "text_completion", model: "stand-in-weak", choices: [{ finish_reason: "stop" }] });
    expect(answer.choices[0]?.text).toMatch(TEXT);
    expect(answer.usage?.total_tokens).toBeGreaterThan(0);
  });

  it("in pieces, with usage for those who ask", async () => {
    const chunks = await all(
      await openai.completions.create({ model: "m", prompt: "hello", stream: true, stream_options: { include_usage: true } }),
    );
    expect(chunks.map((chunk) => chunk.choices[0]?.text ?? "").join("")).toMatch(TEXT);
    expect(chunks.filter((chunk) => chunk.usage !== undefined)).toEqual([chunks.at(-1)]);
  });
});

describe("responses", () => {
  it("whole", async () => {
    const answer = await openai.responses.create({ model: "m", input: "hello" });
    expect(answer).toMatchObject({ object: "response", model: "stand-in-weak", status: "completed" });
    expect(answer.output_text).toMatch(TEXT);
    expect(answer.usage?.total_tokens).toBeGreaterThan(0);
  });

  it("in pieces, numbered without a gap, which the client puts together again", async () => {
    const stream = openai.responses.stream({ model: "m", input: "hello" });
    const events = await all(stream);
    expect(events.map((event) => event.sequence_number)).toEqual(events.map((_, at) => at));
    expect(events.at(0)?.type).toBe("response.created");
    expect(events.at(-1)?.type).toBe("response.completed");
    expect((await stream.finalResponse()).output_text).toMatch(TEXT);
  });
});

describe("Anthropic's messages", () => {
  const params = { model: "m", max_tokens: 10, messages: [{ role: "user" as const, content: "hello" }] };

  it("whole", async () => {
    const answer = await anthropic.messages.create(params);
    expect(answer).toMatchObject({ type: "message", role: "assistant", model: "stand-in-weak", stop_reason: "end_turn" });
    expect(answer.content).toEqual([{ type: "text", text: expect.stringMatching(TEXT) }]);
    expect(answer.usage.output_tokens).toBeGreaterThan(0);
  });

  it("in pieces, which the client puts together again", async () => {
    const stream = anthropic.messages.stream(params);
    const events = await all(stream);
    expect(events.at(0)?.type).toBe("message_start");
    expect(events.at(-1)?.type).toBe("message_stop");
    const message = await stream.finalMessage();
    expect(message.content).toEqual([{ type: "text", text: expect.stringMatching(TEXT) }]);
    expect(message).toMatchObject({ stop_reason: "end_turn", model: "stand-in-weak" });
  });
});

it("sends a body back as it arrived when asked to", async () => {
  const body = '{ "n":1.0e+2,"x":"\\u0041",\n"messages":[] }';
  const response = await fetch(`${url}/v1/messages`, { method: "POST", headers: { "x-stand-in-echo": "body" }, body });
  expect(await response.text()).toBe(body);
});
