import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import type { Config } from "../../../src/config/config.ts";
import { parseConfig } from "../../../src/config/load.ts";
import { reloadFailure } from "../../../src/outcome/admin/reload-failure.ts";
import { type AdminServer, startAdmin } from "../../../src/outcome/admin/server.ts";
import type { LiveReloadFailure, LiveView } from "../../../src/outcome/live/view.ts";
import type { Feedback } from "../../../src/outcome/signals/feedback.ts";
import type { FeedbackResult } from "../../../src/outcome/signals/signals.ts";
import { createMetrics } from "../../../src/outcome/telemetry/metrics.ts";

const folder = mkdtempSync(join(tmpdir(), "sluice-admin-"));
const running: AdminServer[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.close()));
});
afterAll(() => rmSync(folder, { recursive: true }));

const state: { ready: true | string; notReloaded?: LiveReloadFailure | undefined; config: Config } = {
  ready: true,
  config: parseConfig("", "test.yaml"),
};
const metrics = createMetrics();
const live = (): LiveView => {
  throw new Error("no live figures here");
};
const decision = { tier: "weak", policy: "main@v7", reason: "under-thresholds" };
const rated: Feedback[] = [];
const feedback = (each: Feedback): FeedbackResult => {
  if (each.requestId === "unknown") return { kind: "unknown" };
  if (each.requestId === "rated") return { kind: "rated", rating: 4 };
  rated.push(each);
  return { kind: "taken", decision };
};

async function start(listen = "127.0.0.1:0"): Promise<AdminServer> {
  const { ready, notReloaded } = { ready: () => state.ready, notReloaded: () => state.notReloaded };
  const server = await startAdmin({
    listen: { admin: listen, adminHosts: [] },
    env: {},
    metrics,
    ready,
    notReloaded,
    config: () => state.config,
    live,
    feedback,
  });
  running.push(server);
  return server;
}

async function get(path: string, init: RequestInit = {}): Promise<Response> {
  return fetch(`http://${(await start()).address}${path}`, init);
}

describe("the admin port", () => {
  test("/healthz says 200", async () => {
    const response = await get("/healthz?x=1");
    expect([response.status, await response.text()]).toEqual([200, "ok\n"]);
  });

  test("/readyz says 200 when ready, else 503 and why", async () => {
    expect((await get("/readyz")).status).toBe(200);
    state.ready = "shutting down";
    const response = await get("/readyz");
    expect([response.status, await response.text()]).toEqual([503, "not ready: shutting down\n"]);
    state.ready = true;
  });

  test("/readyz stays 200 when a changed configuration could not be taken, and says so", async () => {
    state.notReloaded = reloadFailure(new Error("bad"), new Date("2026-11-29T07:12:03.456Z"));
    const response = await get("/readyz");
    expect([response.status, await response.text()]).toEqual([200, "ready; configuration of 07:12:03 not reloaded: bad\n"]);
    state.notReloaded = undefined;
  });

  test("/metrics answers in Prometheus' format, and in OpenMetrics to those who accept it", async () => {
    const plain = await get("/metrics");
    expect(plain.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
    expect(await plain.text()).toContain("# TYPE sluice_streams_in_flight gauge\n");
    const open = await get("/metrics", { headers: { accept: "application/openmetrics-text;version=1.0.0,text/plain;q=0.5" } });
    expect(open.headers.get("content-type")).toBe("application/openmetrics-text; version=1.0.0; charset=utf-8");
    expect(await open.text()).toMatch(/# EOF\n$/);
  });

  test("/config shows the configuration in force, also after a reload", async () => {
    expect(await (await get("/config")).json()).toMatchObject({ active: "main", policies: { main: { id: "main@v7" } } });
    state.config = parseConfig("defaultTier: weak", "test.yaml");
    expect(await (await get("/config")).json()).toMatchObject({ defaultTier: "weak" });
  });

  test("another path says 404 and which there are", async () => {
    const response = await get("/metric");
    expect([response.status, await response.text()]).toEqual([
      404,
      "/metric: not found; there are /, /healthz, /readyz, /metrics, /live, /v1/feedback, /v1/rollout, /v1/history, /config\n",
    ]);
    expect((await get("/constructor")).status).toBe(404);
  });

  test("another method says 405 and which are allowed", async () => {
    const response = await get("/config", { method: "POST", body: "x".repeat(100_000) });
    expect([response.status, response.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
  });

  test("HEAD gives the headers of GET without a body", async () => {
    const response = await get("/healthz", { method: "HEAD" });
    expect([response.status, response.headers.get("content-length"), await response.text()]).toEqual([200, "3", ""]);
  });
});

describe("/v1/feedback", () => {
  const post = async (body: string, headers: Record<string, string> = { "content-type": "application/json" }) => {
    const response = await get("/v1/feedback", { method: "POST", body, headers });
    return { status: response.status, reply: (await response.json()) as object };
  };

  test("takes a rating, with a comment or without, and says what was decided", async () => {
    const expected = { status: 200, reply: { request_id: "r1", rating: 2, ...decision } };
    expect(await post('{"request_id":"r1","rating":2}')).toEqual(expected);
    expect(await post('{"request_id":"r1","rating":2,"comment":"short, and wrong"}')).toEqual(expected);
    expect(rated.splice(0)).toEqual([
      { requestId: "r1", rating: 2 },
      { requestId: "r1", rating: 2 },
    ]);
  });

  test.each([
    [400, "", "the body is not JSON: Unexpected end of JSON input"],
    [400, "[1]", "the body must be a JSON object"],
    [400, "{}", "request_id must be the request's x-request-id, a string"],
    [400, '{"request_id":"r1"}', "rating must be a whole number from 1 to 5"],
    [400, '{"request_id":"r1","rating":6}', "rating must be a whole number from 1 to 5, not 6"],
    [400, '{"request_id":"r1","rating":"5"}', 'rating must be a whole number from 1 to 5, not "5"'],
    [400, '{"request_id":"r1","rating":5,"comment":7}', "comment must be a string of at most 2000 characters"],
    [404, '{"request_id":"unknown","rating":5}', "request unknown was not decided by this process, or too many decisions ago"],
    [409, '{"request_id":"rated","rating":5}', "request rated was rated 4 before, which stays"],
    [413, JSON.stringify({ request_id: "r1", comment: "x".repeat(1 << 20) }), "the body must be at most 65536 bytes"],
  ])("%i %.60s", async (status, body, message) => {
    expect(await post(body)).toEqual({ status, reply: { error: { message } } });
    expect(rated).toEqual([]);
  });

  test("is not taken as a form or plain text, which a page elsewhere could send unasked", async () => {
    const reply = { error: { message: "content-type must be application/json" } };
    expect(await post('{"request_id":"r1","rating":2}', { "content-type": "text/plain" })).toEqual({ status: 415, reply });
  });

  test("cannot be read", async () => {
    const response = await get("/v1/feedback");
    expect([response.status, response.headers.get("allow")]).toEqual([405, "POST"]);
  });
});

describe("listening", () => {
  test("on a Unix socket works, and closing leaves nothing behind", async () => {
    const path = join(folder, "admin.sock");
    const server = await start(`unix:${path}`);
    expect(server.address).toBe(`unix:${path}`);
    const body = await new Promise<string>((resolve, reject) => {
      request({ socketPath: path, path: "/healthz" }, (response) => resolve(text(response)))
        .on("error", reject)
        .end();
    });
    expect(body).toBe("ok\n");
    await server.close();
    expect(existsSync(path)).toBe(false);
  });

  test("on an address in use is refused with the address, TCP and Unix alike", async () => {
    const tcp = (await start()).address;
    await expect(start(tcp)).rejects.toMatchObject({
      code: "listen-in-use",
      exitCode: 1,
      message: `${tcp}: another process listens there`,
    });
    const unix = (await start(`unix:${join(folder, "twice.sock")}`)).address;
    await expect(start(unix)).rejects.toMatchObject({ code: "listen-in-use" });
  });

  test("in a directory that is not there, or below a file, is listen-bad-path", async () => {
    await expect(start(`unix:${join(folder, "none/a.sock")}`)).rejects.toMatchObject({ code: "listen-bad-path" });
    writeFileSync(join(folder, "file"), "");
    await expect(start(`unix:${join(folder, "file/a.sock")}`)).rejects.toMatchObject({ code: "listen-bad-path" });
  });

  test("on a host that is not this machine's is listen-no-address", async () => {
    await expect(start("192.0.2.1:0")).rejects.toMatchObject({ code: "listen-no-address" });
  });
});
