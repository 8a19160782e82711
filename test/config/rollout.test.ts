import { describe, expect, test } from "vitest";
import { parseConfig } from "../../src/config/load.ts";
import { routingOf } from "../../src/config/routing-of.ts";
import { warningsOf } from "../../src/config/warnings.ts";

const POLICIES = "active: main\npolicies: { main: { type: length, maxChars: 9 }, next: { type: length, maxChars: 99 } }";
const withRollout = (keys: string) => parseConfig(`${POLICIES}\nrollout: ${keys}`, "test.yaml");

describe("rollout in the configuration", () => {
  test("is nothing unless it is named", () => {
    const config = parseConfig(POLICIES, "test.yaml");
    expect(config.rollout).toBeUndefined();
    expect(routingOf(config, { rolloutStands: () => ({ share: 1, isOver: false }) }).arms).toBeUndefined();
  });

  test("a candidate alone gets the stages, the guards and the margins of the documents", () => {
    const plan = withRollout("{ candidate: next }").rollout;
    expect(plan?.settings).toMatchObject({ name: "next", by: "session", onHarm: "rollback", alpha: 0.05 });
    expect(plan?.settings.stages.map(({ share, atLeastMs }) => [share, atLeastMs / 3_600_000])).toEqual([
      [0, 1],
      [0.1, 48],
      [0.5, 48],
      [1, 0],
    ]);
    expect(plan?.watched).toEqual([{ what: "failed" }, { what: "slow", overMs: 15_000 }, { what: "signals" }]);
    expect(plan?.settings.guards[0]).toEqual({ kind: "event", name: "failed", allowed: 0, margin: 0.5, negligible: 0.001 });
  });

  test("guards that are named are the only ones, each with its own margin", () => {
    const plan = withRollout("{ candidate: next, guards: { firstByte: 1, firstByteMs: 800, cost: 0.2, costCapUsd: 0.5 } }").rollout;
    expect(plan?.watched).toEqual([{ what: "firstByte", overMs: 800 }, { what: "cost" }]);
    expect(plan?.settings.guards[1]).toEqual({ kind: "amount", name: "cost", allowed: 0.1, margin: 0.2, cap: 0.5 });
  });

  test.each([
    ["{ candidate: nxet }", "rollout.candidate: there is no policy nxet; did you mean next?"],
    ["{ candidate: main }", "rollout.candidate: main is the active policy: name another, or leave `rollout` out when it is over"],
    ["{ candidate: next, stages: [{ share: 0.5, hours: 1 }, { share: 0.1, hours: 1 }] }", "rollout.stages: their shares must rise"],
    ["{ candidate: next, guards: {} }", "rollout.guards: must name at least one"],
    ["{ candidate: next, guards: { cost: 0.1 } }", "rollout.guards.cost: must be over 0.1"],
    ["{ candidate: next, guards: { fialed: 0.5 } }", "rollout.guards.fialed: unknown key; did you mean failed?"],
    ["{}", "rollout.candidate: missing; must be text"],
  ])("%s is refused with the place and the reason", (keys, said) => {
    expect(() => withRollout(keys)).toThrow(said);
  });

  test("a state that a restart forgets is warned of, and a cost nobody knows", () => {
    const config = withRollout("{ candidate: next, guards: { cost: 0.3 } }");
    const rollouts = warningsOf(config).filter(({ path }) => path.startsWith("rollout"));
    expect(rollouts.map(({ path }) => path)).toEqual(["rollout", "rollout.guards.cost"]);
    expect(warningsOf(withRollout("{ candidate: next, file: state.json }")).filter(({ path }) => path === "rollout")).toEqual([]);
  });
});
