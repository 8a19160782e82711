// A whole sluice with TLS: what it says at the start, what its admin port answers, and what a reload can and cannot do.
import { readFileSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type App, startApp } from "../../src/app.ts";
import { loadWithFile } from "../../src/config/load.ts";
import { createLogger } from "../../src/outcome/telemetry/log.ts";
import { accessLogClient } from "../support/access-log-client.ts";
import { type CertificateFolder, certificateFolder, newCa } from "../support/certificates.ts";
import { waitFor } from "../support/wait-for.ts";

const DAY_MS = 86_400_000;
const ca = newCa();
let files: CertificateFolder;
let app: App | undefined;
let log: { readonly msg: string; readonly [field: string]: unknown }[];
beforeEach(() => {
  files = certificateFolder(ca.issue({ name: "sluice" }), ca.cert);
  log = [];
});
afterEach(async () => {
  await app?.close();
  app = undefined;
  files.remove();
});

const said = (msg: string) => log.filter((line) => line.msg.startsWith(msg));

async function start(listen: string): Promise<App> {
  const path = join(files.folder, "sluice.yaml");
  writeFileSync(path, `listen: { extProc: '127.0.0.1:0', admin: '127.0.0.1:0', ${listen} }\nshutdown: { graceMs: 500 }\n`);
  const { config, source } = await loadWithFile(path);
  const destination = { write: (line: string) => void log.push(JSON.parse(line)) };
  app = await startApp({ config, source, log: createLogger({ level: "info", destination }) });
  return app;
}

const pair = () => `certFile: ${files.certFile}, keyFile: ${files.keyFile}`;
const both = () => `tls: { ${pair()}, clientCaFile: ${files.clientCaFile} }, adminTls: { ${pair()} }`;

function get(address: string, path: string, trusted = ca.cert): Promise<string> {
  return new Promise((resolve, reject) => {
    const asked = request(
      `https://${address}${path}`,
      { ca: trusted, agent: false },
      (response) => void text(response).then(resolve, reject),
    );
    asked.on("error", reject).end();
  });
}

async function metric(address: string, name: string): Promise<number> {
  const line = (await get(address, "/metrics")).split("\n").find((each) => each.startsWith(`${name} `));
  return Number(line?.slice(name.length));
}

test("both ports speak TLS and nothing else, and when the certificates expire is among the metrics", async () => {
  const { adminAddress } = await start(both());
  expect(await get(adminAddress, "/readyz")).toBe("ready\n");
  await expect(fetch(`http://${adminAddress}/readyz`)).rejects.toThrow();
  for (const listener of ["ext_proc", "admin"]) {
    const expiry = await metric(adminAddress, `sluice_certificate_expiry_timestamp_seconds{listener="${listener}"}`);
    expect(Math.abs(expiry * 1000 - Date.now() - DAY_MS)).toBeLessThan(60_000);
  }
  expect(await metric(adminAddress, 'sluice_tls_handshake_failures_total{listener="admin",reason="plain-text"}')).toBe(1);
  expect(said("the certificate expires soon")).toHaveLength(2);
});

test("an access log in plain text is not taken where TLS is asked for", async () => {
  const { extProcAddress, adminAddress } = await start(both());
  const client = accessLogClient(extProcAddress);
  const sent = client.send(["one"]).catch(() => {});
  const count = () => metric(adminAddress, 'sluice_tls_handshake_failures_total{listener="ext_proc",reason="plain-text"}');
  await waitFor("it is counted", async () => (await count()) > 0);
  expect(await metric(adminAddress, "sluice_access_log_entries_total")).toBe(0);
  client.close();
  await Promise.race([sent, waitFor("it is told", () => said("TLS handshakes on the ext_proc port fail").length > 0)]);
});

test.each([
  ["listen.tls", "tls"],
  ["listen.adminTls", "adminTls"],
])("without a certificate that will do for %s it does not start", async (where, key) => {
  writeFileSync(files.keyFile, "");
  const started = start(`${key}: { ${pair()} }`);
  await expect(started).rejects.toMatchObject({ code: "tls-file-invalid", message: expect.stringContaining(`${where}.keyFile`) });
  expect(said("serving")).toEqual([]);
});

test("asked to reload, it takes a renewed certificate, and refuses one that will not do", async () => {
  const { adminAddress, reload } = await start(both());
  const other = newCa("Other CA");
  const renewed = other.issue({ name: "sluice" });
  writeFileSync(files.keyFile, renewed.key);
  writeFileSync(files.certFile, renewed.cert);
  await reload();
  expect(await get(adminAddress, "/readyz", other.cert)).toBe("ready\n");
  await expect(get(adminAddress, "/readyz")).rejects.toThrow();
  expect(said("certificate reloaded")).toHaveLength(2);
  writeFileSync(files.certFile, readFileSync(files.certFile, "utf8").slice(0, 300));
  await reload();
  expect(said("certificate not reloaded")).toMatchObject([{ code: "tls-file-invalid" }, { code: "tls-file-invalid" }]);
  expect(await get(adminAddress, "/readyz", other.cert)).toBe("ready\n");
});

test("a reload of the configuration turns TLS neither off nor on, and says so", async () => {
  const { adminAddress } = await start(both());
  const path = join(files.folder, "sluice.yaml");
  writeFileSync(path, "listen: { extProc: '127.0.0.1:0', admin: '127.0.0.1:0' }\nshutdown: { graceMs: 500 }\n");
  await waitFor("it is reloaded", () => said("configuration reloaded").length > 0, 15_000);
  expect(said("takes effect at the next start only").map(({ key }) => key)).toEqual(["listen.tls", "listen.adminTls"]);
  expect(await get(adminAddress, "/readyz")).toBe("ready\n");
  await expect(fetch(`http://${adminAddress}/readyz`)).rejects.toThrow();
});
