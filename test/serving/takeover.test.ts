// The conservative policy: when it takes over and when it steps back, whose word counts meanwhile, and how that is told.
import { afterEach, describe, expect, test } from "vitest";
import { BREAKER_DEFAULTS } from "../../src/config/capabilities/breaker.ts";
import { useHealth } from "../../src/config/health-guards.ts";
import { parseConfig } from "../../src/config/load.ts";
import { routingInTurns } from "../../src/config/routing-in-turns.ts";
import { routingOf } from "../../src/config/routing-of.ts";
import { createLogger } from "../../src/outcome/telemetry/log.ts";
import { createMetrics } from "../../src/outcome/telemetry/metrics.ts";
import { breakers } from "../../src/request/guard/health/breakers.ts";
import { latencies } from "../../src/request/guard/health/latencies.ts";
import { createLedger } from "../../src/request/guard/limits/ledger.ts";
import { type TakeoverCause, type TakeoverSettings, takeoverCauses } from "../../src/request/guard/takeover.ts";
import { routeBody } from "../../src/request/routing/routing.ts";
import { runTakeover } from "../../src/serving/takeover.ts";
import { waitFor } from "../support/wait-for.ts";

const SETTINGS: TakeoverSettings = { policy: "safe", breaker: true, budget: 0.9 };
const well = { areBreakersClosed: true, budgets: [0.5] };

describe("what makes it take over", () => {
  test.each<[what: string, causes: readonly TakeoverCause[], over: object, strain: object, before?: readonly TakeoverCause[]]>([
    ["nothing, where all is well", [], {}, {}],
    ["a breaker that is not closed", ["breaker"], {}, { areBreakersClosed: false }],
    ["no breaker where it is not asked to", [], { breaker: false }, { areBreakersClosed: false }],
    ["any budget that is nearly used up", ["budget"], {}, { budgets: [0.2, 0.9] }],
    ["no budget just below", [], {}, { budgets: [0.89] }],
    ["a budget just below, while it has taken over", ["budget"], {}, { budgets: [0.86] }, ["budget"]],
    ["no budget well below any more", [], {}, { budgets: [0.84] }, ["budget"]],
    ["no budget where it is not asked to", [], { budget: undefined }, { budgets: [1.2] }],
    ["both", ["breaker", "budget"], {}, { areBreakersClosed: false, budgets: [1] }],
  ])("is %s", (_, causes, over, strain, before = []) => {
    expect(takeoverCauses({ ...SETTINGS, ...over }, { ...well, ...strain }, before)).toEqual(causes);
  });
});

const CONFIG = `
tiers: [{ name: weak, price: { inputPerMTok: 1, outputPerMTok: 1 } }, { name: strong, price: { inputPerMTok: 9, outputPerMTok: 9 } }]
active: main
policies:
  main: { type: fixed, tier: strong }
  next: { type: fixed, tier: strong }
  safe: { type: rules, rules: [{ name: calm, match: { keywords: [poem] }, tier: weak }] }
rollout: { candidate: next, stages: [{ share: 0.5, hours: 1 }] }
takeover: { policy: safe }
breaker: {}
budgets: [{ name: day, usd: 10, per: day }, { name: each, usd: 10, per: day, by: x-team }]
`;

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

async function running() {
  const config = parseConfig(CONFIG, "test.yaml");
  const deps = { now: () => 1000, random: () => 0, onChange() {} };
  const health = { breakers: breakers(deps), latencies: latencies(deps) };
  const limits = { ledger: createLedger(), listener: { onMark() {}, onUnpriced() {} }, now: Date.now };
  const lines: string[] = [];
  const log = createLogger({ level: "info", destination: { write: (line) => void lines.push(line) } });
  const metrics = createMetrics();
  const takeover = runTakeover({ breakers: health.breakers, metrics, log, everyMs: 5 });
  const rolloutStands = () => ({ share: 0.5, isOver: false });
  const options = { health, limits, rolloutStands, takeoverStands: takeover.stands };
  const routing = await routingInTurns(config, { ...options, previous: routingOf(config, options) });
  useHealth(config, health);
  routing.limits?.takesEffect();
  takeover.takesEffect(config.takeover, routing);
  const body = Buffer.from(JSON.stringify({ messages: [{ role: "user", content: "a poem" }] }));
  const route = () => routeBody(routing, body, { get: (name) => (name === "x-request-id" ? "1" : undefined) });
  const counted = async (start: string) => (await metrics.expose("prometheus")).text.split("\n").filter((line) => line.startsWith(start));
  ends.push(takeover.close);
  return { config, health, routing, takeover, route, lines, counted };
}

describe("while it has taken over", () => {
  test("its word counts in both arms of a rollout, which then counts nothing; and it steps back when the breakers are closed", async () => {
    const { health, route, lines, takeover, config, routing, counted } = await running();
    expect(route()).toMatchObject({
      decision: { tier: "strong", policy: expect.stringMatching(/^(?:main|next)@/), arm: expect.anything() },
    });
    for (let at = 0; at < BREAKER_DEFAULTS.least; at++) health.breakers.ended("strong", true, 999);
    await waitFor("it takes over", () => takeover.stands());
    const { decision, measured } = route();
    expect(decision).toMatchObject({ tier: "weak", policy: expect.stringMatching(/^safe@/), reason: "rule" });
    expect([decision.arm, decision.shadow, measured?.unit]).toEqual([undefined, undefined, undefined]);
    expect(takeover.standing()).toEqual({ policy: routing.takeover?.link.id, causes: ["breaker"] });
    expect(lines.join("")).toMatch(/"policy":"safe@\w+","causes":\["breaker"\],"msg":"the conservative policy takes over"/);
    expect((await counted("sluice_takeover")).sort()).toEqual([
      'sluice_takeovers_total{cause="breaker"} 1',
      'sluice_takeover{cause="breaker"} 1',
      'sluice_takeover{cause="budget"} 0',
    ]);
    health.breakers.use(undefined, config.tiers);
    await waitFor("it steps back", () => !takeover.stands());
    expect(route().decision.policy).toMatch(/^(?:main|next)@/);
    expect(lines.join("")).toContain("the conservative policy decides no more");
    health.breakers.use(BREAKER_DEFAULTS, config.tiers);
    expect(takeover.standing()).toMatchObject({ causes: [] });
    takeover.takesEffect(undefined, routing);
    expect(takeover.standing()).toBeUndefined();
    expect(await counted("sluice_takeover{")).toEqual([]);
  });

  test("a budget of everybody makes it, one of a single team does not", async () => {
    const { routing, takeover, route } = await running();
    const spend = (id: string, team: string, microUsd: number) => {
      const note = { bys: ["x-team"], scopes: [team], inputTokens: 10, maxTokens: 10, atMs: Date.now() };
      const answer = {
        kind: "answered",
        tier: "weak",
        inputTokens: 10,
        outputTokens: 10,
        microUsd,
        isExact: true,
        wasDecided: true,
      } as const;
      const decision = { tier: "weak", policy: "main@1", reason: "fixed" };
      routing.limits?.decided({ requestId: id, decision, measured: { limits: note }, bodyBytes: 100 });
      routing.limits?.settled(id, answer, note);
    };
    expect(routing.limits?.usedBudgets()).toEqual([0]);
    spend("a", "blue", 8_900_000);
    takeover.takesEffect(SETTINGS, routing);
    expect(takeover.stands()).toBe(false);
    spend("b", "red", 200_000);
    await waitFor("it takes over", () => takeover.stands());
    expect(routing.limits?.usedBudgets()).toEqual([0.91]);
    expect(route().decision).toMatchObject({ tier: "weak", policy: expect.stringMatching(/^safe@/) });
  });
});

describe("in the configuration", () => {
  const policies = "active: a\npolicies: { a: { type: fixed, tier: weak }, b: { type: fixed, tier: strong } }\n";
  test("it looks at breakers and at budgets from nine tenths on, where nothing else is said", () => {
    expect(parseConfig(`${policies}takeover: { policy: b }`, "t").takeover).toEqual({ policy: "b", breaker: true, budget: 0.9 });
    expect(parseConfig(`${policies}takeover: { policy: b, budget: 0 }`, "t").takeover?.budget).toBeUndefined();
    expect(parseConfig(policies, "t").takeover).toBeUndefined();
  });

  test.each([
    ["{ policy: c }", "takeover.policy: there is no policy c"],
    ["{ policy: b, breaker: false, budget: 0 }", "takeover: never takes over"],
    ["{ policy: b, budget: 2 }", "takeover.budget: must be at most 1"],
  ])("%s is refused", (keys, problem) => {
    expect(() => parseConfig(`${policies}takeover: ${keys}`, "t")).toThrow(problem);
  });
});
