// How sluice starts, reloads and ends as a process: draining behind Envoy, signals, exit codes, and a configuration that changes under
// load.
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { type Child, startChild } from "../../src/setup/stack/child.ts";
import { load } from "../support/load.ts";
import { metric } from "../support/metrics.ts";
import { startOtlpReceiver } from "../support/otlp-receiver.ts";
import { connectTo, postHead } from "../support/raw-http.ts";
import { ask, chat, routed } from "../support/requests.ts";
import { SLUICE_MAIN, startSluice, type TestSluiceOptions } from "../support/sluice.ts";
import { startStack, type TestStack } from "../support/stack.ts";
import { stopAtEnd } from "../support/teardown.ts";
import { waitFor } from "../support/wait-for.ts";

const WEAK = chat("hello", { model: "glm-5" });
const LOAD = { requests: [{ body: WEAK, tier: "weak" }], count: 0, connections: 16 };

const folder = mkdtempSync(join(tmpdir(), "sluice-test-"));
stopAtEnd(async () => rmSync(folder, { recursive: true, force: true }));

/** A request whose client has sent all but the last byte of its body, so that sluice waits for it. */
async function halfSent(stack: TestStack): Promise<{ socket: Socket; complete(): Promise<string> }> {
  const socket = await connectTo(stack.url);
  socket.setEncoding("latin1").write(`${postHead([`content-length: ${WEAK.length}`, "connection: close"])}${WEAK.slice(0, -1)}`);
  await waitFor("sluice has the request", async () => (await metric(stack.sluice.adminUrl, "sluice_streams_in_flight")) === 1);
  return { socket, complete: () => responseTo(socket, WEAK.slice(-1)) };
}

async function responseTo(socket: Socket, rest: string): Promise<string> {
  let text = "";
  socket.on("data", (piece) => {
    text += piece;
  });
  socket.write(rest);
  await once(socket, "close");
  return text;
}

/** Milliseconds until the process is gone. */
async function exitTime(child: Child): Promise<number> {
  const startedAt = performance.now();
  await child.exited;
  return performance.now() - startedAt;
}

describe("starting", () => {
  it("what is rehearsed before anybody can connect is told to nobody", async () => {
    const receiver = await startOtlpReceiver();
    const log: string[] = [];
    const file = join(folder, "rehearsed.jsonl");
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, OTEL_BSP_SCHEDULE_DELAY: "50" };
    const config = `log: { level: debug }\ndecisionLog: { file: ${file} }`;
    const sluice = await startSluice({ config, env, onLine: (line) => void log.push(line) });
    const said = () => log.flatMap((line) => (line.startsWith("{") ? [JSON.parse(line).msg] : []));
    await waitFor("it says that it serves", () => said().includes("serving"));
    expect(said().slice(0, 2)).toEqual(["rehearsed", "serving"]);
    for (const name of [
      "sluice_decisions_total",
      "sluice_streams_in_flight",
      "sluice_outcomes_total",
      "sluice_ext_proc_stream_duration_seconds_count",
    ])
      expect([name, await metric(sluice.adminUrl, name)]).toEqual([name, 0]);
    expect(await metric(sluice.adminUrl, "process_cpu_seconds_total")).toBeGreaterThan(0);
    await sluice.stop();
    expect(existsSync(file)).toBe(false);
    expect(receiver.spans).toEqual([]);
  });
});

describe("ending", () => {
  const start = (sluice: TestSluiceOptions = {}) => startStack({ sluice });

  it("SIGTERM: not ready, the request in flight is still routed, then exit 0", async () => {
    const stack = await start();
    const { complete } = await halfSent(stack);
    stack.sluice.child.signal("SIGTERM");
    await waitFor("not ready", async () => (await fetch(`${stack.sluice.adminUrl}/readyz`)).status === 503);
    expect(stack.sluice.child.hasExited()).toBe(false);
    const response = await complete();
    expect(response).toMatch(/^HTTP\/1\.1 200 /);
    expect(response).toContain("x-sluice-tier: weak");
    expect(await exitTime(stack.sluice.child)).toBeLessThan(5_000);
    expect(stack.sluice.child.exitCode()).toBe(0);
    await stack.stop();
  });

  it("SIGTERM under load: no request fails, exit 0 well within the grace period", async () => {
    const stack = await start();
    let running = true;
    const loading = load({ ...LOAD, url: stack.url, during: () => running });
    await waitFor("load on sluice", async () => (await metric(stack.sluice.adminUrl, "sluice_decisions_total")) > 500);
    stack.sluice.child.signal("SIGTERM");
    expect(await exitTime(stack.sluice.child)).toBeLessThan(10_000);
    await waitFor("a request goes unrouted", async () => (await ask(stack.url, WEAK)).tier === null);
    running = false;
    expect([...(await loading).wrong.keys()]).toEqual(["200 unrouted"]);
    expect(stack.sluice.child.exitCode()).toBe(0);
    await stack.stop();
  });

  it("a request that outlives the grace period is cut off from sluice, and served unrouted", async () => {
    const stack = await start({ config: "shutdown: { graceMs: 300 }" });
    const { complete } = await halfSent(stack);
    stack.sluice.child.signal("SIGTERM");
    const tookMs = await exitTime(stack.sluice.child);
    expect(tookMs).toBeGreaterThan(250);
    expect(tookMs).toBeLessThan(3_000);
    expect(stack.sluice.child.exitCode()).toBe(0);
    const response = await complete();
    expect(response).toMatch(/^HTTP\/1\.1 200 /);
    expect(response).toContain("x-stand-in: strong");
    await stack.stop();
  });

  it.each(["SIGTERM", "SIGINT"] as const)("a second signal (%s) ends it at once", async (second) => {
    const stack = await start();
    const { socket } = await halfSent(stack);
    stack.sluice.child.signal("SIGTERM");
    await waitFor("not ready", async () => (await fetch(`${stack.sluice.adminUrl}/readyz`)).status === 503);
    stack.sluice.child.signal(second);
    expect(await exitTime(stack.sluice.child)).toBeLessThan(1_000);
    expect(stack.sluice.child.exitCode()).toBe(130);
    socket.destroy();
    await stack.stop();
  });
});

describe("a start that cannot be", () => {
  const config = (name: string, yaml: string) => {
    const path = join(folder, name);
    writeFileSync(path, yaml);
    return path;
  };
  const listen = (extProc: string, admin = "127.0.0.1:0") => `listen: { extProc: "${extProc}", admin: "${admin}" }\n`;

  async function run(args: readonly string[]) {
    const child = startChild(process.execPath, [SLUICE_MAIN, "serve", ...args]);
    await waitFor("it ends", () => child.hasExited());
    await child.exited;
    return { exitCode: child.exitCode(), output: child.lastLines() };
  }

  it.each<[name: string, path: () => string, exitCode: number, line: RegExp]>([
    ["a config that is not there", () => join(folder, "none.yaml"), 2, /^error\[config-not-found\]: .*none\.yaml/],
    ["a config that is a folder", () => folder, 2, /^error\[config-unreadable\]: /],
    ["an empty config", () => config("empty.yaml", ""), 2, /^error\[config-empty\]: .*empty\.yaml:1:1: says nothing/],
    ["a config of comments", () => config("comments.yaml", "# listen:\n"), 2, /^error\[config-empty\]: .*comments\.yaml/],
    ["an unknown key", () => config("key.yaml", "tierz: []"), 2, /^error\[config-invalid\]: .*key\.yaml/],
    ["YAML that is none", () => config("yaml.yaml", "listen: {"), 2, /^error\[config-invalid\]: .*yaml\.yaml/],
    ["an address that is none", () => config("address.yaml", listen("somewhere")), 2, /^error\[config-invalid\]: /],
    [
      "a socket in a folder that is not there",
      () => config("folder.yaml", listen(`unix:${folder}/none/s.sock`)),
      1,
      /^error\[listen-bad-path\]: .*none\/s\.sock/,
    ],
    ["a socket where a file is", () => config("file.yaml", listen(`unix:${config("plain", "")}`)), 1, /^error\[listen-bad-path\]: .*plain/],
    [
      "an address of another machine",
      () => config("host.yaml", listen("192.0.2.1:9002")),
      1,
      /^error\[listen-no-address\]: 192\.0\.2\.1:9002/,
    ],
  ])("%s: says so in one line and exits", async (_name, path, exitCode, line) => {
    const { output, ...ended } = await run(["--config", path()]);
    expect(ended).toEqual({ exitCode });
    const errors = output.filter((text) => text.startsWith("error"));
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatch(line);
    expect(output.join("\n")).not.toMatch(/^\s+at /m);
  });

  it.each(["extProc", "admin"] as const)("the %s port in use: says so in one line and exits 1", async (which) => {
    const other = await startSluice();
    const taken = other[which];
    const file = config("taken.yaml", which === "extProc" ? listen(taken) : listen("127.0.0.1:0", taken));
    const { exitCode, output } = await run(["--config", file]);
    expect(exitCode).toBe(1);
    expect(output.filter((text) => text.startsWith("error"))).toEqual([`error[listen-in-use]: ${taken}: another process listens there`]);
    await other.stop();
  });

  it("a Unix socket in use: says so and leaves the other server alone", async () => {
    const other = await startSluice({ extProc: `unix:${folder}/used.sock` });
    const { exitCode, output } = await run(["--config", config("used.yaml", listen(other.extProc))]);
    expect(exitCode).toBe(1);
    expect(output.join("\n")).toContain("error[listen-in-use]");
    expect((await fetch(`${other.adminUrl}/readyz`)).status).toBe(200);
    await other.stop();
  });

  it("an option that does not exist: exit 2", async () => {
    expect((await run(["--confg", "x"])).exitCode).toBe(2);
  });
});

describe("a Unix socket", () => {
  it("serves Envoy, and is taken over from a process that was killed", async () => {
    const extProc = `unix:${folder}/sluice.sock`;
    const stack = await startStack({ sluice: { extProc } });
    expect(routed(await ask(stack.url, WEAK))).toEqual({ tier: "weak", servedBy: "weak", reason: "under-thresholds" });
    stack.sluice.child.signal("SIGKILL");
    await stack.sluice.child.exited;
    await startSluice({ extProc });
    await waitFor("requests are routed again", async () => (await ask(stack.url, WEAK)).tier === "weak");
    await stack.stop();
  });
});

describe("reloading under load", () => {
  const lines: string[] = [];
  let stack: TestStack;
  const reloads = (result: string) => metric(stack.sluice.adminUrl, "sluice_config_reloads_total", { result });
  const write = (yaml: string) =>
    writeFileSync(stack.sluice.configFile, `listen: { extProc: "${stack.sluice.extProc}", admin: "${stack.sluice.admin}" }\n${yaml}\n`);
  const keyword = (word: string) => `policies: { main: { type: threshold, keywords: [${word}] } }`;
  const tierOf = async (content: string) => (await ask(stack.url, chat(content))).tier;

  beforeAll(async () => {
    stack = await startStack({ sluice: { config: keyword("alpha"), onLine: (line) => lines.push(line) } });
  });

  it("a changed file, a bad file and SIGHUP: requests are decided by the last good configuration, and none fails", async () => {
    let running = true;
    const loading = load({ ...LOAD, url: stack.url, during: () => running });
    expect([await tierOf("alpha"), await tierOf("beta")]).toEqual(["strong", "weak"]);

    write(keyword("beta"));
    await waitFor("the new keyword counts", async () => (await tierOf("beta")) === "strong");
    expect(await tierOf("alpha")).toBe("weak");
    expect(await reloads("ok")).toBe(1);

    write("policies: { main: { type: threshold, keywordz: [gamma] } }");
    await waitFor("the bad file is noticed", async () => (await reloads("failed")) === 1);
    expect(await tierOf("beta")).toBe("strong");
    const said = await waitFor("the log says so", () => lines.find((line) => line.includes("configuration not reloaded")));
    expect(said).toContain("keywordz");

    stack.sluice.child.signal("SIGHUP");
    await waitFor("SIGHUP reads the bad file again", async () => (await reloads("failed")) === 2);
    expect(await tierOf("beta")).toBe("strong");

    write(keyword("delta"));
    await waitFor("the corrected file counts", async () => (await tierOf("delta")) === "strong");
    const before = await reloads("ok");
    stack.sluice.child.signal("SIGHUP");
    await waitFor("SIGHUP reads the good file again", async () => (await reloads("ok")) === before + 1);

    running = false;
    const { wrong, sent } = await loading;
    expect(Object.fromEntries(wrong)).toEqual({});
    expect(sent).toBeGreaterThan(100);
  });
});
