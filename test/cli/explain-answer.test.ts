// `sluice explain --answer`: what it prints of answers, with and without their request.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { encodeVerifier } from "../../src/answer/verifier/verifier-file.ts";
import { explainCommand } from "../../src/cli/explain.ts";
import { events } from "../answer/answers.ts";
import { FORMS } from "../answer/checks/said-in.ts";
import { aVerifier } from "../answer/verifier/a-verifier.ts";
import { catchPrinted } from "../support/printed.ts";

const folder = mkdtempSync(join(tmpdir(), "sluice-explain-answer-"));
const printed = catchPrinted();
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

async function run(...options: string[]): Promise<void> {
  await explainCommand().exitOverride().parseAsync(options, { from: "user" });
}

const chunk = (content: string) => ({ choices: [{ index: 0, delta: { content } }] });
const refused = file("refused.txt", events(chunk("I cannot help with that. "), chunk("Is there more? "), "[DONE]"));
const fine = file("fine.json", FORMS[0]?.[1]({ text: "It will rain." }) ?? "");
const unsure = file("unsure.json", FORMS[0]?.[1]({ text: "However, it might be 4, or maybe 5, or perhaps 6." }) ?? "");
const called = file("called.json", FORMS[0]?.[1]({ call: { name: "forecast", json: "{}" } }) ?? "");
const tools = JSON.stringify({
  messages: [{ role: "user", content: "Rain?" }],
  tools: [{ type: "function", function: { name: "weather" } }],
});

describe("sluice explain --answer", () => {
  test("says which check speaks, and that it does so before the answer's end", async () => {
    await run("--answer", refused);
    expect(printed.output).toMatch(/^answer {4}bad: refusal\nknown {5}after \d+ of \d+ bytes\n/);
    expect(printed.output).toContain("check     refusal     its first sentence refuses");
    expect(printed.output).toContain("check     truncated   nothing against it");
  });

  test("lets a good one through", async () => {
    await run("--answer", fine);
    expect(printed.output).toMatch(/^answer {4}good: let through\nknown {5}at its end, \d+ bytes\n/);
  });

  test("holds a call against the tools of the request", async () => {
    await run("--answer", called, file("request.json", tools), "--json");
    expect(JSON.parse(printed.output)).toMatchObject({ judgement: { isGood: false, reason: "tool", detail: "forecast was not offered" } });
  });

  test("asks a verifier, where one is given", async () => {
    const verifier = file("verifier.json", encodeVerifier(aVerifier("hedges", 2)));
    await run("--answer", unsure, "--prompt", "What is 2 + 2?", "--verifier", verifier);
    expect(printed.output).toContain("check     verifier    it is right with a probability of 0.10, below 0.40");
  });

  test("asks the checks of the configuration's cascade", async () => {
    const accept = "cascade: { steps: [weak, strong], accept: { refusal: false } }\n";
    await run("--answer", refused, "--config", file("sluice.yaml", accept));
    expect(printed.output).toMatch(/^answer {4}good: let through\n/);
    expect(printed.output).not.toContain("check     refusal");
  });

  test.each([
    ["an answer that is not there", ["--answer", join(folder, "none")], "answer-unreadable"],
    ["a verifier that is none", ["--answer", fine, "--verifier", fine], "model-unusable"],
    ["a request that is not there", ["--answer", fine, join(folder, "none")], "request-unreadable"],
  ])("fails in words with %s", async (_what, options, code) => {
    await expect(run(...options)).rejects.toMatchObject({ code, exitCode: 2 });
  });
});
