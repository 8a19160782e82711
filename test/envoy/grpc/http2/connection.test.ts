// One connection, frame by frame: however the bytes come, whatever the windows, whatever the peer does wrong.
import { describe, expect, test } from "vitest";
import type { Limits } from "../../../../src/envoy/grpc/http2/limits.ts";
import type { Call } from "../../../../src/envoy/grpc/transport.ts";
import {
  BEGINNING,
  connect,
  echo,
  frame,
  grpcMessage,
  METHOD,
  PREFACE,
  requestBlock,
  SESSION,
  setting,
  uint32,
} from "../../../support/http2-peer.ts";
import { waitFor } from "../../../support/wait-for.ts";

const DATA = 0;
const HEADERS = 1;
const RST_STREAM = 3;
const GOAWAY = 7;
const LAST = grpcMessage("Lhello");
const call = (id: number, block = requestBlock()) => frame(1, 4, id, block);

function start(limits: Partial<Limits> = {}, maxMessageBytes?: number) {
  const { open, seen } = echo();
  return { peer: connect(open, limits, maxMessageBytes), seen };
}

describe("reading", () => {
  test("wherever the input is cut, the same bytes are answered", () => {
    const whole = start();
    whole.peer.send(SESSION);
    expect(whole.seen).toMatchObject({ opened: 2, closed: 2 });
    const expected = whole.peer.bytes();
    for (let size = 1; size < 60; size++) {
      const { peer, seen } = start();
      for (let at = 0; at < SESSION.length; at += size) peer.send(SESSION.subarray(at, at + size));
      expect(peer.bytes().equals(expected), `pieces of ${size}`).toBe(true);
      expect(seen.closed).toBe(2);
    }
    for (let cut = 1; cut < SESSION.length; cut++) {
      const { peer } = start();
      peer.send(SESSION.subarray(0, cut), SESSION.subarray(cut));
      expect(peer.bytes().equals(expected), `cut at ${cut}`).toBe(true);
    }
  });

  test("a message stays as it was, though the chunks it came in are used again", () => {
    const { peer, seen } = start();
    peer.send(BEGINNING, call(1));
    const message = grpcMessage(Buffer.alloc(200_000, "m"));
    for (let at = 0; at < message.length; at += 16_000) {
      const chunk = frame(0, 0, 1, message.subarray(at, at + 16_000));
      peer.send(chunk);
      chunk.fill(0);
    }
    expect(Buffer.from(seen.messages[0] ?? []).equals(Buffer.alloc(200_000, "m"))).toBe(true);
  });

  test("windows are opened again as bytes are taken, on the connection and on the stream", () => {
    const { peer } = start({ streamWindowBytes: 100_000, connectionWindowBytes: 200_000 });
    peer.send(BEGINNING, call(1), frame(0, 0, 1, grpcMessage(Buffer.alloc(16_000)).subarray(0, 16_000)));
    for (let i = 0; i < 60; i++) peer.send(frame(0, 0, 1, i === 0 ? Buffer.alloc(5) : grpcMessage(Buffer.alloc(16_000))));
    expect(peer.goaway()).toBeUndefined();
    const credited = (id: number) =>
      peer.frames().reduce((sum, { type, streamId, payload }) => sum + (type === 8 && streamId === id ? payload.readUInt32BE(0) : 0), 0);
    expect(credited(0)).toBeGreaterThan(800_000);
  });

  test("a peer that sends on but does not read its answers gets no more window", () => {
    const { peer } = start({ streamWindowBytes: 100_000 });
    peer.send(BEGINNING, call(1));
    const message = grpcMessage(Buffer.alloc(16_000));
    for (let i = 0; i < 100 && peer.ofType(RST_STREAM).length === 0; i++) peer.send(frame(0, 0, 1, message));
    expect(peer.ofType(RST_STREAM)[0]?.payload.readUInt32BE(0)).toBe(3); // flow control error: it went on without a window
    expect(peer.dataBytes()).toBeLessThanOrEqual(65_535);
  });

  test("DATA beyond the connection's window is an error of the connection", () => {
    const { peer, seen } = start({ connectionWindowBytes: 70_000 });
    const message = grpcMessage(Buffer.alloc(16_379));
    peer.send(BEGINNING, call(1), Buffer.concat(Array.from({ length: 4 }, () => frame(0, 0, 1, message))));
    expect(peer.goaway()).toBeUndefined();
    peer.send(Buffer.concat(Array.from({ length: 5 }, () => frame(0, 0, 1, message))));
    expect(peer.goaway()).toBe(3);
    expect(seen.closed).toBe(1);
  });
});

describe("writing", () => {
  test("head, message and trailers of one turn leave in one write", async () => {
    const { peer, seen } = start();
    peer.send(BEGINNING, call(1));
    const before = peer.socket.writes;
    peer.send(frame(0, 0, 1, grpcMessage(Buffer.concat([Buffer.from("L"), Buffer.alloc(12_000)]))));
    expect(peer.socket.writes).toBe(before + 1);
    expect(
      peer
        .frames()
        .slice(-3)
        .map(({ type }) => type),
    ).toEqual([HEADERS, DATA, HEADERS]);
    peer.send(call(3));
    const later = peer.socket.writes;
    seen.calls[1]?.send(Buffer.from("a"));
    seen.calls[1]?.send(Buffer.from("b"));
    seen.calls[1]?.finish();
    await waitFor("it is written", () => peer.socket.writes > later);
    expect(peer.socket.writes).toBe(later + 1);
  });

  test("the peer's windows are kept to the byte, negative ones too", () => {
    const { peer, seen } = start();
    const big = grpcMessage(Buffer.concat([Buffer.from("L"), Buffer.alloc(50_000, 7)]));
    peer.send(PREFACE, frame(4, 0, 0, setting(4, 10)), call(1));
    for (let at = 0; at < big.length; at += 16_384) peer.send(frame(0, 0, 1, big.subarray(at, at + 16_384)));
    expect(peer.dataBytes()).toBe(10);
    peer.send(frame(8, 0, 1, uint32(5)));
    expect(peer.dataBytes()).toBe(15);
    peer.send(frame(4, 0, 0, setting(4, 0)), frame(8, 0, 1, uint32(9))); // -10, then -1
    expect(peer.dataBytes()).toBe(15);
    peer.send(frame(8, 0, 1, uint32(2)));
    expect(peer.dataBytes()).toBe(16);
    expect(seen.closed).toBe(0);
    peer.send(frame(8, 0, 1, uint32(100_000)));
    expect(Buffer.concat(peer.ofType(DATA).map(({ payload }) => payload)).equals(big)).toBe(true);
    expect(peer.frames().at(-1)).toMatchObject({ type: HEADERS, flags: 5 });
    expect(seen.closed).toBe(1);
  });

  test("a message in parts is one message, and its memory is given back when the last of it is written", async () => {
    const { peer, seen } = start();
    peer.send(PREFACE, frame(4, 0, 0, setting(4, 0)), frame(8, 0, 0, uint32(1 << 20)), call(1));
    const body = Buffer.alloc(200_000, 7);
    const parts = [Buffer.from("front"), body.subarray(3, 100_000), body.subarray(0, 0), body.subarray(150_000), Buffer.from("back")];
    const whole = grpcMessage(Buffer.concat(parts));
    seen.calls[0]?.sendParts?.(parts);
    seen.calls[0]?.finish();
    for (let opened = 0; opened < whole.length - 1; opened += 39_999) peer.send(frame(8, 0, 1, uint32(39_999)));
    await waitFor("all is written", () => peer.frames().at(-1)?.flags === 5);
    expect(Buffer.concat(peer.ofType(DATA).map(({ payload }) => payload)).equals(whole)).toBe(true);
    expect([body.length, peer.socket.writes > 5]).toEqual([0, true]);
  });

  test("the memory of a message that waits for its window is not given back", async () => {
    const { peer, seen } = start();
    peer.send(PREFACE, frame(4, 0, 0, setting(4, 100_000)), frame(8, 0, 0, uint32(1 << 20)), call(1));
    const message = Buffer.alloc(100_000, 7);
    seen.calls[0]?.send(message);
    await waitFor("most of it is written", () => peer.dataBytes() === 100_000);
    expect(message.length).toBe(100_000);
    peer.send(frame(8, 0, 1, uint32(5)));
    await waitFor("the rest is", () => peer.dataBytes() === 100_005);
    expect(message.length).toBe(0);
  });

  test("the connection's window is shared, and no stream goes hungry", () => {
    const { peer } = start({ turnBytes: 1000 });
    peer.send(PREFACE, frame(4, 0, 0, setting(4, 1_000_000)), call(1), call(3));
    for (const id of [1, 3]) {
      for (let i = 0; i < 4; i++) peer.send(frame(0, 0, id, grpcMessage(Buffer.alloc(16_379))));
    }
    expect(peer.dataBytes()).toBe(65_535);
    const before = peer.frames().length;
    peer.send(frame(8, 0, 0, uint32(10_000)));
    expect(peer.dataBytes()).toBe(75_535);
    const streams = peer
      .frames()
      .slice(before)
      .filter(({ type }) => type === DATA);
    expect(new Set(streams.map(({ streamId }) => streamId)).size).toBeGreaterThan(0);
  });

  test("a peer that does not read is not read from, until it does", () => {
    const { peer } = start({ maxUnwrittenBytes: 1000 });
    peer.send(BEGINNING);
    peer.socket.stuck = true;
    for (let i = 0; i < 500; i++) peer.send(frame(6, 0, 0, Buffer.alloc(8)));
    expect(peer.socket.paused).toBe(true);
    peer.socket.writableLength = 0;
    peer.socket.emit("drain");
    expect(peer.socket.paused).toBe(false);
  });
});

describe("statuses", () => {
  const trailersOf = (peer: ReturnType<typeof start>["peer"]) => peer.ofType(HEADERS).at(-1)?.payload.toString("latin1") ?? "";

  test.each<[what: string, chunks: Buffer[], status: string]>([
    ["a message over the limit", [call(1), frame(0, 0, 1, grpcMessage(Buffer.alloc(1001)))], "8"],
    ["a compressed message", [call(1), frame(0, 0, 1, grpcMessage("x", 1))], "12"],
    ["a flag that does not exist", [call(1), frame(0, 0, 1, grpcMessage("x", 7))], "13"],
    ["a message that is not whole", [call(1), frame(0, 1, 1, LAST.subarray(0, 9))], "13"],
    ["an unknown method", [call(1, requestBlock("/other"))], "12"],
    ["a handler's exception", [call(1), frame(0, 0, 1, grpcMessage("X"))], "13"],
    ["a half-close, answered by the handler", [call(1), frame(0, 1, 1)], "0"],
  ])("%s", (_, chunks, status) => {
    const { peer, seen } = start({}, 1000);
    peer.send(BEGINNING, ...chunks);
    expect(trailersOf(peer)).toMatch(new RegExp(`grpc-status.${status}(?:\\D|$)`, "s"));
    expect(peer.ofType(HEADERS)).toHaveLength(1); // trailers only
    expect(seen.closed).toBe(seen.opened);
    expect(peer.errors).toHaveLength(_ === "a handler's exception" ? 1 : 0);
    peer.send(call(3), frame(0, 1, 3, LAST)); // the connection goes on
    expect(peer.ofType(DATA).at(-1)?.streamId).toBe(3);
  });

  test("details are percent-encoded, and cut where they are too long", () => {
    const { peer, seen } = start();
    peer.send(BEGINNING, call(1), call(3));
    seen.calls[0]?.finish(3, "50 % größer\n");
    seen.calls[1]?.finish(3, "x".repeat(5000));
    peer.send(frame(6, 0, 0, Buffer.alloc(8)));
    const [first, second] = peer.ofType(HEADERS);
    expect(first?.payload.toString("latin1")).toContain("50 %25 gr%C3%B6%C3%9Fer%0A");
    expect(second?.payload.length).toBeLessThan(1200);
  });

  test.each<[string, Buffer, string]>([
    ["another content-type", requestBlock(METHOD, "text/plain"), "415"],
    ["another method", Buffer.concat([Buffer.from([0x82]), requestBlock().subarray(1)]), "405"],
  ])("%s is refused in HTTP's words", (_, block, status) => {
    const { peer, seen } = start();
    peer.send(BEGINNING, call(1, block));
    expect(peer.ofType(HEADERS)[0]?.payload.toString("latin1")).toContain(status);
    expect(seen.opened).toBe(0);
  });
});

describe("closed, exactly once", () => {
  const ways: [string, (peer: ReturnType<typeof start>["peer"]) => void][] = [
    ["a reset", (peer) => peer.send(frame(3, 0, 1, uint32(8)))],
    [
      "a reset, and a lost connection",
      (peer) => {
        peer.send(frame(3, 0, 1, uint32(8)));
        peer.close();
      },
    ],
    ["a lost connection", (peer) => peer.close()],
    ["destroying", (peer) => peer.connection.destroy()],
    ["an answer", (peer) => peer.send(frame(0, 0, 1, LAST))],
    ["an answer, then a reset", (peer) => peer.send(frame(0, 0, 1, LAST), frame(3, 0, 1, uint32(8)))],
    [
      "an answer behind the peer's end, then a lost connection",
      (peer) => {
        peer.send(frame(0, 1, 1, LAST));
        peer.close();
      },
    ],
    ["a broken protocol", (peer) => peer.send(frame(5, 0, 1))],
    ["a broken protocol behind an answer, in one chunk", (peer) => peer.send(Buffer.concat([frame(0, 0, 1, LAST), frame(5, 0, 1)]))],
    ["a message that breaks the handler", (peer) => peer.send(frame(0, 0, 1, grpcMessage("X")))],
    ["a window of nothing", (peer) => peer.send(frame(8, 0, 1, uint32(0)))],
  ];
  test.each(ways)("by %s", (_, act) => {
    const { peer, seen } = start();
    peer.send(BEGINNING, call(1));
    expect(seen).toMatchObject({ opened: 1, closed: 0 });
    act(peer);
    expect(seen.closed).toBe(1);
    peer.close();
    expect(seen.closed).toBe(1);
    seen.calls[0]?.send(Buffer.from("late"));
    seen.calls[0]?.finish();
  });

  test("handlers that throw wherever they can take nothing with them", () => {
    const thrower = () => ({
      message: () => {},
      halfClosed() {
        throw new Error("halfClosed");
      },
      closed() {
        throw new Error("closed");
      },
    });
    const peer = connect(thrower);
    peer.send(BEGINNING, call(1), frame(0, 1, 1), call(3), frame(3, 0, 3, uint32(8)));
    expect(peer.errors).toHaveLength(3);
    const unopened = connect(() => {
      throw new Error("open");
    });
    unopened.send(BEGINNING, call(1), frame(0, 1, 1, LAST));
    expect(unopened.errors).toHaveLength(1);
    expect(peer.goaway() ?? unopened.goaway()).toBeUndefined();
  });
});

describe("draining", () => {
  test("asks first, takes what was on its way, names the last call, and ends when all are answered", () => {
    const { peer, seen } = start();
    peer.send(BEGINNING, call(1));
    peer.connection.drain();
    peer.send(call(3)); // it crossed the GOAWAY
    const [first] = peer.ofType(GOAWAY);
    expect(first?.payload.readUInt32BE(0)).toBe(0x7fffffff);
    const ping = peer.ofType(6)[0];
    peer.send(frame(6, 1, 0, ping?.payload));
    expect(peer.ofType(GOAWAY)[1]?.payload.readUInt32BE(0)).toBe(3);
    peer.send(call(5));
    expect(seen.opened).toBe(2);
    peer.send(frame(0, 0, 1, LAST));
    expect(peer.socket.ended).toBe(false);
    peer.send(frame(0, 0, 3, LAST));
    expect(peer.socket.ended).toBe(true);
    expect(seen.closed).toBe(2);
    expect(peer.goaway()).toBe(0);
  });

  test("waits for every call in flight, however others ended", async () => {
    const { peer } = start();
    peer.send(BEGINNING, call(1), frame(0, 0, 1, LAST), frame(3, 0, 1, uint32(8)), call(3));
    peer.connection.drain();
    const ping = await waitFor("it asks", () => peer.ofType(6)[0]);
    peer.send(frame(6, 1, 0, ping.payload));
    expect(peer.socket.ended).toBe(false);
    peer.send(frame(0, 0, 3, LAST));
    expect(peer.socket.ended).toBe(true);
  });

  test("a peer that answers no PING is waited for only so long", async () => {
    const { peer } = start({ lastCallMs: 10 });
    peer.send(BEGINNING);
    peer.connection.drain();
    await waitFor("it ends", () => peer.socket.ended);
    expect(peer.ofType(GOAWAY)).toHaveLength(2);
  });

  test("what a handler says when another call of its is over still goes out", async () => {
    const calls: Call[] = [];
    const peer = connect((mine) => {
      calls.push(mine);
      return { message: () => mine.finish(), halfClosed: () => {}, closed: () => calls[1]?.finish(3, "after the first") };
    });
    peer.send(BEGINNING, call(1), call(3));
    peer.connection.drain();
    const ping = await waitFor("it asks", () => peer.ofType(6)[0]);
    peer.send(frame(6, 1, 0, ping.payload), frame(0, 0, 1, LAST));
    await waitFor("it ends", () => peer.socket.ended);
    expect(peer.ofType(HEADERS).at(-1)?.payload.toString()).toContain("after the first");
    expect(peer.socket.endedAt).toBe(peer.socket.written.length);
  });
});
