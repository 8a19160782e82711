// More connections than a process may have files open: those it has are served, the others are refused, counted and told of within ten
// seconds; and so is whatever else eats the descriptors.
import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { afterEach, describe, expect, test } from "vitest";
import { TRANSPORTS } from "../../src/config/capabilities/listen.ts";
import { accessLogClient } from "../support/access-log-client.ts";
import { certificateFolder, newCa } from "../support/certificates.ts";
import { metric } from "../support/metrics.ts";
import { startSluice } from "../support/sluice.ts";
import { waitFor } from "../support/wait-for.ts";

const SAID_EVERY_MS = 10_000;
const sockets: Socket[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
});

function addressOf(address: string) {
  const [host = "", port] = address.split(":");
  return { host, port: Number(port) };
}

function connectMany(address: string, count: number): void {
  for (let i = 0; i < count; i++) sockets.push(connect(addressOf(address)).on("error", () => {}));
}

async function start(transport: (typeof TRANSPORTS)[number] = "http2") {
  const log: string[] = [];
  const sluice = await startSluice({ transport, openFiles: 200, config: "shutdown: { graceMs: 500 }", onLine: (line) => log.push(line) });
  const said = (text: string) => log.filter((line) => line.includes(text));
  return { sluice, said };
}

describe("a process that may have 200 files open", () => {
  test.each(TRANSPORTS)(
    "is asked for 400 connections over %s: it refuses some, counts and tells that, and serves the others",
    async (transport) => {
      const { sluice, said } = await start(transport);
      const client = accessLogClient(sluice.extProc);
      await client.send(["before"]);
      const startedAt = performance.now();
      connectMany(sluice.extProc, 400);
      const refused = () => metric(sluice.adminUrl, "sluice_connections_refused_total");
      await waitFor("connections are refused", async () => (await refused()) > 200);
      await waitFor("that is said", () => said("connections are refused").length > 0);
      expect(said("ulimit -n")).not.toEqual([]);
      await client.send(["after"]);
      await waitFor("it serves", async () => (await metric(sluice.adminUrl, "sluice_access_log_entries_total")) === 2);
      expect(await metric(sluice.adminUrl, "sluice_descriptors_exhausted_total")).toBe(0);
      expect(said("connections are refused").length).toBeLessThanOrEqual(1 + (performance.now() - startedAt) / SAID_EVERY_MS);
      client.close();
    },
  );

  test("counts connections that never finish their TLS handshake, too; it serves again when they are closed", async () => {
    const ca = newCa();
    const { certFile, keyFile, clientCaFile, remove } = certificateFolder(ca.issue({ name: "sluice" }), ca.cert);
    const log: string[] = [];
    const sluice = await startSluice({
      openFiles: 200,
      listen: `tls: { certFile: "${certFile}", keyFile: "${keyFile}", clientCaFile: "${clientCaFile}" }`,
      config: "shutdown: { graceMs: 500 }",
      onLine: (line) => log.push(line),
    });
    connectMany(sluice.extProc, 400);
    await waitFor("connections are refused", async () => (await metric(sluice.adminUrl, "sluice_connections_refused_total")) > 200);
    expect(await metric(sluice.adminUrl, "sluice_descriptors_exhausted_total")).toBe(0);
    const timeouts = () => metric(sluice.adminUrl, "sluice_tls_handshake_failures_total", { reason: "timeout" });
    await waitFor("those in handshake are closed", async () => (await timeouts()) > 50, 20_000);
    const client = connectTls({
      ...addressOf(sluice.extProc),
      ca: ca.cert,
      ALPNProtocols: ["h2"],
      ...ca.issue({ name: "e", usage: "client" }),
    });
    await new Promise((resolve, reject) => void client.once("data", resolve).once("error", reject));
    client.destroy();
    remove();
  }, 40_000);

  test("has all of them taken by its admin port: that is counted and told, and it serves again when they are free", async () => {
    const { sluice, said } = await start();
    connectMany(sluice.admin, 400);
    await waitFor("that is said", () => said("no file descriptor is left").length > 0);
    for (const socket of sockets.splice(0)) socket.destroy();
    await waitFor("that is counted", async () => (await metric(sluice.adminUrl, "sluice_descriptors_exhausted_total")) > 0);
  });
});
