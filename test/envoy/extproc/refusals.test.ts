// What a client is told for whom no tier has room: at once, in the error shape of its format, whichever way Envoy hands its body over.
import { describe, expect, test } from "vitest";
import type { Guard } from "../../../src/request/guard/guard.ts";
import { headersSet, requestBody, requestHeaders } from "../../support/ext-proc-client.ts";
import { talk } from "../../support/ext-proc-talk.ts";

const MESSAGE = 'the quota "dear" of this day is used up';
const CHAT = '{"model":"glm-5","messages":[{"role":"user","content":"Hello there"}]}';
const PROMPT = '{"model":"glm-5","prompt":"Hello there"}';
const INPUT = '{"model":"glm-5","input":"Hello there"}';

const outOfRoom = (retryAfterSeconds: number): Guard => ({
  name: "quota",
  checked: (decision) => ({ ...decision, reason: "quota-refused", detail: "dear", refused: { message: MESSAGE, retryAfterSeconds } }),
});
const headers = (path: string, request_body_mode = "BUFFERED") => ({
  ...requestHeaders({ ":path": path }),
  protocol_config: { request_body_mode, response_body_mode: "NONE" },
});
const openai = (seconds: number) => ({
  error: {
    message: `Rate limit reached: ${MESSAGE}. Please try again in ${seconds}s.`,
    type: "rate_limit_exceeded",
    param: null,
    code: "rate_limit_exceeded",
  },
});
const anthropic = (seconds: number) => ({ type: "error", error: { type: "rate_limit_error", message: openai(seconds).error.message } });

describe("a decision that limits refuse", () => {
  test.each<[string, string, (seconds: number) => object]>([
    ["/v1/chat/completions", CHAT, openai],
    ["/v1/completions", PROMPT, openai],
    ["/v1/responses", INPUT, openai],
    ["/v1/messages", CHAT, anthropic],
    ["/anything", CHAT, openai],
  ])("on %s is a 429 with retry-after in the format's error shape", (path, body, shape) => {
    const seen = talk([headers(path), requestBody(body)], { guards: [outOfRoom(20)] });
    const refused = seen.replies[1]?.immediate_response;
    expect(refused).toMatchObject({ status: { code: "TooManyRequests" }, details: "sluice_quota_refused" });
    expect(JSON.parse(refused?.body.toString() ?? "")).toEqual(shape(20));
    expect(headersSet({ header_mutation: refused?.headers ?? {} })).toEqual({ "content-type": "application/json", "retry-after": "20" });
    expect(seen).toMatchObject({ finished: true, failures: [], refusals: [] });
  });

  test("is one, with its tier and its reason: nobody is refused silently", () => {
    const { decisions } = talk([headers("/v1/messages"), requestBody(CHAT)], { guards: [outOfRoom(20)] });
    expect(decisions).toMatchObject([{ tier: "weak", reason: "quota-refused", detail: "dear" }]);
  });

  test("is sent before anything else of a body that comes in pieces", () => {
    const pieces = [requestBody(CHAT.slice(0, 20), false), requestBody(CHAT.slice(20), false), requestBody("", true)];
    const seen = talk([headers("/v1/messages", "FULL_DUPLEX_STREAMED"), ...pieces], { guards: [outOfRoom(20)] });
    expect(seen.replies.map(({ response }) => response)).toEqual(["immediate_response"]);
    expect(JSON.parse(seen.replies[0]?.immediate_response?.body.toString() ?? "")).toEqual(anthropic(20));
    expect(seen).toMatchObject({ finished: true, failures: [] });
  });

  test("tells libraries not to try again where they would wait for longer than a minute", () => {
    const retriedAfter = (seconds: number) => {
      const seen = talk([headers("/v1/messages"), requestBody(CHAT)], { guards: [outOfRoom(seconds)] });
      return headersSet({ header_mutation: seen.replies[1]?.immediate_response?.headers ?? {} })["x-should-retry"];
    };
    expect([retriedAfter(60), retriedAfter(61)]).toEqual([undefined, "false"]);
  });

  test("is not made of a question for the number of tokens, which costs nothing", () => {
    const seen = talk([headers("/v1/messages/count_tokens"), requestBody(CHAT)], { guards: [outOfRoom(20)] });
    expect(seen.replies.map(({ response }) => response)).toEqual(["request_headers", "request_body"]);
  });
});
