// What a request is in an agent's session: agents' own requests are told apart, and of thousands of ordinary chats none is taken for one.
import { isUtf8 } from "node:buffer";
import { describe, expect, test } from "vitest";
import { SCOPES } from "../../../src/request/chat/facts.ts";
import { ChatScanner } from "../../../src/request/chat/scanner.ts";
import type { PolicyRequest } from "../../../src/request/policy/policy.ts";
import { agentOf, sessionOf, turnOf } from "../../../src/request/policy/session.ts";
import { policyRequest } from "../../../src/request/routing/policy-request.ts";
import { claudeCode, codex } from "../../support/agent-requests.ts";
import { AGENT_TURNS } from "../../support/agent-turns.ts";
import { ordinaryChat } from "../../support/ordinary-chats.ts";

const scanner = new ChatScanner({ keywords: [], scopes: ["last_user"], params: [], maxBodyBytes: 1 << 20, isUtf8 });
const ofAll = new ChatScanner({ keywords: [], scopes: SCOPES, params: [], maxBodyBytes: 1 << 20, isUtf8 });

function asked(body: object, headers: Readonly<Record<string, string>> = {}, by = scanner): PolicyRequest {
  const scanned = by.scan(Buffer.from(JSON.stringify(body)), "input" in body ? "responses" : "prompt" in body ? "completions" : undefined);
  if (scanned.kind !== "chat") throw new Error(scanned.kind);
  return policyRequest(scanned.facts, by, { get: (name) => headers[name] });
}

const text = (value: string) => ({ type: "text", text: value });

describe("what agents send", () => {
  test.each(AGENT_TURNS)("$name", ({ body, headers, turn, toolLoop }) => {
    for (const by of [scanner, ofAll]) {
      const request = asked(body, headers, by);
      expect({ turn: turnOf(request), toolLoop: request.facts.action.toolLoop }).toEqual({ turn, toolLoop });
    }
  });
});

describe("ordinary chats", () => {
  const NUMBERS = Array.from({ length: 4000 }, (_, number) => number);

  test("are a person's, all of four thousand: none is taken for an agent's", () => {
    const taken = NUMBERS.flatMap((number) => {
      const request = asked(ordinaryChat(number));
      const { toolLoop, calls, repeats, errors } = request.facts.action;
      const isOrdinary = turnOf(request) === "user" && !toolLoop && calls.length + repeats + errors === 0;
      return isOrdinary && agentOf(request) === undefined && sessionOf(request)?.by === "fingerprint"
        ? []
        : [JSON.stringify(ordinaryChat(number))];
    });
    expect(taken).toEqual([]);
  });

  test("are of many kinds: in each format, with tools, with schemas, with small answers, and nearly all of them different", () => {
    const all = NUMBERS.map((number) => JSON.stringify(ordinaryChat(number)));
    expect(new Set(all).size).toBeGreaterThan(2000);
    for (const sign of ['"input"', '"prompt"', '"system"', '"messages"', '"tools"', '"json_schema"', '_tokens":64', '_tokens":5'])
      expect(all.filter((body) => body.includes(sign)).length, sign).toBeGreaterThan(30);
  });
});

describe("whose session it is", () => {
  const { body } = claudeCode("fix it", 0);

  test.each([
    ["a header made for it", { "x-session-id": "s1", "x-claude-code-session-id": "s2" }, { id: "s1", by: "header" }],
    ["Claude Code's header", { "x-claude-code-session-id": "s2", session_id: "s5" }, { id: "s2", by: "header" }],
    ["OpenCode's", { "x-session-affinity": "s3", "session-id": "s4" }, { id: "s3", by: "header" }],
    ["Codex's", { "session-id": "s4", session_id: "s5" }, { id: "s4", by: "header" }],
    ["Codex's of old", { session_id: "s5" }, { id: "s5", by: "header" }],
    ["an empty header, which is none", { "x-session-id": "" }, { id: "5f0c", by: "body" }],
  ])("%s", (_, headers, session) => {
    expect(sessionOf(asked(body, headers))).toEqual(session);
  });

  test.each<[string, object, object]>([
    ["Claude Code's user id with a session in it", body, { id: "5f0c", by: "body" }],
    ["the same as JSON", { ...body, metadata: { user_id: '{"device_id":"d","session_id":"5f0d"}' } }, { id: "5f0d", by: "body" }],
    ["Codex's cache key", codex("fix it", 0).body, { id: "0199a213", by: "body" }],
  ])("%s", (_, given, session) => {
    expect(sessionOf(asked(given))).toEqual(session);
  });

  test("a sub-agent is named by its header", () => {
    expect(agentOf(asked(body, { "x-claude-code-agent-id": "a1" }))).toBe("a1");
    expect(agentOf(asked(body, { "x-openai-subagent": "review" }))).toBe("review");
    expect(agentOf(asked(body))).toBeUndefined();
  });

  describe("else how the conversation begins", () => {
    const chat = (user: string | undefined, system: string, ...said: readonly string[]) => ({
      ...(user === undefined ? {} : { user }),
      messages: [{ role: "system", content: system }, ...said.map((content, i) => ({ role: i % 2 ? "assistant" : "user", content }))],
    });
    const idOf = (given: object, by = scanner) => sessionOf(asked(given, {}, by))?.id;
    const first = idOf(chat(undefined, "Be brief.", "Why is the sky blue?"));

    test("stays the same while it grows, whatever scopes are read", () => {
      for (const by of [scanner, ofAll])
        expect(idOf(chat(undefined, "Be brief.", "Why is the sky blue?", "Rayleigh.", "And the sea?"), by)).toBe(first);
    });

    test("is another for another system text, another question, one that goes on, and another user", () => {
      const others = [
        chat(undefined, "Be long.", "Why is the sky blue?"),
        chat(undefined, "Be brief.", "Why is the sea blue?"),
        chat(undefined, "Be brief.", `Why is the sky blue?${" ".repeat(300)}x`),
        chat("ann", "Be brief.", "Why is the sky blue?"),
      ].map((given) => idOf(given));
      expect(new Set([first, ...others]).size).toBe(5);
    });

    test("stays the same in every agent's loop, reminders and surroundings aside", () => {
      const fingerprint = (given: object, by = scanner) => asked(given, {}, by).facts.action.fingerprint;
      for (const agent of [claudeCode, codex]) {
        const begun = fingerprint(agent("fix the store", 0).body);
        expect(begun).toBeDefined();
        for (const calls of [1, 7])
          for (const by of [scanner, ofAll]) expect(fingerprint(agent("fix the store", calls).body, by)).toBe(begun);
        expect(fingerprint(agent("fix the log", 0).body)).not.toBe(begun);
      }
    });

    test("is Claude Code's system text and question, whatever stands in front of either", () => {
      const fingerprint = (version: string, system: string, question: string, by = scanner) => {
        const billing = `x-anthropic-billing-header: cc_version=2.1.332.${version}; cc_entrypoint=sdk-cli; cch=${version};`;
        const messages = [{ role: "user", content: ["<system-reminder>\n# Environment\n</system-reminder>", question].map(text) }];
        return asked({ messages, system: [billing, system].map(text) }, {}, by).facts.action.fingerprint;
      };
      const begun = fingerprint("db9", "You are an agent.", "fix the store");
      for (const by of [scanner, ofAll]) expect(fingerprint("1c9", "You are an agent.", "fix the store", by)).toBe(begun);
      expect(fingerprint("db9", "You are another.", "fix the store")).not.toBe(begun);
      expect(fingerprint("db9", "You are an agent.", "fix the log")).not.toBe(begun);
    });

    test("is none where no person said anything", () => {
      expect(sessionOf(asked({ messages: [{ role: "system", content: "x" }] }))).toBeUndefined();
    });
  });
});
