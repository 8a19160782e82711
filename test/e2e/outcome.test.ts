// What sluice learns from Envoy's access log: which tier really served, after how many attempts, joined to the decision by x-request-id.
import { beforeAll, describe, expect, it } from "vitest";
import { type App, startApp } from "../../src/app.ts";
import { parseConfig } from "../../src/config/load.ts";
import type { AccessLogEntry } from "../../src/envoy/wire/access-log.ts";
import { createLogger } from "../../src/outcome/telemetry/log.ts";
import { ENVOY_VERSION } from "../../src/setup/stack/envoy-releases.ts";
import { OLDEST_ENVOY, startEnvoy, type TestEnvoy } from "../support/envoy.ts";
import { metric } from "../support/metrics.ts";
import { ask, chat } from "../support/requests.ts";
import { startStandIns } from "../support/stand-ins.ts";
import { stopAtEnd } from "../support/teardown.ts";
import { waitFor } from "../support/wait-for.ts";

const ENTRY_MS = 5_000; // far over Envoy's flush interval

describe.each([ENVOY_VERSION, OLDEST_ENVOY])("on Envoy %s", (version) => {
  const entries: AccessLogEntry[] = [];
  let app: App;
  let envoy: TestEnvoy;
  const entryOf = (requestId: string | undefined) =>
    waitFor("the entry of the request", () => entries.find((entry) => entry.requestId === requestId), ENTRY_MS);

  beforeAll(async () => {
    const config = parseConfig('listen: { extProc: "127.0.0.1:0", admin: "127.0.0.1:0" }', "test");
    app = await startApp({ config, log: createLogger({ level: "silent" }), onAccessLog: (entry) => entries.push(entry) });
    stopAtEnd(app.close);
    const standIns = await startStandIns();
    const addresses = { sluice: app.extProcAddress, weak: standIns.weak.address, strong: standIns.strong.address };
    envoy = await startEnvoy({ version, ...addresses });
  });

  it.each([
    ["a weak request", chat("hello"), "200", "weak", "weak", 1, "under-thresholds"],
    ["a strong request", chat("design it"), "200", "strong", "strong", 1, "keyword:design"],
    ["a weak request retried once", chat("hello"), "503,200", "weak", "strong", 2, "under-thresholds"],
    ["a weak request that strong served", chat("hello"), "weak=429", "weak", "strong", 2, "under-thresholds"],
    ["a strong request that weak served", chat("design it"), "strong=503", "strong", "weak", 2, "keyword:design"],
    ["a request that could not be read", "{", "200", "strong", "strong", 1, "not-json"],
  ])(
    "%s: its entry names the tier decided, the cluster that served and the attempts",
    async (_name, body, script, tier, served, attempts, reason) => {
      const { echo } = await ask(envoy.url, body, { "x-stand-in-script": script });
      const entry = await entryOf(echo.headers["x-request-id"]);
      expect(entry).toMatchObject({ upstreamCluster: served, attempts, responseCode: 200, path: "/v1/chat/completions", method: "POST" });
      expect(Object.fromEntries(entry.requestHeaders)).toMatchObject({ "x-sluice-tier": tier, "x-sluice-reason": reason });
      expect(entry.responseBodyBytes).toBeGreaterThan(0);
    },
  );

  it("a failed request: its entry has the code and that retries were used up", async () => {
    const response = await fetch(`${envoy.url}/v1/chat/completions?failed`, {
      method: "POST",
      headers: { "x-stand-in-script": "503" },
      body: chat("hi"),
    });
    expect(response.status).toBe(503);
    const entry = await waitFor("its entry", () => entries.find(({ path }) => path.endsWith("?failed")), ENTRY_MS);
    expect(entry).toMatchObject({ responseCode: 503, attempts: 2 });
    expect(entry.responseFlags).toContain("URX");
  });

  it("a streamed answer: its entry comes at its end, with the time to its first byte", async () => {
    const response = await fetch(`${envoy.url}/v1/chat/completions?streamed`, {
      method: "POST",
      headers: { "x-stand-in-script": "chunk-delay=40" },
      body: chat("hi", { stream: true }),
    });
    expect(await response.text()).toContain("[DONE]");
    const entry = await waitFor("its entry", () => entries.find(({ path }) => path.endsWith("?streamed")), ENTRY_MS);
    expect(entry.timeToFirstUpstreamRxByteMs).toBeLessThan((entry.durationMs ?? 0) / 2);
    expect(entry.durationMs).toBeGreaterThan(400);
  });

  it("every entry is counted, one a request", async () => {
    const ids = new Set(entries.map(({ requestId }) => requestId));
    expect(ids.size).toBe(entries.length);
    expect(entries).toHaveLength(8);
    expect(await metric(`http://${app.adminAddress}`, "sluice_access_log_entries_total")).toBe(entries.length);
  });
});
