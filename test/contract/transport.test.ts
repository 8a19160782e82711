// What every gRPC transport must do, run against each: calls, sizes, draining, and the end of everything. What is said in a call is the
// handler's.
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client, type ClientDuplexStream, credentials, Metadata, type StatusObject, status } from "@grpc/grpc-js";
import { afterEach, describe, expect, test } from "vitest";
import { startGrpcJsServer } from "../../src/envoy/grpc/grpc-js-server.ts";
import { startHttp2Server } from "../../src/envoy/grpc/http2/server.ts";
import type { GrpcServer, OpenCall } from "../../src/envoy/grpc/transport.ts";
import { waitFor } from "../support/wait-for.ts";

const METHOD = "/test.Echo/Talk";
const MAX_MESSAGE_BYTES = 1 << 20;

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

/** Sends each message back; `end` finishes the call with OK, `fail` with a status. */
function echo(seen: string[] = []): OpenCall {
  return (call) => ({
    message(bytes) {
      const text = Buffer.from(bytes).toString();
      seen.push(text.slice(0, 20));
      if (text === "fail") return call.finish(status.INVALID_ARGUMENT, "so it was asked");
      call.send(bytes);
      if (text === "end") call.finish();
    },
    halfClosed() {
      seen.push("half-closed");
      call.finish();
    },
    closed: () => void seen.push("closed"),
  });
}

interface Talk {
  readonly stream: ClientDuplexStream<Buffer, Buffer>;
  readonly replies: string[];
  readonly ended: Promise<StatusObject>;
}

function talk(target: string, method = METHOD, metadata = new Metadata()): Talk {
  const client = new Client(target, credentials.createInsecure(), { "grpc.max_receive_message_length": -1 });
  ends.push(() => client.close());
  const asIs = (bytes: Buffer) => bytes;
  const stream = client.makeBidiStreamRequest<Buffer, Buffer>(method, asIs, asIs, metadata);
  const replies: string[] = [];
  stream.on("data", (bytes: Buffer) => replies.push(bytes.toString()));
  stream.on("error", () => {}); // the status says it
  return { stream, replies, ended: new Promise((resolve) => stream.on("status", resolve)) };
}

describe.each([
  ["http2", startHttp2Server],
  ["grpc-js", startGrpcJsServer],
])("%s", (_name, startServer) => {
  async function start(address = "127.0.0.1:0", open = echo()): Promise<{ server: GrpcServer; target: string }> {
    const server = await startServer({ address, services: new Map([[METHOD, open]]), maxMessageBytes: MAX_MESSAGE_BYTES });
    ends.push(server.destroy);
    return { server, target: address.startsWith("unix:") ? address : `127.0.0.1:${server.port}` };
  }

  describe("calls", () => {
    test.each([
      ["traceparent", "traceparent"],
      ["attempts", "x-sluice-attempts"],
    ] as const)("a call's %s is known at its first message; the next call on the connection has its own, or none", async (field, name) => {
      const seen: (string | undefined)[] = [];
      const { target } = await start(undefined, (call) => ({
        message() {
          seen.push(call[field]);
          call.finish();
        },
        halfClosed() {},
        closed() {},
      }));
      for (const value of ["00-1-2-01", undefined, "00-3-4-00"]) {
        const metadata = new Metadata();
        if (value !== undefined) metadata.set(name, value);
        const { stream, ended } = talk(target, METHOD, metadata);
        stream.write(Buffer.from("x"));
        await ended;
      }
      expect(seen).toEqual(["00-1-2-01", undefined, "00-3-4-00"]);
    });

    test("messages go both ways in order, and the call ends when its handler says so, though the client has not", async () => {
      const seen: string[] = [];
      const { target } = await start(undefined, echo(seen));
      const { stream, replies, ended } = talk(target);
      for (const text of ["one", "two", "end"]) stream.write(Buffer.from(text));
      expect((await ended).code).toBe(status.OK);
      expect(replies).toEqual(["one", "two", "end"]);
      await waitFor("the handler is told once", () => seen.includes("closed"));
      expect(seen.filter((text) => text === "closed")).toHaveLength(1);
    });

    test("a client that sends no more may still be answered", async () => {
      const seen: string[] = [];
      const { target } = await start(undefined, echo(seen));
      const { stream, replies, ended } = talk(target);
      stream.write(Buffer.from("one"));
      stream.end();
      expect((await ended).code).toBe(status.OK);
      expect(replies).toEqual(["one"]);
      await waitFor("it is over", () => seen.includes("closed"));
      expect(seen).toEqual(["one", "half-closed", "closed"]);
    });

    test("a client that goes away ends the call, once", async () => {
      const seen: string[] = [];
      const { target } = await start(undefined, echo(seen));
      const { stream, replies } = talk(target);
      stream.write(Buffer.from("one"));
      await waitFor("the call is open", () => replies.length === 1);
      stream.cancel();
      await waitFor("it is over", () => seen.includes("closed"));
      expect(seen.filter((text) => text === "closed")).toHaveLength(1);
      expect(seen.at(-1)).toBe("closed");
    });

    test("a handler's status and its details reach the client", async () => {
      const { target } = await start();
      const { stream, ended } = talk(target);
      stream.write(Buffer.from("fail"));
      expect(await ended).toMatchObject({ code: status.INVALID_ARGUMENT, details: "so it was asked" });
    });

    test("an unknown method is UNIMPLEMENTED", async () => {
      const { target } = await start();
      expect((await talk(target, "/test.Echo/Shout").ended).code).toBe(status.UNIMPLEMENTED);
    });

    test("a message up to the limit arrives whole, a larger one ends its own call only", async () => {
      const { target } = await start();
      const fits = talk(target);
      const other = talk(target);
      other.stream.write(Buffer.from("one"));
      fits.stream.write(Buffer.alloc(MAX_MESSAGE_BYTES, "x"));
      await waitFor("it is echoed", () => fits.replies[0]?.length === MAX_MESSAGE_BYTES);
      const tooLarge = talk(target);
      tooLarge.stream.write(Buffer.alloc(MAX_MESSAGE_BYTES + 1));
      expect((await tooLarge.ended).code).toBe(status.RESOURCE_EXHAUSTED);
      other.stream.write(Buffer.from("end"));
      expect((await other.ended).code).toBe(status.OK);
      expect(other.replies).toEqual(["one", "end"]);
    });
  });

  describe("ending", () => {
    test("a drain takes no new calls and waits for those in flight", async () => {
      const { server, target } = await start();
      const { stream, replies, ended } = talk(target);
      stream.write(Buffer.from("one"));
      await waitFor("the call is open", () => replies.length === 1);
      let drained = false;
      const draining = server.drain().then(() => {
        drained = true;
      });
      expect((await talk(target).ended).code).toBe(status.UNAVAILABLE);
      expect(drained).toBe(false);
      stream.write(Buffer.from("end"));
      expect((await ended).code).toBe(status.OK);
      await draining;
      expect(replies).toEqual(["one", "end"]);
    });

    test("destroying cuts off what a drain is waiting for, and frees the port", async () => {
      const { server, target } = await start();
      const { stream, replies, ended } = talk(target);
      stream.write(Buffer.from("one"));
      await waitFor("the call is open", () => replies.length === 1);
      const draining = server.drain();
      server.destroy();
      expect((await ended).code).not.toBe(status.OK);
      await draining;
      const next = await start(target);
      expect(next.server.port).toBe(server.port);
    });
  });

  describe("addresses", () => {
    test("a Unix socket serves", async () => {
      const folder = mkdtempSync(join(tmpdir(), "sluice-test-"));
      ends.push(() => rmSync(folder, { recursive: true, force: true }));
      const { target } = await start(`unix:${folder}/s.sock`);
      const { stream, ended } = talk(target);
      stream.write(Buffer.from("end"));
      expect((await ended).code).toBe(status.OK);
    });

    test("a port in use is the system's error", async () => {
      const other = createServer();
      const port = await new Promise<number>((resolve) =>
        other.listen(0, "127.0.0.1", () => resolve((other.address() as { port: number }).port)),
      );
      ends.push(() => other.close());
      await expect(start(`127.0.0.1:${port}`)).rejects.toThrow("EADDRINUSE");
    });
  });
});
