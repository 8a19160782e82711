// Several replicas behind one Envoy that share state over a store: every outcome is joined, whichever of them is told of it; and whatever
// becomes of the store meanwhile, no request fails or waits.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { LiveView } from "../../src/outcome/live/view.ts";
import { type EnvoyProcess, startEnvoy } from "../../src/setup/stack/envoy-process.ts";
import { ASKERS, allAsk, QUESTION, REPHRASED, repeatsFound } from "../support/asked-again.ts";
import { envoyBin } from "../support/envoy.ts";
import { type LoadResult, load } from "../support/load.ts";
import { metric } from "../support/metrics.ts";
import { withUsageFilter } from "../support/optional-lines.ts";
import { type Replica, replicatedEnvoyConfig, startReplica } from "../support/replicas.ts";
import { chat } from "../support/requests.ts";
import { startStandIns } from "../support/stand-ins.ts";
import { type StoreServer, startStore, storePrograms } from "../support/store-server.ts";
import { waitFor } from "../support/wait-for.ts";

const LOAD = {
  requests: [
    { body: chat("hello", { model: "glm-5" }), tier: "weak" },
    { body: chat("design a payment service", { model: "glm-5" }), tier: "strong" },
  ],
  connections: 16,
};
const SOME = 600;
/** Entries wait for the store, and for five seconds more. */
const JOINED_MS = 40_000;
const HUNG_MS = 5000;
/** Until then nobody knows that the store hangs. */
const COMMAND_MS = 1000;

const [program] = storePrograms();

describe.skipIf(program === undefined).each([2, 4])("%i replicas with a store", (count) => {
  let store: StoreServer;
  let replicas: readonly Replica[];
  let envoy: EnvoyProcess;
  let sent = 0;

  beforeAll(async () => {
    store = await startStore(program ?? "redis-server");
    const config = `state: { url: "${store.url}" }`;
    const [bin, standIns, ...started] = await Promise.all([
      envoyBin(),
      startStandIns(),
      ...Array.from({ length: count }, () => startReplica(config)),
    ]);
    replicas = started;
    const { weak, strong } = standIns;
    envoy = await startEnvoy({
      bin,
      config: replicatedEnvoyConfig(replicas, weak.address, strong.address, withUsageFilter),
      concurrency: 2,
    });
  });
  afterAll(async () => {
    await envoy.stop();
    await Promise.all(replicas.map((replica) => replica.end()));
    await store.close();
  });

  const sum = async (name: string, labels: Readonly<Record<string, string>> = {}) => {
    const all = await Promise.all(replicas.map(({ adminUrl }) => metric(adminUrl, name, labels)));
    return all.reduce((total, each) => total + each, 0);
  };
  const stores = () =>
    Promise.all(replicas.map(async ({ adminUrl }) => ((await (await fetch(`${adminUrl}/live`)).json()) as LiveView).store));
  const allUp = () => waitFor("all to have the store", async () => (await stores()).every((each) => each?.away === null), 20_000);
  const allAway = () => waitFor("all to miss the store", async () => (await stores()).every((each) => each?.away !== null), 20_000);
  const requests = async (requestCount: number) => {
    const result = await load({ ...LOAD, count: requestCount, url: envoy.url });
    sent += requestCount;
    return result;
  };
  const allJoined = async () => {
    await waitFor("every outcome is joined", async () => (await sum("sluice_outcomes_total", { kind: "joined" })) === sent, JOINED_MS);
    const others = await Promise.all(["elsewhere", "unrouted", "unknown"].map((kind) => sum("sluice_outcomes_total", { kind })));
    expect(others).toEqual([0, 0, 0]);
  };
  /** Milliseconds, of requests one after the other. */
  const slowestOf = async (requestCount: number) => {
    const took: number[] = [];
    for (let done = 0; done < requestCount; done++) {
      const begun = performance.now();
      const { wrong } = await load({ ...LOAD, connections: 1, count: 1, url: envoy.url });
      took.push(performance.now() - begun);
      sent++;
      expect(Object.fromEntries(wrong)).toEqual({});
    }
    return Math.max(...took);
  };
  const wrongOf = ({ wrong }: LoadResult) => Object.fromEntries(wrong);

  it("join every outcome with the exact tokens of its answer", async () => {
    await allUp();
    expect(wrongOf(await requests(SOME))).toEqual({});
    await allJoined();
    expect(await sum("sluice_tokens_total", { basis: "estimated" })).toBe(0);
    expect(await sum("sluice_decisions_total")).toBe(sent);
  });

  it("take a rating at any of them", async () => {
    const response = await fetch(`${envoy.url}/v1/chat/completions`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: chat("hello"),
    });
    sent++;
    const rating = { request_id: response.headers.get("x-request-id"), rating: 4 };
    for (const { adminUrl } of replicas) {
      const reply = await fetch(`${adminUrl}/v1/feedback`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(rating),
      });
      expect([reply.status, await reply.json()]).toMatchObject([200, { ...rating, tier: "weak" }]);
    }
    expect(await sum("sluice_feedback_total", { rating: "4" })).toBe(1);
  });

  const repeats = () => repeatsFound(...replicas.map(({ adminUrl }) => adminUrl));

  it("find each question that is asked again, at whichever of them", async () => {
    for (const text of [QUESTION, REPHRASED]) {
      expect(await repeats()).toBe(0);
      expect(await allAsk(envoy.url, text)).toEqual({});
      sent += ASKERS;
      await allJoined();
    }
    await waitFor("each to be found", async () => (await repeats()) >= ASKERS);
  });

  it("lose no request and no outcome while the store hangs, is killed, and is back", async () => {
    const before = await requests(SOME);
    store.hang();
    const hungAt = performance.now();
    const slowest = await slowestOf(50);
    expect(slowest).toBeLessThan(COMMAND_MS); // a request that waited for the store would have waited so long
    let during = await requests(SOME);
    while (performance.now() - hungAt < HUNG_MS) during = await requests(SOME);
    await allAway();
    store.goOn();
    await allUp();
    await store.kill();
    const killed = await requests(SOME);
    await allAway();
    await store.startAgain();
    const after = await requests(SOME);
    await allUp();
    expect([before, during, killed, after].map(wrongOf)).toEqual([{}, {}, {}, {}]);
    await allJoined();
    expect(await sum("sluice_state_up")).toBe(count);
    expect(await sum("sluice_state_errors_total")).toBeGreaterThan(0);
  });

  it("have found each repeat once, though what was told was told again", async () => {
    expect(await repeats()).toBe(ASKERS);
  });
});
