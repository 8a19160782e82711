// A rollout on two replicas behind one Envoy that share a store: one verdict on what both have seen, on both within a second.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { beforeAll, describe, expect, it } from "vitest";
import type { RolloutStatus } from "../../src/outcome/rollout/status.ts";
import { startEnvoy } from "../../src/setup/stack/envoy-process.ts";
import { envoyBin } from "../support/envoy.ts";
import { metric } from "../support/metrics.ts";
import { type Replica, replicatedEnvoyConfig, startReplica } from "../support/replicas.ts";
import { chat } from "../support/requests.ts";
import { startStore, storePrograms } from "../support/store-server.ts";
import { stopAtEnd } from "../support/teardown.ts";
import { waitFor } from "../support/wait-for.ts";

const BODY = chat("hello");
const POLICIES = "active: cheap\npolicies: { cheap: { type: fixed, tier: weak }, dear: { type: fixed, tier: strong } }";
const ROLLOUT = "candidate: dear, by: request, guards: { failed: 0.5 }, stages: [{ share: 0.3, hours: 1 }, { share: 1, hours: 0 }]";
const [program] = storePrograms();

async function serverOf(failingOneIn: number): Promise<string> {
  let requests = 0;
  const server = createServer((request, response) => {
    request.resume();
    request.on("end", () => {
      response.writeHead(++requests % failingOneIn === 0 ? 500 : 200, { "content-type": "application/json" });
      response.end(JSON.stringify({ choices: [{ message: { role: "assistant", content: "hi" }, finish_reason: "stop" }] }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  stopAtEnd(async () => {
    server.closeAllConnections();
    server.close();
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe.skipIf(program === undefined)("two replicas with a store", () => {
  let url: string;
  let replicas: readonly Replica[];

  beforeAll(async () => {
    const store = await startStore(program ?? "redis-server");
    stopAtEnd(store.close);
    const config = `state: { url: "${store.url}" }\n${POLICIES}\nrollout: { ${ROLLOUT} }`;
    const [bin, weak, strong, ...started] = await Promise.all([
      envoyBin(),
      serverOf(100),
      serverOf(4),
      startReplica(config),
      startReplica(config),
    ]);
    replicas = started;
    for (const { end } of replicas) stopAtEnd(end);
    const envoy = await startEnvoy({ bin, config: replicatedEnvoyConfig(replicas, weak, strong), concurrency: 2 });
    stopAtEnd(envoy.stop);
    url = envoy.url;
  });

  const post = async () => {
    const headers = { "content-type": "application/json" };
    await (await fetch(`${url}/v1/chat/completions`, { method: "POST", headers, body: BODY })).arrayBuffer();
  };
  const statuses = () =>
    Promise.all(
      replicas.map(async ({ adminUrl }) => {
        const { rollout } = (await (await fetch(`${adminUrl}/v1/rollout`)).json()) as { readonly rollout: readonly [RolloutStatus] };
        return rollout[0];
      }),
    );

  it("roll a harmful candidate back on both within a second, by what both have seen", async () => {
    await waitFor("both to judge together", async () => (await statuses()).every(({ judged }) => judged === "together"), 10_000);
    const isBack = ({ status }: RolloutStatus) => status === "rolled-back";
    await waitFor(
      "one to be rolled back",
      async () => {
        await Promise.all(Array.from({ length: 16 }, post));
        return (await statuses()).some(isBack);
      },
      60_000,
    );
    const begun = performance.now();
    const [one, other] = await waitFor("both to be", async () => {
      const now = await statuses();
      return now.every(isBack) && now;
    });
    expect(performance.now() - begun).toBeLessThan(1000);
    expect(one?.past[0]?.requests).toEqual(other?.past[0]?.requests); // it is one verdict
    const strong = async () => {
      const counts = await Promise.all(replicas.map(({ adminUrl }) => metric(adminUrl, "sluice_decisions_total", { tier: "strong" })));
      return counts.reduce((sum, each) => sum + each, 0);
    };
    const before = await strong();
    for (let request = 0; request < 40; request++) await post();
    expect(await strong()).toBe(before);
    for (const { adminUrl } of replicas) {
      expect(await metric(adminUrl, "sluice_rollout_changes_total", { action: "rollback", because: "harm" })).toBe(1);
    }
  });
});
