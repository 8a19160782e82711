// What one connection may ask of us, frame by frame: floods, bombs and idling end it; what busy peers do does not.
import { describe, expect, test } from "vitest";
import type { Limits } from "../../../../src/envoy/grpc/http2/limits.ts";
import { BEGINNING, connect, echo, field, frame, grpcMessage, PREFACE, requestBlock, uint32 } from "../../../support/http2-peer.ts";
import { waitFor } from "../../../support/wait-for.ts";

const RST_STREAM = 3;
const CALM = 11;
const LAST = grpcMessage("Lhello");
const call = (id: number, block = requestBlock()) => frame(1, 4, id, block);

function start(limits: Partial<Limits> = {}, maxMessageBytes?: number) {
  const { open, seen } = echo();
  return { peer: connect(open, limits, maxMessageBytes), seen };
}

describe("limits", () => {
  const few = { burst: 100, perSecond: 1 };
  test.each<[string, Buffer]>([
    ["PING", frame(6, 0, 0, Buffer.alloc(8))],
    ["SETTINGS", frame(4, 0, 0)],
    ["PRIORITY", frame(2, 0, 1, Buffer.alloc(5))],
    ["empty DATA", frame(0, 0, 1)],
    ["unknown frames", frame(77, 0, 0)],
    ["GOAWAY", frame(7, 0, 0, Buffer.alloc(8))],
    ["DATA of a byte", frame(0, 0, 1, Buffer.alloc(1))],
    ["messages of nothing", frame(0, 0, 1, grpcMessage(""))],
    ["windows by the byte", frame(8, 0, 0, uint32(1))],
    ["windows for nothing that was sent", frame(8, 0, 1, uint32(1024))],
  ])("a flood of %s ends the connection", (_, one) => {
    const { peer, seen } = start({ idleFrames: few });
    peer.send(BEGINNING, call(1));
    for (let i = 0; i < 90; i++) peer.send(one);
    expect(peer.goaway()).toBeUndefined();
    for (let i = 0; i < 20; i++) peer.send(one);
    expect(peer.goaway()).toBe(CALM);
    expect(peer.broken).toEqual(["too many frames that bring nothing forward"]);
    expect(seen.closed).toBe(1);
  });

  test("header blocks without end: many frames, or many bytes", () => {
    const many = start().peer;
    many.send(BEGINNING, frame(1, 0, 1, requestBlock()));
    for (let i = 0; i < 40; i++) many.send(frame(9, 0, 1));
    expect(many.goaway()).toBe(CALM);
    const large = start().peer;
    large.send(BEGINNING, frame(1, 0, 1, requestBlock()));
    for (let i = 0; i < 6; i++) large.send(frame(9, 0, 1, Buffer.alloc(16_000)));
    expect(large.goaway()).toBe(CALM);
  });

  test("one table entry a thousand times is a header list too large", () => {
    const { peer, seen } = start();
    peer.send(BEGINNING, call(1, Buffer.concat([requestBlock(), field("x-big", "v".repeat(120)), Buffer.alloc(1000, 0xbe)])));
    expect(peer.ofType(RST_STREAM)[0]?.payload.readUInt32BE(0)).toBe(CALM);
    expect(seen.opened).toBe(0);
  });

  test("the third header list too large ends the connection, however it is written", () => {
    const indexed = Buffer.concat([requestBlock(), field("x-big", "v".repeat(120)), Buffer.alloc(15_000, 0xbe)]);
    const literal = Buffer.concat([Buffer.from([0, 1]), Buffer.from("a"), Buffer.from([100]), Buffer.alloc(100, "v")]);
    for (const block of [indexed, Buffer.concat([requestBlock(), ...Array.from({ length: 140 }, () => literal)])]) {
      const { peer, seen } = start({ maxHeaderBytes: 16_000 });
      peer.send(BEGINNING, call(1, block), call(3, block), call(5));
      expect(peer.goaway()).toBeUndefined();
      expect(seen.opened).toBe(1);
      peer.send(call(7, block));
      expect(peer.goaway()).toBe(CALM);
    }
  });

  test("large header lists are work, as many frames as they have 4 KB", () => {
    const large = Buffer.concat([requestBlock(), field("x-big", "v".repeat(120)), Buffer.alloc(250, 0xbe)]); // 40 KB as a list
    const { peer } = start({ idleFrames: few });
    peer.send(BEGINNING);
    for (let id = 1; id < 18; id += 2) peer.send(call(id, large));
    expect(peer.goaway()).toBeUndefined();
    for (let id = 19; id < 25; id += 2) peer.send(call(id, large));
    expect(peer.goaway()).toBe(CALM);
  });

  test("what a busy peer sends is no flood: small messages whole, and a window for each of our frames", () => {
    const { peer, seen } = start({ idleFrames: few });
    peer.send(BEGINNING, call(1));
    for (let i = 0; i < 1000; i++) peer.send(frame(0, 0, 1, grpcMessage("ab")), frame(8, 0, 1, uint32(2048)), frame(8, 0, 0, uint32(2048)));
    expect(peer.goaway()).toBeUndefined();
    expect(seen.messages).toHaveLength(1000);
  });

  test("a peer without streams is asked to close, one that had some in between is not", async () => {
    const idle = start().peer;
    const busy = start().peer;
    const open = start().peer;
    for (const peer of [idle, busy, open]) peer.send(BEGINNING);
    open.send(call(1));
    for (let i = 0; i < 2; i++) {
      busy.send(call(2 * i + 1), frame(0, 1, 2 * i + 1, LAST));
      for (const { connection } of [idle, busy, open]) connection.endIfIdle();
    }
    await waitFor("it is asked", () => idle.goaway() !== undefined);
    expect([idle.goaway(), busy.goaway(), open.goaway()]).toEqual([0, undefined, undefined]);
  });

  test("resets of unanswered calls are a flood, of answered ones not", () => {
    const resets = (answered: boolean, count: number) => {
      const { peer } = start({ resets: few });
      peer.send(BEGINNING, frame(8, 0, 0, uint32(1 << 24)));
      for (let id = 1; id < 2 * count; id += 2) {
        peer.send(call(id), ...(answered ? [frame(0, 0, id, LAST)] : []), frame(3, 0, id, uint32(8)));
      }
      return peer.goaway();
    };
    expect(resets(false, 200)).toBe(CALM);
    expect(resets(true, 5000)).toBeUndefined();
  });

  test("resets that the peer makes us send count as its own", () => {
    const { peer } = start({ resets: few });
    peer.send(BEGINNING);
    for (let id = 1; id < 400; id += 2) peer.send(call(id), frame(8, 0, id, uint32(0)));
    expect(peer.goaway()).toBe(CALM);
  });

  test("streams beyond the limit are refused; answered ones that the peer leaves half open make room", () => {
    const { peer, seen } = start({ maxStreams: 10 });
    peer.send(BEGINNING);
    for (let id = 1; id < 101; id += 2) peer.send(call(id), frame(0, 0, id, LAST));
    expect(seen.closed).toBe(50);
    for (let id = 101; id < 141; id += 2) peer.send(call(id));
    const refused = peer.ofType(RST_STREAM).filter(({ payload }) => payload.readUInt32BE(0) === 7);
    expect(refused.length).toBeGreaterThanOrEqual(10);
    expect(refused.length).toBeLessThan(20);
  });

  test("no SETTINGS in time: the connection ends", async () => {
    const { peer } = start({ handshakeMs: 20 });
    peer.send(PREFACE.subarray(0, 10));
    await waitFor("it is given up", () => peer.goaway() === 1 && peer.socket.ended);
    expect(peer.broken).toEqual(["no SETTINGS in time"]);
  });
});
