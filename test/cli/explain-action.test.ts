// What explain says of a request in an agent's session, and that it says nothing of it for an ordinary chat.
import { expect, test } from "vitest";
import { explain } from "../../src/cli/explanation.ts";
import { explanationText } from "../../src/cli/explanation-text.ts";
import { parseConfig } from "../../src/config/load.ts";
import { routingOf } from "../../src/config/routing-of.ts";
import { claudeCode, codex } from "../support/agent-requests.ts";

const routing = routingOf(parseConfig("policies: { main: { type: fixed, tier: weak } }", "sluice.yaml"));

function explained(body: object, headers: Readonly<Record<string, string>> = {}) {
  const explanation = explain(routing, Buffer.from(JSON.stringify(body)), { get: (name) => headers[name] });
  const lines = explanationText(explanation, routing).split("\n");
  return { action: explanation.action, lines: lines.filter((line) => /^(?:session|agent|turn|tools|calls|repeated|errors) /.test(line)) };
}

test("a turn in a tool loop, with its calls, repeats and session", () => {
  const { lines, action } = explained(claudeCode("fix it", 3).body, { "x-claude-code-agent-id": "a1" });
  expect(lines).toEqual([
    "session   5f0c",
    "agent     a1",
    "turn      subagent",
    "tools     their results wait for an answer",
    "calls     Read, Read, Read",
    "repeated  3 of the last 6 calls are the same one",
  ]);
  expect(action).toMatchObject({ session: { id: "5f0c", by: "body" }, agent: "a1", maxTokens: 32000 });
  expect(action?.inputTokens).toBeGreaterThan(1000);
  expect(action?.windowTokens).toBe(Math.ceil(1.1 * (action?.inputTokens ?? 0)) + 32000);
});

test("a call that failed, and one that is not answered", () => {
  const call = (id: string) => ({ type: "function_call", call_id: id, name: "shell", arguments: `{"n":"${id}"}` });
  const failed = { type: "function_call_output", call_id: "1", output: "Exit code: 1\nno" };
  const { lines } = explained({ ...codex("fix it", 0).body, input: [{ role: "user", content: "go" }, call("1"), failed, call("2")] });
  expect(lines).toEqual(["session   0199a213", "calls     shell (failed), shell (unanswered)", "errors    1 of the last 6 results"]);
});

test("nothing of an ordinary chat; in JSON a session made of how it begins", () => {
  const { lines, action } = explained({ messages: [{ role: "user", content: "hi" }] });
  expect(lines).toEqual([]);
  expect(action?.session).toEqual({ id: expect.stringMatching(/^[0-9a-f]{16}$/), by: "fingerprint" });
});
