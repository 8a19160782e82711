// The audit slice, from bodies and headers to decisions: how many sessions are drawn, what chance the log is told, and what is never drawn.
import { describe, expect, test } from "vitest";
import { parseConfig } from "../../../src/config/load.ts";
import { routingOf } from "../../../src/config/routing-of.ts";
import { auditGuard } from "../../../src/request/guard/audit.ts";
import { sessionsInMemory } from "../../../src/request/guard/session-store.ts";
import type { Decision } from "../../../src/request/routing/decision.ts";
import { routeBody } from "../../../src/request/routing/routing.ts";
import { learnedTiers } from "../../../src/request/routing/served-before.ts";

type Headers = Readonly<Record<string, string>>;

const RULE = "{ name: wanted, tier: strong, match: { headers: { x-want: strong } } }";
const RULES = `{ type: rules, headers: [x-want], rules: [${RULE}], fallback: { tier: weak } }`;
const question = { messages: [{ role: "user", content: "hi" }] };

function filter(more: string, policy = RULES) {
  const config = parseConfig(`${more}\nactive: main\npolicies:\n  main: ${policy}`, "test.yaml");
  const routing = routingOf(config, { sessions: sessionsInMemory(), servedBefore: learnedTiers(() => 0) });
  return (headers: Headers, body: object = question): Decision => {
    const all: Headers = { ":path": "/v1/chat/completions", ...headers };
    return routeBody(routing, Buffer.from(JSON.stringify(body)), { get: (name) => all[name] }).decision;
  };
}

const same = (decision: Decision) => decision;
const sessions = (count: number) => Array.from({ length: count }, (_, at) => ({ "x-session-id": `session-${at}` }));

describe("with a tenth of the sessions in the slice", () => {
  const ask = filter("audit: { share: 0.1 }");
  const decisions = sessions(4000).map((headers) => ask(headers));

  test("a tenth is, half of it goes to each tier, and the rest where the policy wants it", () => {
    const drawn = decisions.filter(({ audit }) => audit !== undefined);
    const moved = drawn.filter(({ tier }) => tier === "strong");
    expect(drawn.length).toBeGreaterThan(340);
    expect(drawn.length).toBeLessThan(460);
    expect(moved.length / drawn.length).toBeGreaterThan(0.43);
    expect(moved.length / drawn.length).toBeLessThan(0.57);
    expect(decisions.filter(({ tier }) => tier === "strong")).toEqual(moved);
  });

  test("each decision says the chance of its tier, and 1 / chance adds up to the number of requests", () => {
    expect(new Set(decisions.map(({ propensity }) => propensity))).toEqual(new Set([0.95, 0.05]));
    const strong = decisions.filter(({ tier }) => tier === "strong").reduce((sum, { propensity = 1 }) => sum + 1 / propensity, 0);
    expect(strong / decisions.length).toBeGreaterThan(0.85);
    expect(strong / decisions.length).toBeLessThan(1.15);
  });

  test("one that was drawn to another tier says what was wanted", () => {
    const moved = decisions.find(({ tier }) => tier === "strong");
    expect(moved).toMatchObject({ reason: "audit", audit: 0.1, propensity: 0.05, wanted: { tier: "weak", reason: "default" } });
  });

  test("all requests of a session get the same tier", () => {
    for (const headers of sessions(300)) expect(ask(headers).tier).toBe(ask(headers).tier);
    expect(sessions(4000).map((headers) => ask(headers).tier)).toEqual(decisions.map(({ tier }) => tier));
  });

  test("another salt draws others", () => {
    const other = filter("audit: { share: 0.1, salt: other }");
    const both = sessions(4000).filter((headers, at) => other(headers).audit !== undefined && decisions[at]?.audit !== undefined);
    expect(both.length).toBeLessThan(80);
  });
});

describe("nothing is drawn, and the chance is 1,", () => {
  const ALL = "audit: { share: 0.5 }";
  const NO_TOOLS = `tiers: [{ name: weak, can: { tools: false } }, { name: strong }]\n${ALL}`;
  const TOOLS = { tools: [{ type: "function", function: { name: "read" } }] };
  const CALL = { role: "assistant", tool_calls: [{ id: "c1", type: "function", function: { name: "read", arguments: "{}" } }] };
  const loop = { ...TOOLS, messages: [...question.messages, CALL, { role: "tool", tool_call_id: "c1", content: "the file" }] };

  test("where a tier cannot take the request, whatever the policy wants", () => {
    const ask = filter(NO_TOOLS);
    for (const headers of sessions(40)) {
      expect(ask(headers, { ...question, ...TOOLS })).toMatchObject({ tier: "strong", reason: "cannot", propensity: 1 });
      expect(ask({ ...headers, "x-want": "strong" }, { ...question, ...TOOLS })).toMatchObject({ tier: "strong", propensity: 1 });
    }
  });

  test("where the results of tools go back to who asked for them, even where the policy wants that tier", () => {
    const ask = filter(ALL);
    for (const headers of sessions(40)) {
      const { tier } = ask(headers, { ...question, ...TOOLS });
      for (const want of ["weak", "strong"]) {
        const decision = ask({ ...headers, "x-want": want }, loop);
        expect(decision).toMatchObject({ tier, propensity: 1 });
        expect(decision).not.toHaveProperty("audit");
      }
    }
  });

  test("where one server keeps what it refers to", () => {
    const ask = filter(ALL);
    for (const headers of sessions(20)) {
      const body = { previous_response_id: "resp_1", input: "go on" };
      expect(ask({ ":path": "/v1/responses", ...headers }, body)).toMatchObject({ tier: "weak", propensity: 1 });
    }
  });

  test("where nobody says which request it is", () => {
    expect(filter(ALL)({})).toMatchObject({ tier: "weak", propensity: 1 });
  });
});

test("a policy that draws by itself keeps its own chances", () => {
  const ask = filter("audit: { share: 0.5 }", "{ type: random, shares: { weak: 1, strong: 3 } }");
  const chances = sessions(50).map((headers, at) => ask({ ...headers, "x-request-id": `r${at}` }).propensity);
  expect(new Set(chances)).toEqual(new Set([0.25, 0.75]));
});

test("without the key nothing has a chance", () => {
  expect(filter("")({ "x-session-id": "s" })).not.toHaveProperty("propensity");
});

describe("near a learned threshold", () => {
  const SETTINGS = { share: 0.01, nearThreshold: 0.5, salt: "" };
  const guard = auditGuard(SETTINGS, ["weak", "strong"], () => 0);
  const picked: Decision = { tier: "weak", policy: "main@1", reason: "learned-under", score: 0.48 };
  const count = (toCut: number) =>
    sessions(1000).filter((headers) => {
      const request = { facts: {}, requestId: undefined, header: (name: string) => (headers as Headers)[name] };
      const asked = {
        request: request as never,
        verdict: { tier: "weak", reason: "learned-under", toCut },
        isGiven: false,
        mayBeHeld: false,
      };
      return guard.checked(picked, asked, same, same).audit !== undefined;
    }).length;

  test("the larger share counts, on both sides of it; farther away the small one", () => {
    expect(count(-0.02)).toBeGreaterThan(400);
    expect(count(0.05)).toBeGreaterThan(400);
    expect(count(-0.3)).toBeLessThan(30);
  });
});

test("another day draws other sessions", () => {
  let today = 0;
  const guard = auditGuard({ share: 0.5, nearThreshold: 0.5, salt: "" }, ["weak", "strong"], () => today);
  const picked: Decision = { tier: "weak", policy: "main@1", reason: "rule" };
  const tiers = () =>
    sessions(200).map((headers) => {
      const request = { facts: {}, requestId: undefined, header: (name: string) => (headers as Headers)[name] };
      return guard.checked(picked, { request: request as never, verdict: undefined, isGiven: false, mayBeHeld: false }, same, same).tier;
    });
  const first = tiers();
  today = 86_399_999;
  expect(tiers()).toEqual(first);
  today = 86_400_000;
  expect(tiers()).not.toEqual(first);
});

test("where a guard would move one of the tiers, the other is no chance either", () => {
  const guard = auditGuard({ share: 0.5, nearThreshold: 0.5, salt: "" }, ["weak", "strong"], () => 0);
  const picked: Decision = { tier: "weak", policy: "main@1", reason: "rule" };
  const spent = (decision: Decision): Decision => (decision.tier === "strong" ? { ...decision, tier: "weak", reason: "budget" } : decision);
  for (const headers of sessions(40)) {
    const request = { facts: {}, requestId: undefined, header: (name: string) => (headers as Headers)[name] };
    const asked = { request: request as never, verdict: undefined, isGiven: false, mayBeHeld: true };
    expect(guard.checked(picked, asked, spent, spent)).toEqual({ ...picked, propensity: 1 });
  }
});

describe("while the weak tier is tried again", () => {
  function tried(more: string, wanted: string) {
    const config = parseConfig(
      `breaker: {}\nactive: main\n${more}policies: { main: { type: fixed, tier: ${wanted} }, next: ${NEXT} }`,
      "test.yaml",
    );
    let draws = 0;
    const breakers = {
      use() {},
      areClosed: false,
      isWell: (tier: string) => tier !== "weak",
      drawsProbe: () => ++draws % 2 === 0, // every other one
      ended() {},
      stateOf: () => undefined,
    };
    const latencies = { use() {}, areWell: true, isSlow: () => false, drawsProbe: () => false, waited() {}, tiers: () => [] };
    const routing = routingOf(config, { health: { breakers, latencies }, rolloutStands: () => ({ share: 0, isOver: false }) });
    const ask = (headers: Headers) => routeBody(routing, Buffer.from(JSON.stringify(question)), { get: (name) => headers[name] }).decision;
    const decided = sessions(200).map((headers, at) => ask({ ...headers, "x-request-id": `${at}` }));
    return { draws, decided };
  }
  const NEXT = "{ type: fixed, tier: weak }";
  const AUDIT = "audit: { share: 0.5 }\n";

  test.each([
    ["an audit slice", AUDIT],
    ["a rollout of a policy that wants it", "rollout: { candidate: next }\n"],
  ])("%s draws no probe for requests that are meant for strong, and sends none of them there", (_what, more) => {
    const { draws, decided } = tried(more, "strong");
    expect(draws).toBe(0);
    expect(decided.filter(({ tier }) => tier === "weak")).toEqual([]);
  });

  test("one probe is drawn for each request that is meant for it, and half of these draws go there", () => {
    const { draws, decided } = tried(AUDIT, "weak");
    expect(draws).toBe(200);
    expect(decided.filter(({ reason }) => reason === "breaker")).toHaveLength(100);
  });
});
