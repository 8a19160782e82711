// Claude Code (`claude -p`) through a real Envoy and sluice, with the configuration of docs/coding-agents.md.
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { runAgent } from "./support/agent.ts";
import { npmClients } from "./support/installed.ts";
import { PROMPTS, type RecordedStack, said, startRecordedStack, TIERS } from "./support/recorded-stack.ts";

/** Two kinds of request: what Claude Code adds stands in messages of the system for some models, for others in the user's. */
const MODELS = [
  { model: "glm-5", shape: '{"role":"system","content":[{"type":"text","text":"# Environment' },
  { model: "claude-sonnet-4-5", shape: '{"role":"user","content":[{"type":"text","text":"<system-reminder>\\n# Environment' },
];
const CASES = MODELS.flatMap((model) => TIERS.map((tier) => ({ ...model, tier })));
const CALL = { name: "Bash", arguments: { command: "echo made > made.txt", description: "Makes a file" } };

const { folder, missing } = await npmClients();

describe.skipIf(missing)("Claude Code", () => {
  let stack: RecordedStack;

  const claude = (prompt: string, model: string, ...options: readonly string[]) =>
    runAgent(join(folder, "node_modules/.bin/claude"), ["-p", prompt, "--model", model, ...options], {
      env: {
        ANTHROPIC_BASE_URL: stack.url,
        ANTHROPIC_API_KEY: "none",
        CLAUDE_CODE_DISABLE_LEGACY_MODEL_REMAP: "1", // a name that is retired one day stays
        CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
        DISABLE_AUTOUPDATER: "1",
        DISABLE_TELEMETRY: "1",
      },
    });
  const request = (tier: string, model: string) => ({ path: "/v1/messages?beta=true", tier, model, streamed: "one by one" });

  describe("with the configuration for agents", () => {
    beforeAll(async () => {
      stack = await startRecordedStack("agents");
    });

    it.each(CASES)("has a chat ($model) answered by $tier", async ({ tier, model, shape }) => {
      stack.begin();
      const { lines } = await claude(PROMPTS[tier], model);
      expect(lines).toContain(said(tier));
      const routed = await stack.routed();
      expect(routed).toMatchObject([request(tier, model)]);
      expect(routed[0]?.sent).toContain(shape);
    });

    it.each(CASES)("has a stream ($model) of $tier in pieces, one by one", async ({ tier, model }) => {
      stack.begin();
      const { lines } = await claude(PROMPTS[tier], model, "--output-format", "stream-json", "--include-partial-messages", "--verbose");
      expect(lines.filter((line) => line.includes('"text_delta"')).length).toBeGreaterThan(5);
      expect(await stack.routed()).toMatchObject([request(tier, model)]);
    });

    it.each(CASES)("has both requests of a tool's round ($model) answered by $tier", async ({ tier, model }) => {
      stack.begin({ call: (offered) => (offered.includes(CALL.name) ? CALL : undefined) });
      const { lines, file } = await claude(PROMPTS[tier], model, "--allowedTools", CALL.name);
      expect(file("made.txt")).toBe("made\n");
      expect(lines).toContain(said(tier));
      expect(await stack.routed()).toMatchObject([request(tier, model), request(tier, model)]);
    });
  });

  it.each(MODELS)("has even a greeting ($model) answered by strong with the default policy", async ({ model }) => {
    stack = await startRecordedStack("default");
    await claude(PROMPTS.weak, model);
    expect(await stack.routed()).toMatchObject([request("strong", model)]);
  });
});
