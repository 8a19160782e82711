// Mapped memory: what it holds is kept, it is gone when it is given back, it is used again or goes in turns.
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

  test("what is given back goes room by room, each turn, and what is beyond 32 MB at once", async () => {
    const rooms = Array.from({ length: 36 }, () => mapped(MB));
    const there = () => rooms.filter((room) => room.length > 0).length;
    for (const room of rooms) giveBack(room);
    const left = [there()];
    for (let i = 0; i < 32; i++) {
      await turn();
      left.push(there());
    }
    expect(left).toEqual(Array.from({ length: 33 }, (_, turns) => 32 - turns));
  });

  test("what is given back is used again for as many pages, and is its new owner's", async () => {
    const [one, other] = [mapped(60_000), mapped(200_000)];
    const [memory, otherMemory] = [one.buffer, other.buffer];
    giveBack(one);
    giveBack(other);
    const again = mapped(59_000);
    const [larger, second] = [mapped(70_000), mapped(59_000)];
    expect(again.buffer).toBe(memory);
    expect([again.length, larger.length, second.length]).toEqual([59_000, 70_000, 59_000]);
    expect([memory, otherMemory]).not.toContain(larger.buffer);
    expect(second.buffer).not.toBe(memory);
    await turn();
    await turn();
    expect([again.length, other.length]).toEqual([59_000, 0]);
  });

  test("what is given back twice has one new owner, and nothing comes of it when its memory is gone", async () => {
    const room = mapped(60_000);
    giveBack(room);
    giveBack(room);
    const [one, other] = [mapped(60_000), mapped(60_000)];
    expect(one.buffer).not.toBe(other.buffer);
    for (let i = 0; i < 2; i++) {
      giveBack(one);
      await turn();
    }
    expect(one.length).toBe(0);
  });

  test("sizes that nobody asks for any more go first", async () => {
    const [old, used] = [mapped(20 * MB), mapped(MB)];
    giveBack(old);
    giveBack(used);
    giveBack(mapped(MB));
    giveBack(mapped(12 * MB));
    expect([old.length, used.length]).toEqual([0, MB]);
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
