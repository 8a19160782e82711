// Lines to a target that is fast, slow, stuck or failing: what is written, what waits, what is dropped, and that each is counted once.
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Taken } from "../../../src/outcome/output/line-target.ts";
import { type LineWriterSettings, lineWriter } from "../../../src/outcome/output/line-writer.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const FLUSH_MS = 100;
const RETRY_MS = 1000;

type Behaviour = (lines: readonly string[]) => Taken | Promise<Taken>;

const takesAll: Behaviour = (lines) => ({ kind: "done", lines: lines.length });
const takesOne: Behaviour = () => ({ kind: "done", lines: 1 });
const fails: Behaviour = () => ({ kind: "failed", lines: 0, cause: new Error("ENOSPC: no space left on device") });
const takesOneAndFails: Behaviour = () => ({ kind: "failed", lines: 1, cause: new Error("ENOSPC: no space left on device") });
const isBusy: Behaviour = () => ({ kind: "busy", lines: 0 });
const hangs: Behaviour = () => new Promise(() => {});

function setup(first: Behaviour, settings: Partial<LineWriterSettings> = {}) {
  const behaviour = { current: first };
  const asked: string[][] = [];
  const taken: string[] = [];
  const counted = { written: 0, dropped: 0, reopened: 0, flowing: 0, causes: [] as string[], stuck: [] as string[], closed: 0 };
  const writer = lineWriter({
    target: {
      async write(lines) {
        asked.push([...lines]);
        const answer = await behaviour.current(lines);
        taken.push(...lines.slice(0, answer.lines));
        return answer;
      },
      writeNow: () => 0,
      async reopen() {
        counted.reopened++;
      },
      async close() {
        counted.closed++;
      },
    },
    maxQueued: 1000,
    flushMs: FLUSH_MS,
    retryMs: RETRY_MS,
    onWritten(lines) {
      counted.written += lines;
    },
    onDropped(lines, cause) {
      counted.dropped += lines;
      counted.causes.push(String(cause));
    },
    onStuck: (waiting, cause) => void counted.stuck.push(`${waiting} ${String(cause)}`),
    onFlowing() {
      counted.flowing++;
    },
    ...settings,
  });
  return { writer, behaviour, asked, taken, counted };
}

describe("a target that works", () => {
  test("gets the lines of a tenth of a second together, in order", async () => {
    const { writer, asked, counted } = setup(takesAll);
    writer.write("a\n");
    writer.write("b\n");
    expect(asked).toEqual([]);
    await vi.advanceTimersByTimeAsync(FLUSH_MS);
    writer.write("c\n");
    await vi.advanceTimersByTimeAsync(FLUSH_MS);
    expect(asked).toEqual([["a\n", "b\n"], ["c\n"]]);
    expect(counted).toMatchObject({ written: 3, dropped: 0, stuck: [] });
  });

  test("gets at once what it left of a part it took", async () => {
    const { writer, taken, counted } = setup(takesOne);
    for (const line of ["a\n", "b\n", "c\n"]) writer.write(line);
    await vi.advanceTimersByTimeAsync(FLUSH_MS);
    expect(taken).toEqual(["a\n", "b\n", "c\n"]);
    expect(counted).toMatchObject({ written: 3, dropped: 0 });
  });

  test("gets no more than 64 Ki characters at a time, and a longer line alone", async () => {
    const { writer, asked } = setup(takesAll, { maxQueued: 1 << 20 });
    const [short, long] = ["s".repeat(40 << 10), "l".repeat(100 << 10)];
    for (const line of [short, short, long, short]) writer.write(line);
    await vi.advanceTimersByTimeAsync(FLUSH_MS);
    expect(asked).toEqual([[short], [short], [long], [short]]);
  });

  test("gets what still waits when the writer is closed; what comes later is dropped", async () => {
    const { writer, taken, counted } = setup(takesAll);
    writer.write("a\n");
    await writer.close(1000);
    writer.write("b\n");
    expect(taken).toEqual(["a\n"]);
    expect(counted).toMatchObject({ written: 1, dropped: 1, closed: 1 });
  });

  test("is opened anew when asked, between two writes and without a line too", async () => {
    const { writer, counted } = setup(takesAll);
    writer.reopen();
    await vi.advanceTimersByTimeAsync(0);
    expect(counted.reopened).toBe(1);
  });
});

describe("a target that is stuck", () => {
  test.each([
    ["never answers", hangs],
    ["says that it is busy", isBusy],
  ])("and %s costs no more memory than the bound, and is said to be stuck after five seconds", async (_name, behaviour) => {
    const { writer, counted } = setup(behaviour);
    const line = `${"x".repeat(99)}\n`;
    for (let i = 0; i < 4; i++) writer.write(line);
    await vi.advanceTimersByTimeAsync(FLUSH_MS); // these four are being written now, and count
    for (let i = 0; i < 100; i++) writer.write(line);
    expect(counted).toMatchObject({ written: 0, dropped: 94, stuck: [] });
    expect(counted.causes[0]).toContain("too slowly");
    await vi.advanceTimersByTimeAsync(5000);
    expect(counted.stuck).toHaveLength(1);
    expect(counted.stuck[0]).toContain("10 Error: nothing is taken");
  });

  test.each([
    ["never answers", hangs],
    ["says that it is busy", isBusy],
  ])("and %s is not waited for longer than asked when the writer is closed; all that it had is dropped", async (_name, behaviour) => {
    const { writer, counted } = setup(behaviour);
    writer.write("a\n");
    await vi.advanceTimersByTimeAsync(FLUSH_MS);
    writer.write("b\n");
    const closed = writer.close(2000);
    await vi.advanceTimersByTimeAsync(2000);
    await closed;
    expect(counted).toMatchObject({ written: 0, dropped: 2 });
  });

  test("and takes lines again before the end gets them all", async () => {
    const { writer, behaviour, counted } = setup(isBusy);
    writer.write("a\n");
    const closed = writer.close(2000);
    await vi.advanceTimersByTimeAsync(1000);
    behaviour.current = takesAll;
    await vi.advanceTimersByTimeAsync(100);
    await closed;
    expect(counted).toMatchObject({ written: 1, dropped: 0 });
  });

  test("gets one last try without waiting, for what is not in its hands", async () => {
    const last: string[][] = [];
    const target = {
      write: async () => ({ kind: "busy", lines: 0 }) as const,
      writeNow: (lines: readonly string[]) => last.push([...lines]),
      async reopen() {},
      async close() {},
    };
    const { writer, counted } = setup(isBusy, { target });
    writer.write("a\n");
    writer.write("b\n");
    writer.closeNow();
    expect(last).toEqual([["a\n", "b\n"]]);
    expect(counted).toMatchObject({ written: 1, dropped: 1 });
  });
});

describe("a target that fails", () => {
  test("is asked again after a while, with the same lines, and none is lost", async () => {
    const { writer, behaviour, asked, taken, counted } = setup(fails);
    writer.write("a\n");
    await vi.advanceTimersByTimeAsync(FLUSH_MS);
    expect(counted).toMatchObject({ written: 0, dropped: 0, stuck: ["1 Error: ENOSPC: no space left on device"] });
    expect(writer.waiting()).toBe(1);
    writer.write("b\n");
    await vi.advanceTimersByTimeAsync(RETRY_MS - 1);
    expect(asked).toHaveLength(1);
    behaviour.current = takesAll;
    await vi.advanceTimersByTimeAsync(1);
    expect(taken).toEqual(["a\n", "b\n"]);
    expect(counted).toMatchObject({ written: 2, dropped: 0, flowing: 1 });
    expect(writer.waiting()).toBe(0);
  });

  test("is said to once, however often it fails", async () => {
    const { writer, counted } = setup(fails);
    writer.write("a\n");
    await vi.advanceTimersByTimeAsync(10 * RETRY_MS);
    expect(counted.stuck).toHaveLength(1);
  });

  test("after a part has that part counted, and the others wait", async () => {
    const { writer, taken, counted } = setup(takesOneAndFails);
    writer.write("a\n");
    writer.write("b\n");
    await vi.advanceTimersByTimeAsync(FLUSH_MS);
    expect(taken).toEqual(["a\n"]);
    expect(counted).toMatchObject({ written: 1, dropped: 0 });
    expect(writer.waiting()).toBe(1);
  });

  test("drops the newest when too much waits, and says why", async () => {
    const { writer, counted } = setup(fails, { maxQueued: 4 });
    writer.write("a\n");
    await vi.advanceTimersByTimeAsync(FLUSH_MS);
    for (const line of ["b\n", "c\n"]) writer.write(line);
    expect(counted).toMatchObject({ written: 0, dropped: 1, causes: ["Error: ENOSPC: no space left on device"] });
  });

  test("ends the waiting when the writer is closed", async () => {
    const { writer, counted } = setup(fails);
    writer.write("a\n");
    await writer.close(60_000);
    expect(counted).toMatchObject({ written: 0, dropped: 1, closed: 1 });
  });
});
