// One budget for what is held for all peers: what counts, who waits, who is cut off, and that all of it is counted down again.
import { afterEach, describe, expect, test, vi } from "vitest";
import type { Garbage } from "../../../../src/envoy/grpc/http2/garbage.ts";
import type { Limits } from "../../../../src/envoy/grpc/http2/limits.ts";
import { type CutOff, PeerMemory, STREAM_BYTES } from "../../../../src/envoy/grpc/http2/peer-memory.ts";
import { isMapped } from "../../../../src/envoy/grpc/mapped.ts";
import type { Call, OpenCall } from "../../../../src/envoy/grpc/transport.ts";
import { BEGINNING, connect, echo, frame, grpcMessage, type Peer, requestBlock, setting, uint32 } from "../../../support/http2-peer.ts";
import { givenBackBy } from "../../../support/mapped-memory.ts";
import { waitFor } from "../../../support/wait-for.ts";

afterEach(() => void vi.useRealTimers());

const MB = 1 << 20;
const RST_STREAM = 3;
const WINDOW_UPDATE = 8;
const CALM = 11;
const REFUSED = 7;
const call = (id: number) => frame(1, 4, id, requestBlock());
/** A peer that gives no window for answers. */
const NO_WINDOW = frame(4, 0, 0, setting(4, 0));

/** DATA frames of the first `bytes` bytes of a message that is announced as of `length`. */
function beginning(id: number, length: number, bytes: number): Buffer {
  const all = Buffer.concat([Buffer.from([0]), uint32(length), Buffer.alloc(bytes, "m")]);
  const frames: Buffer[] = [];
  for (let at = 0; at < all.length; at += 16_384) frames.push(frame(0, 0, id, all.subarray(at, at + 16_384)));
  return Buffer.concat(frames);
}

/** Turns of any length, but where they are what is tested. */
const turnWork = Number.POSITIVE_INFINITY;

function account(budgetBytes: number, graceMs = 60_000) {
  const cutOffs: CutOff[] = [];
  const memory = new PeerMemory({ budgetBytes: () => budgetBytes, graceMs, turnWork, onCutOff: (why) => cutOffs.push(why) });
  const bytes = () => Object.values(memory.held()).reduce((sum, held) => sum + held, 0);
  const peer = (open: OpenCall = echo().open, limits: Partial<Limits> = {}) => connect(open, limits, 64 * MB, memory);
  return { memory, cutOffs, bytes, peer };
}

const endOf = (peer: Peer, id: number) =>
  peer
    .ofType(RST_STREAM)
    .find(({ streamId }) => streamId === id)
    ?.payload.readUInt32BE(0);
/** Tells what is asked of it. */
const tellingGarbage = (told: string[]): Garbage => ({
  collectOften: () => void told.push("often"),
  collectYoung: () => void told.push("young"),
  collectOnce: () => void told.push("once"),
});
const turn = () => new Promise((resolve) => setImmediate(resolve));

describe("what counts", () => {
  const keeping = (bytes: number): OpenCall => {
    return (call: Call) => ({ message: () => call.keeps?.(bytes), halfClosed: () => call.finish(), closed() {} });
  };

  test.each<[string, (peer: Peer) => void, object, OpenCall?]>([
    ["a message that arrives whole: its stream alone", (peer) => peer.send(frame(0, 0, 1, grpcMessage("hello"))), {}],
    ["a message that is not whole: the room for it", (peer) => peer.send(beginning(1, 5 * MB, 100)), { partial: 64 << 10 }],
    ["a larger part of it: the larger room", (peer) => peer.send(beginning(1, 5 * MB, 70_000)), { partial: MB }],
    ["an answer without a window", (peer) => peer.send(NO_WINDOW, frame(0, 0, 1, grpcMessage("hello"))), { unsent: 5 + 256 }],
    ["what a handler keeps", (peer) => peer.send(frame(0, 0, 1, grpcMessage("hello"))), { kept: 7000 }, keeping(7000)],
    ["a header block without end", (peer) => peer.send(frame(1, 0, 3, Buffer.alloc(100))), { connection: 100 }],
  ])("%s", (_, act, held, open) => {
    const { memory, bytes, peer } = account(MB);
    const one = peer(open);
    one.send(BEGINNING, call(1));
    act(one);
    expect(memory.held()).toEqual({ partial: 0, unsent: 0, kept: 0, connection: 0, streams: STREAM_BYTES, ...held });
    one.close();
    expect(bytes()).toBe(0);
  });

  test.each<[string, (peer: Peer) => void]>([
    ["a message becomes whole", (peer) => peer.send(frame(0, 0, 1, Buffer.alloc(100, "m")))],
    ["its stream is reset", (peer) => peer.send(frame(3, 0, 1, uint32(8)))],
    ["its stream is ended in the middle of it", (peer) => peer.send(frame(0, 1, 1))],
    ["the peer breaks a rule", (peer) => peer.send(frame(0, 0, 0))],
  ])("no longer, once %s", async (_, act) => {
    const { memory, peer } = account(MB);
    const one = peer();
    one.send(BEGINNING, call(1), beginning(1, 65_700, 65_600));
    expect(memory.held().partial).toBe(65_700);
    act(one);
    await turn();
    expect(memory.held().partial).toBe(0);
  });

  test("answers no longer, once there is a window for them", () => {
    const { memory, peer } = account(MB);
    const one = peer();
    one.send(BEGINNING, NO_WINDOW, call(1), frame(0, 0, 1, grpcMessage("hello")), frame(0, 0, 1, grpcMessage("again")));
    expect(memory.held().unsent).toBe(2 * (5 + 256));
    one.send(frame(8, 0, 1, uint32(10)));
    expect(memory.held().unsent).toBe(5 + 256);
    one.send(frame(8, 0, 1, uint32(10)));
    expect(memory.held().unsent).toBe(0);
    expect(one.dataBytes()).toBe(20);
  });

  test("what the socket does not take, until it does", () => {
    const { memory, peer } = account(MB);
    const one = peer();
    one.socket.stuck = true;
    const message = grpcMessage(Buffer.alloc(16_000, "m"));
    one.send(BEGINNING, frame(8, 0, 0, uint32(64 * MB)), frame(4, 0, 0, setting(4, 16 * MB)), call(1));
    for (let i = 0; i < 20; i++) one.send(frame(0, 0, 1, message));
    expect(memory.held().connection).toBeGreaterThan(300_000);
    one.socket.stuck = false;
    one.socket.writableLength = 0;
    one.socket.emit("drain");
    expect(memory.held().connection).toBe(0);
  });
});

describe("over the budget", () => {
  test("streams that hold something get no window until others let go; others do", async () => {
    const { cutOffs, peer } = account(0);
    const [greedy, waiting, other] = [peer(), peer(), peer(echo().open, { streamWindowBytes: 64 << 10 })];
    const windows = (one: Peer, id: number) => one.ofType(WINDOW_UPDATE).filter(({ streamId }) => streamId === id).length;
    greedy.send(BEGINNING, call(1), beginning(1, 5 * MB, MB - 5));
    waiting.send(BEGINNING, call(1));
    expect(windows(greedy, 1)).toBeGreaterThan(0);
    greedy.send(beginning(1, 0, 100).subarray(0, 0), frame(0, 0, 1, Buffer.alloc(16_000)));
    waiting.send(beginning(1, 2 * MB, 900_000));
    expect(windows(waiting, 1)).toBe(0);
    other.send(BEGINNING, call(1));
    for (let i = 0; i < 4; i++) other.send(frame(0, 0, 1, grpcMessage(Buffer.alloc(16_000))));
    expect(windows(other, 1)).toBeGreaterThan(0);
    greedy.send(frame(3, 0, 1, uint32(8)));
    await turn();
    expect(windows(waiting, 1)).toBe(1);
    expect(cutOffs).toEqual([]);
  });

  test("after the grace the longest held of the greediest connection goes, and no more than need be", async () => {
    const { cutOffs, memory, peer } = account(8 * MB, 50);
    const [modest, greedy] = [peer(), peer()];
    for (const one of [modest, greedy]) one.send(BEGINNING);
    modest.send(call(1), beginning(1, MB, 500_000));
    for (let id = 1; id <= 23; id += 2) greedy.send(call(id), beginning(id, MB, 500_000));
    expect(memory.held().partial).toBe(13 * MB);
    await waitFor("one is cut off", () => cutOffs.length > 0);
    await waitFor("the rest is within the budget", () => !memory.spent);
    expect(cutOffs).toEqual(["partial", "partial"]);
    expect([endOf(greedy, 1), endOf(greedy, 3), endOf(greedy, 5), endOf(modest, 1)]).toEqual([CALM, CALM, undefined, undefined]);
    expect(greedy.goaway()).toBeUndefined();
  });

  test("far over it nobody waits for the grace", async () => {
    const { cutOffs, bytes, peer } = account(0);
    const one = peer();
    one.send(BEGINNING);
    for (let id = 1; id <= 61; id += 2) one.send(call(id), beginning(id, MB, 100_000));
    await turn();
    expect(bytes()).toBeLessThanOrEqual(4 * MB);
    expect(cutOffs.length).toBeGreaterThanOrEqual(27);
  });

  test("who has held for longer than the grace goes before who holds more", async () => {
    const { cutOffs, peer } = account(0, 30);
    const [stuck, busy] = [peer(), peer()];
    stuck.send(BEGINNING, call(1), beginning(1, MB, 100_000), call(3), beginning(3, MB, 100_000));
    const since = performance.now();
    await waitFor("the grace is over", () => performance.now() - since > 40);
    busy.send(BEGINNING);
    for (let id = 1; id <= 7; id += 2) busy.send(call(id), beginning(id, MB, 100_000));
    for (let id = 17; id <= 23; id += 2) busy.send(call(id), beginning(id, MB, 100_000));
    await turn();
    expect(cutOffs.length).toBeGreaterThan(2);
    expect([endOf(stuck, 1), endOf(stuck, 3)]).toEqual([CALM, CALM]);
  });

  test("a connection whose socket takes nothing is ended whole, at once", async () => {
    const { cutOffs, bytes, peer } = account(-4 * MB, 20);
    const one = peer();
    one.socket.stuck = true;
    one.send(BEGINNING, frame(8, 0, 0, uint32(64 * MB)), frame(4, 0, 0, setting(4, 16 * MB)), call(1));
    for (let i = 0; i < 20; i++) one.send(frame(0, 0, 1, grpcMessage(Buffer.alloc(16_000, "m"))));
    await waitFor("it is ended", () => one.socket.destroyed);
    expect(cutOffs).toEqual(["connection"]);
    expect(bytes()).toBe(0);
  });

  test("calls of a cut-off stream are over, and their handlers told once", async () => {
    const { open, seen } = echo();
    const { peer } = account(-4 * MB, 20);
    const one = peer(open);
    one.send(BEGINNING, call(1), beginning(1, MB, 1000));
    await waitFor("it is told", () => seen.closed > 0);
    one.send(frame(3, 0, 1, uint32(8)));
    one.close();
    expect(seen.closed).toBe(1);
  });
});

describe("streams of the process", () => {
  test("all taken, who has less than its part still gets it: who has most gives up its oldest", async () => {
    const { memory, peer } = account(0);
    const hoarders = Array.from({ length: 4 }, () => peer());
    const most = (4 * MB) / STREAM_BYTES;
    for (const one of hoarders) one.send(BEGINNING);
    for (const one of hoarders) for (let id = 1; id < 2 * (most / 2); id += 2) one.send(call(id));
    expect(memory.held().streams / STREAM_BYTES).toBe(most);
    const modest = peer();
    modest.send(BEGINNING);
    for (let id = 1; id < 2 * 100; id += 2) modest.send(call(id));
    expect(modest.ofType(RST_STREAM)).toEqual([]);
    expect(memory.held().streams / STREAM_BYTES).toBe(most);
    await turn();
    expect(hoarders.map((one) => endOf(one, 1))).toContain(CALM);
  });

  test("nearly all taken, each connection has its part, and what is beyond is refused", () => {
    const { cutOffs, memory, peer } = account(0);
    const [greedy, modest] = [peer(), peer()];
    for (const one of [greedy, modest]) one.send(BEGINNING);
    for (let id = 1; id < 2 * 1500; id += 2) greedy.send(call(id));
    const most = (4 * MB) / STREAM_BYTES;
    expect(memory.held().streams / STREAM_BYTES).toBe((most * 3) / 4);
    expect(greedy.ofType(RST_STREAM).map(({ payload }) => payload.readUInt32BE(0))).toEqual(cutOffs.map(() => REFUSED));
    for (let id = 1; id < 2 * 200; id += 2) modest.send(call(id));
    expect(modest.ofType(RST_STREAM)).toEqual([]);
    greedy.close();
    modest.close();
    expect(memory.held().streams).toBe(0);
  });
});

describe("while memory is short", () => {
  test("streams that only open are not beyond what may be held at most: room is made for them at once", async () => {
    const { bytes, peer } = account(0);
    const [greedy, modest] = [peer(), peer()];
    for (const one of [greedy, modest]) one.send(BEGINNING);
    for (let id = 1; id <= 11; id += 2) greedy.send(call(id), beginning(id, 5 * MB, 70_000));
    expect(bytes()).toBeGreaterThan(6 * MB);
    for (let id = 1; id < 2 * 600; id += 2) modest.send(call(id));
    await turn();
    expect(bytes()).toBeLessThan(4 * MB + 1);
    expect(modest.ofType(RST_STREAM)).toEqual([]);
  });

  test("a peer that holds more than its part is read with pauses, others are not", async () => {
    const { memory, peer } = account(0);
    const [greedy, modest] = [peer(echo().open, { pauseMs: 1 }), peer()];
    for (const one of [greedy, modest]) one.send(BEGINNING, call(1));
    greedy.send(beginning(1, 5 * MB, 70_000), frame(1, 4, 3, requestBlock()), beginning(3, 5 * MB, 70_000));
    for (let id = 5; id <= 9; id += 2) greedy.send(call(id), beginning(id, 5 * MB, 70_000));
    expect(memory.spent).toBe(true);
    expect(greedy.socket.paused).toBe(true);
    modest.send(beginning(1, MB, 1000));
    expect(modest.socket.paused).toBe(false);
    await waitFor("it is read on", () => !greedy.socket.paused);
  });

  test("garbage is collected often while memory is short, and once when it has not been for a while", () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const told: string[] = [];
    const garbage = tellingGarbage(told);
    const memory = new PeerMemory({ budgetBytes: () => -4 * MB, graceMs: 60_000, garbage, quietMs: 10_000, turnWork });
    const one = connect(echo().open, {}, 64 * MB, memory);
    one.send(BEGINNING, call(1), beginning(1, 5 * MB, 70_000));
    expect([memory.spent, told]).toEqual([true, ["often"]]);
    vi.advanceTimersByTime(15_000);
    one.send(frame(3, 0, 1, uint32(8)));
    expect(memory.spent).toBe(false);
    vi.advanceTimersByTime(9000);
    one.send(call(3), beginning(3, 5 * MB, 70_000), frame(3, 0, 3, uint32(8)));
    vi.advanceTimersByTime(9999);
    expect(told).toEqual(["often"]);
    vi.advanceTimersByTime(1);
    expect(told).toEqual(["often", "once"]);
    one.send(call(5), beginning(5, 5 * MB, 70_000));
    expect(told).toEqual(["often", "once", "often"]);
  });

  test("what was read is collected every 8 MB, while much is held", () => {
    const told: string[] = [];
    const memory = new PeerMemory({ budgetBytes: () => 16 * MB, garbage: tellingGarbage(told), turnWork });
    const one = connect(echo().open, {}, 64 * MB, memory);
    one.send(BEGINNING, call(1));
    const read = (mb: number) => {
      for (let i = 0; i < mb * 64; i++) one.send(frame(0, 0, 1, grpcMessage(Buffer.alloc(16_375, "m"))));
    };
    read(20);
    expect(told).toEqual([]);
    for (let id = 5; id <= 13; id += 2) one.send(call(id), beginning(id, MB, 70_000));
    expect(memory.crowded).toBe(true);
    read(20);
    expect(told).toEqual(["young", "young"]);
  });
});

describe("while much is held", () => {
  const KB = 1024;
  /** Each byte another than its neighbours. */
  const pattern = (bytes: number) => Buffer.from(Array.from({ length: bytes }, (_, i) => (i * 7 + (i >> 8)) & 255));
  const crowd = (one: Peer) => {
    for (let id = 101; id <= 125; id += 2) one.send(call(id), beginning(id, 5 * MB, 70_000));
  };
  const inFrames = (id: number, bytes: Buffer) => {
    const frames: Buffer[] = [];
    for (let at = 0; at < bytes.length; at += 16_384) frames.push(frame(0, 0, id, bytes.subarray(at, at + 16_384)));
    return frames;
  };

  test.each([17 * KB, 64 * KB, 100 * KB, 900 * KB])("a message of %d bytes comes whole, in memory of the usual kind", (bytes) => {
    const seen: Uint8Array[] = [];
    const open: OpenCall = () => ({ message: (message) => void seen.push(message), halfClosed() {}, closed() {} });
    const { memory, peer } = account(16 * MB);
    const [greedy, one] = [peer(), peer(open)];
    greedy.send(BEGINNING);
    crowd(greedy);
    expect(memory.crowded).toBe(true);
    one.send(BEGINNING, call(1));
    for (const part of inFrames(1, grpcMessage(pattern(bytes)))) one.send(part);
    expect(seen.map((message) => Buffer.compare(message, pattern(bytes)))).toEqual([0]);
    expect(seen.map(isMapped)).toEqual([false]);
  });

  test("answers that wait for a window come whole and in order, and their memory is given back as they go", async () => {
    const { memory, peer } = account(16 * MB);
    const [greedy, one] = [peer(), peer()];
    greedy.send(BEGINNING);
    crowd(greedy);
    one.send(BEGINNING, NO_WINDOW, frame(8, 0, 0, uint32(64 * MB)), call(1));
    const messages = [40 * KB, 100, 20 * KB, 200 * KB].map((bytes) => grpcMessage(pattern(bytes)));
    for (const message of messages) for (const part of inFrames(1, message)) one.send(part);
    expect(memory.held().unsent).toBeGreaterThan(260 * KB);
    expect(one.dataBytes()).toBe(0);
    const sent = await givenBackBy(() => {
      for (let i = 0; i < 30; i++) one.send(frame(8, 0, 1, uint32(10 * KB)));
    });
    expect(Buffer.compare(Buffer.concat(one.ofType(0).map(({ payload }) => payload)), Buffer.concat(messages))).toBe(0);
    expect(memory.held().unsent).toBe(0);
    expect(sent).toBe(3);
  });
});
