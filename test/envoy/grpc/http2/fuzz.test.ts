// Input nobody would write by hand: sessions with bytes changed, and frames in any order. The connection must stay right or end.
import { describe, expect, test } from "vitest";
import { BEGINNING, connect, echo, frame, grpcMessage, requestBlock, SESSION, uint32 } from "../../../support/http2-peer.ts";

/** The same numbers every time. */
function dice(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

function expectSound(chunks: Iterable<Buffer>): void {
  const { open, seen } = echo();
  const peer = connect(open, { idleFrames: { burst: 20, perSecond: 1 }, resets: { burst: 20, perSecond: 1 } });
  for (const chunk of chunks) peer.send(chunk);
  peer.frames(); // what was sent are whole frames
  peer.close();
  expect(seen.closed).toBe(seen.opened);
  const bugs = peer.errors.filter((error) => !(error instanceof Error && error.message === "too much"));
  expect(bugs).toEqual([]);
}

describe("whatever comes", () => {
  test("10,000 sessions with some bytes changed, in small pieces", () => {
    const random = dice(7);
    for (let round = 0; round < 10_000; round++) {
      const bytes = Buffer.from(SESSION);
      for (let changes = 1 + random(4); changes > 0; changes--) bytes[24 + random(bytes.length - 24)] = random(256);
      const chunks: Buffer[] = [];
      for (let at = 0; at < bytes.length; ) {
        const size = 1 + random(60);
        chunks.push(bytes.subarray(at, at + size));
        at += size;
      }
      expectSound(chunks);
    }
  });

  test("5,000 rows of frames in any order", () => {
    const random = dice(11);
    const block = requestBlock();
    const payloads = [
      Buffer.alloc(0),
      uint32(0),
      uint32(70_000),
      Buffer.alloc(8),
      block,
      grpcMessage("hello"),
      grpcMessage("Lhello"),
      grpcMessage("X"),
    ];
    for (let round = 0; round < 5000; round++) {
      const chunks: Buffer[] = [BEGINNING];
      for (let i = 0; i < 30; i++) {
        const id = 2 * random(6) + 1;
        const payload = payloads[random(payloads.length)] ?? block;
        const likely = [
          frame(1, 4 + random(2), id, block),
          frame(0, random(2), id, payload),
          frame(3, 0, id, uint32(8)),
          frame(8, 0, id, uint32(5)),
        ];
        chunks.push(random(8) > 0 ? (likely[random(4)] ?? block) : frame(random(11), random(256), random(12), payload));
      }
      expectSound(chunks);
    }
  });
});
