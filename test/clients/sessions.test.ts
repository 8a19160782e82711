// What Claude Code and Codex really send in a task of six tool calls, replayed: `evaluate --by-session` sees their loops and what each
// prompt shares with the one before, a policy that judges every call breaks them, and the session rule does not.
import { isUtf8 } from "node:buffer";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { ChatScanner, MAX_BODY_BYTES } from "../../src/request/chat/scanner.ts";
import { SESSION_DEFAULTS } from "../../src/request/guard/session-rule.ts";
import { NO_NEEDS, type Policy } from "../../src/request/policy/policy.ts";
import { trialNeeds } from "../../src/study/evaluate/trial.ts";
import { RecordedSessions } from "../../src/study/sessions/recorded.ts";
import { play } from "../../src/study/sessions/replay.ts";
import type { Session } from "../../src/study/sessions/turn.ts";
import { runAgent } from "./support/agent.ts";
import { npmClients } from "./support/installed.ts";
import { PROMPTS, type RecordedStack, type Routed, startRecordedStack } from "./support/recorded-stack.ts";

const ROUNDS = 6;
const PRICES = [
  { tier: "weak", inputPerMTok: 1, cachedInputPerMTok: 0.1, cacheWritePerMTok: 1.25, outputPerMTok: 5 },
  { tier: "strong", inputPerMTok: 5, cachedInputPerMTok: 0.5, cacheWritePerMTok: 6.25, outputPerMTok: 25 },
];
const SETTINGS = { ...SESSION_DEFAULTS, prices: PRICES };

/** Changes its mind with every call, as one that reads tool results may. */
function fickle(): Policy {
  let asked = 0;
  return {
    needs: { ...NO_NEEDS, scopes: ["all"] },
    decide: () => ({ tier: asked++ % 2 === 0 ? "strong" : "weak", reason: "turn" }),
    signals: () => [],
  };
}

function sessionOf(routed: readonly Routed[]): Session {
  const policies = [{ name: "fickle", id: "fickle", policy: fickle(), threshold: undefined, scoreIsProbability: false }];
  const scanner = new ChatScanner({ ...trialNeeds(policies), maxBodyBytes: MAX_BODY_BYTES, isUtf8 });
  const sessions = new RecordedSessions({ policies, scanner, tiers: ["weak", "strong"], defaultTier: "strong", outputTokens: 300 });
  const unknown = { turn: undefined, atMs: undefined, inputTokens: undefined, outputTokens: undefined, truth: undefined };
  routed.forEach(({ sent, path }, at) => {
    expect(sessions.add({ ...unknown, body: Buffer.from(sent), path, session: "s", place: `recorded:${at}` })).toBeUndefined();
  });
  return sessions.sessions()[0] ?? [];
}

function holdsTogether(session: Session): void {
  expect(session.map(({ answersTools }) => answersTools)).toEqual([false, ...Array.from({ length: ROUNDS }, () => true)]);
  session.slice(1).forEach(({ sharedTokens, inputTokens }, at) => {
    expect(inputTokens).toBeGreaterThan(session[at]?.inputTokens ?? 0);
    expect(sharedTokens / (session[at]?.inputTokens ?? 1)).toBeGreaterThan(0.95);
  });
  expect(play(session, "per-request", 0, SETTINGS)).toMatchObject({ switches: ROUNDS, unsafe: ROUNDS });
  expect(play(session, "session", 0, SETTINGS)).toMatchObject({ switches: 0, unsafe: 0 });
  const [byRequest, byRule] = (["per-request", "session"] as const).map((way) => play(session, way, 0, SETTINGS).cachedTokens);
  expect(byRule).toBeGreaterThan(1.1 * (byRequest ?? 0));
}

const { folder, missing } = await npmClients();

describe.skipIf(missing)("a session of six tool calls", () => {
  let stack: RecordedStack;
  beforeAll(async () => {
    stack = await startRecordedStack("agents");
  });

  it("of Claude Code holds together", async () => {
    const call = { name: "Bash", arguments: { command: "echo made >> made.txt", description: "Adds a line" } };
    stack.begin({ rounds: ROUNDS, call: (offered) => (offered.includes(call.name) ? call : undefined) });
    const args = ["-p", PROMPTS.strong, "--model", "claude-sonnet-4-5", "--allowedTools", call.name];
    const { file } = await runAgent(join(folder, "node_modules/.bin/claude"), args, {
      env: {
        ANTHROPIC_BASE_URL: stack.url,
        ANTHROPIC_API_KEY: "none",
        CLAUDE_CODE_DISABLE_LEGACY_MODEL_REMAP: "1",
        CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
        DISABLE_AUTOUPDATER: "1",
        DISABLE_TELEMETRY: "1",
      },
    });
    expect(file("made.txt")).toBe("made\n".repeat(ROUNDS));
    holdsTogether(sessionOf(await stack.routed()));
  });

  it("of Codex holds together", async () => {
    const call = { name: "exec_command", arguments: { cmd: "echo made >> made.txt" } };
    stack.begin({ rounds: ROUNDS, call: (offered) => (offered.includes(call.name) ? call : undefined) });
    const args = ["exec", "--skip-git-repo-check", "--sandbox", "danger-full-access", "--json", PROMPTS.strong];
    const { file } = await runAgent(join(folder, "node_modules/.bin/codex"), args, {
      env: { SLUICE_KEY: "none" },
      prepare(home) {
        const provider = `{ name = "sluice", base_url = "${stack.url}/v1", env_key = "SLUICE_KEY", wire_api = "responses" }`;
        mkdirSync(join(home, ".codex"));
        const lines = ['model = "gpt-5-codex"', 'model_provider = "sluice"', `model_providers.sluice = ${provider}`];
        writeFileSync(join(home, ".codex/config.toml"), `${lines.join("\n")}\n`);
      },
    });
    expect(file("made.txt")).toBe("made\n".repeat(ROUNDS));
    holdsTogether(sessionOf(await stack.routed()));
  });
});
