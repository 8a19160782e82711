// What policies learn on several replicas, over a real Redis and a real Valkey.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { banditPolicy } from "../../src/request/policy/bandit/policy.ts";
import type { Policy } from "../../src/request/policy/policy.ts";
import { type LearningTogether, learningTogether } from "../../src/serving/learning-together.ts";
import type { StateConnection } from "../../src/state/connection.ts";
import { sharedTalliesInRedis } from "../../src/state/shared-tally-in-redis.ts";
import { SETTINGS } from "../request/policy/bandit/played.ts";
import { policyRequest } from "../support/policy-request.ts";
import { connected, type StoreServer, startStore, storePrograms } from "../support/store-server.ts";
import { waitFor } from "../support/wait-for.ts";

const EVERY_MS = 50;

interface Replica {
  readonly policy: Policy;
  readonly together: LearningTogether;
  readonly connection: StateConnection;
}

describe.each(storePrograms())("bandits over %s", (program) => {
  let server: StoreServer;
  let replicas: Replica[];
  beforeEach(async () => {
    server = await startStore(program);
    replicas = [];
  });
  afterEach(async () => {
    for (const { together, connection } of replicas) {
      await together.close();
      await connection.close();
    }
    await server.close();
  });

  async function started(id = "main@1"): Promise<Replica> {
    const connection = await connected(server.url, { commandMs: 300 });
    const policy = banditPolicy({ ...SETTINGS, explore: 0.001 }, { random: Math.random, now: Date.now, link: undefined });
    const together = learningTogether({ stores: sharedTalliesInRedis(connection), everyMs: EVERY_MS });
    const replica = { policy, together, connection };
    replicas.push(replica);
    const { learner: _, ...chain } = policy;
    together.takesEffect([{ id: "chain@1", policy: { ...chain, links: [{ id, policy }] } }]);
    return replica;
  }
  const teach = ({ policy }: Replica, requests: number, quality: (tier: string) => number) => {
    for (let at = 0; at < requests; at++) {
      const requestId = `${Math.random()}`;
      const { tier = "" } = policy.decide(policyRequest({ requestId, facts: { inputTokens: 100 } })) ?? {};
      policy.learner?.ended(requestId, tier, { quality: quality(tier), costUsd: 0 });
    }
  };
  /** The least that each tier may be worth, as the policy shows it. */
  const highest = ({ policy }: Replica) =>
    Object.fromEntries(policy.signals(policyRequest({ facts: { inputTokens: 100 } })).map(({ name, value }) => [name, value]));
  const preferred = (replica: Replica) => {
    const { "may-be-worth-weak": weak = 0, "may-be-worth-strong": strong = 0 } = highest(replica);
    return Math.abs(weak - strong) < 0.3 ? "either" : weak > strong ? "weak" : "strong";
  };
  const all = (tier: string) => waitFor(`all to prefer ${tier}`, () => replicas.every((each) => preferred(each) === tier));

  test("what one learns all know, and who starts later; another policy knows nothing of it", async () => {
    const [one, other] = [await started(), await started("other@1")];
    await started();
    expect(replicas.map(preferred)).toEqual(["either", "either", "either"]);
    teach(one, 60, (tier) => (tier === "weak" ? 1 : 0));
    await started();
    await waitFor("the three to know", () => replicas.filter((each) => preferred(each) === "weak").length === 3);
    expect(preferred(other)).toBe("either");
  });

  test("a process that ends leaves what it learned, and nothing is counted twice", async () => {
    const [one, other] = [await started(), await started()];
    teach(one, 60, (tier) => (tier === "strong" ? 1 : 0));
    await all("strong");
    await one.together.close();
    const before = highest(other);
    const third = await started();
    await all("strong");
    await waitFor("the third to know as much", () =>
      Object.entries(before).every(([name, value]) => Math.abs((highest(third)[name] ?? 0) - value) < 0.001),
    );
  });

  test("when one sees that things have changed all forget, once, and a store that comes back empty makes nobody forget", async () => {
    const [one, other] = [await started(), await started()];
    teach(one, 300, (tier) => (tier === "strong" ? 1 : 0));
    await all("strong");
    await server.kill();
    await waitFor("the store to be away", () => !one.connection.isUp);
    await server.startAgain();
    await waitFor("the store to be back", () => replicas.every(({ connection }) => connection.isUp), 10_000);
    const third = await started();
    await all("strong");
    const times = () => replicas.map(({ policy }) => policy.learner?.together?.forgotten);
    expect(times()).toEqual([0, 0, 0]);
    teach(other, 300, (tier) => (tier === "weak" ? 1 : 0));
    await all("weak");
    const [, ofOther = 0] = times();
    expect(ofOther).toBeGreaterThan(0);
    await waitFor("the others to have forgotten", () => [one, third].every(({ policy }) => (policy.learner?.together?.forgotten ?? 0) > 0));
  });
});
