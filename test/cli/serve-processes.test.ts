// `sluice serve --processes` without Envoy: how it is told wrong, what it says at its start, and that none of its processes is left behind.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text as textOf } from "node:stream/consumers";
import { connect } from "node:tls";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { type CertificateFolder, certificateFolder, newCa } from "../support/certificates.ts";
import { freePort } from "../support/free-port.ts";
import { waitFor } from "../support/wait-for.ts";

const MAIN = fileURLToPath(new URL("../../src/main.ts", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "sluice-serve-processes-"));
const CONFIG = join(folder, "sluice.yaml");
const SOCKET = `unix:${join(folder, "s")}`;
const started: ChildProcess[] = [];
afterEach(() => {
  for (const child of started.splice(0)) child.kill("SIGKILL"); // those that it supervises end by themselves
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function start(listen: string) {
  writeFileSync(CONFIG, `listen: ${listen}\n`);
  const child = spawn(process.execPath, [MAIN, "serve", "--config", CONFIG, "--processes", "2", "--log-format", "json"]);
  started.push(child);
  let text = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (part: string) => (text += part));
  const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
  return { child, ended, text: () => text };
}

const childrenOf = (pid = 0) => readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").map(Number);

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe("serve --processes", () => {
  test.each(["0", "65", "two", "1.5"])("refuses %s as wrong usage", (count) => {
    const { status, stderr } = spawnSync(process.execPath, [MAIN, "serve", "--processes", count], { encoding: "utf8" });
    expect(status).toBe(2);
    expect(stderr).toContain("1 to 64");
  });

  test("says where each listens, and that a process that cannot listen keeps all from serving", async () => {
    const taken = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => taken.once("listening", resolve));
    const { port } = taken.address() as { port: number };
    try {
      const { ended, text } = start(`{ extProc: "127.0.0.1:${port - 1}", admin: "127.0.0.1:0" }`);
      expect(await ended).not.toBe(0);
      expect(text()).toContain(`error[listen-in-use]: 127.0.0.1:${port}: another process listens there`);
      expect(text()).not.toContain("    at ");
    } finally {
      taken.close();
    }
  }, 60_000);

  test("ends all of them when it is gone itself, without a word", async () => {
    const { child, ended, text } = start(`{ extProc: "${SOCKET}", admin: "127.0.0.1:0" }`);
    await waitFor("it serves", () => text().includes('"serving"'), 30_000);
    expect(text()).toContain(`"extProc":"${SOCKET}.0, ${SOCKET}.1"`);
    const children = childrenOf(child.pid);
    expect(children.map(isThere)).toEqual([true, true]);
    child.kill("SIGKILL");
    await ended;
    await waitFor("none is left", () => !children.some(isThere), 30_000);
  }, 60_000);
});

describe("serve --processes with TLS", () => {
  const ca = newCa();
  const files: CertificateFolder = certificateFolder(ca.issue({ name: "sluice" }), ca.cert);
  afterAll(() => files.remove());
  const pair = `{ certFile: ${files.certFile}, keyFile: ${files.keyFile} }`;
  const missing = `{ certFile: ${files.certFile}.gone, keyFile: ${files.keyFile} }`;

  function get(address: string, path: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const asked = request(`https://${address}${path}`, { ca: ca.cert, agent: false }, (response) => {
        textOf(response).then(resolve, reject);
      });
      asked.on("error", reject).end();
    });
  }

  /** The certificate that a process shows. */
  function serialAt(port: number): Promise<string> {
    return new Promise((resolve, reject) => {
      const socket = connect({ host: "127.0.0.1", port, ca: ca.cert, ALPNProtocols: ["h2", "http/1.1"] }, () => {
        resolve(socket.getPeerCertificate().serialNumber);
        socket.destroy();
      });
      socket.on("error", reject);
    });
  }

  test("every process and the one admin port speak it, and take a renewed certificate", async () => {
    const port = await freePort();
    const listen = `{ extProc: "127.0.0.1:0", admin: "127.0.0.1:${port}", tls: ${pair}, adminTls: ${pair} }`;
    const { child, ended, text } = start(listen);
    await waitFor("it serves", () => text().includes('"serving"'), 30_000);
    const admin = `127.0.0.1:${port}`;
    const ports = [...(/"extProc":"([^"]+)"/.exec(text())?.[1] ?? "").matchAll(/:(\d+)/g)].map(([, each]) => Number(each));
    const sample = async (key: string) => {
      const line = (await get(admin, "/metrics")).split("\n").find((each) => each.startsWith(`${key} `));
      return Number(line?.slice(key.length));
    };
    expect(await get(admin, "/readyz")).toBe("ready\n");
    expect(JSON.parse(await get(admin, "/config"))).toMatchObject({ listen: { adminTls: { certFile: files.certFile } } });
    await expect(fetch(`http://${admin}/readyz`)).rejects.toThrow();
    expect(await sample('sluice_tls_handshake_failures_total{listener="admin",reason="plain-text"}')).toBe(1);
    const before = new Set(await Promise.all([...ports.map(serialAt), serialAt(port)]));
    expect([ports.length, before.size]).toEqual([2, 1]);

    const renewed = ca.issue({ name: "sluice", until: new Date(Date.now() + 60 * 86_400_000) });
    writeFileSync(files.certFile, renewed.cert);
    writeFileSync(files.keyFile, renewed.key);
    child.kill("SIGHUP");
    const reloads = (listener: string) => sample(`sluice_certificate_reloads_total{listener="${listener}",result="ok"}`);
    await waitFor("all have it", async () => (await reloads("ext_proc")) === 2 && (await reloads("admin")) === 1, 30_000);
    const after = new Set(await Promise.all([...ports.map(serialAt), serialAt(port)]));
    expect(after.size).toBe(1);
    expect(after).not.toEqual(before);
    for (const listener of ["ext_proc", "admin"]) {
      const expiry = await sample(`sluice_certificate_expiry_timestamp_seconds{listener="${listener}"}`);
      expect(expiry * 1000).toBeGreaterThan(Date.now() + 59 * 86_400_000);
    }
    child.kill("SIGTERM");
    expect(await ended).toBe(0);
  }, 90_000);

  test.each([
    ["of the processes", "tls", `tls: ${missing}`],
    ["of the admin port", "adminTls", `adminTls: ${missing}`],
  ])(
    "without the certificate %s none serves, and says which file",
    async (_what, key, listen) => {
      const { ended, text } = start(`{ extProc: "127.0.0.1:0", admin: "127.0.0.1:0", ${listen} }`);
      expect(await ended).not.toBe(0);
      expect(text()).toContain("error[tls-file-unreadable]");
      expect(text()).toContain(`listen.${key}`);
      expect(text()).toContain(`${files.certFile}.gone`);
      expect(text()).not.toContain('"serving"');
      expect(text()).not.toContain("    at ");
    },
    60_000,
  );
});
