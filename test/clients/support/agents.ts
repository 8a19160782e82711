// Claude Code and Codex as they are started by the tests: once for each thing that a person asks, in one home.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type AgentRun, newHome, runAgent } from "./agent.ts";

export interface Agent {
  /** Begins a session. */
  ask(prompt: string): Promise<AgentRun>;
  /** The next thing that is said in the session of the one before. `more`: options of its own. */
  goOn(prompt: string, ...more: readonly string[]): Promise<AgentRun>;
}

export interface AgentSetting {
  readonly bin: string; // the folder of its program
  readonly url: string; // what it takes for the provider
  readonly mayFail?: boolean; // it may end with an error
}

export function claudeCode({ bin, url, mayFail = false }: AgentSetting): Agent {
  const home = newHome();
  const env = {
    ANTHROPIC_BASE_URL: url,
    ANTHROPIC_API_KEY: "none",
    CLAUDE_CODE_DISABLE_LEGACY_MODEL_REMAP: "1", // a name that is retired one day stays
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
    DISABLE_AUTOUPDATER: "1",
    DISABLE_TELEMETRY: "1",
    MAX_THINKING_TOKENS: "4000",
  };
  const run = (...args: readonly string[]) =>
    runAgent(join(bin, "claude"), [...args, "--model", "claude-sonnet-4-5", "--allowedTools", "Bash,Agent"], { env, home, mayFail });
  return { ask: (prompt) => run("-p", prompt), goOn: (prompt, ...more) => run("--continue", ...more, "-p", prompt) };
}

export function codex({ bin, url, mayFail = false }: AgentSetting): Agent {
  const home = newHome();
  const provider = `{ name = "sluice", base_url = "${url}/v1", env_key = "SLUICE_KEY", wire_api = "responses" }`;
  mkdirSync(join(home, ".codex"));
  const lines = ['model = "gpt-5-codex"', 'model_provider = "sluice"', `model_providers.sluice = ${provider}`];
  writeFileSync(join(home, ".codex/config.toml"), `${lines.join("\n")}\n`);
  const run = (...args: readonly string[]) => {
    const options = ["exec", "--skip-git-repo-check", "--sandbox", "danger-full-access", "--json"];
    return runAgent(join(bin, "codex"), [...options, ...args], { env: { SLUICE_KEY: "none" }, home, mayFail });
  };
  return { ask: (prompt) => run(prompt), goOn: (prompt, ...more) => run(...more, "resume", "--last", prompt) };
}
