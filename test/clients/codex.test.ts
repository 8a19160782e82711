// Codex (`codex exec`) through a real Envoy and sluice, with the configuration of docs/coding-agents.md.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { runAgent } from "./support/agent.ts";
import { npmClients } from "./support/installed.ts";
import { PROMPTS, type RecordedStack, said, startRecordedStack, TIERS } from "./support/recorded-stack.ts";

const COMMAND = { cmd: "echo made > made.txt" };
/** Two kinds of request: tools where they have always been, and tools in an item of the conversation, run by JavaScript. */
const MODELS = [
  { model: "gpt-5-codex", shape: '"tools":[{"type":"function","name":"exec_command"', call: { name: "exec_command", arguments: COMMAND } },
  {
    model: "gpt-6.2-sol",
    shape: '"input":[{"type":"additional_tools"',
    call: { name: "exec", arguments: `text(await tools.exec_command(${JSON.stringify(COMMAND)}));` },
  },
];
const CASES = MODELS.flatMap((model) => TIERS.map((tier) => ({ ...model, tier })));

const { folder, missing } = await npmClients();

describe.skipIf(missing)("Codex", () => {
  let stack: RecordedStack;

  const codex = (prompt: string, model: string) =>
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
            `model = "${model}"\nmodel_provider = "sluice"\nmodel_providers.sluice = ${provider}\n`,
          );
        },
      },
    );
  const request = (tier: string, model: string) => ({ path: "/v1/responses", tier, model, streamed: "one by one" });

  describe("with the configuration for agents", () => {
    beforeAll(async () => {
      stack = await startRecordedStack("agents");
    });

    it.each(CASES)(
      "has a chat ($model) answered by $tier, streamed one by one, when its websocket was refused",
      async ({ tier, model, shape }) => {
        stack.begin();
        const { lines } = await codex(PROMPTS[tier], model);
        expect(lines.filter((line) => line.includes(`"text":"${said(tier)}"`))).toHaveLength(1);
        const routed = await stack.routed();
        expect(routed).toMatchObject([request(tier, model)]);
        expect(routed[0]?.sent).toContain(shape);
        expect(stack.upgrades).toEqual(["HTTP/1.1 426 Upgrade Required"]);
      },
    );

    it.each(CASES)("has both requests of a tool's round ($model) answered by $tier", async ({ tier, model, call }) => {
      stack.begin({ call: (offered) => (offered.includes(call.name) ? call : undefined) });
      const { lines, file } = await codex(PROMPTS[tier], model);
      expect(file("made.txt")).toBe("made\n");
      expect(lines.filter((line) => line.includes(`"text":"${said(tier)}"`))).toHaveLength(1);
      expect(await stack.routed()).toMatchObject([request(tier, model), request(tier, model)]);
    });
  });

  it.each(MODELS)("has even a greeting ($model) answered by strong with the default policy", async ({ model }) => {
    stack = await startRecordedStack("default");
    await codex(PROMPTS.weak, model);
    expect(await stack.routed()).toMatchObject([request("strong", model)]);
  });
});
