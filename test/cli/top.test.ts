// `sluice top` as a user runs it, and the terminal it draws on.
import { spawn } from "node:child_process";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { enterScreen } from "../../src/cli/terminal.ts";
import { parseConfig } from "../../src/config/load.ts";
import { type AdminServer, startAdmin } from "../../src/outcome/admin/server.ts";
import { createMetrics } from "../../src/outcome/telemetry/metrics.ts";
import type { TlsIdentity } from "../../src/tls.ts";
import { sampleView } from "../outcome/live/sample.ts";
import { certificateFolder, identityOf, newCa } from "../support/certificates.ts";
import { freePort } from "../support/free-port.ts";

const MAIN = fileURLToPath(new URL("../../src/main.ts", import.meta.url));
const running: AdminServer[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.close()));
});

async function startSample(identity?: TlsIdentity): Promise<string> {
  const config = parseConfig("", "test");
  const view = sampleView(100);
  const server = await startAdmin({
    listen: { admin: "127.0.0.1:0", adminHosts: [] },
    tls: identity && { identity, onChanged() {}, onHandshakeFailed() {} },
    env: {},
    metrics: createMetrics(),
    ready: () => true,
    notReloaded: () => undefined,
    config: () => config,
    live: () => view,
    feedback: () => ({ kind: "unknown" }),
  });
  running.push(server);
  return server.address;
}

async function top(...options: string[]) {
  return topWith({}, ...options);
}

async function topWith(env: NodeJS.ProcessEnv, ...options: string[]) {
  const child = spawn(process.execPath, [MAIN, "top", ...options], { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, ...env } });
  const [stdout, stderr, code] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise((resolve) => child.on("close", (exitCode) => resolve(exitCode))),
  ]);
  return { stdout, stderr, code };
}

describe("sluice top", () => {
  test.each([
    ["--once", (address: string) => ["--once", "--admin", `http://${address}`]],
    ["no terminal, and no http:// in front", (address: string) => ["--admin", address]],
  ])("prints one frame without colours: %s", async (_, options) => {
    const { stdout, stderr, code } = await top(...options(await startSample()));
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(/^sluice {2}ready {2}main@v7/);
    expect(stdout).toContain("last misroute signals\n");
    expect(stdout).not.toContain("\x1b");
  });

  test("prints JSON when asked to", async () => {
    const { stdout } = await top("--json", "--admin", await startSample());
    expect(JSON.parse(stdout)).toMatchObject({ policy: "main@v7", ready: true, windows: [{ minutes: 1 }, { minutes: 15 }] });
  });

  test("says so when nothing answers", async () => {
    const { stderr, code } = await top("--admin", `127.0.0.1:${await freePort()}`);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^error\[admin-unreachable\].*\n {2}cause: nothing listens there\n {2}hint: /);
  });

  test.each([
    ["something else answers", 404, "no such page", "is it sluice?"],
    ["it is refused, and why", 403, "a.b:9003: not a name of this port\n", "a.b:9003: not a name of this port\n"],
  ])("says so when %s", async (_what, status, body, why) => {
    const server = createServer((_, response) => response.writeHead(status).end(body));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const { stderr } = await top("--admin", `http://127.0.0.1:${port}`);
    expect(stderr).toContain(`cause: it answered /live with status ${status}: ${why}`);
    server.close();
  });

  test("says so when the address is none", async () => {
    expect((await top("--admin", "http://x y")).stderr).toContain("cause: Invalid URL");
  });
});

describe("an admin port with TLS", () => {
  const ca = newCa();
  const server = ca.issue({ name: "sluice" });
  const client = certificateFolder(ca.issue({ name: "operator", usage: "client" }), ca.cert);
  afterAll(client.remove);
  const errorOf = (stderr: string) => /^error\[([\w-]+)\]/.exec(stderr)?.[1];

  test.each<[string, NodeJS.ProcessEnv, string[]]>([
    ["--ca", {}, ["--ca", client.clientCaFile]],
    ["NODE_EXTRA_CA_CERTS", { NODE_EXTRA_CA_CERTS: client.clientCaFile }, []],
  ])("is trusted by %s", async (_, env, options) => {
    const { stdout, stderr } = await topWith(env, "--admin", `https://${await startSample(identityOf(server))}`, ...options);
    expect(stderr).toBe("");
    expect(stdout).toMatch(/^sluice {2}ready/);
  });

  test("is asked with a certificate, where it wants one", async () => {
    const admin = `https://${await startSample(identityOf(server, ca.cert))}`;
    const { certFile, keyFile, clientCaFile } = client;
    const { stdout } = await top("--admin", admin, "--ca", clientCaFile, "--cert", certFile, "--key", keyFile);
    expect(stdout).toMatch(/^sluice {2}ready/);
    const without = await top("--admin", admin, "--ca", clientCaFile);
    expect(errorOf(without.stderr)).toBe("admin-unreachable");
    expect(without.stderr).toContain("cause: it asks for a certificate\n  hint: Give --cert FILE");
  });

  test.each<[string, string, string, string, string[]]>([
    ["is not trusted without its CA", "https", "admin-not-trusted", "Give its CA with --ca FILE", []],
    ["does not answer plain text", "http", "admin-unreachable", "write https:// in front", []],
    ["wants both halves of a certificate", "https", "admin-tls-files", "--cert and --key go together", ["--cert", client.certFile]],
    ["wants files that can be read", "https", "admin-tls-files", "--ca /nowhere: cannot be read", ["--ca", "/nowhere"]],
  ])("%s", async (_, scheme, code, text, options) => {
    const { stderr } = await top("--admin", `${scheme}://${await startSample(identityOf(server))}`, ...options);
    expect(errorOf(stderr)).toBe(code);
    expect(stderr).toContain(text);
  });

  test("is told from one in plain text", async () => {
    const { stderr } = await top("--admin", `https://${await startSample()}`);
    expect(stderr).toContain("cause: it does not speak TLS\n  hint: Write http://");
  });
});

test("a screen is entered, drawn over without a flicker, and left as it was", () => {
  const written: string[] = [];
  const screen = enterScreen((each) => written.push(each));
  screen.draw([
    [
      { text: "a", style: "bold" },
      { text: "b", style: "plain" },
    ],
    [],
  ]);
  screen.leave();
  expect(written).toEqual(["\x1b[?1049h\x1b[?25l", "\x1b[H\x1b[1ma\x1b[0mb\x1b[K\r\n\x1b[K\x1b[J", "\x1b[?25h\x1b[?1049l"]);
});
