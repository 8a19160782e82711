// Recorded sessions, from rows to turns: who asks, what is shared with the request before, and what binds a request to a server.
import { isUtf8 } from "node:buffer";
import { describe, expect, test } from "vitest";
import { ChatScanner } from "../../../src/request/chat/scanner.ts";
import { NO_NEEDS, type Policy } from "../../../src/request/policy/policy.ts";
import type { SessionExample } from "../../../src/study/dataset/example.ts";
import { trialNeeds } from "../../../src/study/evaluate/trial.ts";
import { RecordedSessions } from "../../../src/study/sessions/recorded.ts";
import { requestParts, sharedFront } from "../../../src/study/sessions/request-parts.ts";

const bytes = (body: unknown) => new TextEncoder().encode(JSON.stringify(body));

/** Strong where the last thing the user said holds "hard". */
const policy: Policy = {
  needs: { ...NO_NEEDS, scopes: ["last_user"] },
  decide: (request) => ({ tier: new TextDecoder().decode(request.text("last_user")).includes("hard") ? "strong" : "weak", reason: "word" }),
  signals: () => [],
};
const abstaining: Policy = { ...policy, decide: () => undefined };
const POLICIES = [policy, abstaining].map((each, at) => ({
  name: `p${at}`,
  id: `p${at}`,
  policy: each,
  threshold: undefined,
  scoreIsProbability: false,
}));

function recorded(): RecordedSessions {
  return new RecordedSessions({
    policies: POLICIES,
    scanner: new ChatScanner({ ...trialNeeds(POLICIES), maxBodyBytes: 1 << 20, isUtf8 }),
    ...{ tiers: ["weak", "strong"], defaultTier: "strong", outputTokens: 300 },
  });
}

let line = 0;
function row(body: unknown, more: Partial<SessionExample> = {}): SessionExample {
  const unknown = { turn: undefined, atMs: undefined, inputTokens: undefined, outputTokens: undefined, truth: undefined };
  return { ...unknown, body: bytes(body), path: undefined, session: "s", place: `s.jsonl:${++line}`, ...more };
}

const asked = (text: string) => ({ role: "user", content: text });
const chat = (...messages: unknown[]) => ({ messages });

describe("what is shared with the request before", () => {
  const share = (before: unknown, after: unknown) =>
    sharedFront(requestParts(bytes(before)).parts, requestParts(bytes(after)).parts).ofBefore;

  test.each<[string, unknown, unknown, number]>([
    ["all of it, where the conversation goes on", chat(asked("a")), chat(asked("a"), asked("b")), 1],
    [
      "all of it, though the mark of where to cache has moved on",
      chat({ ...asked("a"), cache_control: { type: "ephemeral" } }),
      chat(asked("a"), asked("b")),
      1,
    ],
    ["nothing, where the first message is another", chat(asked("a"), asked("b")), chat(asked("c"), asked("b")), 0],
    [
      "nothing, where the tools are others",
      { ...chat(asked("a")), tools: [{ name: "x" }] },
      { ...chat(asked("a")), tools: [{ name: "y" }] },
      0,
    ],
    ["nothing of nothing", {}, chat(asked("a")), 0],
  ])("is %s", (_, before, after, expected) => {
    expect(share(before, after)).toBe(expected);
  });

  test("is the front of it, by size, where a summary has taken the place of the rest", () => {
    const before = { system: "long ".repeat(100), messages: [asked("one ".repeat(100))] };
    const after = { system: "long ".repeat(100), messages: [asked("in short")] };
    expect(share(before, after)).toBeGreaterThan(0.5);
    expect(share(before, after)).toBeLessThan(0.6);
  });
});

describe("a turn goes on with a tool loop", () => {
  test.each<[boolean, string, unknown]>([
    [true, "OpenAI's chat", chat(asked("a"), { role: "assistant", tool_calls: [{}] }, { role: "tool", tool_call_id: "1", content: "x" })],
    [true, "OpenAI's responses", { input: [asked("a"), { type: "function_call_output", call_id: "1", output: "x" }] }],
    [true, "Anthropic's messages", chat(asked("a"), { role: "user", content: [{ type: "tool_result", tool_use_id: "1" }] })],
    [
      true,
      "Anthropic's, where a person said something beside it",
      chat({ role: "user", content: [{ type: "tool_result" }, { type: "text", text: "and?" }] }),
    ],
    [false, "a question behind an answered call", chat({ role: "tool", tool_call_id: "1", content: "x" }, asked("thanks"))],
    [false, "a text", { input: "a" }],
    [false, "nothing", chat()],
  ])("%s: %s", (answers, _, body) => {
    expect(requestParts(bytes(body)).answersTools).toBe(answers);
  });
});

describe("recorded sessions", () => {
  test("are put together from mixed rows, each asked about on its own", () => {
    const sessions = recorded();
    const history = [asked("hard one"), { role: "assistant", content: "Done." }, asked("easy one")];
    for (const each of [
      row(chat(...history.slice(0, 1)), {
        atMs: 5_000,
        inputTokens: 2_000,
        outputTokens: 50,
        truth: { kind: "scores", weak: 0.25, strong: 1 },
      }),
      row(chat(asked("else")), { session: "other" }),
      row(chat(...history), { atMs: 65_000, inputTokens: 2_100 }),
    ])
      expect(sessions.add(each)).toBeUndefined();
    const [first, second] = sessions.sessions();
    expect(first).toEqual([
      {
        atMs: 0,
        inputTokens: 2_000,
        sharedTokens: 0,
        outputTokens: 50,
        answersTools: false,
        keepsState: false,
        quality: { weak: 0.25, strong: 1 },
        wanted: [1, 1],
      },
      {
        atMs: 60_000,
        inputTokens: 2_100,
        sharedTokens: 2_000,
        outputTokens: 300,
        answersTools: false,
        keepsState: false,
        quality: undefined,
        wanted: [0, 1],
      },
    ]);
    expect(second).toHaveLength(1);
    expect(sessions.turns).toBe(3);
    expect(sessions.warnings()).toEqual([
      "1 of 3 rows have no time: they are taken to follow at once, with the cache still warm",
      "tokens of 2 of 3 rows are estimates, 300 for an answer: see docs/tokens.md",
    ]);
  });

  test("count what two prompts share once, and estimate what is new", () => {
    const sessions = recorded();
    const [first, second] = [asked("one two three ".repeat(300)), asked("four five six ".repeat(30))];
    sessions.add(row(chat(first), { inputTokens: 5_000 }));
    sessions.add(row(chat(first, second)));
    sessions.add(row(chat(first, second, asked("seven"))));
    const [, middle, last] = sessions.sessions()[0] ?? [];
    expect(middle?.sharedTokens).toBe(5_000);
    expect(middle?.inputTokens).toBeGreaterThan(5_050);
    expect(middle?.inputTokens).toBeLessThan(5_250); // 90 words and what surrounds them
    expect(last?.sharedTokens).toBe(middle?.inputTokens);
    expect(last?.inputTokens).toBeGreaterThan(last?.sharedTokens ?? 0);
  });

  test("take the session that a request names where no column does", () => {
    const sessions = recorded();
    for (const key of ["a", "a", "b"])
      expect(sessions.add(row({ ...chat(asked("x")), prompt_cache_key: key }, { session: undefined }))).toBeUndefined();
    expect(sessions.sessions().map(({ length }) => length)).toEqual([2, 1]);
    expect(sessions.add(row(chat(asked("x")), { session: undefined }))).toMatch(/^expected a column session, or a request that names its/);
  });

  test("know what refers to a server's state, and that its history is there", () => {
    const path = "/v1/responses";
    const sessions = recorded();
    sessions.add(row({ input: "a", model: "m" }, { path, inputTokens: 3_000 }));
    sessions.add(row({ input: "b", model: "m", previous_response_id: "r" }, { path, inputTokens: 3_500 }));
    expect(sessions.sessions()[0]?.[1]).toMatchObject({ keepsState: true, sharedTokens: 3_000, inputTokens: 3_500 });
  });

  test.each<[string, Partial<SessionExample>, RegExp]>([
    ["a turn out of its order", { turn: 2 }, /^turn 2 follows turn 2 of the same session/],
    ["a time before the last", { turn: 3, atMs: 9 }, /^it was sent before the row that precedes it/],
  ])("refuse %s", (_, more, problem) => {
    const sessions = recorded();
    expect(sessions.add(row(chat(asked("a")), { turn: 2, atMs: 10 }))).toBeUndefined();
    expect(sessions.add(row(chat(asked("a")), more))).toMatch(problem);
    expect(sessions.turns).toBe(1);
  });

  test("refuse what no policy could read", () => {
    expect(recorded().add(row({ query: "a" }))).toMatch(/no format that is read/);
  });
});
