// Claude Code (`claude -p`) through a real Envoy and sluice, with the configuration of docs/coding-agents.md.
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { runAgent } from "./support/agent.ts";
import { npmClients } from "./support/installed.ts";
import { PROMPTS, type RecordedStack, said, startRecordedStack, TIERS } from "./support/recorded-stack.ts";

const MODEL = "glm-5"; // a name of Anthropic's is one day retired, and refused
const CALL = { name: "Bash", arguments: { command: "echo made > made.txt", description: "Makes a file" } };

const { folder, missing } = await npmClients();

describe.skipIf(missing)("Claude Code", () => {
  let stack: RecordedStack;

  const claude = (prompt: string, ...options: readonly string[]) =>
    runAgent(join(folder, "node_modules/.bin/claude"), ["-p", prompt, "--model", MODEL, ...options], {
      env: {
        ANTHROPIC_BASE_URL: stack.url,
        ANTHROPIC_API_KEY: "none",
        CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
        DISABLE_AUTOUPDATER: "1",
        DISABLE_TELEMETRY: "1",
      },
    });
  const request = (tier: string) => ({ path: "/v1/messages?beta=true", tier, model: MODEL, streamed: "one by one" });

  describe("with the configuration for agents", () => {
    beforeAll(async () => {
      stack = await startRecordedStack("agents");
    });

    it.each(TIERS)("has a chat answered by %s", async (tier) => {
      stack.begin();
      const { lines } = await claude(PROMPTS[tier]);
      expect(lines).toContain(said(tier));
      expect(await stack.routed()).toMatchObject([request(tier)]);
    });

    it.each(TIERS)("has a stream of %s in pieces, one by one", async (tier) => {
      stack.begin();
      const { lines } = await claude(PROMPTS[tier], "--output-format", "stream-json", "--include-partial-messages", "--verbose");
      expect(lines.filter((line) => line.includes('"text_delta"')).length).toBeGreaterThan(5);
      expect(await stack.routed()).toMatchObject([request(tier)]);
    });

    it.each(TIERS)("has both requests of a tool's round answered by %s", async (tier) => {
      stack.begin({ call: (offered) => (offered.includes(CALL.name) ? CALL : undefined) });
      const { lines, file } = await claude(PROMPTS[tier], "--allowedTools", CALL.name);
      expect(file("made.txt")).toBe("made\n");
      expect(lines).toContain(said(tier));
      expect(await stack.routed()).toMatchObject([request(tier), request(tier)]);
    });
  });

  it("has even a greeting answered by strong with the default policy", async () => {
    stack = await startRecordedStack("default");
    await claude(PROMPTS.weak);
    expect(await stack.routed()).toMatchObject([request("strong")]);
  });
});
