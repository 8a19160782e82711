// Who is read when: by what each has had, and no more in one turn than shall be.
import { expect, test } from "vitest";
import { type Reader, ReadingTurns } from "../../../../src/envoy/grpc/http2/reading-turns.ts";

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** Readers that have something to read at all times, `work` of it in each of their turns. */
function busyReaders(turns: ReadingTurns, names: string, work: number, log: string[]): readonly Reader[] {
  return Array.from(names, (name) => {
    const reader: Reader = {
      tag: 0,
      readOn() {
        log.push(name);
        turns.did(reader, work);
        turns.wait(reader);
      },
    };
    return reader;
  });
}

test("who waits is served in turn, and in one turn no more than its work", async () => {
  const log: string[] = [];
  const turns = new ReadingTurns(20);
  for (const reader of busyReaders(turns, "abcde", 10, log)) turns.wait(reader);
  const served: string[] = [];
  for (let i = 0; i < 5; i++) {
    await turn();
    served.push(log.splice(0).join(""));
  }
  expect(served).toEqual(["ab", "cd", "ea", "bc", "de"]);
});

test("whoever has had less goes first, and the others have what is left of the turn", async () => {
  const log: string[] = [];
  const turns = new ReadingTurns(20);
  for (const reader of busyReaders(turns, "GH", 20, log)) turns.wait(reader);
  await turn();
  for (const reader of busyReaders(turns, "m", 2, log)) turns.wait(reader);
  const served: string[] = [];
  for (let i = 0; i < 5; i++) {
    served.push(log.splice(0).join(""));
    await turn();
  }
  expect(served).toEqual(["G", "H", "mG", "mH", "mG"]);
});

test("what somebody has had while nobody waited does not count against him", async () => {
  const log: string[] = [];
  const turns = new ReadingTurns(20);
  const [old, fresh] = busyReaders(turns, "of", 20, log);
  if (old === undefined || fresh === undefined) throw new Error("two");
  for (let i = 0; i < 100; i++) {
    expect(turns.mayRead(old, "more")).toBe(true);
    turns.did(old, 10);
    await turn();
  }
  turns.wait(old);
  turns.wait(fresh);
  for (let i = 0; i < 6; i++) await turn();
  expect(log.join("")).toMatch(/^(of){3}$|^(fo){3}$/);
});

test("a turn that is over for those that wait is not for who sends little, for as long again", async () => {
  const turns = new ReadingTurns(20);
  const [greedy, modest] = busyReaders(turns, "gm", 20, []);
  if (greedy === undefined || modest === undefined) throw new Error("two");
  turns.wait(greedy);
  for (let i = 0; i < 2; i++) await turn();
  expect(turns.mayRead(greedy, "more")).toBe(false);
  expect(turns.mayRead(greedy, "little")).toBe(true);
  expect(turns.mayRead(modest, "more")).toBe(true);
  turns.did(modest, 19);
  expect(turns.mayRead(modest, "more")).toBe(false);
  expect(turns.mayRead(modest, "little")).toBe(true);
  turns.did(modest, 1);
  expect(turns.mayRead(modest, "little")).toBe(false);
});

test("each turn begins anew, also where nobody waits", async () => {
  const turns = new ReadingTurns(20);
  const [reader] = busyReaders(turns, "r", 20, []);
  if (reader === undefined) throw new Error("one");
  for (let i = 0; i < 3; i++) {
    expect(turns.mayRead(reader, "little")).toBe(true);
    turns.did(reader, 40);
    expect(turns.mayRead(reader, "little")).toBe(false);
    await turn();
  }
});
