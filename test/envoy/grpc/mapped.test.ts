// Mapped memory: what it holds is kept, it is gone when it is given back, and many go a few each turn.
import { describe, expect, test } from "vitest";
import { giveBack, isMapped, mapped, mappedCopy, movedOut } from "../../../src/envoy/grpc/mapped.ts";

const MB = 1 << 20;
const turn = () => new Promise((resolve) => setImmediate(resolve));

describe("mapped memory", () => {
  test("keeps a copy of bytes, and is gone when they are moved out", async () => {
    const bytes = Buffer.from("some bytes ".repeat(5000));
    const kept = mappedCopy(bytes);
    expect([isMapped(kept), kept.equals(bytes)]).toEqual([true, true]);
    const out = movedOut(kept);
    await turn();
    expect([isMapped(out), out.equals(bytes), kept.length]).toEqual([false, true, 0]);
  });

  test("many that are given back go 4 MB a turn, and what is beyond 16 MB at once", async () => {
    const rooms = Array.from({ length: 20 }, () => mapped(MB));
    const there = () => rooms.filter((room) => room.length > 0).length;
    for (const room of rooms) giveBack(room);
    const left = [there()];
    for (let i = 0; i < 4; i++) {
      await turn();
      left.push(there());
    }
    expect(left).toEqual([16, 12, 8, 4, 0]);
  });

  test("memory that is shared with others is not given back", () => {
    const [one, other] = [Buffer.from("one"), Buffer.from("other")];
    giveBack(one);
    expect([one.toString(), other.toString()]).toEqual(["one", "other"]);
  });

  test("memory of one's own that is not mapped is given back at once", () => {
    const room = Buffer.allocUnsafeSlow(MB);
    giveBack(room);
    expect(room.length).toBe(0);
  });
});
