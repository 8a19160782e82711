import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parseConfig } from "../../src/config/load.ts";
import type { ReadModel } from "../../src/config/model-source.ts";
import { liveThresholds, policyNamed, routingOf, trainedScores } from "../../src/config/routing-of.ts";
import { encodeModel, parseModel } from "../../src/request/policy/learned/model-file.ts";
import type { ThresholdMove } from "../../src/request/policy/learned/share-keeper.ts";
import { type Routing, routeBody } from "../../src/request/routing/routing.ts";
import { modelOf } from "../request/policy/learned/model-of.ts";

const { id: _, ...NEW_MODEL } = modelOf(["prove"]);
const readModel: ReadModel = () => ({ kind: "model", model: parseModel(encodeModel(NEW_MODEL)) });
const configOf = (text: string) => parseConfig(text, "test.yaml", readModel);

const LEARNED = "trained: { type: learned, file: m.json, threshold: auto, weakShare: 0.5, minThreshold: 0.01 }";
const alone = configOf(`policies: { ${LEARNED} }`);
const chained = configOf(
  `active: main\npolicies: { main: { type: chain, of: [sure, trained] }, sure: { type: chain, of: [trained] }, ${LEARNED} }`,
);

const body = new TextEncoder().encode('{"messages":[{"role":"user","content":"hello"}]}');
const NO_HEADERS = { get: () => undefined };

/** So many requests that all score alike, so that the threshold moves to where they are. */
function decideOften(routing: Routing): void {
  for (let i = 0; i < 1100; i++) routeBody(routing, body, NO_HEADERS);
}

function thresholdOf(routing: Routing): number | undefined {
  const scanned = routing.scanner.scan(body);
  if (scanned.kind !== "chat") throw new Error("a chat");
  const request = {
    facts: scanned.facts,
    requestId: undefined,
    path: undefined,
    voter: undefined,
    borders: new Map(),
    header: () => undefined,
    text: () => routing.scanner.text("all"),
    foldedText: () => undefined,
  };
  return routing.policy.signals(request).find(({ name }) => name === "probability")?.threshold;
}

describe("a learned policy's live threshold", () => {
  test("moves, and every move is told with the policy's id", () => {
    const moves: [string, ThresholdMove][] = [];
    const routing = routingOf(chained, { onThresholdMoved: (id, move) => moves.push([id, move]) });
    decideOften(routing);
    expect(moves.length).toBeGreaterThan(0);
    expect(moves[0]).toMatchObject([chained.policies["trained"]?.id, { from: 0.5 }]);
    expect(moves[0]?.[1].to).toBeLessThan(0.5);
  });

  test("survives a reload that leaves the policy as it is, whatever else changes, and into a chain and back", () => {
    const before = routingOf(alone);
    decideOften(before);
    const moved = thresholdOf(before);
    expect(moved).toBeLessThan(0.5);
    const reloaded = routingOf({ ...alone, defaultTier: "weak" }, { previous: before });
    expect(reloaded.policy).toBe(before.policy);
    expect(liveThresholds(reloaded)).toEqual([
      { policyId: reloaded.policyId, at: reloaded.policy.liveThreshold?.(), target: reloaded.policy.keptShare?.() },
    ]);
    const inChain = routingOf(chained, { previous: reloaded });
    expect(liveThresholds(inChain)).toContainEqual(liveThresholds(reloaded)[0]);
    expect(thresholdOf(inChain)).toBe(moved);
    expect(routingOf(alone, { previous: inChain }).policy).toBe(before.policy);
  });

  test("starts anew when a setting changes", () => {
    const before = routingOf(alone);
    decideOften(before);
    const after = routingOf(configOf(`policies: { ${LEARNED.replace("0.01", "0.02")} }`), { previous: before });
    expect(after.policy).not.toBe(before.policy);
    expect(thresholdOf(after)).toBe(0.5);
  });
});

test("what one sender asks beyond a tenth of what is looked at is told, as `voter` tells senders apart", () => {
  const leftOut = (voter: string) => {
    let votes = 0;
    const config = configOf(`${voter}\npolicies: { ${LEARNED} }`);
    const routing = routingOf(config, {
      onVotesLeftOut(more) {
        votes += more;
      },
    });
    const ask = (team: string) => routeBody(routing, body, { get: (name) => (name === "x-team" ? team : undefined) });
    for (let at = 0; at < 72; at++) ask(`team-${at % 12}`);
    for (let at = 0; at < 3000; at++) ask("hostile");
    return votes;
  };
  expect(leftOut("voter: X-Team")).toBe(3000 - 1639); // 16,384 / 10, and the one that brings it there
  expect(leftOut("")).toBe(0);
});

test("how scores lay in training is known of a rollout's candidate, and of what it asks", () => {
  const policies = `main: { type: fixed, tier: weak }, next: { type: chain, of: [trained] }, ${LEARNED}`;
  const rollout = "rollout: { candidate: next, stages: [{ share: 1, hours: 1 }] }";
  const config = parseConfig(`active: main\npolicies: { ${policies} }\n${rollout}`, "test.yaml", readModel);
  const routing = routingOf(config, { rolloutStands: () => ({ share: 1, isOver: false }) });
  const id = (name: string) => config.policies[name]?.id;
  const scores = { rows: NEW_MODEL.summary.rows, quantiles: NEW_MODEL.quantiles };
  expect([...trainedScores(routing)]).toEqual([[`${id("next")}/${id("trained")}`, scores]]);
});

test("a policy that stands in several chains is one", () => {
  const [sure, trained] = routingOf(chained).policy.links ?? [];
  expect(sure?.policy.links?.[0]?.policy).toBe(trained?.policy);
});

test("a preset's policy is made anew on reload: its id does not say which tiers it leads to", () => {
  const [before, after] = [configOf("tiers: [{ name: a }, { name: b }]"), configOf("tiers: [{ name: c }, { name: d }]")];
  const reloaded = routingOf(after, { previous: routingOf(before) });
  expect(reloaded.policyId).toBe("main@v7");
  expect(routeBody(reloaded, body, NO_HEADERS).decision.tier).toBe("c");
});

describe("a policy by its name", () => {
  test.each([
    ["main", "main@v3"],
    ["v7", "threshold@v7"],
    ["v1", "v1@v5"], // the configuration's own goes before the preset
  ])("%s is %s", (name, id) => {
    const config = configOf("policies: { main: { type: threshold, preset: v3 }, v1: { type: threshold, preset: v5 } }");
    const named = policyNamed(config, name);
    expect(named.id).toBe(id);
    expect(named.settings.type).toBe("threshold");
    expect(named.policy.needs.keywords.length).toBeGreaterThan(0);
  });

  test("a preset leads to the configuration's first and last tier", () => {
    const { settings } = policyNamed(configOf("tiers: [{ name: a }, { name: b }, { name: c }]"), "v7");
    expect(settings).toMatchObject({ under: "a", over: "c" });
  });

  test("a model file's is named after the model", () => {
    const folder = mkdtempSync(join(tmpdir(), "sluice-snapshot-"));
    const file = join(folder, "m.json");
    writeFileSync(file, encodeModel(NEW_MODEL));
    const { id, settings } = policyNamed(alone, `learned:${file}`);
    rmSync(folder, { recursive: true });
    expect(id).toBe(`learned@${parseModel(encodeModel(NEW_MODEL)).id}`);
    expect(settings).toMatchObject({ type: "learned", threshold: 0.5, minConfidence: 0.5, under: "weak", over: "strong" });
  });

  test.each(["toString", "__proto__", "constructor"])("%s is none", (name) => {
    expect(() => policyNamed(alone, name)).toThrow(`there is no policy ${name}`);
  });
});
