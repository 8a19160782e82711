// The rehearsal before `serve` listens: its calls are Envoy's, it ends whatever happens, and nothing of it is left.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { rehearse, rehearsedRequest } from "../../src/cli/rehearsal.ts";
import { rehearsalPeer } from "../../src/cli/rehearsal-peer.ts";
import type { Config } from "../../src/config/config.ts";
import { loadConfig, parseConfig } from "../../src/config/load.ts";
import { routingOf } from "../../src/config/routing-of.ts";
import { startHttp2Server } from "../../src/envoy/grpc/http2/server.ts";
import type { Call, GrpcServer } from "../../src/envoy/grpc/transport.ts";
import { EXT_PROC_METHOD } from "../../src/envoy/wire/methods.ts";
import { decodeProcessingRequest } from "../../src/envoy/wire/processing-request.ts";
import { encodeBodyReply, encodeHeadersReply } from "../../src/envoy/wire/processing-response.ts";
import { createLogger } from "../../src/outcome/telemetry/log.ts";
import { sessionsInMemory } from "../../src/request/guard/session-store.ts";
import { encodeModel } from "../../src/request/policy/learned/model-file.ts";
import { routeBody } from "../../src/request/routing/routing.ts";
import { vectorModelOf } from "../request/policy/learned/vector-model.ts";
import { startVectorServer } from "../support/vector-server.ts";

const PREFIX_BYTES = 5;

const servers: GrpcServer[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.destroy();
});

/** What the log said of a rehearsal. */
async function told(config: Config): Promise<readonly string[]> {
  const lines: string[] = [];
  const write = (line: string) => {
    lines.push(line);
    return true;
  };
  await rehearse(config, createLogger({ level: "debug", destination: { write } }));
  return lines.map((line) => JSON.parse(line).msg);
}

describe("the peer", () => {
  async function serverOf(onMessage: (call: Call, bytes: Uint8Array, count: number) => void): Promise<number> {
    const open = (call: Call) => {
      let count = 0;
      return { message: (bytes: Uint8Array) => onMessage(call, bytes, ++count), halfClosed() {}, closed() {} };
    };
    const services = new Map([[EXT_PROC_METHOD, open]]);
    const server = await startHttp2Server({ address: "127.0.0.1:0", services, maxMessageBytes: 4 << 20 });
    servers.push(server);
    return server.port;
  }

  test("sends the body, however large, once the headers are answered, and one call behind the other", async () => {
    const seen: string[] = [];
    const port = await serverOf((call, bytes, count) => {
      seen.push(`${count}:${bytes.length}`);
      call.send(
        count === 1
          ? encodeHeadersReply("request")
          : encodeBodyReply("request", { body: [new Uint8Array(200_000)], clearRouteCache: true }),
      );
      if (count === 2) call.finish();
    });
    const peer = await rehearsalPeer("127.0.0.1", port);
    const body = Buffer.alloc(5 + 300_000);
    body.writeUInt32BE(300_000, 1);
    for (let call = 0; call < 100; call++) await peer.call({ headers: Buffer.from([0, 0, 0, 0, 3, 1, 2, 3]), body });
    peer.close();
    expect(seen).toEqual(Array.from({ length: 100 }, () => ["1:3", "2:300000"]).flat());
  });

  test("a server that goes away ends the call", async () => {
    const port = await serverOf(() => servers[0]?.destroy());
    const peer = await rehearsalPeer("127.0.0.1", port);
    await expect(peer.call({ headers: Buffer.from([0, 0, 0, 0, 1, 1]), body: Buffer.alloc(5) })).rejects.toThrow(
      "the connection has ended",
    );
  });
});

test.each([1 << 10, 16 << 10, 256 << 10])("a request of %d bytes is one that Envoy could send, and the defaults decide", (bytes) => {
  const { headers, body } = rehearsedRequest(bytes, 0);
  const first = decodeProcessingRequest(headers.subarray(PREFIX_BYTES));
  const second = decodeProcessingRequest(body.subarray(PREFIX_BYTES));
  if (first.kind !== "request-headers" || second.kind !== "request-body") throw new Error(`${first.kind} and ${second.kind}`);
  expect(first).toMatchObject({ requestBodyMode: "buffered", endOfStream: false });
  expect(second.endOfStream).toBe(true);
  expect(Math.abs(second.body.length - bytes)).toBeLessThan(150);
  expect(first.headers.get("content-length")).toBe(String(second.body.length));
  const routing = routingOf(parseConfig("", "test"), { sessions: sessionsInMemory() });
  const { decision, measured } = routeBody(routing, second.body, first.headers);
  expect(decision).toMatchObject({ tier: "strong", reason: "keyword" });
  expect(measured?.turns).toBe(2);
});

describe("the rehearsal", () => {
  test.each([
    ["the defaults", ""],
    ["rules", "active: mine\npolicies: { mine: { type: rules, rules: [{ name: long, match: { minChars: 900 }, tier: strong }] } }"],
    ["a bandit, and tiers of other names", "tiers: [{ name: small }, { name: large }]\nactive: b\npolicies: { b: { type: bandit } }"],
    [
      "settings that reach outside, which it leaves alone",
      "state: { url: 'redis://127.0.0.1:1' }\ndecisionLog: { file: /nowhere/at/all.jsonl }\ntraces: { endpoint: 'http://127.0.0.1:1' }",
    ],
  ])("plays its part with %s", async (_, yaml) => {
    expect(await told(parseConfig(yaml, "test"))).toEqual(["rehearsed"]);
  });

  test("asks nobody for the vectors that a policy takes, so it neither waits nor costs anything", async () => {
    const server = await startVectorServer(() => [3, 0]);
    const folder = mkdtempSync(join(tmpdir(), "sluice-rehearsal-"));
    writeFileSync(join(folder, "model.json"), encodeModel(vectorModelOf(["prove", "theorem"])));
    const file = join(folder, "sluice.yaml");
    writeFileSync(file, `active: t\npolicies: { t: { type: learned, file: model.json, embedding: { endpoint: "${server.url}" } } }`);
    expect(await told(await loadConfig(file))).toEqual(["rehearsed"]);
    rmSync(folder, { recursive: true });
    expect(server.bodies).toEqual([]);
  });

  test("one that fails says so for who looks, and is no reason not to serve", async () => {
    expect(await told({ ...parseConfig("", "test"), active: "gone" })).toEqual(["not rehearsed"]);
  });
});
