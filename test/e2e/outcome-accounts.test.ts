// Every request accounted for: what Envoy served, beside what sluice knows of it, when parts of sluice are gone for a while.
import { beforeAll, describe, expect, it } from "vitest";
import { type App, startApp } from "../../src/app.ts";
import { parseConfig } from "../../src/config/load.ts";
import type { AccessLogEntry } from "../../src/envoy/wire/access-log.ts";
import type { Outcome } from "../../src/outcome/join/outcome.ts";
import { createLogger } from "../../src/outcome/telemetry/log.ts";
import { ENVOY_VERSION } from "../../src/setup/stack/envoy-releases.ts";
import { OLDEST_ENVOY, startEnvoy, type TestEnvoy } from "../support/envoy.ts";
import { type LoadResult, load } from "../support/load.ts";
import { type Forwarder, startForwarder, withLogAt } from "../support/log-elsewhere.ts";
import { metric } from "../support/metrics.ts";
import { ask, chat } from "../support/requests.ts";
import { startSluice } from "../support/sluice.ts";
import { type StandIns, startStandIns } from "../support/stand-ins.ts";
import { stopAtEnd } from "../support/teardown.ts";
import { waitFor } from "../support/wait-for.ts";

const MAX_WAIT_MS = 3_000; // for an entry; far over Envoy's flush interval
const OUTCOME_MS = 10_000;
const WEAK = { body: chat("hello"), tier: "weak" };
const STRONG = { body: chat("design it"), tier: "strong" };
const LOAD = { requests: [WEAK, STRONG], connections: 8 };

interface Watched {
  readonly app: App;
  readonly outcomes: Outcome[];
  readonly entries: AccessLogEntry[];
  count(kind: Outcome["kind"]): number;
}

async function startWatched(): Promise<Watched> {
  const config = parseConfig(
    `{ listen: { extProc: "127.0.0.1:0", admin: "127.0.0.1:0" }, outcomes: { maxWaitMs: ${MAX_WAIT_MS} } }`,
    "test",
  );
  const outcomes: Outcome[] = [];
  const entries: AccessLogEntry[] = [];
  const app = await startApp({
    config,
    log: createLogger({ level: "silent" }),
    onOutcome: (outcome) => outcomes.push(outcome),
    onAccessLog: (entry) => entries.push(entry),
  });
  stopAtEnd(app.close);
  return { app, outcomes, entries, count: (kind) => outcomes.filter((outcome) => outcome.kind === kind).length };
}

/** Envoy's own counts: requests it finished, and log entries it took for sent or dropped. */
async function envoyCounts(envoy: TestEnvoy): Promise<{ completed: number; written: number; dropped: number }> {
  const stats = await envoy.stats("^http\\.llm\\.downstream_rq_completed$|grpc_access_log\\.logs_(written|dropped)$");
  const count = (ending: string) => [...stats].find(([name]) => name.endsWith(ending))?.[1] ?? Number.NaN;
  return { completed: count("completed"), written: count("logs_written"), dropped: count("logs_dropped") };
}

const unroutedOf = ({ wrong }: LoadResult) => wrong.get("200 unrouted") ?? 0;

describe.each([ENVOY_VERSION, OLDEST_ENVOY])("on Envoy %s", (version) => {
  let standIns: StandIns;

  beforeAll(async () => {
    standIns = await startStandIns();
  });

  const start = (sluice: string, log: string) =>
    startEnvoy({
      version,
      sluice,
      weak: standIns.weak.address,
      strong: standIns.strong.address,
      edit: (yaml) => withLogAt(yaml, log),
    });

  it("strong refuses and weak serves: decided strong, served weak, fell back, two attempts", async () => {
    const { app, outcomes } = await startWatched();
    const envoy = await start(app.extProcAddress, app.extProcAddress);
    await ask(envoy.url, STRONG.body, { "x-stand-in-script": "503,200" });
    const outcome = await waitFor("the outcome", () => outcomes[0], OUTCOME_MS);
    expect(outcome).toMatchObject({
      kind: "joined",
      decided: { decision: { tier: "strong", reason: "keyword", detail: "design" } },
      served: { tier: "weak", cluster: "weak", fellBack: true, attempts: 2, status: 200 },
    });
  });

  it("the sluice that decides is killed under load: what passed without it shows as unrouted, one for one", async () => {
    const [watched, deciding] = await Promise.all([startWatched(), startSluice()]);
    const envoy = await start(deciding.extProc, watched.app.extProcAddress);
    let running = true;
    const loading = load({ ...LOAD, count: 0, url: envoy.url, during: () => running });
    await waitFor("load", () => watched.count("elsewhere") > 300, OUTCOME_MS);
    deciding.child.signal("SIGKILL");
    await waitFor("unrouted requests", () => watched.count("unrouted") > 100, OUTCOME_MS);
    const decidedBefore = watched.count("elsewhere");
    await startSluice({ extProc: deciding.extProc });
    await waitFor("load on the new one", () => watched.count("elsewhere") > decidedBefore + 300, OUTCOME_MS);
    running = false;
    const result = await loading;
    await waitFor("all outcomes", () => watched.outcomes.length >= result.sent, OUTCOME_MS);
    expect([...result.wrong.keys()]).toEqual(["200 unrouted"]);
    expect(watched.count("unrouted")).toBe(unroutedOf(result));
    expect(watched.count("elsewhere")).toBe(result.sent - unroutedOf(result));
    expect(await envoyCounts(envoy)).toEqual({ completed: result.sent, written: result.sent, dropped: 0 });
    for (const { decided, served } of watched.outcomes) expect(served?.tier).toBe(decided?.decision.tier ?? "strong");
  });

  it("the log is cut off under load and comes back: each request is joined or, its entry lost, unknown in the end", async () => {
    const watched = await startWatched();
    const log: Forwarder = await startForwarder(watched.app.extProcAddress);
    const envoy = await start(watched.app.extProcAddress, log.address);
    let running = true;
    const loading = load({ ...LOAD, count: 0, url: envoy.url, during: () => running });
    await waitFor("load", () => watched.count("joined") > 300, OUTCOME_MS);
    await log.cut();
    await waitFor("outcomes given up", () => watched.count("unknown") > 100, OUTCOME_MS);
    const joinedBefore = watched.count("joined");
    await log.open();
    await waitFor("joined outcomes again", () => watched.count("joined") > joinedBefore + 300, OUTCOME_MS);
    running = false;
    const { sent, wrong } = await loading;
    expect([...wrong]).toEqual([]);
    await waitFor("all outcomes", () => watched.outcomes.length >= sent, OUTCOME_MS);
    expect(watched.count("joined") + watched.count("unknown")).toBe(sent);
    expect(watched.outcomes).toHaveLength(sent);
    const { completed, written, dropped } = await envoyCounts(envoy);
    expect(completed).toBe(sent);
    // Envoy takes for written what it put into a connection that was gone.
    expect(written + dropped).toBe(sent);
    const late = await metric(`http://${watched.app.adminAddress}`, "sluice_access_log_ignored_total", { why: "late" });
    expect(watched.count("unknown")).toBe(written + dropped - watched.entries.length + late);
  });
});
