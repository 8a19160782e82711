// Codex (`codex exec`) through a real Envoy and sluice, with the configuration of docs/coding-agents.md.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { runAgent } from "./support/agent.ts";
import { npmClients } from "./support/installed.ts";
import { PROMPTS, type RecordedStack, said, startRecordedStack, TIERS } from "./support/recorded-stack.ts";

const MODEL = "gpt-5-codex";
const CALL = { name: "exec_command", arguments: { cmd: "echo made > made.txt" } };

const { folder, missing } = await npmClients();

describe.skipIf(missing)("Codex", () => {
  let stack: RecordedStack;

  const codex = (prompt: string) =>
    runAgent(
      join(folder, "node_modules/.bin/codex"),
      ["exec", "--skip-git-repo-check", "--sandbox", "danger-full-access", "--json", prompt],
      {
        env: { SLUICE_KEY: "none" },
        prepare(home) {
          const url = `base_url = "${stack.url}/v1", env_key = "SLUICE_KEY"`;
          const provider = `{ name = "sluice", ${url}, wire_api = "responses", supports_websockets = true }`;
          mkdirSync(join(home, ".codex"));
          writeFileSync(
            join(home, ".codex/config.toml"),
            `model = "${MODEL}"\nmodel_provider = "sluice"\nmodel_providers.sluice = ${provider}\n`,
          );
        },
      },
    );
  const request = (tier: string) => ({ path: "/v1/responses", tier, model: MODEL, streamed: "one by one" });

  describe("with the configuration for agents", () => {
    beforeAll(async () => {
      stack = await startRecordedStack("agents");
    });

    it.each(TIERS)("has a chat answered by %s, streamed one by one, when its websocket was refused", async (tier) => {
      stack.begin();
      const { lines } = await codex(PROMPTS[tier]);
      expect(lines.filter((line) => line.includes(`"text":"${said(tier)}"`))).toHaveLength(1);
      expect(await stack.routed()).toMatchObject([request(tier)]);
      expect(stack.upgrades).toEqual(["HTTP/1.1 426 Upgrade Required"]);
    });

    it.each(TIERS)("has both requests of a tool's round answered by %s", async (tier) => {
      stack.begin({ call: (offered) => (offered.includes(CALL.name) ? CALL : undefined) });
      const { lines, file } = await codex(PROMPTS[tier]);
      expect(file("made.txt")).toBe("made\n");
      expect(lines.filter((line) => line.includes(`"text":"${said(tier)}"`))).toHaveLength(1);
      expect(await stack.routed()).toMatchObject([request(tier), request(tier)]);
    });
  });

  it("has even a greeting answered by strong with the default policy", async () => {
    stack = await startRecordedStack("default");
    await codex(PROMPTS.weak);
    expect(await stack.routed()).toMatchObject([request("strong")]);
  });
});
