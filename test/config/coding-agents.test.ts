// The configurations of docs/coding-agents.md, asked about what agents send: the tier hangs on what a person asked, and explain shows it.
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { explain } from "../../src/cli/explanation.ts";
import { parseConfig } from "../../src/config/load.ts";
import { routingOf } from "../../src/config/routing-of.ts";
import { TURN_TYPES } from "../../src/request/chat/actions.ts";
import { DEFAULT_ENVELOPES } from "../../src/request/chat/envelopes.ts";
import { TRAFFIC_POLICIES } from "../../src/setup/init/traffic-policy.ts";
import { aider, claudeCode, cline, codex } from "../support/agent-requests.ts";
import { AGENT_TURNS } from "../support/agent-turns.ts";

const page = readFileSync(new URL("../../docs/coding-agents.md", import.meta.url), "utf8");
const [byThreshold = "", byRules = "", byActions = "", envelopes = ""] = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].map(
  (match) => match[1] ?? "",
);
const fromInit = `policies:\n  main:\n${TRAFFIC_POLICIES.agents.lines.map((line) => `    ${line}\n`).join("")}`;
const AGENTS = { claudeCode, codex, aider, cline };

function explained(config: string, { path, body }: { readonly path: string; readonly body: object }) {
  const read = { get: (name: string) => (name === ":path" ? path : undefined) };
  return explain(routingOf(parseConfig(config, "sluice.yaml")), Buffer.from(JSON.stringify(body)), read);
}

describe.each(Object.entries(AGENTS))("%s", (name, agent) => {
  test("goes to strong by the default policy, whatever is asked", () => {
    expect(explained("", agent("say hello", 0))).toMatchObject({ tier: "strong", reason: "keyword" });
  });

  test.each([
    ["the page's threshold policy", byThreshold],
    ["init's policy", fromInit],
    ["the page's rules", byRules],
    ["the page's rules for actions, in front of its threshold policy,", byActions],
  ])("goes where the question asks for by %s, before and in a tool loop", (_, config) => {
    for (const calls of config === byActions ? [0, 1, 2] : [0, 1, 12]) {
      // (the same call over and over is a stall, which the last one is about)
      expect(explained(config, agent("say hello", calls)).tier).toBe("weak");
      expect(explained(config, agent("refactor the store", calls)).tier).toBe("strong");
    }
  });

  test("explain shows the prompt, and human turns that tool calls do not add to", () => {
    const asked = "say hello";
    const wanted = name === "cline" ? `<task>\n${asked}\n</task>` : asked;
    const shown = explained(byThreshold, agent(asked, 8));
    expect(shown.texts.prompt?.chars).toBe(wanted.length);
    expect(shown.humanTurns).toBe(name === "aider" ? 9 : 1); // its rounds are a person's
    expect(shown.turns).toBeGreaterThan(10);
    expect(shown.signals).toContainEqual({ name: "turns", value: shown.humanTurns, threshold: 20, over: false });
  });
});

describe("the page's rules for actions", () => {
  test.each(AGENT_TURNS)("$name: small jobs go to weak, whatever they say", ({ body, headers = {}, turn }) => {
    const read = { get: (name: string) => (headers as Readonly<Record<string, string>>)[name] };
    const routing = routingOf(parseConfig(byActions, "sluice.yaml"));
    const { tier, detail, action } = explain(routing, Buffer.from(JSON.stringify({ ...body, previous_response_id: undefined })), read);
    expect(action?.turn).toBe(turn);
    const isSmall = ["probe", "title", "compaction", "classifier"].includes(turn);
    expect(detail === "small jobs").toBe(isSmall);
    if (isSmall) expect(tier).toBe("weak");
  });

  test.each(Object.entries({ claudeCode, codex, cline }))("%s goes up when it calls the same again and again", (_, agent) => {
    expect(explained(byActions, agent("say hello", 2)).tier).toBe("weak");
    expect(explained(byActions, agent("say hello", 3))).toMatchObject({ tier: "strong", detail: "stalled", action: { repeats: 3 } });
  });

  test("every kind of turn stands on the page", () => {
    for (const turn of TURN_TYPES) expect(page).toContain(`| \`${turn}\` |`);
  });
});

test("the page lists the envelopes that are known, and its own list is one", () => {
  for (const { open, close } of DEFAULT_ENVELOPES)
    expect(page).toContain(`| \`${open}\` | ${close ? `\`${close}\`` : "the message's end"} |`);
  const body = { messages: [{ role: "user", content: "hello [context from our IDE] refactor [end of context]" }] };
  const path = "/v1/chat/completions";
  expect(explained(envelopes + byThreshold, { path, body }).tier).toBe("weak");
  expect(explained(`envelopes: []\n${byThreshold}`, { path, body }).tier).toBe("strong");
});

test("a long conversation of a person goes to strong", () => {
  const { path, body } = aider("say hello", 20);
  expect(explained(byThreshold, { path, body })).toMatchObject({ tier: "strong", reason: "turns" });
});
