// `serve --processes`: several processes on Unix sockets behind one Envoy. Any of them may decide, any may be told by Envoy's workers what
// was served, and any may see the answer: every outcome is joined all the same, and what they count is read as one.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import type { LiveView } from "../../src/outcome/live/view.ts";
import { ASKERS, allAsk, QUESTION, REPHRASED, repeatsFound } from "../support/asked-again.ts";
import { certificateFolder, newCa } from "../support/certificates.ts";
import { startEnvoy, type TestEnvoy } from "../support/envoy.ts";
import { load } from "../support/load.ts";
import { metric } from "../support/metrics.ts";
import { withSluiceTls, withUsageFilter } from "../support/optional-lines.ts";
import { chat } from "../support/requests.ts";
import { startSluice, type TestSluice } from "../support/sluice.ts";
import { startStandIns } from "../support/stand-ins.ts";
import { stopAtEnd } from "../support/teardown.ts";
import { waitFor } from "../support/wait-for.ts";

const REQUESTS = 600;
const LOAD = {
  requests: [
    { body: chat("hello", { model: "glm-5" }), tier: "weak" },
    { body: chat("design a payment service", { model: "glm-5" }), tier: "strong" },
  ],
  count: REQUESTS,
  connections: 16,
};
const OUTCOMES_MS = 20_000;

/** Of a process that is still there. */
function childrenOf(pid: number | undefined): readonly number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").map(Number);
}

describe.each([2, 4])("%i processes", (count) => {
  const log: { msg: string }[] = [];
  const folder = mkdtempSync(join(tmpdir(), "sluice-processes-"));
  let sluice: TestSluice;
  let envoy: TestEnvoy;
  let sent = 0;

  beforeAll(async () => {
    stopAtEnd(async () => rmSync(folder, { recursive: true, force: true }));
    const extProc = `unix:${join(folder, "sluice.sock")}`;
    const config = `decisionLog: { to: file, file: ${join(folder, "decisions.jsonl")} }`;
    const args = ["--processes", String(count), "--log-format", "json"];
    const onLine = (line: string) => void log.push(JSON.parse(line) as { msg: string });
    const [started, standIns] = await Promise.all([startSluice({ extProc, config, args, onLine }), startStandIns()]);
    sluice = started;
    const each = Array.from({ length: count }, (_, index) => `${extProc}.${index}`);
    envoy = await startEnvoy({ sluice: each, weak: standIns.weak.address, strong: standIns.strong.address, edit: withUsageFilter });
  });

  async function requests(): Promise<void> {
    const { wrong } = await load({ ...LOAD, url: envoy.url });
    sent += REQUESTS;
    expect(Object.fromEntries(wrong)).toEqual({});
  }
  const outcomes = (kind: string) => metric(sluice.adminUrl, "sluice_outcomes_total", { kind });
  const allJoined = () => waitFor("every outcome is joined", async () => (await outcomes("joined")) === sent, OUTCOMES_MS);

  it("join every outcome, with the exact tokens of its answer, whichever of them is told", async () => {
    await requests();
    await allJoined();
    const others = await Promise.all(["elsewhere", "unrouted", "unknown"].map(outcomes));
    expect(others).toEqual([0, 0, 0]);
    expect(await metric(sluice.adminUrl, "sluice_decisions_total")).toBe(sent);
    expect(await metric(sluice.adminUrl, "sluice_access_log_entries_total")).toBe(sent);
    expect(await metric(sluice.adminUrl, "sluice_tokens_total", { basis: "estimated" })).toBe(0);
    expect(await metric(sluice.adminUrl, "sluice_tokens_total", { basis: "exact" })).toBeGreaterThan(sent);
  });

  it("find each question that is asked again, whichever of them it comes to", async () => {
    for (const text of [QUESTION, REPHRASED]) {
      expect(await repeatsFound(sluice.adminUrl)).toBe(0);
      expect(await allAsk(envoy.url, text)).toEqual({});
      sent += ASKERS;
      await allJoined();
    }
    await waitFor("each is found", async () => (await repeatsFound(sluice.adminUrl)) >= ASKERS);
  });

  it("write a decision log each, with a line for every request in one of them", async () => {
    const files = Array.from({ length: count }, (_, index) => join(folder, `decisions-${index}.jsonl`));
    const lines = await waitFor("all lines are written", () => {
      const read = files.map((file) => readFileSync(file, "utf8").trim().split("\n"));
      return read.flat().length === sent && read;
    });
    for (const each of lines) expect(each.length).toBeGreaterThan(sent / count / 4);
  });

  it("are one page, one set of live figures, and one place for ratings", async () => {
    const live = (await (await fetch(`${sluice.adminUrl}/live`)).json()) as LiveView;
    expect(live).toMatchObject({ ready: true, windows: [{}, { decisions: sent, outcomes: { joined: sent, elsewhere: 0, unknown: 0 } }] });
    expect(live.requests).toHaveLength(50);
    for (const { requestId } of live.requests.slice(0, 8)) {
      const body = JSON.stringify({ request_id: requestId, rating: 4 });
      const response = await fetch(`${sluice.adminUrl}/v1/feedback`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body,
      });
      expect(response.status).toBe(200);
    }
    expect(await metric(sluice.adminUrl, "sluice_feedback_total")).toBe(8);
    expect(await repeatsFound(sluice.adminUrl)).toBe(ASKERS); // each once
  });

  it("one that is killed is started again, said and counted; no count falls, and all goes on as before", async () => {
    const before = childrenOf(sluice.child.pid);
    expect(before).toHaveLength(count);
    const [killed = 0, ...others] = before;
    process.kill(killed, "SIGKILL");
    await waitFor("it is started again", async () => (await metric(sluice.adminUrl, "sluice_process_restarts_total")) === 1, OUTCOMES_MS);
    await waitFor("all are ready", async () => (await fetch(`${sluice.adminUrl}/readyz`)).ok, OUTCOMES_MS);
    expect(childrenOf(sluice.child.pid)).toEqual(expect.arrayContaining(others));
    expect(childrenOf(sluice.child.pid)).toHaveLength(count);
    expect(log).toContainEqual(expect.objectContaining({ level: "error", pid: killed, signal: "SIGKILL", process: 0 }));
    expect(await metric(sluice.adminUrl, "sluice_decisions_total")).toBe(sent);
    await requests();
    await allJoined();
    expect(await outcomes("elsewhere")).toBe(0);
  });

  it("each ended in order and started again under load: every request is routed", async () => {
    let running = true;
    const loading = load({ ...LOAD, url: envoy.url, headers: { "x-stand-in-script": "delay=25" }, during: () => running });
    const restarts = () => metric(sluice.adminUrl, "sluice_process_restarts_total");
    for (const pid of childrenOf(sluice.child.pid)) {
      const before = await restarts();
      process.kill(pid, "SIGTERM");
      await waitFor("it is started again", async () => (await restarts()) === before + 1, OUTCOMES_MS);
      await waitFor("all are ready", async () => (await fetch(`${sluice.adminUrl}/readyz`)).ok, OUTCOMES_MS);
    }
    running = false;
    expect(Object.fromEntries((await loading).wrong)).toEqual({});
  });

  it("SIGHUP has each read its configuration again, and SIGTERM ends all", async () => {
    const children = childrenOf(sluice.child.pid);
    const reloaded = () => log.filter(({ msg }) => msg === "configuration reloaded").length;
    const before = reloaded();
    sluice.child.signal("SIGHUP");
    await waitFor("each has reloaded", () => reloaded() === before + count);
    sluice.child.signal("SIGTERM");
    await sluice.child.exited;
    expect(sluice.child.exitCode()).toBe(0);
    for (const pid of children) expect(() => process.kill(pid, 0)).toThrow("ESRCH");
  });
});

it("two with mutual TLS on TCP route every request, and join every outcome", async () => {
  const ca = newCa();
  const server = certificateFolder(ca.issue({ name: "sluice" }), ca.cert);
  const client = certificateFolder(ca.issue({ name: "envoy", usage: "client" }), ca.cert);
  stopAtEnd(async () => {
    server.remove();
    client.remove();
  });
  const log: string[] = [];
  const extProcs = () => /"extProc":"([^"]+)"/.exec(log.join())?.[1]?.split(", ") ?? [];
  const listen = `tls: { certFile: "${server.certFile}", keyFile: "${server.keyFile}", clientCaFile: "${server.clientCaFile}" }`;
  const args = ["--processes", "2", "--log-format", "json"];
  const onLine = (line: string) => void log.push(line);
  const [{ adminUrl }, standIns] = await Promise.all([startSluice({ extProc: "127.0.0.1:0", listen, args, onLine }), startStandIns()]);
  const edit = (yaml: string) => withSluiceTls(yaml, client.folder);
  const { url } = await startEnvoy({ sluice: extProcs(), weak: standIns.weak.address, strong: standIns.strong.address, edit });
  const { wrong } = await load({ ...LOAD, url });
  expect(Object.fromEntries(wrong)).toEqual({});
  const joined = () => metric(adminUrl, "sluice_outcomes_total", { kind: "joined" });
  await waitFor("every outcome is joined", async () => (await joined()) === REQUESTS, OUTCOMES_MS);
  expect(await metric(adminUrl, "sluice_tls_handshake_failures_total")).toBe(0);
  expect(await metric(adminUrl, "sluice_certificate_expiry_timestamp_seconds", { listener: "ext_proc" })).toBeGreaterThan(
    Date.now() / 1000,
  );
});
