// Lines to a stream that is fast, slow, stuck, broken or missing: what is written, what is dropped, and that both are counted.
import { Writable } from "node:stream";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type LineWriterSettings, lineWriter } from "../../../src/outcome/sinks/line-writer.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const FLUSH_MS = 100;
const REOPEN_MS = 5000;

type Behaviour = (text: string, done: (error?: Error) => void) => void;

function setup(behaviour: { current: Behaviour }, settings: Partial<LineWriterSettings> = {}) {
  const chunks: string[] = [];
  const counted = { written: 0, dropped: 0, opened: 0, causes: [] as unknown[] };
  const writer = lineWriter({
    open() {
      counted.opened++;
      return new Writable({
        decodeStrings: false,
        write(text: string, _encoding, done) {
          behaviour.current(text, (error) => {
            if (!error) chunks.push(text);
            done(error);
          });
        },
      });
    },
    maxQueued: 1000,
    flushMs: FLUSH_MS,
    reopenMs: REOPEN_MS,
    onWritten(lines) {
      counted.written += lines;
    },
    onDropped(lines, cause) {
      counted.dropped += lines;
      counted.causes.push(cause);
    },
    ...settings,
  });
  return { writer, chunks, counted };
}

const works: Behaviour = (_text, done) => done();
const fails: Behaviour = (_text, done) => done(new Error("ENOSPC: no space left on device"));
const hangs: Behaviour = () => {};

describe("a stream that works", () => {
  test("gets the lines of a tenth of a second in one write, in order", async () => {
    const { writer, chunks, counted } = setup({ current: works });
    writer.write("a\n");
    writer.write("b\n");
    expect(chunks).toEqual([]);
    await vi.advanceTimersByTimeAsync(FLUSH_MS);
    writer.write("c\n");
    await vi.advanceTimersByTimeAsync(FLUSH_MS);
    expect(chunks).toEqual(["a\nb\n", "c\n"]);
    expect(counted).toMatchObject({ written: 3, dropped: 0, opened: 1 });
  });

  test("gets what still waits when the writer is closed; what comes later is dropped", async () => {
    const { writer, chunks, counted } = setup({ current: works });
    writer.write("a\n");
    await writer.close(1000);
    writer.write("b\n");
    expect(chunks).toEqual(["a\n"]);
    expect(counted).toMatchObject({ written: 1, dropped: 1 });
  });
});

describe("a stream that is stuck", () => {
  test("costs no more memory than the bound: what does not fit is dropped and counted", async () => {
    const { writer, counted } = setup({ current: hangs });
    const line = `${"x".repeat(99)}\n`;
    for (let i = 0; i < 4; i++) writer.write(line);
    await vi.advanceTimersByTimeAsync(FLUSH_MS); // these four are being written now, and count
    for (let i = 0; i < 100; i++) writer.write(line);
    expect(counted).toMatchObject({ written: 0, dropped: 94 });
    expect(String(counted.causes[0])).toContain("too slowly");
  });

  test("is not waited for longer than asked when the writer is closed", async () => {
    const { writer, counted } = setup({ current: hangs });
    writer.write("a\n");
    await vi.advanceTimersByTimeAsync(FLUSH_MS);
    writer.write("b\n");
    const closed = writer.close(2000);
    await vi.advanceTimersByTimeAsync(2000);
    await closed;
    expect(counted.dropped).toBe(1);
  });
});

describe("a stream that fails", () => {
  test("is opened again after a while; what it did not take is dropped, what came meanwhile is written, on a line of its own", async () => {
    const behaviour = { current: fails };
    const { writer, chunks, counted } = setup(behaviour);
    writer.write("lost\n");
    await vi.advanceTimersByTimeAsync(FLUSH_MS);
    expect(counted).toMatchObject({ dropped: 1, opened: 1 });
    writer.write("kept\n");
    await vi.advanceTimersByTimeAsync(REOPEN_MS - 1);
    expect(counted).toMatchObject({ opened: 1 });
    behaviour.current = works;
    await vi.advanceTimersByTimeAsync(1);
    expect(chunks).toEqual(["\nkept\n"]);
    expect(counted).toMatchObject({ written: 1, dropped: 1, opened: 2 });
  });

  test("that cannot even be opened costs its lines and nothing else", async () => {
    const open = () => {
      throw new Error("EACCES");
    };
    const { writer, counted } = setup({ current: works }, { open });
    writer.write("a\n");
    await vi.advanceTimersByTimeAsync(FLUSH_MS);
    expect(counted).toMatchObject({ written: 0, dropped: 1 });
    expect(String(counted.causes[0])).toContain("EACCES");
  });

  test("ends the waiting when the writer is closed", async () => {
    const { writer, counted } = setup({ current: fails });
    writer.write("a\n");
    await writer.close(60_000);
    expect(counted).toMatchObject({ written: 0, dropped: 1 });
  });
});
