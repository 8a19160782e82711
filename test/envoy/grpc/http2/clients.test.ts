// The server with real clients: Node's own HTTP/2, and grpc-js. Sizes, many calls at a time, and a client that reads slowly.
import { randomBytes } from "node:crypto";
import { type ClientHttp2Session, connect } from "node:http2";
import { Client, credentials, type StatusObject } from "@grpc/grpc-js";
import { afterEach, expect, test } from "vitest";
import { startHttp2Server } from "../../../../src/envoy/grpc/http2/server.ts";
import { echo, grpcMessage, METHOD } from "../../../support/http2-peer.ts";
import { waitFor } from "../../../support/wait-for.ts";

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

async function serve() {
  const { open, seen } = echo();
  const server = await startHttp2Server({ address: "127.0.0.1:0", services: new Map([[METHOD, open]]), maxMessageBytes: 32 << 20 });
  ends.push(server.destroy);
  return { port: server.port, seen };
}

function session(port: number): ClientHttp2Session {
  const client = connect(`http://127.0.0.1:${port}`, { maxSessionMemory: 100 }); // MB: it refuses its own calls beyond
  client.on("error", () => {});
  ends.push(() => client.destroy());
  return client;
}

interface Reply {
  readonly body: Buffer;
  readonly status: unknown;
}

function ask(client: ClientHttp2Session, messages: readonly Buffer[], headers: Readonly<Record<string, string>> = {}): Promise<Reply> {
  const stream = client.request({ ":method": "POST", ":path": METHOD, "content-type": "application/grpc", te: "trailers", ...headers });
  const parts: Buffer[] = [];
  let status: unknown;
  stream.on("data", (part: Buffer) => parts.push(part));
  stream.on("response", (fields) => {
    status ??= fields["grpc-status"];
  });
  stream.on("trailers", (fields) => {
    status = fields["grpc-status"];
  });
  for (const message of messages) stream.write(message);
  stream.end();
  return new Promise((resolve, reject) => {
    stream.on("error", reject);
    stream.on("close", () => resolve({ body: Buffer.concat(parts), status }));
  });
}

test("20 MB both ways through the 64 KB windows of Node's client", async () => {
  const { port, seen } = await serve();
  const message = grpcMessage(Buffer.concat([Buffer.from("L"), randomBytes(20 << 20)]));
  const { body, status } = await ask(session(port), [message]);
  expect(status).toBe("0");
  expect(body.equals(message)).toBe(true);
  await waitFor("it is over", () => seen.closed === 1);
});

test("300 calls at a time on one connection, of odd sizes and with long headers", async () => {
  const { port, seen } = await serve();
  const client = session(port);
  const calls = Array.from({ length: 300 }, async (_, i) => {
    const messages = Array.from({ length: 3 }, (_, k) => {
      const bytes = randomBytes((i * 977 + k * 40_961) % 130_000);
      if (bytes.length > 0) bytes[0] = 1;
      return grpcMessage(bytes);
    });
    const { body, status } = await ask(client, messages, { "x-a": `v${i}`, "x-long": "y".repeat(i) });
    expect(status).toBe("0");
    expect(body.equals(Buffer.concat(messages)), `call ${i}`).toBe(true);
  });
  await Promise.all(calls);
  await waitFor("all are over", () => seen.closed === 300);
});

test("a client that does not read for a while gets all of it in the end, in order", async () => {
  const { port } = await serve();
  const client = session(port);
  const stream = client.request({ ":method": "POST", ":path": METHOD, "content-type": "application/grpc" });
  const messages = Array.from({ length: 40 }, (_, i) => grpcMessage(Buffer.alloc(200_000, i)));
  for (const message of messages) stream.write(message);
  stream.end();
  await waitFor("our answers begin", () => stream.readableLength > 0);
  const parts: Buffer[] = [];
  for await (const part of stream) parts.push(part as Buffer);
  expect(Buffer.concat(parts).equals(Buffer.concat(messages))).toBe(true);
});

function grpcTalk(client: Client, bytes: Buffer): Promise<{ reply: Buffer | undefined; status: StatusObject }> {
  const asIs = (message: Buffer) => message;
  const stream = client.makeBidiStreamRequest<Buffer, Buffer>(METHOD, asIs, asIs);
  let reply: Buffer | undefined;
  stream.on("data", (message: Buffer) => {
    reply = message;
  });
  stream.on("error", () => {});
  stream.write(bytes);
  stream.end();
  return new Promise((resolve) => stream.on("status", (status) => resolve({ reply, status })));
}

test("grpc-js gets back what it sends, from 0 bytes to 5 MB", async () => {
  const { port } = await serve();
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure(), { "grpc.max_receive_message_length": -1 });
  ends.push(() => client.close());
  for (const size of [0, 1, 5, 1000, 16_378, 16_379, 16_380, 65_535, 65_536, 65_537, 1_000_000, 1 << 20, 5_000_000]) {
    const bytes = Buffer.alloc(size, "a");
    const { reply, status } = await grpcTalk(client, bytes);
    expect(status.code, `${size} bytes`).toBe(0);
    expect(reply?.equals(bytes), `${size} bytes`).toBe(true);
  }
});

test("grpc-js with 200 calls at a time", async () => {
  const { port, seen } = await serve();
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
  ends.push(() => client.close());
  const calls = Array.from({ length: 200 }, (_, i) => grpcTalk(client, Buffer.alloc(i * 331, "a")));
  for (const [i, { reply, status }] of (await Promise.all(calls)).entries()) {
    expect(status.code).toBe(0);
    expect(reply?.length).toBe(i * 331);
  }
  await waitFor("all are over", () => seen.closed === 200);
});
