// Every port of ours with TLS, as a peer meets it: who is let in, how the others end, and certificates that change.
import { connect as connectPlain, type Socket } from "node:net";
import { type ConnectionOptions, connect, type TLSSocket } from "node:tls";
import { afterEach, describe, expect, test } from "vitest";
import { startGrpcJsServer } from "../src/envoy/grpc/grpc-js-server.ts";
import { startHttp2Server } from "../src/envoy/grpc/http2/server.ts";
import type { ServerTls, TlsIdentity } from "../src/tls.ts";
import { identityOf, newCa, type Pair } from "./support/certificates.ts";
import { waitFor } from "./support/wait-for.ts";

const ca = newCa();
const server = ca.issue({ name: "sluice" });
const client = ca.issue({ name: "envoy", usage: "client" });
const stranger = newCa("Another CA").issue({ name: "envoy", usage: "client" });

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

function tlsOf(identity: TlsIdentity) {
  const takers: ((identity: TlsIdentity) => void)[] = [];
  const failures: string[] = [];
  const tls: ServerTls = { identity, onChanged: (take) => takers.push(take), onHandshakeFailed: (reason) => failures.push(reason) };
  return { tls, failures, change: (next: TlsIdentity) => takers.forEach((take) => void take(next)) };
}

type Start = typeof startHttp2Server;

async function start(startServer: Start, identity = identityOf(server, ca.cert), maxConnections?: number) {
  const { tls, failures, change } = tlsOf(identity);
  const refused: unknown[] = [];
  const running = await startServer({
    address: "127.0.0.1:0",
    services: new Map([["/test.Echo/Talk", () => ({ message() {}, halfClosed() {}, closed() {} })]]),
    maxMessageBytes: 1 << 20,
    tls,
    maxConnections,
    onRefused: (cause) => refused.push(cause),
  });
  ends.push(running.destroy);
  return { port: running.port, drain: running.drain, failures, change, refused };
}

interface Peer {
  readonly socket: TLSSocket;
  readonly received: Buffer[];
  readonly closed: () => boolean;
}

function peer(port: number, pair: Pair | undefined, options: ConnectionOptions = {}): Peer {
  const socket = connect({ port, host: "127.0.0.1", ca: ca.cert, ALPNProtocols: ["h2"], ...pair, ...options });
  const received: Buffer[] = [];
  let closed = false;
  socket.on("data", (bytes: Buffer) => received.push(bytes)).on("error", () => {});
  socket.on("close", () => {
    closed = true;
  });
  ends.push(() => socket.destroy());
  return { socket, received, closed: () => closed };
}

/** Both transports begin with SETTINGS, which a peer that was let in gets. */
const isLetIn = ({ received }: Peer) => Buffer.concat(received)[3] === 4;

function plainPeer(port: number, text: string | undefined) {
  const socket: Socket = connectPlain(port, "127.0.0.1");
  const received: Buffer[] = [];
  let closed = false;
  socket.on("data", (bytes) => received.push(bytes)).on("error", () => {});
  socket.on("close", () => {
    closed = true;
  });
  if (text !== undefined) socket.write(text);
  ends.push(() => socket.destroy());
  return { socket, received: () => Buffer.concat(received), closed: () => closed };
}

describe.each([
  ["http2", startHttp2Server],
  ["grpc-js", startGrpcJsServer],
] as const)("%s", (_, startServer) => {
  test.each(["TLSv1.2", "TLSv1.3"] as const)("a client with a certificate of the CA is let in over %s, and speaks h2", async (version) => {
    const { port, failures } = await start(startServer);
    const { socket, received } = peer(port, client, { minVersion: version, maxVersion: version });
    await waitFor("SETTINGS are there", () => received.length > 0);
    expect([socket.authorized, socket.alpnProtocol, socket.getProtocol()]).toEqual([true, "h2", version]);
    expect(failures).toEqual([]);
  });

  test("without a CA for clients none needs a certificate", async () => {
    const { port } = await start(startServer, identityOf(server));
    const connected = peer(port, undefined);
    await waitFor("it is let in", () => isLetIn(connected));
  });

  const v12 = { minVersion: "TLSv1.2", maxVersion: "TLSv1.2" } as const;
  test.each<[string, Pair | undefined, ConnectionOptions, string]>([
    ["no certificate", undefined, {}, "no-client-certificate"],
    ["no certificate, TLS 1.2", undefined, v12, "no-client-certificate"],
    ["a certificate of another CA", stranger, {}, "client-certificate-refused"],
    ["a certificate of another CA, TLS 1.2", stranger, v12, "client-certificate-refused"],
    ["a certificate for servers", ca.issue({ name: "a server" }), {}, "client-certificate-refused"],
    ["a certificate that has expired", ca.issue({ name: "old", usage: "client", until: new Date(0) }), {}, "client-certificate-refused"],
    ["TLS 1.1 at most", client, { minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "ALL@SECLEVEL=0" }, "no-common-version"],
    ["a cipher that HTTP/2 forbids", client, { ...v12, ciphers: "AES128-GCM-SHA256" }, "no-common-version"],
    ["another protocol", client, { ALPNProtocols: ["http/1.1"] }, "no-h2"],
    ["no ALPN", client, { ALPNProtocols: undefined }, "no-h2"],
  ])("a client with %s gets nothing, and is counted", async (_case, pair, options, reason) => {
    const { port, failures } = await start(startServer);
    const connected = peer(port, pair, options);
    await waitFor("it is counted", () => failures.length > 0);
    await waitFor("it is closed", connected.closed);
    expect(failures).toEqual([reason]);
    expect(isLetIn(connected)).toBe(false);
    const next = peer(port, client);
    await waitFor("the next is let in", () => isLetIn(next));
  });

  test.each([
    ["HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"],
    ["HTTP/1.1", "GET / HTTP/1.1\r\nhost: x\r\n\r\n"],
    ["what is nothing", "\0".repeat(100)],
  ])("a client that speaks %s in plain text is closed without an answer, and counted", async (_case, text) => {
    const { port, failures } = await start(startServer);
    const connected = plainPeer(port, text);
    await waitFor("it is closed", connected.closed);
    expect(failures).toEqual(["plain-text"]);
    expect(connected.received().length).toBeLessThanOrEqual(7); // an alert of TLS at most
  });

  test("connections in handshake count among those there may be, and end when the server does", async () => {
    const { port, refused, failures, drain } = await start(startServer, undefined, 3);
    const silent = [1, 2, 3].map(() => plainPeer(port, undefined));
    await waitFor("they are connected", () => silent.every(({ socket }) => !socket.connecting));
    const next = plainPeer(port, undefined);
    await waitFor("one more is refused", next.closed);
    expect(refused).toHaveLength(1);
    const startedAt = performance.now();
    await drain();
    expect(performance.now() - startedAt).toBeLessThan(3000);
    await waitFor("they are closed", () => silent.every(({ closed }) => closed()));
    expect(new Set(failures)).toEqual(new Set(["disconnected"]));
  });

  test("a handshake that does not end is closed after ten seconds", async () => {
    const { port, failures } = await start(startServer);
    const startedAt = performance.now();
    const silent = plainPeer(port, undefined);
    await waitFor("it is closed", silent.closed, 15_000);
    expect(failures).toEqual(["timeout"]);
    expect(performance.now() - startedAt).toBeGreaterThan(9000);
  }, 20_000);

  test("another certificate is the one of new connections, which no old ticket keeps away; those that stand go on", async () => {
    const { port, change } = await start(startServer);
    const sessions: Buffer[] = [];
    const before = peer(port, client);
    before.socket.on("session", (session: Buffer) => sessions.push(session));
    await waitFor("it is let in, and has a ticket", () => isLetIn(before) && sessions.length > 0);
    const otherCa = newCa("Test CA of tomorrow");
    const renewed = otherCa.issue({ name: "sluice" });
    change(identityOf(renewed, otherCa.cert));
    const old = peer(port, client, { ca: otherCa.cert, session: sessions[0] });
    await waitFor("a client of the old CA is not let in, for all its ticket", old.closed);
    expect(isLetIn(old)).toBe(false);
    const after = peer(port, otherCa.issue({ name: "envoy", usage: "client" }), { ca: otherCa.cert });
    await waitFor("one of the new CA is", () => isLetIn(after));
    expect(after.socket.getPeerX509Certificate()?.toString()).toBe(renewed.cert.replaceAll("\r", ""));
    const count = before.received.length;
    before.socket.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0", "latin1");
    await waitFor("the old connection is answered", () => before.received.length > count);
    expect(() => change({ ...identityOf(renewed), key: server.key })).toThrow();
    const still = peer(port, otherCa.issue({ name: "envoy", usage: "client" }), { ca: otherCa.cert });
    await waitFor("what will not do changes nothing", () => isLetIn(still));
  });
});
