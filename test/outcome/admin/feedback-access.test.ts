// Who may ask the admin port over HTTP: what a browser sends on behalf of a foreign page is refused, and a configured token is asked for.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type OutgoingHttpHeaders, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { type AdminServer, startAdmin } from "../../../src/outcome/admin/server.ts";
import { writeToken } from "../../../src/outcome/admin/write-token.ts";
import type { LiveView } from "../../../src/outcome/live/view.ts";
import { createMetrics } from "../../../src/outcome/telemetry/metrics.ts";

const folder = mkdtempSync(join(tmpdir(), "sluice-token-"));
const FILE = join(folder, "token");
const running: AdminServer[] = [];
let taken = 0;
afterEach(async () => {
  taken = 0;
  await Promise.all(running.splice(0).map((server) => server.close()));
});
afterAll(() => rmSync(folder, { recursive: true }));

interface Given {
  readonly adminHosts?: readonly string[];
  readonly adminTokenFile?: string;
  readonly env?: Readonly<Record<string, string>>;
}

async function start({ adminHosts = [], adminTokenFile, env = {} }: Given = {}): Promise<string> {
  const server = await startAdmin({
    listen: { admin: "127.0.0.1:0", adminHosts, adminTokenFile },
    env,
    metrics: createMetrics(),
    ready: () => true,
    notReloaded: () => undefined,
    config: () => ({}),
    live: () => ({}) as LiveView,
    feedback() {
      taken++;
      return { kind: "taken", decision: { tier: "weak", policy: "main@v7", reason: "chars" } };
    },
  });
  running.push(server);
  return server.address;
}

interface Answer {
  readonly status: number | undefined;
  readonly type: string | undefined;
  readonly body: string;
  readonly challenge: string | undefined;
}

function send(address: string, path: string, headers: OutgoingHttpHeaders, body?: string): Promise<Answer> {
  const [host, port] = address.split(":");
  return new Promise((resolve, reject) => {
    const asked = request({ host, port, path, method: body === undefined ? "GET" : "POST", headers }, (response) => {
      const { "content-type": type, "www-authenticate": challenge } = response.headers;
      text(response).then((said) => resolve({ status: response.statusCode, type, body: said, challenge }), reject);
    });
    asked.on("error", reject);
    asked.end(body);
  });
}

const rate = (address: string, headers: OutgoingHttpHeaders) =>
  send(address, "/v1/feedback", { "content-type": "application/json", ...headers }, '{"request_id":"r1","rating":2}');

describe("a rating", () => {
  test.each([
    ["of a client that names no origin, as before", {}, 200],
    ["of such a client that asks by a service's name", { host: "sluice.sluice.svc:9003" }, 200],
    ["of a foreign page", { origin: "https://attacker.example" }, 403],
    ["of a page without an origin", { origin: "null" }, 403],
    ["of a page whose name resolves to here", { origin: "http://attacker.example:9003", host: "attacker.example:9003" }, 403],
  ])("%s", async (_what, headers, status) => {
    const answer = await rate(await start(), headers);
    expect([answer.status, answer.type, taken]).toEqual([status, "application/json; charset=utf-8", status === 200 ? 1 : 0]);
    if (status !== 200) expect(JSON.parse(answer.body)).toMatchObject({ error: { message: expect.stringContaining("another origin") } });
  });

  test("of the port's own page is taken", async () => {
    const address = await start();
    expect(await rate(address, { origin: `http://${address}` })).toMatchObject({ status: 200 });
  });

  test("by the wrong method is told so as JSON", async () => {
    const answer = await send(await start(), "/v1/feedback", {});
    expect([answer.status, JSON.parse(answer.body)]).toEqual([405, { error: { message: "GET: not allowed on /v1/feedback; use POST" } }]);
  });
});

describe("the page and what it shows", () => {
  test.each([
    ["/", "attacker.example:9003", 403],
    ["/live", "attacker.example:9003", 403],
    ["/config", "attacker.example:9003", 403],
    ["/live", "localhost:9003", 200],
    ["/live", "ops.example.com", 200],
    ["/healthz", "attacker.example:9003", 200],
    ["/readyz", "sluice.sluice.svc:9003", 200],
    ["/metrics", "sluice.sluice.svc:9003", 200],
  ])("%s asked of %s: %i", async (path, host, status) => {
    const answer = await send(await start({ adminHosts: ["ops.example.com"] }), path, { host });
    expect(answer.status).toBe(status);
    if (status === 403)
      expect(answer.body).toBe(`${host}: not a name of this port; use its address, or add the name to listen.adminHosts\n`);
  });
});

describe("a token", () => {
  test("from a file is asked for, never shown, and may be changed while running", async () => {
    writeFileSync(FILE, "first-secret\n");
    const address = await start({ adminTokenFile: FILE, env: { SLUICE_ADMIN_TOKEN: "from-the-environment" } });
    const answers = [
      await rate(address, {}),
      await rate(address, { authorization: "Bearer from-the-environment" }),
      await rate(address, { authorization: "Basic first-secret" }),
      await rate(address, { authorization: "Bearer first-secret" }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([401, 401, 401, 200]);
    expect(answers[0]?.challenge).toBe("Bearer");
    expect(answers.map(({ body }) => body).join("")).not.toMatch(/secret|environment/);
    writeFileSync(FILE, "second-secret");
    expect((await rate(address, { authorization: "Bearer first-secret" })).status).toBe(401);
    expect((await rate(address, { authorization: "bearer second-secret" })).status).toBe(200);
    rmSync(FILE);
    expect((await rate(address, { authorization: "Bearer second-secret" })).status).toBe(503);
    expect(taken).toBe(2);
  });

  test("from the environment is asked for, of writes alone", async () => {
    const address = await start({ env: { SLUICE_ADMIN_TOKEN: "s3" } });
    expect((await rate(address, {})).status).toBe(401);
    expect((await rate(address, { authorization: "Bearer s3" })).status).toBe(200);
    expect((await send(address, "/live", {})).status).toBe(200);
  });

  test("is not asked for where none is given", async () => {
    expect(await writeToken(undefined, {})).toBeUndefined();
  });

  test.each([
    ["a file that is not there", join(folder, "none"), {}, "none: cannot be read"],
    ["an empty file", join(folder, "empty"), {}, "empty: is empty"],
    ["a variable without a value", undefined, { SLUICE_ADMIN_TOKEN: " " }, "SLUICE_ADMIN_TOKEN: is empty"],
    ["a variable with two words", undefined, { SLUICE_ADMIN_TOKEN: "my secret" }, "SLUICE_ADMIN_TOKEN: holds no token"],
  ])("in %s stops the start, and the message has no secret in it", async (_what, file, env, message) => {
    writeFileSync(join(folder, "empty"), "");
    const error = await writeToken(file, env).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "admin-token-unusable", message: expect.stringContaining(message) });
    expect(String(error)).not.toContain("my secret");
  });
});
