// aider through a real Envoy and sluice, with the configuration of docs/coding-agents.md. It calls no tools: instead, it takes edits of
// files out of the answer's text.
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { runAgent } from "./support/agent.ts";
import { aider } from "./support/installed.ts";
import { PROMPTS, type RecordedStack, said, startRecordedStack, TIERS } from "./support/recorded-stack.ts";

const OPTIONS = ["--no-git", "--yes-always", "--no-check-update", "--no-show-release-notes", "--no-show-model-warnings", "--no-analytics"];
const EDIT = "made.txt\n```\nmade by {tier}\n```\n";
const KNOWN = "gpt-4o"; // to aider, which knows that it heeds system messages behind what is asked
const UNKNOWN = "glm-5"; // then its editing rules stand behind what is asked, in the same message

const { folder, missing } = await aider();

describe.skipIf(missing)("aider", () => {
  let stack: RecordedStack;

  const run = (prompt: string, model: string, ...options: readonly string[]) => {
    const server = ["--model", `openai/${model}`, "--openai-api-base", `${stack.url}/v1`, "--openai-api-key", "none"];
    return runAgent(join(folder, "bin/python"), ["-m", "aider", ...server, ...OPTIONS, "--message", prompt, ...options], {
      env: { LITELLM_LOCAL_MODEL_COST_MAP: "True" },
    });
  };
  const chat = (tier: string, model: string) => ({ path: "/v1/chat/completions", tier, model });

  describe("with the configuration for agents", () => {
    beforeAll(async () => {
      stack = await startRecordedStack("agents");
    });

    it.each(TIERS)("has a chat answered by %s", async (tier) => {
      stack.begin();
      const { lines } = await run(PROMPTS[tier], KNOWN, "--no-stream");
      expect(lines).toContain(said(tier));
      expect(await stack.routed()).toMatchObject([{ ...chat(tier, KNOWN), streamed: "no" }]);
    });

    it.each(TIERS)("has a stream of %s, one by one", async (tier) => {
      stack.begin();
      const { lines } = await run(PROMPTS[tier], UNKNOWN);
      expect(lines).toContain(said(tier));
      expect(await stack.routed()).toMatchObject([{ ...chat(tier, UNKNOWN), streamed: "one by one" }]);
    });

    it.each(TIERS)("has its file edited as %s says", async (tier) => {
      stack.begin({ text: EDIT });
      const { file } = await run(PROMPTS[tier], KNOWN, "--edit-format", "whole", "made.txt");
      expect(file("made.txt")).toBe(`made by ${tier}\n`);
      expect(await stack.routed()).toMatchObject([chat(tier, KNOWN)]);
    });

    it.each(["diff", "patch", "udiff", "diff-fenced"])("has a greeting answered by weak in its edit format %s, too", async (format) => {
      stack.begin();
      await run(PROMPTS.weak, UNKNOWN, "--edit-format", format, "made.txt");
      expect(await stack.routed()).toMatchObject([chat("weak", UNKNOWN)]);
    });
  });

  it("has even a greeting answered by strong with the default policy", async () => {
    stack = await startRecordedStack("default");
    await run(PROMPTS.weak, KNOWN);
    expect(await stack.routed()).toMatchObject([chat("strong", KNOWN)]);
  });
});
