// Mutual TLS between a real Envoy and sluice: requests are routed and joined, one whose certificate will not do is let pass unrouted and
// counted, and certificates are renewed under load without a request lost.
import { renameSync, writeFileSync } from "node:fs";
import { afterAll, describe, expect, it } from "vitest";
import { TRANSPORTS } from "../../src/config/capabilities/listen.ts";
import { type CertificateFolder, certificateFolder, newCa, type Pair } from "../support/certificates.ts";
import { OLDEST_ENVOY } from "../support/envoy.ts";
import { load } from "../support/load.ts";
import { metric } from "../support/metrics.ts";
import { withSluiceTls } from "../support/optional-lines.ts";
import { ask, chat, routed } from "../support/requests.ts";
import type { TestSluice, TestSluiceOptions } from "../support/sluice.ts";
import { startStack } from "../support/stack.ts";
import { waitFor } from "../support/wait-for.ts";

const WEAK = chat("hello", { model: "glm-5" });
const ca = newCa();
const folders: CertificateFolder[] = [];
afterAll(() => {
  for (const { remove } of folders) remove();
});

function folderOf(pair: Pair, caText = ca.cert): CertificateFolder {
  const folder = certificateFolder(pair, caText);
  folders.push(folder);
  return folder;
}

const listen = (files: CertificateFolder) =>
  `tls: { certFile: "${files.certFile}", keyFile: "${files.keyFile}", clientCaFile: "${files.clientCaFile}" }`;
const serverFiles = () => folderOf(ca.issue({ name: "sluice" }));
const clientFiles = () => folderOf(ca.issue({ name: "envoy", usage: "client" }));

interface Wiring {
  readonly server?: CertificateFolder;
  readonly client?: CertificateFolder;
  readonly version?: string | undefined;
  readonly sluice?: TestSluiceOptions;
  readonly edit?: (yaml: string) => string;
}

async function start({ server = serverFiles(), client = clientFiles(), version, sluice, edit = (yaml) => yaml }: Wiring = {}) {
  const stack = await startStack({
    sluice: { ...sluice, listen: listen(server) },
    envoy: { ...(version === undefined ? {} : { version }), edit: (yaml) => edit(withSluiceTls(yaml, client.folder)) },
  });
  return { stack, server };
}

const joined = ({ adminUrl }: TestSluice) => metric(adminUrl, "sluice_outcomes_total", { kind: "joined" });
const failures = ({ adminUrl }: TestSluice, reason: string) => metric(adminUrl, "sluice_tls_handshake_failures_total", { reason });

/** As kubelet and careful programs do. */
function renew({ certFile, keyFile }: CertificateFolder, { cert, key }: Pair): void {
  writeFileSync(`${certFile}.new`, cert);
  writeFileSync(`${keyFile}.new`, key);
  renameSync(`${certFile}.new`, certFile);
  renameSync(`${keyFile}.new`, keyFile);
}

describe.each([
  ["this Envoy", undefined],
  [`Envoy ${OLDEST_ENVOY}`, OLDEST_ENVOY],
])("mutual TLS with %s", (_, version) => {
  it.each(TRANSPORTS)("over %s: requests are routed, and joined with what was served", async (transport) => {
    const { stack } = await start({ version, sluice: { transport } });
    expect(routed(await ask(stack.url, WEAK))).toEqual({ tier: "weak", servedBy: "weak", reason: "under-thresholds" });
    const large = chat("lorem ipsum ".repeat(100_000));
    expect(routed(await ask(stack.url, large))).toEqual({ tier: "strong", servedBy: "strong", reason: "chars" });
    await waitFor("both are joined", async () => (await joined(stack.sluice)) === 2);
    expect((await stack.envoyStats("cluster.sluice(_log)?.ssl.handshake")).size).toBe(2);
    expect(await metric(stack.sluice.adminUrl, "sluice_tls_handshake_failures_total")).toBe(0);
    await stack.stop();
  });

  const stranger = () => folderOf(newCa("Another CA").issue({ name: "envoy", usage: "client" }));
  const withoutCertificate = (yaml: string) => yaml.replaceAll(/^ *tls_certificates: .*\n/gm, "");
  const plain = (yaml: string) => yaml.replaceAll(/^ {4}transport_socket:\n(?: {6}.*\n)+/gm, "");
  const upTo12 = (yaml: string) => yaml.replaceAll("tls_maximum_protocol_version: TLSv1_3", "tls_maximum_protocol_version: TLSv1_2");
  it.each<[string, string, () => Wiring]>([
    ["has a certificate of another CA", "client-certificate-refused", () => ({ client: stranger() })],
    ["has one of another CA, over TLS 1.2", "client-certificate-refused", () => ({ client: stranger(), edit: upTo12 })],
    ["has none", "no-client-certificate", () => ({ edit: withoutCertificate })],
    ["speaks plain text", "plain-text", () => ({ edit: plain })],
    ["does not trust sluice's", "refused-by-client", () => ({ server: folderOf(newCa("Elsewhere").issue({ name: "sluice" })) })],
    ["expects another name", "refused-by-client", () => ({ edit: (yaml) => yaml.replaceAll("exact: sluice }", "exact: other }") })],
  ])("an Envoy that %s goes on unrouted, which is counted and told", async (_case, reason, wiring) => {
    const log: string[] = [];
    const { stack } = await start({ version, ...wiring(), sluice: { onLine: (line) => log.push(line) } });
    for (let sent = 0; sent < 5; sent++) {
      expect(await ask(stack.url, WEAK)).toMatchObject({ status: 200, tier: null, servedBy: "strong" });
    }
    await waitFor("it is counted", async () => (await failures(stack.sluice, reason)) > 0);
    const text = await (await fetch(`${stack.sluice.adminUrl}/metrics`)).text();
    const reasons = [...text.matchAll(/^sluice_tls_handshake_failures_total\{.*reason="([\w-]+)"/gm)].map(([, each]) => each);
    expect(reasons).toEqual([reason]);
    expect(await metric(stack.sluice.adminUrl, "sluice_decisions_total")).toBe(0);
    expect(log.filter((line) => line.includes("TLS handshakes on the ext_proc port fail")).length).toBeGreaterThan(0);
    await stack.stop();
  });

  it("a certificate renewed under load is that of new connections, and no request fails or goes unrouted", async () => {
    const edit = (yaml: string) => yaml.replaceAll("max_requests_per_connection: 900", "max_requests_per_connection: 50");
    const { stack, server } = await start({ version, edit });
    const expiry = () => metric(stack.sluice.adminUrl, "sluice_certificate_expiry_timestamp_seconds", { listener: "ext_proc" });
    const reloads = (result: string) => metric(stack.sluice.adminUrl, "sluice_certificate_reloads_total", { result });
    let running = true;
    const loading = load({ url: stack.url, requests: [{ body: WEAK, tier: "weak" }], count: 0, connections: 8, during: () => running });
    for (let round = 1; round <= 3; round++) {
      const before = await expiry();
      const handshakes = async () => (await stack.envoyStats("cluster.sluice.ssl.handshake")).get("cluster.sluice.ssl.handshake") ?? 0;
      renew(server, ca.issue({ name: "sluice", until: new Date(Date.now() + (2 + round) * 86_400_000) }));
      await waitFor("it is taken", async () => (await reloads("ok")) === round);
      expect(await expiry()).toBeGreaterThan(before + 80_000);
      const seen = await handshakes();
      await waitFor("Envoy has made new connections", async () => (await handshakes()) > seen + 4, 30_000);
    }
    writeFileSync(server.keyFile, "half a k");
    await waitFor("a bad one is refused", async () => (await reloads("failed")) === 1);
    expect((await ask(stack.url, WEAK)).tier).toBe("weak");
    running = false;
    const { sent, wrong } = await loading;
    expect([...wrong]).toEqual([]);
    expect(sent).toBeGreaterThan(500);
    // Envoy's log is not held to the last entry under load: it drops what its buffers do not take.
    await waitFor("they are joined", async () => (await joined(stack.sluice)) > 0.99 * sent);
    await stack.stop();
  });
});
