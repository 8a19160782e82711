// What comes faster than one turn of the event loop shall take: it waits, is counted, and is read in order; others are read meanwhile.
import { expect, test } from "vitest";
import { PeerMemory } from "../../../../src/envoy/grpc/http2/peer-memory.ts";
import { BEGINNING, connect, echo, frame, grpcMessage, requestBlock, uint32 } from "../../../support/http2-peer.ts";
import { waitFor } from "../../../support/wait-for.ts";

const turn = () => new Promise((resolve) => setImmediate(resolve));
const BLOCK = requestBlock();
/** 1,500 calls, each with a message: several turns of work. */
const CALLS = 1500;
const FRAMES = Array.from({ length: CALLS }, (_, i) => [frame(1, 4, 2 * i + 1, BLOCK), frame(0, 1, 2 * i + 1, grpcMessage(`L${i}`))]);
/** A new one each time: the memory of what was read is gone. */
const many = () => Buffer.concat(FRAMES.flat());
const BYTES = many().length;

function peers() {
  const memory = new PeerMemory({ budgetBytes: () => Number.POSITIVE_INFINITY });
  const { open, seen } = echo();
  const other = echo();
  const limits = { maxStreams: 16_384 };
  const one = connect(open, limits, 1 << 20, memory);
  const modest = connect(other.open, limits, 1 << 20, memory);
  for (const peer of [one, modest]) peer.send(BEGINNING);
  return { memory, one, seen, modest, seenOfModest: other.seen };
}

test("more than a thousand calls in one chunk are opened some each turn, in order, and who sends little is read at once", async () => {
  const { memory, one, seen, modest, seenOfModest } = peers();
  one.send(many());
  const openedBy = [seen.opened];
  while (seen.opened < CALLS) {
    expect([one.socket.paused, memory.held().connection]).toEqual([true, BYTES]);
    await turn();
    openedBy.push(seen.opened);
    const id = 2 * openedBy.length + 1;
    modest.send(frame(1, 4, id, BLOCK), frame(0, 1, id, grpcMessage("Lhello")));
    expect(seenOfModest.opened).toBe(openedBy.length - 1);
  }
  const perTurn = openedBy.map((opened, i) => opened - (openedBy[i - 1] ?? 0));
  expect(Math.max(...perTurn)).toBeLessThan(100);
  expect(seen.messages.map((bytes) => Buffer.from(bytes).toString())).toEqual(FRAMES.map((_, i) => `L${i}`));
  expect([one.socket.paused, memory.held().connection]).toEqual([false, 0]);
});

test("what comes behind it waits, too, and the end of all is the end: cut anywhere", async () => {
  const { memory, one, seen } = peers();
  for (let at = 0; at < BYTES; at += 9999) one.send(many().subarray(at, at + 9999));
  one.socket.emit("end");
  expect([seen.opened < CALLS, one.socket.ended]).toEqual([true, false]);
  await waitFor("it ends", () => one.socket.ended);
  expect(seen.messages.map((bytes) => Buffer.from(bytes).toString())).toEqual(FRAMES.map((_, i) => `L${i}`));
  expect(memory.held().connection).toBe(0);
});

test.each<[string, Buffer]>([
  ["breaks a rule", frame(0, 0, 0)],
  ["hangs up", Buffer.alloc(0)],
])("what waits is thrown away once the peer %s", async (_, bytes) => {
  const { memory, one, seen } = peers();
  one.send(Buffer.concat([...FRAMES.slice(0, 700).flat(), bytes, ...FRAMES.slice(700).flat()]));
  const waits = memory.held().connection;
  if (bytes.length === 0) one.close();
  await waitFor("it is over", () => memory.held().connection === 0);
  const { opened } = seen;
  await turn();
  await turn();
  expect(waits).toBeGreaterThan(60_000);
  expect([seen.opened, seen.closed, opened < CALLS]).toEqual([opened, opened, true]);
  expect(one.goaway()).toBe(bytes.length === 0 ? undefined : 1);
});

test("answers that are not taken keep the socket unread, when its turn comes too", async () => {
  const { one, seen } = peers();
  one.send(many());
  one.socket.writableLength = 64 << 20;
  await waitFor("all is read", () => seen.opened === CALLS);
  expect(one.socket.paused).toBe(true);
  one.socket.writableLength = 0;
  one.socket.emit("drain");
  expect(one.socket.paused).toBe(false);
});

test("who drains his answers while he waits is not read before it is his turn", async () => {
  const { one, seen } = peers();
  one.send(many());
  const { opened } = seen;
  one.socket.emit("drain");
  expect([one.socket.paused, seen.opened]).toEqual([true, opened]);
  await waitFor("all is read", () => seen.opened === CALLS);
});

test("the memory of a large chunk is given back once it is read, and its messages stay", () => {
  const { one, seen } = peers();
  one.send(frame(1, 4, 1, BLOCK));
  const messages = Array.from({ length: 4 }, (_, i) => grpcMessage(Buffer.alloc(15_000, String(i))));
  const whole = Buffer.concat(messages.map((message) => frame(0, 0, 1, message)));
  const [large, small] = [Buffer.allocUnsafeSlow(whole.length), Buffer.allocUnsafeSlow(15_014)];
  whole.copy(large);
  whole.copy(small);
  one.send(large, small, frame(8, 0, 1, uint32(1)));
  expect([large.length, small.length]).toEqual([0, 15_014]);
  expect(seen.messages.map((bytes) => `${bytes.length} ${String.fromCharCode(bytes[0] ?? 0)}`)).toEqual(
    ["0", "1", "2", "3", "0"].map((digit) => `15000 ${digit}`),
  );
});
