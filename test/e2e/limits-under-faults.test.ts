// Limits of four replicas that share a store, behind one Envoy that says three times how each request ended: two replicas are killed in the
// middle, the store hangs for five seconds, and is killed and starts again empty. No request waits or fails, and the account stays right.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type EnvoyProcess, startEnvoy } from "../../src/setup/stack/envoy-process.ts";
import { envoyBin } from "../support/envoy.ts";
import { load } from "../support/load.ts";
import { metric } from "../support/metrics.ts";
import { type Replica, replicatedEnvoyConfig, startReplica } from "../support/replicas.ts";
import { chat } from "../support/requests.ts";
import { startStandIns } from "../support/stand-ins.ts";
import { type StoreServer, startStore, storePrograms } from "../support/store-server.ts";
import { waitFor } from "../support/wait-for.ts";

const REPLICAS = 4;
const LIMIT_USD = 10;
/** What each replica may take of a new window before the store has answered (docs/limits.md). */
const FIRST_SHARE = 0.01;
const LEASE_MS = 10_000;
const HUNG_MS = 5000;
/** Until then nobody knows that the store hangs. */
const COMMAND_MS = 1000;
/** Only input costs, so what is held back is what it comes to. */
const config = (url: string) => `
tiers:
  - { name: weak, price: { inputPerMTok: 0, outputPerMTok: 0 } }
  - { name: strong, price: { inputPerMTok: 1000, outputPerMTok: 0 } }
budgets: [{ name: purse, tier: strong, usd: ${LIMIT_USD}, per: month, hard: true, steer: "off" }]
ledger: { away: local }
state: { url: "${url}" }
`;
const STRONG = { body: chat("design a payment service"), tier: "strong" };
const PURSE = { limit: "purse", measure: "usd" };

function loggedThrice(yaml: string): string {
  const grpc = /^ {10}- name: envoy\.access_loggers\.http_grpc\n(?: {12}.*\n)+/m.exec(yaml)?.[0] ?? "";
  expect(grpc).toContain("sluice_log");
  return yaml.replace(grpc, grpc.repeat(3));
}

/** Twenty seconds each: all of this machine with SLUICE_FAULTS=1, else the first. */
const PROGRAMS = storePrograms().slice(0, process.env["SLUICE_FAULTS"] === "1" ? undefined : 1);

describe.each(PROGRAMS)("four replicas with a budget in %s", (program) => {
  let store: StoreServer;
  let replicas: Replica[];
  let envoy: EnvoyProcess;

  beforeAll(async () => {
    store = await startStore(program);
    const [bin, { weak, strong }, ...started] = await Promise.all([
      envoyBin(),
      startStandIns(),
      ...Array.from({ length: REPLICAS }, () => startReplica(config(store.url))),
    ]);
    replicas = started;
    envoy = await startEnvoy({ bin, config: replicatedEnvoyConfig(replicas, weak.address, strong.address, loggedThrice), concurrency: 2 });
  });
  afterAll(async () => {
    await envoy.stop();
    await Promise.all(replicas.map((replica) => replica.end()));
    await store.close();
  });

  /** As each of those that run knows it, in dollars. */
  const accounts = () =>
    Promise.all(
      replicas.map(async ({ adminUrl }) => {
        const [used, reserved] = await Promise.all(["used", "reserved"].map((what) => metric(adminUrl, `sluice_limit_${what}`, PURSE)));
        return (used ?? 0) + (reserved ?? 0);
      }),
    );
  let toStrong = 0;
  let failed = 0;
  /** Requests at once, until so many were sent. */
  const send = async (count: number, connections = 16) => {
    const { sent, wrong } = await load({ url: envoy.url, requests: [STRONG], count, connections });
    const elsewhere = [...wrong.values()].reduce((sum, each) => sum + each, 0);
    const undecided = wrong.get("200 unrouted") ?? 0; // to the default tier, strong: both replicas asked had just been killed
    const toWeak = wrong.get("200 weak") ?? 0;
    failed += elsewhere - undecided - toWeak;
    toStrong += sent - elsewhere + undecided;
    return sent - elsewhere;
  };
  /** Milliseconds that each took, one after the other. */
  const tookFor = async (ms: number) => {
    const took: number[] = [];
    for (const until = performance.now() + ms; performance.now() < until; ) {
      const begun = performance.now();
      await send(1, 1);
      took.push(performance.now() - begun);
    }
    return took.sort((a, b) => a - b);
  };
  const p99 = (took: readonly number[]) => took[Math.floor(0.99 * took.length)] ?? 0;

  it("spends what there is and no more than is promised, whoever is killed, and whatever becomes of the store", async () => {
    await waitFor("Envoy to be connected", async () => (await send(1, 1)) === 1);
    toStrong = 1; // what passed before was not decided by any of them
    const cost = Math.max(...(await accounts())); // known where it was decided, and nowhere else until they have a request
    expect(cost).toBeGreaterThan(0);
    const allKnow = () =>
      waitFor("all know of all", async () => (await accounts()).every((each) => isAbout(each, toStrong * cost)), 20_000);
    const isAbout = (a: number, b: number) => Math.abs(a - b) < cost / 2;
    await send(40);
    await allKnow();

    const before = await tookFor(1500);
    store.hang();
    const during = await tookFor(HUNG_MS);
    store.goOn();
    expect(during.at(-1)).toBeLessThan(COMMAND_MS);
    expect(p99(during)).toBeLessThan(3 * p99(before) + 50);
    await allKnow();

    await store.kill();
    await send(40);
    await store.startAgain();
    await allKnow(); // of what was used before, too

    const [one, two, ...survivors] = replicas;
    const killing = waitFor("half of it to be used", async () => Math.max(...(await accounts())) > LIMIT_USD / 2).then(() => {
      replicas = survivors;
      return Promise.all([one?.kill(), two?.kill()]);
    });
    await send(Math.floor(LIMIT_USD / cost));
    await killing;
    const isSpent = async () => Math.min(...(await accounts())) > 0.97 * LIMIT_USD; // what the two held has fallen back, too
    await waitFor("nothing to be left", async () => (await send(40)) === 0 && (await isSpent()), 2 * LEASE_MS);
    expect(failed).toBe(0);
    expect(toStrong * cost).toBeLessThanOrEqual(LIMIT_USD * (1 + REPLICAS * FIRST_SHARE));
  });
});
