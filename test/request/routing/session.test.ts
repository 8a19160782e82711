// A session's actions stay where another tier would answer them with an error, or would cost more than it saves: bodies and headers in,
// decisions out, with the policy told by a header what to want.
import { describe, expect, test } from "vitest";
import { parseConfig } from "../../../src/config/load.ts";
import { routingOf } from "../../../src/config/routing-of.ts";
import { sessionsInMemory } from "../../../src/request/guard/session-store.ts";
import { type Routed, routeBody } from "../../../src/request/routing/routing.ts";
import { learnedTiers } from "../../../src/request/routing/served-before.ts";
import { randomSource } from "../../../src/study/evaluate/random-source.ts";
import { generatedSessions } from "../../../src/study/sessions/generated.ts";
import type { Turn } from "../../../src/study/sessions/turn.ts";

const WANTED = "{ name: wanted, tier: strong, match: { headers: { x-want: strong } } }";
const RULES = `{ type: rules, headers: [x-want], rules: [${WANTED}], fallback: { tier: weak } }`;
const PRICED =
  "tiers: [{ name: weak, price: { inputPerMTok: 1, cachedInputPerMTok: 0.1, outputPerMTok: 5 } }, " +
  "{ name: strong, price: { inputPerMTok: 5, cachedInputPerMTok: 0.5, cacheWritePerMTok: 6.25, outputPerMTok: 25 } }]";

type Headers = Readonly<Record<string, string>>;

/** A filter with this configuration. `ask` sends a request for which the policy wants a tier. */
function filter(more = "", { policy = RULES, store = sessionsInMemory(), servedBefore = learnedTiers(() => 0) } = {}) {
  const config = parseConfig(`${more}\nactive: main\npolicies:\n  main: ${policy}`, "test.yaml");
  const routing = routingOf(config, { sessions: store, servedBefore });
  const ask = (want: string, body: object, headers: Headers = { "x-session-id": "s" }): Routed["decision"] =>
    route(want, body, headers).decision;
  const route = (want: string, body: object, headers: Headers = { "x-session-id": "s" }): Routed => {
    const all: Headers = { ":path": "/v1/chat/completions", "x-want": want, ...headers };
    return routeBody(routing, Buffer.from(JSON.stringify(body)), { get: (name) => all[name] });
  };
  return { ask, route, routing };
}

const NO_HEADERS: Headers = {};
const TOOLS = { tools: [{ type: "function", function: { name: "read" } }] };
const ASKED = { role: "user", content: "fix the test in a.ts" };
const CALL = { role: "assistant", tool_calls: [{ id: "c1", type: "function", function: { name: "read", arguments: "{}" } }] };
const RESULT = { role: "tool", tool_call_id: "c1", content: "the file" };
const USE = [{ type: "tool_use", id: "t1", name: "read", input: {} }];
const USED = { role: "user", content: [{ type: "tool_result", tool_use_id: "t1", content: "the file" }] };
const DONE = { role: "assistant", content: "done" };
const question = { ...TOOLS, messages: [ASKED] };
const loop = { ...TOOLS, messages: [ASKED, CALL, RESULT] };
const next = { ...TOOLS, messages: [ASKED, CALL, RESULT, { role: "assistant", content: "done" }, { role: "user", content: "and b.ts" }] };
const LONG = "a long history ".repeat(8000);
const long = (body: { readonly messages: readonly object[] }) => ({
  ...body,
  messages: [{ role: "system", content: LONG }, ...body.messages],
});

describe("results of tools go to the tier that asked for them", () => {
  test.each(["weak", "strong"])("from %s", (tier) => {
    const other = tier === "weak" ? "strong" : "weak";
    const { ask } = filter();
    expect(ask(tier, question)).toMatchObject({ tier, reason: tier === "weak" ? "default" : "rule" });
    const decision = ask(other, loop);
    expect(decision).toMatchObject({ tier, policy: expect.stringMatching(/^main@/), reason: "pinned", detail: "tool-loop" });
    expect(decision.wanted).toMatchObject({ tier: other });
    expect(decision.inSession).toEqual({ last: tier, reason: "tool-loop" });
    expect(ask(other, next), "a question may go elsewhere").toMatchObject({ tier: other });
  });

  test("and the decision stands as it is where that is wanted", () => {
    const { ask } = filter();
    ask("strong", question);
    expect(ask("strong", loop)).toEqual({ ...ask("strong", question) });
  });

  test.each<[how: string, headers: Headers, body: object]>([
    ["Claude Code's header", { "x-claude-code-session-id": "s" }, {}],
    ["Codex's header", { session_id: "s" }, {}],
    ["a member of the body", NO_HEADERS, { prompt_cache_key: "s" }],
    ["how the conversation begins", NO_HEADERS, {}],
  ])("a session known by %s", (_, headers, body) => {
    const { ask } = filter();
    ask("strong", { ...question, ...body }, headers);
    expect(ask("weak", { ...loop, ...body }, headers)).toMatchObject({ tier: "strong", detail: "tool-loop" });
  });

  test.each<[what: string, first: Headers, second: Headers, body: object]>([
    ["another session's", { "x-session-id": "a" }, { "x-session-id": "b" }, {}],
    ["a sub-agent's in the same session", { "x-session-id": "a" }, { "x-session-id": "a", "x-claude-code-agent-id": "1" }, {}],
    [
      "another sub-agent's of Codex",
      { "session-id": "a", "x-openai-subagent": "collab_spawn", "thread-id": "1" },
      { "session-id": "a", "x-openai-subagent": "collab_spawn", "thread-id": "2" },
      {},
    ],
    ["one that begins otherwise, without an id", NO_HEADERS, NO_HEADERS, { user: "somebody else" }],
  ])("not %s", (_, first, second, body) => {
    const { ask } = filter();
    ask("strong", question, first);
    expect(ask("weak", { ...loop, ...body }, second)).toMatchObject({ tier: "weak", reason: "default" });
  });

  test("one sender has no part in another's session, where the gateway tells them apart", () => {
    const { ask } = filter("voter: x-user");
    ask("strong", question, { "x-session-id": "s", "x-user": "eve" });
    expect(ask("weak", loop, { "x-session-id": "s", "x-user": "bob" })).toMatchObject({ tier: "weak" });
    expect(ask("weak", loop, { "x-session-id": "s", "x-user": "eve" })).toMatchObject({ tier: "strong" });
  });

  test.each([
    ["a probe", { max_tokens: 1, messages: [{ role: "user", content: "quota" }] }],
    [
      "a compaction",
      { messages: [...next.messages, { role: "user", content: "Your task is to create a detailed summary of the conversation" }] },
    ],
  ])("%s between goes where the policy says, and moves nothing", (_, aside) => {
    const { ask } = filter();
    ask("strong", question);
    expect(ask("weak", aside)).toMatchObject({ tier: "weak" });
    expect(ask("weak", loop)).toMatchObject({ tier: "strong", detail: "tool-loop" });
  });

  test("to count tokens asks the same tier, and is no action", () => {
    const { ask } = filter();
    ask("strong", question);
    const headers = { "x-session-id": "s", ":path": "/v1/messages/count_tokens" };
    expect(ask("weak", loop, headers)).toMatchObject({ tier: "strong", reason: "token-count", detail: "pinned:tool-loop" });
    ask("weak", question, headers);
    expect(ask("weak", loop)).toMatchObject({ tier: "strong" });
  });

  test("survives a reload, and is let go with its tier", () => {
    const store = sessionsInMemory();
    filter("", { store }).ask("strong", question);
    expect(filter("defaultTier: strong", { store }).ask("weak", loop)).toMatchObject({ tier: "strong", reason: "pinned" });
    const tiers = "tiers: [{ name: weak }, { name: big }]\ndefaultTier: weak";
    store.keepOnly(new Set(["weak", "big"]));
    const policy = "{ type: fixed, tier: weak }";
    expect(filter(tiers, { store, policy }).ask("weak", loop)).toMatchObject({ tier: "weak", reason: "fixed" });
  });
});

describe("an agent that stalls in a tool loop", () => {
  const policy = "{ type: rules, rules: [{ name: stalled, tier: strong, match: { minRepeats: 3 } }], fallback: { tier: weak } }";
  const stalled = { ...TOOLS, messages: [ASKED, CALL, RESULT, CALL, RESULT, CALL, RESULT] };
  const thinks = {
    role: "assistant",
    content: "",
    reasoning_details: [{ type: "reasoning.encrypted", data: "Eq1234", signature: "Eq1234" }],
  };

  test("stays where it is", () => {
    const { ask } = filter("", { policy });
    ask("", loop);
    expect(ask("", stalled)).toMatchObject({ tier: "weak", reason: "pinned", detail: "tool-loop", wanted: { tier: "strong" } });
  });

  test("goes up where that is allowed, and stays there until the loop ends", () => {
    const { ask } = filter("session: { toolLoops: up }", { policy });
    expect(ask("", loop)).toMatchObject({ tier: "weak", reason: "default" });
    expect(ask("", stalled)).toMatchObject({
      tier: "strong",
      reason: "rule",
      detail: "stalled",
      inSession: { reason: "up", last: "weak" },
    });
    const goesOn = {
      ...TOOLS,
      messages: [
        ...stalled.messages.slice(0, 3),
        { ...CALL, tool_calls: [{ ...CALL.tool_calls[0], id: "c2" }] },
        { ...RESULT, tool_call_id: "c2" },
      ],
    };
    expect(ask("", goesOn)).toMatchObject({ tier: "strong", reason: "pinned", detail: "tool-loop", wanted: { tier: "weak" } });
    expect(ask("", next)).toMatchObject({ tier: "weak", reason: "default" });
  });

  test("not with what one server keeps in its history", () => {
    const { ask } = filter("session: { toolLoops: up }", { policy });
    ask("", loop);
    const kept = { ...stalled, messages: [ASKED, thinks, ...stalled.messages] };
    expect(ask("", kept)).toMatchObject({ tier: "weak", reason: "pinned", detail: "server-state", wanted: { tier: "strong" } });
  });
});

describe("what one server keeps", () => {
  const thinking = { type: "thinking", thinking: "hm", signature: "Eq1234" };
  const body = { messages: [ASKED, { role: "assistant", content: [thinking] }, { role: "user", content: "and b.ts" }] };
  const headers = { "x-session-id": "s", ":path": "/v1/messages" };

  test("goes to the tier of the session's last action where no answer has shown whose it is", () => {
    const { ask } = filter();
    expect(ask("weak", body, headers)).toMatchObject({ tier: "weak" });
    ask("strong", { messages: [ASKED] }, headers);
    const decision = ask("weak", body, headers);
    expect(decision).toMatchObject({ tier: "strong", reason: "pinned", detail: "server-state", wanted: { tier: "weak" } });
  });

  test("and before the tier for what nobody knows", () => {
    const { ask } = filter("continued: { unknown: weak }");
    ask("strong", { messages: [ASKED] }, headers);
    expect(ask("weak", body, headers)).toMatchObject({ tier: "strong", reason: "pinned", wanted: { reason: "continued-unknown" } });
  });

  const compact = {
    role: "user",
    content: "CRITICAL: Respond with TEXT ONLY.\n\nYour task is to create a detailed summary of the conversation",
  };

  test.each<[what: string, aside: object, detail: string]>([
    ["results of tools that wait", { ...TOOLS, messages: [ASKED, CALL, RESULT, compact] }, "tool-loop"],
    ["thinking that was signed", { ...body, messages: [...body.messages.slice(0, 2), compact] }, "server-state"],
  ])("a compaction that brings %s stays, and moves nothing", (_, aside, detail) => {
    const { ask, route } = filter();
    ask("strong", { messages: [ASKED] }, headers);
    const { decision, measured } = route("weak", aside, headers);
    expect(decision).toMatchObject({ tier: "strong", reason: "pinned", detail, wanted: { tier: "weak" } });
    expect(measured).not.toHaveProperty("action");
  });

  describe("and an agent that resumes a session leaves out at first", () => {
    const signed = { ...TOOLS, messages: [ASKED, { role: "assistant", content: [thinking, ...USE] }, USED] };
    const resumed = { ...TOOLS, messages: [ASKED, { role: "assistant", content: USE }, USED, DONE, { role: "user", content: "and b.ts" }] };
    const claudeCode = { "x-claude-code-session-id": "s", ":path": "/v1/messages" };
    const inBody = { metadata: { user_id: '{"device_id":"1","session_id":"s"}' } };

    test.each<[how: string, headers: Headers, more: object]>([
      ["its header", claudeCode, {}],
      ["the user's id", { ":path": "/v1/messages" }, inBody],
    ])("stays with its tier, for Claude Code brings all of it with the second request: by %s", (_, headers, more) => {
      const { ask } = filter();
      ask("weak", { ...question, ...more }, headers);
      ask("weak", { ...signed, ...more }, headers);
      expect(ask("strong", { ...resumed, ...more }, headers)).toMatchObject({ tier: "weak", reason: "pinned", detail: "server-state" });
      expect(ask("strong", { ...resumed, ...more }, headers), "again").toMatchObject({ tier: "weak" });
    });

    test("goes where the policy says for others, which leave it out for good", () => {
      const { ask } = filter();
      ask("weak", question, headers);
      ask("weak", signed, headers);
      expect(ask("strong", resumed, headers)).toMatchObject({ tier: "strong", reason: "rule" });
    });

    test("also behind a summary of the history, until a loop of tools shows that it thinks no more", () => {
      const { ask } = filter();
      ask("weak", long(signed), claudeCode);
      expect(ask("strong", resumed, claudeCode)).toMatchObject({ tier: "weak", detail: "server-state" });
      expect(ask("strong", { ...resumed, messages: resumed.messages.slice(0, 3) }, claudeCode)).toMatchObject({ detail: "tool-loop" });
      expect(ask("strong", resumed, claudeCode)).toMatchObject({ tier: "strong", reason: "rule" });
    });
  });

  test("where an answer has shown it, that tier has it, and the session goes on there", () => {
    const servedBefore = learnedTiers(() => 0);
    const { ask } = filter("", { servedBefore });
    ask("strong", { messages: [ASKED] }, headers);
    servedBefore.learn("Eq1234", "weak");
    expect(ask("strong", body, headers)).toMatchObject({ tier: "weak", reason: "continued" });
    expect(ask("strong", loop)).toMatchObject({ tier: "weak", detail: "tool-loop" });
  });
});

describe("a prompt cache", () => {
  test("is kept as long as a switch down costs more than it saves, and never keeps a session down", () => {
    const { ask } = filter(PRICED);
    ask("strong", long(question));
    const kept = ask("weak", long(next));
    expect(kept).toMatchObject({
      tier: "strong",
      reason: "pinned",
      detail: "cache",
      wanted: { tier: "weak" },
      inSession: { last: "strong" },
    });
    expect(kept.inSession?.gainUsd).toBeLessThan(0);
    for (let call = 0; call < 10; call++) ask("weak", long(loop)); // its questions take many actions: there is more to be saved
    const goes = ask("weak", long(next));
    expect(goes).toMatchObject({ tier: "weak", reason: "default", inSession: { reason: "pays", last: "strong" } });
    expect(goes.inSession?.gainUsd).toBeGreaterThan(0.001);
    expect(ask("strong", long(next))).toMatchObject({ tier: "strong", reason: "rule", inSession: { reason: "up", last: "weak" } });
  });

  test.each<[why: string, more: string, headers: Headers]>([
    ["no prices are known", "session: { leastGainUsd: 10 }", { "x-session-id": "s" }],
    ["only what would break counts", `${PRICED}\nsession: { leastGainUsd: 10, protect: locks }`, { "x-session-id": "s" }],
    ["the session has no id", `${PRICED}\nsession: { leastGainUsd: 10 }`, NO_HEADERS],
  ])("counts for nothing where %s", (_, more, headers) => {
    const { ask } = filter(more);
    ask("strong", long(question), headers);
    expect(ask("weak", long(next), headers)).toMatchObject({ tier: "weak", reason: "default" });
  });

  test("is gone behind a summary of the history", () => {
    const { ask } = filter(`${PRICED}\nsession: { leastGainUsd: 10 }`);
    ask("strong", long(question));
    expect(ask("weak", next)).toMatchObject({ tier: "weak", inSession: { reason: "cold", last: "strong" } });
  });

  test("is gone after its time", () => {
    const { ask } = filter(`${PRICED}\nsession: { leastGainUsd: 10, cacheLivesMs: 0 }`);
    ask("strong", long(question));
    const until = performance.now() + 1;
    while (performance.now() <= until);
    expect(ask("weak", long(next))).toMatchObject({ tier: "weak", inSession: { reason: "cold" } });
  });
});

test("where a session stays, the parameters are its tier's, and none that a policy chose for another", () => {
  const tiers = "tiers: [{ name: weak, params: { seed: 1, top_p: 0.1 } }, { name: strong, params: { seed: 2 } }]";
  const policy =
    "{ type: rules, headers: [x-want], rules: [{ name: wanted, tier: strong, match: { headers: { x-want: strong } }, " +
    'params: { n: 3, "a,b": 4 } }], fallback: { tier: weak, params: { seed: 5, n: 6 } } }';
  const { route } = filter(tiers, { policy });
  const sent = (want: string, body: object) => {
    const { body: forwarded = [], inserted } = route(want, body);
    return { front: /^\{(.*),"tools"/.exec(Buffer.concat(forwarded).toString())?.[1], inserted };
  };
  expect(sent("strong", question)).toEqual({ front: '"seed":2,"n":3,"a,b":4', inserted: ["seed", "n", "a,b"] });
  expect(sent("weak", loop)).toEqual({ front: '"seed":2', inserted: ["seed"] });
  expect(sent("weak", next)).toEqual({ front: '"top_p":0.1,"seed":5,"n":6', inserted: ["top_p", "seed", "n"] });
  expect(sent("strong", { ...loop, n: 1, seed: 1, top_p: 1 })).toEqual({ front: undefined, inserted: undefined });
});

test("with `protect: off` every request is one for itself", () => {
  const { ask, route, routing } = filter("session: { protect: off }");
  expect(routing.session).toBeUndefined();
  ask("strong", question);
  expect(ask("weak", loop)).toMatchObject({ tier: "weak", reason: "default" });
  expect(route("weak", loop).measured).not.toHaveProperty("action");
});

test("an ordinary chat without an id is no session", () => {
  const { ask, route } = filter();
  const chat = { messages: [ASKED] };
  ask("strong", chat, NO_HEADERS);
  expect(route("weak", chat, NO_HEADERS).measured).not.toHaveProperty("action");
});

test("a draw at random is kept too, and tells no chance where it was not free", () => {
  const policy = "{ type: random, shares: { weak: 0.5, strong: 0.5 } }";
  const { ask } = filter("", { policy });
  const first = ask("weak", question);
  expect(first.propensity).toBe(0.5);
  const draws = Array.from({ length: 40 }, () => ask("weak", loop));
  expect(new Set(draws.map(({ tier }) => tier))).toEqual(new Set([first.tier]));
  expect(draws.filter(({ propensity }) => propensity !== undefined)).toEqual([]);
});

test("a tier that cannot take an action gives way also where the session is held, and the session goes on there", () => {
  const tiers = "tiers: [{ name: weak, can: { images: false } }, { name: strong }]";
  const { ask } = filter(tiers);
  ask("weak", question);
  const image = { role: "user", content: [{ type: "image_url", image_url: { url: "https://example.com/a.png" } }] };
  const decision = ask("strong", { ...loop, messages: [...loop.messages.slice(0, 2), RESULT, image] });
  expect(decision).toMatchObject({
    tier: "strong",
    reason: "cannot",
    wanted: { tier: "weak", reason: "pinned", detail: "tool-loop" },
    inSession: { last: "weak", reason: "tool-loop" },
  });
  expect(ask("weak", loop)).toMatchObject({ tier: "strong", reason: "pinned" });
});

/** Smaller by this, so that 20,000 turns are soon read. */
const SCALE = 100;

function bodyOf(turn: Turn): object {
  const history = { role: "system", content: "word ".repeat(Math.ceil(turn.inputTokens / SCALE)) };
  const kept = { role: "assistant", content: [{ type: "thinking", thinking: "", signature: "Eq" }] };
  const before = turn.keepsState ? [history, ASKED, kept] : [history, ASKED];
  return { ...TOOLS, messages: turn.answersTools ? [...before, CALL, RESULT] : [...before, { role: "user", content: "go on" }] };
}

describe("20,000 turns of generated sessions", () => {
  const sessions = generatedSessions(20_000, randomSource(7));

  /** Switches in a tool loop, or away from the server that keeps what the turn refers to. */
  function unsafe(more: string): { readonly switches: number; readonly unsafe: number } {
    const { ask } = filter(`${PRICED}\n${more}`);
    const counted = { switches: 0, unsafe: 0 };
    sessions.forEach((session, id) => {
      let last: string | undefined;
      for (const turn of session) {
        const { tier } = ask(turn.wanted[0] === 1 ? "strong" : "weak", bodyOf(turn), { "x-session-id": `${id}` });
        if (last !== undefined && tier !== last) counted.switches++;
        if (last !== undefined && tier !== last && (turn.answersTools || turn.keepsState)) counted.unsafe++;
        last = tier;
      }
    });
    return counted;
  }

  test.each(["", "session: { protect: locks }"])("no unsafe switch: %j", (more) => {
    const counted = unsafe(more);
    expect(counted.unsafe).toBe(0);
    expect(counted.switches).toBeGreaterThan(100);
  });

  test("thousands without protection", () => {
    expect(unsafe("session: { protect: off }").unsafe).toBeGreaterThan(5000);
  });
});
