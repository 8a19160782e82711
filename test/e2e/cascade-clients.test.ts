// The official clients through a cascade: they read what they are let have, and nothing of what was thrown away.
import OpenAI from "openai";
import { beforeAll, describe, expect, it } from "vitest";
import { FORMATS } from "../../src/request/chat/facts.ts";
import { withCascade } from "../../src/setup/stack/optional-lines.ts";
import { CASCADE_POLICY, GOOD, REFUSED } from "../support/cascade.ts";
import { startEnvoy } from "../support/envoy.ts";
import { metric } from "../support/metrics.ts";
import { startModelServer } from "../support/model-servers.ts";
import { sdkClients } from "../support/sdk-clients.ts";
import { startSluice, type TestSluice } from "../support/sluice.ts";
import { startStack, type TestStack } from "../support/stack.ts";

describe("every client", () => {
  let stack: TestStack;

  beforeAll(async () => {
    stack = await startStack({ envoy: { edit: withCascade }, sluice: { config: CASCADE_POLICY } });
  });

  it.each(FORMATS)("of %s reads an answer that is let through, whole and streamed", async (format) => {
    const accepted = () => metric(stack.sluice.adminUrl, "sluice_judged_answers_total", { tier: "weak", result: "accepted" });
    const before = await accepted();
    const client = sdkClients(stack.url)[format];
    expect(await client.whole("hello")).toMatch(/^This is the weak stand-in, .* bytes\.$/);
    expect((await client.streamed("hello")).join("")).toMatch(/^This is the weak stand-in, .* bytes\.$/);
    expect(await accepted()).toBe(before + 2);
  });
});

describe("OpenAI's client, when the first answer is thrown away", () => {
  let sluice: TestSluice;
  let client: OpenAI;

  beforeAll(async () => {
    const [weak, strong] = await Promise.all([startModelServer("weak"), startModelServer("strong")]);
    sluice = await startSluice({ config: CASCADE_POLICY });
    const envoy = await startEnvoy({ sluice: sluice.extProc, weak: weak.address, strong: strong.address, edit: withCascade });
    client = new OpenAI({ baseURL: `${envoy.url}/v1`, apiKey: "none", maxRetries: 0 });
  });

  const body = {
    model: "auto",
    messages: [{ role: "user" as const, content: "hi" }],
    metadata: { id: "sdk", weak: REFUSED, strong: GOOD } as never,
  };
  const wanted = (GOOD.words ?? []).join("");

  it("reads the other tier's answer alone", async () => {
    const answer = await client.chat.completions.create(body);
    expect([answer.model, answer.choices[0]?.message.content]).toEqual(["strong", wanted]);
  });

  it("reads the other tier's stream alone", async () => {
    let text = "";
    const models = new Set<string>();
    for await (const chunk of await client.chat.completions.create({ ...body, stream: true })) {
      text += chunk.choices[0]?.delta.content ?? "";
      models.add(chunk.model);
    }
    expect([text, [...models]]).toEqual([wanted, ["strong"]]);
    expect(await metric(sluice.adminUrl, "sluice_judged_answers_total", { result: "refused", reason: "refusal" })).toBe(2);
  });
});
