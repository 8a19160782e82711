// Envoy's retries with sluice in front: the body as sluice left it is sent again, and a tier that is gone is stood in for by the other.
import { beforeAll, describe, expect, it } from "vitest";
import { ENVOY_VERSION } from "../../src/setup/stack/envoy-releases.ts";
import { startStandIn } from "../../src/setup/stack/stand-in-process.ts";
import { OLDEST_ENVOY } from "../support/envoy.ts";
import { ask, askChunked, bytesOf, chat, chatOfBytes, received, withoutFirstModel } from "../support/requests.ts";
import { withTwoAttemptsEach } from "../support/several-servers.ts";
import { startStack, type TestStack } from "../support/stack.ts";
import { stopAtEnd } from "../support/teardown.ts";

const KB = chatOfBytes(1 << 10);
const FIVE_MB = chatOfBytes(5 << 20);

describe.each([ENVOY_VERSION, OLDEST_ENVOY])("on Envoy %s", (version) => {
  let stack: TestStack;

  beforeAll(async () => {
    stack = await startStack({ envoy: { version } });
  });

  describe("where a tier is asked twice before the other", () => {
    let twice: TestStack;

    beforeAll(async () => {
      twice = await startStack({ envoy: { version, edit: withTwoAttemptsEach } });
    });

    it.each([
      ["a 503", "503,200", 2, "strong"],
      ["a dropped connection", "reset,200", 2, "strong"],
      ["a 503 and a 429", "503,429,200", 3, "weak"],
    ])("a body is sent again after %s, to its own tier first", async (_name, script, attempts, servedBy) => {
      const answer = await ask(twice.url, FIVE_MB, { "x-stand-in-script": script });
      expect(answer).toMatchObject({ tier: "strong", servedBy, attempts });
      expect(received(answer)).toEqual(bytesOf(withoutFirstModel(FIVE_MB)));
    });
  });

  describe.each([
    ["1 KB", KB],
    ["5 MB", FIVE_MB],
  ])("a body of %s", (_size, body) => {
    it.each([
      ["a 503", "503,200"],
      ["a 429", "429,200"],
      ["a 502", "502,200"],
      ["a 529", "529,200"],
      ["a dropped connection", "reset,200"],
    ])("is sent to the other tier after %s, without its model, and sluice's headers with it", async (_name, script) => {
      const answer = await ask(stack.url, body, { "x-stand-in-script": script });
      expect(answer).toMatchObject({ tier: "strong", servedBy: "weak", attempts: 2 });
      expect(answer.echo.attempt).toBe(2);
      expect(answer.echo.headers).toMatchObject({ "x-sluice-tier": "strong", "x-sluice-reason": "chars" });
      expect(received(answer)).toEqual(bytesOf(withoutFirstModel(body)));
    });

    it("is sent again when its client sent it in chunks", async () => {
      const answer = await askChunked(stack.url, body, { "x-stand-in-script": "503,200" });
      expect(answer).toMatchObject({ tier: "strong", servedBy: "weak", attempts: 2 });
      expect(received(answer)).toEqual(bytesOf(withoutFirstModel(body)));
    });
  });

  it("an untouched body is sent again too", async () => {
    const answer = await ask(stack.url, "not JSON", { "x-stand-in-script": "503,200" });
    expect(answer).toMatchObject({ tier: "strong", servedBy: "weak", attempts: 2 });
    expect(received(answer)).toEqual(bytesOf("not JSON"));
  });

  it.each([
    ["weak", "strong", chat("hello", { model: "glm-5" })],
    ["strong", "weak", chat("design it", { model: "glm-5" })],
  ])("when %s is always full, %s serves its requests", async (tier, other, body) => {
    const answer = await ask(stack.url, body, { "x-stand-in-script": `${tier}=429` });
    expect(answer).toMatchObject({ tier, servedBy: other, attempts: 2 });
    expect(received(answer)).toEqual(bytesOf(withoutFirstModel(body)));
  });

  it.each([500, 504])("a %d is the client's to see, at the first attempt", async (status) => {
    const response = await fetch(`${stack.url}/v1/chat/completions`, {
      method: "POST",
      headers: { "x-stand-in-script": `${status},200` },
      body: chat("hello"),
    });
    expect(response.status).toBe(status);
    expect(response.headers.get("x-envoy-attempt-count")).toBe("1");
  });

  it("when both are full, the client is told so after an attempt with each", async () => {
    const response = await fetch(`${stack.url}/v1/chat/completions`, {
      method: "POST",
      headers: { "x-stand-in-script": "429" },
      body: chat("hello"),
    });
    expect(response.status).toBe(429);
    expect(response.headers.get("x-envoy-attempt-count")).toBe("2");
  });

  it.each(["strong", "weak"] as const)("when %s refuses connections, the other serves, until it is back", async (tier) => {
    const other = tier === "weak" ? "strong" : "weak";
    const body = chat(tier === "weak" ? "hello" : "design it", { model: "glm-5" });
    const standIn = stack.standIns[tier];
    await standIn.stop();
    const without = await ask(stack.url, body);
    expect(without).toMatchObject({ tier, servedBy: other, attempts: 2 });
    expect(received(without)).toEqual(bytesOf(withoutFirstModel(body)));
    const back = await startStandIn(tier, { port: Number(standIn.address.split(":")[1]) });
    stopAtEnd(back.stop);
    expect(await ask(stack.url, body)).toMatchObject({ tier, servedBy: tier });
  });
});
