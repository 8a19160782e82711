import { describe, expect, test } from "vitest";
import { HEALTH_CHECK, HEALTH_WATCH, health } from "../../../src/envoy/extproc/health.ts";
import { GRPC_INVALID_ARGUMENT, GRPC_NOT_FOUND } from "../../../src/envoy/grpc/transport.ts";

const SERVING = [0x08, 1];
const NOT_SERVING = [0x08, 2];
const UNKNOWN = [0x08, 3];
const NAME = "envoy.service.ext_proc.v3.ExternalProcessor";
const asking = (name: string) => Buffer.concat([Uint8Array.of(0x0a, name.length), Buffer.from(name)]);

function open(probes: ReturnType<typeof health>, path: string) {
  const seen: { sent: number[][]; ended: number | undefined } = { sent: [], ended: undefined };
  const handler = probes.services.get(path)?.({
    send: (message) => seen.sent.push([...message]),
    finish(status = 0) {
      seen.ended = status;
    },
  });
  if (handler === undefined) throw new Error(`no ${path}`);
  return { seen, handler };
}

describe("grpc.health.v1", () => {
  test.each([
    ["the server as a whole", Buffer.alloc(0)],
    ["the ext_proc service", asking(NAME)],
  ])("Check replies for %s, before and after it serves", (_what, request) => {
    const probes = health([NAME]);
    const before = open(probes, HEALTH_CHECK);
    before.handler.message(request);
    expect(before.seen).toEqual({ sent: [NOT_SERVING], ended: 0 });
    probes.setServing(true);
    const after = open(probes, HEALTH_CHECK);
    after.handler.message(request);
    expect(after.seen).toEqual({ sent: [SERVING], ended: 0 });
  });

  test("Check of an unknown service is NOT_FOUND", () => {
    const { seen, handler } = open(health([NAME]), HEALTH_CHECK);
    handler.message(asking("other"));
    expect(seen).toEqual({ sent: [], ended: GRPC_NOT_FOUND });
  });

  test("Watch follows every change until the call is closed", () => {
    const probes = health([NAME]);
    const { seen, handler } = open(probes, HEALTH_WATCH);
    handler.message(asking(NAME));
    handler.halfClosed();
    probes.setServing(true);
    probes.setServing(true);
    probes.setServing(false);
    handler.closed();
    probes.setServing(true);
    expect(seen).toEqual({ sent: [NOT_SERVING, SERVING, NOT_SERVING], ended: undefined });
  });

  test("Watch of an unknown service says so and stays open", () => {
    const { seen, handler } = open(health([NAME]), HEALTH_WATCH);
    handler.message(asking("other"));
    expect(seen).toEqual({ sent: [UNKNOWN], ended: undefined });
  });

  test("closing ends every Watch", () => {
    const probes = health([NAME]);
    const { seen, handler } = open(probes, HEALTH_WATCH);
    handler.message(asking(""));
    probes.close();
    expect(seen.ended).toBe(0);
  });

  test("malformed bytes are an invalid argument", () => {
    const { seen, handler } = open(health([NAME]), HEALTH_CHECK);
    handler.message(Uint8Array.of(0x0a, 50, 1));
    expect(seen).toEqual({ sent: [], ended: GRPC_INVALID_ARGUMENT });
  });
});
