// A rollout that replicas judge together, over a real Redis and a real Valkey: one sum, one verdict, and what becomes of it while the store
// is away.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parseConfig } from "../../../src/config/load.ts";
import { plannedRollout } from "../../../src/config/routing-of.ts";
import type { Outcome } from "../../../src/outcome/join/outcome.ts";
import { type Change, type KeptRollout, keptIn, keptText } from "../../../src/outcome/rollout/kept-rollout.ts";
import { createRollout, type PlannedRollout, type Rollout } from "../../../src/outcome/rollout/rollouts.ts";
import { afterRestart, type SharedNews } from "../../../src/outcome/rollout/shared-rollout.ts";
import type { Arm } from "../../../src/request/rollout/assignment.ts";
import type { StateConnection } from "../../../src/state/connection.ts";
import { sharedTalliesInRedis } from "../../../src/state/shared-tally-in-redis.ts";
import { connected, type StoreServer, startStore, storePrograms } from "../../support/store-server.ts";
import { waitFor } from "../../support/wait-for.ts";

const STAGES = "stages: [{ share: 0.5, hours: 1 }, { share: 0.9, hours: 1 }, { share: 1, hours: 0 }]";

function planned(by: string): PlannedRollout {
  const policies = "active: main\npolicies: { main: { type: length, maxChars: 9 }, next: { type: length, maxChars: 99 } }";
  const keys = `candidate: next, by: ${by}, settleMs: 1000, guards: { failed: 0.5 }, ${STAGES}`;
  const rollout = plannedRollout(parseConfig(`${policies}\nrollout: { ${keys} }`, "test.yaml"));
  if (rollout === undefined) throw new Error("a rollout");
  return rollout;
}

interface Replica {
  readonly rollout: Rollout;
  readonly connection: StateConnection;
  readonly changes: Change[];
  readonly news: SharedNews[];
  serve(arm: Arm, unit: number, status?: number): void;
}

describe.each(storePrograms())("replicas over %s", (program) => {
  let server: StoreServer;
  let replicas: Replica[];
  beforeEach(async () => {
    server = await startStore(program);
    replicas = [];
  });
  afterEach(async () => {
    for (const { rollout, connection } of replicas) {
      await rollout.close();
      await connection.close();
    }
    await server.close();
  });

  async function started(by = "request", before?: KeptRollout): Promise<Replica> {
    const connection = await connected(server.url, { commandMs: 300 });
    const changes: Change[] = [];
    const news: SharedNews[] = [];
    const store = sharedTalliesInRedis(connection).of("rollout");
    const told = { onChange: (change: Change) => changes.push(change), onNews: (what: SharedNews) => news.push(what) };
    const rollout = createRollout(planned(by), before, { now: Date.now, isHeard: () => true, store, ...told });
    const serve = (arm: Arm, unit: number, status = 200) => rollout.outcome(outcomeOf(arm, unit, status));
    const replica = { rollout, connection, changes, news, serve };
    replicas.push(replica);
    await waitFor("it to judge with the others", () => rollout.status().judged === "together");
    return replica;
  }
  const all = (isSo: (status: ReturnType<Rollout["status"]>) => boolean) => replicas.every(({ rollout }) => isSo(rollout.status()));
  const allCount = (stable: number, candidate: number) =>
    waitFor(`all to count ${stable} and ${candidate}`, () =>
      all(({ requests }) => requests.stable === stable && requests.candidate === candidate),
    );
  const failedOf = ({ rollout }: Replica) => {
    const count = rollout.kept().state.tally.guards[0];
    return count?.kind === "event" ? count.harmed : undefined;
  };
  const allAway = () => waitFor("all to be by themselves", () => all(({ judged }) => judged === "store-away"), 10_000);
  const allTogether = () => waitFor("all to be together", () => all(({ judged }) => judged === "together"), 20_000);

  test("find harm that none of them could, and all are rolled back within the second", async () => {
    for (let at = 0; at < 3; at++) await started();
    const failures = 3; // of each: of 40 that are needed, three are evidence of 4, six of 18, and nine of 102
    for (const [at, { serve }] of replicas.entries()) {
      for (let unit = 0; unit < failures; unit++) serve("candidate", 100 * at + unit, 503);
    }
    const begun = performance.now();
    await waitFor("all to be rolled back", () => all(({ status, share }) => status === "rolled-back" && share === 0));
    expect(performance.now() - begun).toBeLessThan(1000);
    for (const { changes } of replicas) expect(changes).toMatchObject([{ action: "rollback", because: "harm", guards: ["failed"] }]);
    expect(replicas.map(({ rollout }) => rollout.status().past.map(({ requests }) => requests))).toEqual(
      replicas.map(() => [{ stable: 0, candidate: 3 * failures }]),
    );
  });

  test("six failures of one replica's are no proof", async () => {
    const { rollout, serve } = await started();
    for (let unit = 0; unit < 6; unit++) serve("candidate", unit, 503);
    await allCount(0, 6);
    expect(rollout.status()).toMatchObject({ status: "running", changed: null });
  });

  test("count a session once, though each of them saw it fail", async () => {
    for (let at = 0; at < 3; at++) await started("session");
    for (const { serve } of replicas) {
      for (let unit = 0; unit < 5; unit++) {
        serve("stable", unit, 503);
        serve("candidate", 1000 + unit);
      }
    }
    await allCount(15, 15);
    await waitFor("the claims to be told", () => replicas.every((each) => failedOf(each)?.stable === 5));
    await waitFor("all units to be counted", () => all(({ units }) => units.stable === 5 && units.candidate === 5));
  });

  test("take on what a person said to one of them, and who comes later, too", async () => {
    const [one, other] = [await started(), await started()];
    expect(one.rollout.act("promote")).toEqual({ kind: "done" });
    await waitFor("the other to follow", () => other.rollout.status().stage === 1);
    expect(other.rollout.standing).toEqual({ share: 0.9, isOver: false });
    expect(other.changes).toMatchObject([{ action: "promote", because: "asked" }]);
    expect(other.rollout.act("hold")).toEqual({ kind: "done" });
    await waitFor("the first to follow", () => one.rollout.status().status === "held");
    const third = await started();
    expect(third.rollout.status()).toMatchObject({ status: "held", stage: 1, share: 0.9 });
    expect(all(({ since }) => since === third.rollout.status().since)).toBe(true);
    expect(third.rollout.act("start")).toEqual({ kind: "done" });
    await waitFor("all to go on", () => all(({ status }) => status === "running"));
  });

  test("whoever writes last, a rollback stands", async () => {
    const [one, other] = [await started(), await started()];
    for (let round = 0; round < 5; round++) {
      if (one.rollout.status().status === "rolled-back") one.rollout.act("start");
      await waitFor("both to run", () => all(({ status, stage }) => status === "running" && stage === 0));
      other.rollout.act("promote");
      one.rollout.act("rollback");
      await waitFor("both to be rolled back", () => all(({ status }) => status === "rolled-back"));
      await waitFor("nothing to be left to say", () => replicas.every(({ rollout }) => rollout.kept().shared?.isAgreed === true));
    }
    expect(new Set(replicas.map(({ rollout }) => rollout.kept().shared?.version)).size).toBe(1);
  });

  test("without the store each judges for itself, from what it knew; back again, the harm that one found is everybody's", async () => {
    const [one, other] = [await started(), await started()];
    for (let unit = 0; unit < 3; unit++) {
      one.serve("candidate", unit, 503);
      other.serve("candidate", 50 + unit, 503);
    }
    await allCount(0, 6);
    server.hang();
    await allAway();
    expect([one.news.at(-1), other.news.at(-1)]).toEqual(["alone", "alone"]);
    other.rollout.act("promote");
    for (let unit = 100; one.changes.length === 0 && unit < 120; unit++) one.serve("candidate", unit, 503);
    expect(one.rollout.status()).toMatchObject({ status: "rolled-back", share: 0 });
    expect(one.rollout.status().past[0]?.requests.candidate).toBeLessThan(12); // the other's three were known
    expect(other.rollout.status()).toMatchObject({ status: "running", stage: 1 });
    server.goOn();
    await allTogether();
    await waitFor("all to be rolled back", () => all(({ status }) => status === "rolled-back"));
  });

  test("what was counted while the store was away is added when it is back, even where it comes back empty", async () => {
    const [one, other] = [await started(), await started()];
    one.serve("stable", 1);
    other.rollout.act("hold");
    await allCount(1, 0);
    await waitFor("both to be held", () => all(({ status }) => status === "held"));
    await server.kill();
    one.serve("stable", 2);
    other.serve("stable", 3);
    await allAway();
    one.serve("stable", 4);
    expect([one.rollout.status().requests.stable, other.rollout.status().requests.stable]).toEqual([3, 2]);
    await server.startAgain();
    await allTogether();
    await allCount(4, 0);
    expect(all(({ status }) => status === "held")).toBe(true);
  });

  test("a restart loses nothing and counts nothing twice, with a file and without", async () => {
    const [one, other] = [await started(), await started()];
    for (let unit = 0; unit < 5; unit++) one.serve("stable", unit);
    await allCount(5, 0);
    const file = keptIn(keptText(one.rollout.kept()));
    if (file?.shared === undefined) throw new Error("what it shares is kept");
    await one.rollout.close();
    replicas.shift();
    const third = await started("request", { ...file, shared: afterRestart(file.shared, file.settings, Date.now() - 1) });
    third.serve("stable", 9);
    await started(); // without a file
    other.serve("candidate", 10);
    await allCount(6, 1);
    await one.connection.close();
  });

  test("a restart alone, of all at once and with an empty store, goes on from the file", async () => {
    const one = await started();
    one.serve("stable", 1);
    one.rollout.act("hold");
    await allCount(1, 0);
    const file = keptIn(keptText(one.rollout.kept()));
    if (file?.shared === undefined) throw new Error("what it shares is kept");
    await one.rollout.close();
    replicas.shift();
    await server.kill();
    await server.startAgain();
    const again = await started("request", { ...file, shared: afterRestart(file.shared, file.settings, Date.now() - 1) });
    again.serve("stable", 2);
    await allCount(2, 0);
    expect(again.rollout.status().status).toBe("held");
    await one.connection.close();
  });
});

function outcomeOf(arm: Arm, unit: number, status: number): Outcome {
  const served = { status, responseFlags: [], durationMs: 100, firstByteMs: 50 };
  const decided = { decision: { arm, tier: "weak", policy: "main@1", reason: "length" }, measured: { unit }, made: { atMs: Date.now() } };
  return { kind: "joined", requestId: String(unit), decided, served, isChat: true } as unknown as Outcome;
}
