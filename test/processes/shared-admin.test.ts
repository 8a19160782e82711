// What the admin port of several processes says: of all of them, and of the process that has the port.
import { describe, expect, test } from "vitest";
import { createOverview, type OverviewFigures } from "../../src/outcome/admin/overview.ts";
import { createLogger } from "../../src/outcome/telemetry/log.ts";
import { createMetrics } from "../../src/outcome/telemetry/metrics.ts";
import { sharedAdmin } from "../../src/processes/shared-admin.ts";
import { type Families, parseMetrics, sumMetrics } from "../../src/processes/summed-metrics.ts";
import type { Supervisor } from "../../src/processes/supervisor.ts";
import { ROLLOUT_STATUS } from "../outcome/rollout/sample-status.ts";

const log = createLogger({ level: "fatal", destination: { write: () => {} } });

function figuresOf(change: Partial<OverviewFigures> = {}): OverviewFigures {
  const [ready, notReloaded, limits] = [() => true as const, () => undefined, () => undefined];
  const overview = createOverview({
    tiers: () => [],
    policyId: () => "main@v7",
    ready,
    notReloaded,
    limits,
    store: notReloaded,
    metrics: createMetrics(),
    log,
  });
  return { ...overview.figures(), ...change };
}

async function counted(count: (metrics: ReturnType<typeof createMetrics>) => void): Promise<Families> {
  const metrics = createMetrics();
  count(metrics);
  return parseMetrics((await metrics.expose("openmetrics")).text);
}

/** Of two processes that serve. */
function supervisorOf(figures: readonly OverviewFigures[], families: Families = new Map()): Supervisor {
  return {
    extProc: ["127.0.0.1:1", "127.0.0.1:2"],
    policy: "main@v7",
    restarts: () => 3,
    ready: () => true,
    ask: async ({ about }) => (about === "figures" ? figures : []) as never,
    metrics: async () => families,
    reload() {},
    async close() {},
  };
}

const sample = (text: string, start: string) => text.split("\n").find((line) => line.startsWith(start));

describe("the admin port of several processes", () => {
  test.each([
    ["alone", "all"],
    ["together", "first"],
    ["store-away", "all"],
  ] as const)("passes a word on a rollout that is judged %s on to %s of them", async (judged, whom) => {
    const asked: unknown[] = [];
    const supervisor: Supervisor = {
      ...supervisorOf([]),
      ask: async (question, to = "all") => {
        asked.push([question.about, to]);
        return (question.about === "rollout" ? [[{ ...ROLLOUT_STATUS, judged }]] : [{ kind: "done" }]) as never;
      },
    };
    expect(await sharedAdmin(supervisor, createMetrics()).rollout?.act("promote")).toEqual({ kind: "done" });
    expect(asked).toEqual([
      ["rollout", "all"],
      ["rolloutAction", whom],
    ]);
  });

  test("counts what befalls itself beside what they count", async () => {
    const processes = await Promise.all([
      counted((metrics) => metrics.handshakeFailed("ext_proc", "plain-text")),
      counted((metrics) => metrics.connectionRefused("ext_proc")),
    ]);
    const own = createMetrics();
    const { metrics } = sharedAdmin(supervisorOf([], sumMetrics(processes)), own);
    metrics.connectionRefused("admin");
    own.handshakeFailed("admin", "plain-text");
    own.logLinesLost(5);
    for (const format of ["prometheus", "openmetrics"] as const) {
      const { text } = await metrics.expose(format);
      for (const line of [
        'sluice_connections_refused_total{port="admin"} 1',
        'sluice_connections_refused_total{port="ext_proc"} 1',
        'sluice_tls_handshake_failures_total{listener="admin",reason="plain-text"} 1',
        'sluice_tls_handshake_failures_total{listener="ext_proc",reason="plain-text"} 1',
        "sluice_log_lines_lost_total 5",
        "sluice_processes 2",
        "sluice_process_restarts_total 3",
        "sluice_config_last_reload_successful 1",
      ])
        expect(sample(text, line.slice(0, line.lastIndexOf(" ")))).toBe(line);
    }
  });

  test("adds up the misroute signals that were left out, and shows trouble of any", async () => {
    const figures = [figuresOf({ signalsIgnored: 2 }), figuresOf({ signalsIgnored: 5, ready: "shutting down" })];
    const admin = sharedAdmin(supervisorOf(figures), createMetrics());
    expect(await admin.live()).toMatchObject({ signalsIgnored: 7, ready: "shutting down", policy: "main@v7" });
    expect(await admin.ready()).toBe("shutting down");
  });

  test("shows the store of shared state as the one sees it for whom it is away", async () => {
    const [up, away] = [null, "no answer"].map((why) => ({ away: why, forSeconds: 1, roundTripMs: 1 }));
    const figures = [figuresOf({ store: up ?? null }), figuresOf({ store: away ?? null })];
    expect(await sharedAdmin(supervisorOf(figures), createMetrics()).live()).toMatchObject({ store: { away: "no answer" } });
  });

  test("is not ready while one of them does not answer", async () => {
    expect(await sharedAdmin(supervisorOf([figuresOf()]), createMetrics()).ready()).toBe("a process does not answer");
  });
});
