// Requests whose connection becomes another: nothing may wait for a body that never ends.
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { beforeAll, describe, expect, it } from "vitest";
import { ENVOY_VERSION } from "../../src/setup/stack/envoy-releases.ts";
import { OLDEST_ENVOY, startEnvoy, type TestEnvoy } from "../support/envoy.ts";
import { decisions } from "../support/metrics.ts";
import { connectTo, postHead } from "../support/raw-http.ts";
import { chat } from "../support/requests.ts";
import { startSluice, type TestSluice } from "../support/sluice.ts";
import { startStack, type TestStack } from "../support/stack.ts";
import { stopAtEnd } from "../support/teardown.ts";
import { waitFor } from "../support/wait-for.ts";

const ANSWER_WITHIN_MS = 1_000; // half of what a hanging call would take
const FIRST_ROUTE = /^ {14}# Some clients try a websocket first[\s\S]*?(?=^ {14}# timeout 0s)/m;

function handshake(lines: readonly string[]): string {
  const head = ["GET /v1/realtime HTTP/1.1", "host: llm", "sec-websocket-version: 13", "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ=="];
  return [...head, ...lines, "", ""].join("\r\n");
}

/** The first bytes that come back, and how long they took. */
async function firstBytes(url: string, request: string) {
  const socket = await connectTo(url);
  stopAtEnd(async () => void socket.destroy());
  const startedAt = performance.now();
  socket.write(request);
  const [piece] = (await once(socket, "data")) as [Buffer];
  return { text: piece.toString("latin1"), tookMs: performance.now() - startedAt, socket };
}

describe.each([ENVOY_VERSION, OLDEST_ENVOY])("on Envoy %s, as shipped", (version) => {
  let stack: TestStack;

  beforeAll(async () => {
    stack = await startStack({ envoy: { version } });
  });

  it.each(["websocket", "WebSocket"])("a client that tries a %s is told at once to use HTTP", async (upgrade) => {
    const { text, tookMs } = await firstBytes(stack.url, handshake(["connection: Upgrade", `upgrade: ${upgrade}`]));
    expect(text).toMatch(/^HTTP\/1\.1 426 Upgrade Required\r\n/);
    expect(tookMs).toBeLessThan(ANSWER_WITHIN_MS);
    expect(await decisions(stack.sluice.adminUrl, "upgrade")).toBe(0); // sluice was not asked
  });

  it("a request that merely offers HTTP/2 is routed like any other", async () => {
    const body = chat("hello");
    const offer = ["connection: Upgrade, HTTP2-Settings", "upgrade: h2c", "http2-settings: AAMAAABkAAQAAP__"];
    const { text } = await firstBytes(stack.url, postHead([...offer, `content-length: ${body.length}`]) + body);
    expect(text).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(text).toMatch(/\r\nx-sluice-tier: weak\r\n/);
  });
});

describe.each([ENVOY_VERSION, OLDEST_ENVOY])("on Envoy %s that lets websockets through to sluice", (version) => {
  let sluice: TestSluice;
  let envoy: TestEnvoy;

  beforeAll(async () => {
    const server = createServer();
    server.on("upgrade", (_request, socket) => {
      socket.write("HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\r\n");
      socket.on("data", (piece) => socket.write(piece));
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    stopAtEnd(async () => void server.close());
    const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    sluice = await startSluice();
    envoy = await startEnvoy({
      version,
      sluice: sluice.extProc,
      weak: address,
      strong: address,
      edit: (yaml) => yaml.replace(FIRST_ROUTE, ""),
    });
  });

  it("one is passed on at once, with a reason of its own, and carries what is sent", async () => {
    const { text, tookMs, socket } = await firstBytes(envoy.url, handshake(["connection: Upgrade", "upgrade: websocket"]));
    expect(text).toMatch(/^HTTP\/1\.1 101 /);
    expect(tookMs).toBeLessThan(ANSWER_WITHIN_MS);
    socket.write("ping");
    const [echo] = (await once(socket, "data")) as [Buffer];
    expect(echo.toString()).toBe("ping");
    await waitFor("the decision is counted", async () => (await decisions(sluice.adminUrl, "upgrade")) === 1);
  });
});
