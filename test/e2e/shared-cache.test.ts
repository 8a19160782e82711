// Kept answers of three replicas behind one Envoy, over a store: whichever decides, whichever is shown the answer and whichever is told who
// gave it, an answer is asked for once; and without the store no request fails.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type EnvoyProcess, startEnvoy } from "../../src/setup/stack/envoy-process.ts";
import { type AnsweringServer, startAnsweringServer } from "../support/answering-server.ts";
import { envoyBin } from "../support/envoy.ts";
import { metric } from "../support/metrics.ts";
import { withUsageFilter } from "../support/optional-lines.ts";
import { type Replica, replicatedEnvoyConfig, startReplica } from "../support/replicas.ts";
import { type StoreServer, startStore, storePrograms } from "../support/store-server.ts";
import { waitFor } from "../support/wait-for.ts";

const REPLICAS = 3;
const QUESTIONS = 12;
const [program] = storePrograms();

describe.skipIf(program === undefined)("three replicas with a store", () => {
  let store: StoreServer;
  let replicas: readonly Replica[];
  let weak: AnsweringServer;
  let envoy: EnvoyProcess;

  beforeAll(async () => {
    store = await startStore(program ?? "redis-server");
    const config = `state: { url: "${store.url}" }\ncache: { tenant: x-team }`;
    const [bin, cheap, strong, ...started] = await Promise.all([
      envoyBin(),
      startAnsweringServer("weak"),
      startAnsweringServer("strong"),
      ...Array.from({ length: REPLICAS }, () => startReplica(config)),
    ]);
    [replicas, weak] = [started, cheap];
    const envoyConfig = replicatedEnvoyConfig(replicas, cheap.address, strong.address, withUsageFilter);
    envoy = await startEnvoy({ bin, config: envoyConfig, concurrency: 2 });
    await waitFor("all to have the store", async () => (await sum("sluice_state_up")) === REPLICAS);
  });
  afterAll(async () => {
    await envoy.stop();
    await Promise.all(replicas.map((replica) => replica.end()));
    await store.close();
  });

  const sum = async (series: string) => {
    const all = await Promise.all(replicas.map(({ adminUrl }) => metric(adminUrl, series)));
    return all.reduce((total, each) => total + each, 0);
  };
  const post = async (content: string) => {
    const headers = { "content-type": "application/json", "x-team": "a" };
    const body = JSON.stringify({ messages: [{ role: "user", content }] });
    const response = await fetch(`${envoy.url}/v1/chat/completions`, { method: "POST", headers, body });
    return { status: response.status, text: await response.text(), isHit: response.headers.get("x-sluice-cache") === "hit" };
  };
  const results = (result: string) => sum(`sluice_cache_answers_total{result="${result}"}`);

  it("an answer is kept whoever saw it, and given by each of them", async () => {
    const contents = Array.from({ length: QUESTIONS }, (_, index) => `question ${index}`);
    const first = await Promise.all(contents.map(post));
    await waitFor("all answers to be kept", async () => (await results("stored")) === QUESTIONS, 20_000);
    const asked = weak.bodies.length;
    const again = [];
    for (let turn = 0; turn < 2 * REPLICAS; turn++) again.push(...(await Promise.all(contents.map(post))));
    expect(again.filter(({ isHit }) => !isHit)).toEqual([]);
    expect(weak.bodies.length).toBe(asked);
    for (const [index, { text }] of again.entries()) expect(text).toBe(first[index % QUESTIONS]?.text);
    const hitsOf = await Promise.all(replicas.map(({ adminUrl }) => metric(adminUrl, 'sluice_cache_requests_total{result="hit"}')));
    expect(Math.min(...hitsOf)).toBeGreaterThan(0);
    expect(await results("unseen")).toBe(0);
  });

  it("while the store hangs, and when it is gone, requests are answered, from memory where it has them", async () => {
    store.hang();
    const begun = performance.now();
    const hung = await Promise.all(["question 0", "new 1", "new 2", "new 3"].map(post));
    expect(hung.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect(performance.now() - begun).toBeLessThan(1000);
    await store.kill();
    const gone = await Promise.all(["question 1", "new 4", "new 5"].map(post));
    expect(gone.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(await sum("sluice_stream_failures_total")).toBe(0);
  });
});
