import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { explainCommand } from "../../src/cli/explain.ts";
import { encodeModel } from "../../src/request/policy/learned/model-file.ts";
import { modelOf } from "../request/policy/learned/model-of.ts";
import { topicsOfWords } from "../request/policy/learned/topics-of.ts";
import { catchPrinted } from "../support/printed.ts";

const folder = mkdtempSync(join(tmpdir(), "sluice-explain-topic-"));
const printed = catchPrinted();
afterAll(() => rmSync(folder, { recursive: true }));

async function explained(...options: string[]): Promise<string> {
  printed.output = "";
  const words = ["--config", join(folder, "sluice.yaml"), join(folder, "request.json"), ...options];
  await explainCommand().exitOverride().parseAsync(words, { from: "user" });
  return printed.output;
}

test("explain tells the topic that changed a learned policy's tier, beside what the score said", async () => {
  const topics = topicsOfWords({ law: ["plaintiff"], code: ["compiler"] });
  writeFileSync(join(folder, "topics.json"), encodeModel(modelOf([], { topics })));
  const policy = "{ type: learned, file: topics.json, threshold: 0.5, byTopic: { law: [strong] } }";
  writeFileSync(join(folder, "sluice.yaml"), `policies: { main: ${policy} }`);
  writeFileSync(join(folder, "request.json"), JSON.stringify({ messages: [{ role: "user", content: "the plaintiff" }] }));
  const text = await explained();
  expect(text).toMatch(/^tier {6}strong\npolicy.*\nreason {4}topic \(law\)\n/);
  expect(text).toContain("probability 0.04743 <= 0.5\n");
  expect(text).toContain("\ntopic     law; the likeliest has a probability of 1.00\n");
  expect(JSON.parse(await explained("--json"))).toMatchObject({ tier: "strong", reason: "topic", detail: "law", topic: { name: "law" } });
});

test("explain tells the topic that a rule asked for", async () => {
  const topics = topicsOfWords({ law: ["plaintiff"], code: ["compiler"] });
  writeFileSync(join(folder, "topics.json"), encodeModel(modelOf([], { topics })));
  const rule = "{ name: courts, match: { topic: [law] }, tier: strong }";
  const policy = `{ type: rules, topics: topics.json, rules: [${rule}], fallback: { tier: weak } }`;
  writeFileSync(join(folder, "sluice.yaml"), `policies: { main: ${policy} }`);
  writeFileSync(join(folder, "request.json"), JSON.stringify({ messages: [{ role: "user", content: "the plaintiff" }] }));
  expect(await explained()).toContain("\ntopic     law; the likeliest has a probability of 1.00\n");
  expect(JSON.parse(await explained("--json"))).toMatchObject({ tier: "strong", topic: { name: "law" } });
});
