// Several sluice processes behind one Envoy, with envoy/envoy.yaml as shipped but for their addresses: what is lost when one is killed,
// and when all are restarted in turn; and how their metrics add up.
import { beforeAll, describe, expect, it } from "vitest";
import { type EnvoyProcess, startEnvoy } from "../../src/setup/stack/envoy-process.ts";
import { envoyBin } from "../support/envoy.ts";
import { type LoadResult, load } from "../support/load.ts";
import { metric } from "../support/metrics.ts";
import { type Replica, replicatedEnvoyConfig, startReplica } from "../support/replicas.ts";
import { chat } from "../support/requests.ts";
import { startStandIns } from "../support/stand-ins.ts";
import { stopAtEnd } from "../support/teardown.ts";
import { waitFor } from "../support/wait-for.ts";

/** At most 640 requests a second: a steady load, which leaves a process that starts some of the CPU. */
const LOAD = {
  requests: [{ body: chat("hello", { model: "glm-5" }), tier: "weak" }],
  headers: { "x-stand-in-script": "delay=25" },
  count: 0,
  connections: 16,
};
const SOME = 300; // requests between two events

/** Calls whose headers a killed process had answered, and not yet the body: Envoy cannot ask another one. Of 16 in flight it has half. */
const MAX_CAUGHT_IN_A_KILL = 8;

/** Long enough for any entry of the access log to come; what is waited for afterwards comes to the other process. */
const CONFIG = "outcomes: { maxWaitMs: 3000 }";

let envoy: EnvoyProcess;
let replicas: readonly [Replica, Replica];

beforeAll(async () => {
  const [bin, standIns, first, second] = await Promise.all([envoyBin(), startStandIns(), startReplica(CONFIG), startReplica(CONFIG)]);
  replicas = [first, second];
  for (const replica of replicas) stopAtEnd(replica.end);
  envoy = await startEnvoy({
    bin,
    config: replicatedEnvoyConfig(replicas, standIns.weak.address, standIns.strong.address),
    concurrency: 2,
  });
  stopAtEnd(envoy.stop);
});

/** `more`: waits until some more requests have been sent. */
async function underLoad(events: (more: () => Promise<void>) => Promise<void>): Promise<LoadResult> {
  let running = true;
  let sent = 0;
  const during = () => {
    sent++;
    return running;
  };
  const more = async () => {
    const before = sent;
    await waitFor("more requests are sent", () => sent >= before + SOME, 60_000);
  };
  const loading = load({ ...LOAD, url: envoy.url, during });
  try {
    await more();
    await events(more);
    await more();
  } finally {
    running = false;
    await loading;
  }
  return loading;
}

/** What both count together. */
async function counts() {
  const sum = async (name: string, labels: Readonly<Record<string, string>> = {}) => {
    const [one, other] = await Promise.all(replicas.map(({ adminUrl }) => metric(adminUrl, name, labels)));
    return (one ?? 0) + (other ?? 0);
  };
  const outcomes = (kind: string) => sum("sluice_outcomes_total", { kind });
  return {
    decided: await sum("sluice_decisions_total"),
    joined: await outcomes("joined"),
    elsewhere: await outcomes("elsewhere"),
    unknown: await outcomes("unknown"),
    unrouted: await outcomes("unrouted"),
  };
}

describe("two processes", () => {
  it("share the requests; each outcome is counted once, by the process that is told, and their sums agree", async () => {
    const { sent, wrong } = await underLoad(async () => {});
    expect(Object.fromEntries(wrong)).toEqual({});
    const { decided, elsewhere, unrouted } = await waitFor("every outcome is counted", async () => {
      const now = await counts();
      // What one process counts as elsewhere, the other gives up as unknown: the alert on missing outcomes takes these off.
      return now.joined + now.elsewhere === sent && now.unknown === now.elsewhere && now;
    });
    expect({ decided, unrouted }).toEqual({ decided: sent, unrouted: 0 });
    expect(elsewhere).toBeGreaterThan(0);
  });

  it("one killed and started again: only what it was answering at that moment goes unrouted, and nothing fails", async () => {
    const { wrong } = await underLoad(async (more) => {
      await replicas[0].kill();
      await more();
      await replicas[0].start();
    });
    const { "200 unrouted": unrouted = 0, ...failed } = Object.fromEntries(wrong);
    expect(failed).toEqual({});
    expect(unrouted).toBeLessThanOrEqual(MAX_CAUGHT_IN_A_KILL);
    expect(await replicas[0].decisions()).toBeGreaterThan(0);
  });

  it("each ended and started again, the second as soon as the first is ready: every request is routed", async () => {
    const { wrong } = await underLoad(async () => {
      for (const replica of replicas) {
        await replica.end();
        await replica.start();
      }
    });
    expect(Object.fromEntries(wrong)).toEqual({});
    for (const replica of replicas) expect(await replica.decisions()).toBeGreaterThan(0);
  });
});
