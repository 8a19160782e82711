// `sluice evaluate --by-session`, from files to what is printed.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CommanderError } from "commander";
import { afterAll, describe, expect, test } from "vitest";
import { evaluateCommand } from "../../src/cli/evaluate.ts";
import type { SessionEvaluationResult } from "../../src/study/sessions/session-result.ts";
import { catchPrinted } from "../support/printed.ts";

const folder = mkdtempSync(join(tmpdir(), "sluice-sessions-"));
const printed = catchPrinted();
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

async function evaluate(...options: string[]): Promise<void> {
  const command = evaluateCommand(["evaluate", ...options]).exitOverride();
  await command.configureOutput({ writeErr: () => undefined }).parseAsync(["--resamples", "200", ...options], { from: "user" });
}

describe("by session", () => {
  /** Two questions of a session, each with two tool calls whose results hold a keyword; the second comes ten minutes later. */
  const turns = ["a", "b"].flatMap((session) => {
    const messages: unknown[] = [];
    return ["list the files", "please refactor this"].flatMap((text, question) => {
      messages.push({ role: "user", content: text });
      return [0, 1, 2].map((call) => {
        if (call > 0)
          messages.push({
            role: "assistant",
            content: "",
            tool_calls: [{ id: "c", type: "function", function: { name: "ls", arguments: "{}" } }],
          });
        if (call > 0) messages.push({ role: "tool", tool_call_id: "c", content: call === 1 ? "to design" : "plain" });
        const truth = call === 0 ? { label: question === 0 ? "weak" : "strong" } : {};
        return JSON.stringify({
          session,
          turn: 3 * question + call,
          time: 600 * question + call,
          inputTokens: 5_000 + 1_000 * (3 * question + call),
          outputTokens: 100,
          messages,
          ...truth,
        });
      });
    });
  });
  const sessions = file("sessions.jsonl", turns.join("\n"));
  const priced = file(
    "priced.yaml",
    [
      "tiers:",
      "  - { name: weak, price: { inputPerMTok: 1, cachedInputPerMTok: 0.1, outputPerMTok: 5 } }",
      "  - { name: strong, price: { inputPerMTok: 5, cachedInputPerMTok: 0.5, outputPerMTok: 25 } }",
    ].join("\n"),
  );
  const bySession = async (...options: string[]) => {
    const before = printed.output.length;
    await evaluate("--data", sessions, "--by-session", "--config", priced, "--policy", "v7", "--json", ...options);
    return JSON.parse(printed.output.slice(before)) as SessionEvaluationResult;
  };

  test("a turn goes to no tier that cannot take it, and says how many there are", async () => {
    const short = file(
      "short.yaml",
      "tiers: [{ name: weak, contextTokens: 25 }, { name: strong }]\npolicies: { main: { type: fixed, tier: weak } }",
    );
    await evaluate("--data", sessions, "--by-session", "--config", short, "--policy", "main", "--json");
    const { warnings, ways } = JSON.parse(printed.output.slice(printed.output.lastIndexOf('{"files"'))) as SessionEvaluationResult;
    const long = Number(/^(\d+) of 12 turns cannot go to every tier/.exec(warnings.find((each) => each.includes("cannot go")) ?? "")?.[1]);
    expect(long).toBeGreaterThan(5);
    expect(long).toBeLessThan(12);
    const perRequest = ways.find(({ way }) => way === "per-request");
    expect(perRequest?.switches.value, "short turns of weak, then strong to the end").toBe(1);
    const weak = ways.find(({ way }) => way === "all-weak");
    expect(weak?.switches.value).toBe(0);
    expect((await bySession()).warnings.join()).not.toContain("cannot go");
  });

  test("prices what a policy does with recorded sessions, and counts what breaks", async () => {
    const result = await bySession();
    expect(result).toMatchObject({ sessions: 2, turns: 12, judged: 4, toolTurns: 8, stateTurns: 0, cacheLivesSeconds: 300 });
    expect(result.ways.map(({ way }) => way)).toEqual(["all-weak", "all-strong", "per-request", "sticky", "session"]);
    const [weak, strong, byRequest, sticky, session] = result.ways;
    expect([byRequest?.unsafe, sticky?.unsafe, session?.unsafe]).toEqual([2, 0, 0]); // v7 reads a tool's result, and goes up in the loop
    // Six turns of weak: the first and, after ten minutes, the fourth are read anew.
    const tokens = [5_000, 6_000, 7_000, 8_000, 9_000, 10_000];
    const anew = tokens.map((all, at) => (at === 0 || at === 3 ? all : all - (tokens[at - 1] ?? 0)));
    const cost = tokens.reduce((sum, all, at) => sum + (anew[at] ?? 0) + 0.1 * (all - (anew[at] ?? 0)) + 500, 0) / 1e6;
    expect(weak?.costPerSession?.value).toBeCloseTo(cost, 10);
    expect(strong?.costPerSession?.value).toBeCloseTo(5 * cost, 10);
  });

  test("takes how long the cache lives", async () => {
    const [weak] = (await bySession("--cache-seconds", "3600")).ways;
    const [before] = (await bySession()).ways;
    expect(weak?.cachedShare.value).toBeGreaterThan(before?.cachedShare.value ?? 1);
  });

  test("prints a table, and a sentence a policy", async () => {
    await evaluate("--data", sessions, "--by-session", "--config", priced, "--policy", "v7");
    expect(printed.output).toMatch(/\n {2}v7, session rule +0\.\d\d/);
    expect(printed.output).toMatch(/\nv7: by request 2 of 12 turns go where a server may refuse them, with the session rule 0/);
    expect(printed.output).toContain("warning: only 2 sessions");
    expect(printed.output.split("\n").filter((line) => line.length > 120 && !line.includes("sluice evaluate"))).toEqual([]);
  });

  test.each(["--sweep", "--robust"])("does not go with %s", async (option) => {
    await expect(evaluate("--data", sessions, "--by-session", option)).rejects.toBeInstanceOf(CommanderError);
  });
});
