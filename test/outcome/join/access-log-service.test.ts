// The access-log service on its own: each entry handed on, a bad message survived, and no call left open. Messages are encoded by
// protobufjs.
import { fileURLToPath } from "node:url";
import { loadSync, type ServiceDefinition } from "@grpc/proto-loader";
import { describe, expect, test } from "vitest";
import type { AccessLogEntry } from "../../../src/envoy/wire/access-log.ts";
import { accessLogService } from "../../../src/outcome/join/access-log-service.ts";

const definitions = loadSync("envoy/service/accesslog/v3/als.proto", {
  includeDirs: [fileURLToPath(new URL("../../../proto", import.meta.url))],
  keepCase: true,
});
const service = definitions["envoy.service.accesslog.v3.AccessLogService"] as ServiceDefinition;

function message(...requestIds: readonly string[]): Uint8Array {
  const method = service["StreamAccessLogs"];
  if (method === undefined) throw new Error("no StreamAccessLogs in proto/");
  return method.requestSerialize({ http_logs: { log_entry: requestIds.map((request_id) => ({ request: { request_id } })) } });
}

function open() {
  const entries: AccessLogEntry[] = [];
  const malformed: unknown[] = [];
  const calls = { finished: 0 };
  const { open: openCall, close } = accessLogService({
    onEntry: (entry) => entries.push(entry),
    onMalformed: (error) => malformed.push(error),
  });
  const handler = () => openCall({ send: () => {}, finish: () => void calls.finished++ });
  return { entries, malformed, calls, handler, close };
}

describe("the access-log service", () => {
  test("hands on every entry of every message, in order", () => {
    const { entries, handler } = open();
    const stream = handler();
    stream.message(message("a", "b"));
    stream.message(message());
    stream.message(message("c"));
    expect(entries.map(({ requestId }) => requestId)).toEqual(["a", "b", "c"]);
  });

  test("a malformed message is reported and costs nothing but itself", () => {
    const { entries, malformed, calls, handler } = open();
    const stream = handler();
    stream.message(Uint8Array.of(0x12, 0x7f, 0x01));
    stream.message(message("a"));
    expect(malformed).toHaveLength(1);
    expect(entries).toHaveLength(1);
    expect(calls.finished).toBe(0);
  });

  test("ends a call when Envoy has no more to say", () => {
    const { calls, handler } = open();
    handler().halfClosed();
    expect(calls.finished).toBe(1);
  });

  test("closing ends the calls that are open, and only those", () => {
    const { calls, handler, close } = open();
    handler();
    handler();
    handler().closed();
    close();
    expect(calls.finished).toBe(2);
  });
});
