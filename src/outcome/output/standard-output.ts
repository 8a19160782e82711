// Standard output or standard error as a target of lines that never blocks: a pipe that nobody reads and a terminal that is held (Ctrl-S)
// take nothing, and the process goes on and can end. Node's own streams wait for a terminal; a thread that waits in a write keeps the
// process from ending.
import { closeSync, constants, fstatSync, openSync, writeSync } from "node:fs";
import type { Writable } from "node:stream";
import { type LineTarget, type Taken, wholeLines } from "./line-target.ts";
import { writeBytes } from "./write-bytes.ts";

/** 1: standard output, 2: standard error. */
export type StandardDescriptor = 1 | 2;

/** `stream` is Node's own for the descriptor; it is left open. */
export function standardOutput(descriptor: StandardDescriptor, stream: () => Writable): LineTarget {
  const fallback = () => new StreamTarget(stream());
  try {
    const stat = fstatSync(descriptor);
    if (stat.isFile()) return new DescriptorTarget(() => descriptor);
    if (process.platform !== "linux" || stat.isSocket()) return fallback(); // a socket cannot be opened again; Node does not wait for it
    const target = new DescriptorTarget(() => openAgain(descriptor));
    return target.canOpen() ? target : fallback();
  } catch {
    return fallback();
  }
}

/** Without waiting, and without a word to the others who have it too, as O_NONBLOCK on the descriptor itself would be. */
function openAgain(descriptor: StandardDescriptor): number {
  return openSync(`/proc/self/fd/${descriptor}`, constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
}

class DescriptorTarget implements LineTarget {
  readonly #open: () => number;
  #descriptor: number | undefined;
  #ahead = 0; // bytes of the first line that are out already: what was begun is finished

  constructor(open: () => number) {
    this.#open = open;
  }

  /** A reader that is gone may come back; who may not open it never may. */
  canOpen(): boolean {
    try {
      this.#descriptor = this.#open();
      return true;
    } catch (error) {
      return codeOf(error) === "ENXIO";
    }
  }

  async write(lines: readonly string[]): Promise<Taken> {
    try {
      this.#descriptor ??= this.#open();
    } catch (cause) {
      return { kind: "failed", lines: 0, cause };
    }
    const { at, cause } = await writeBytes(this.#descriptor, Buffer.from(lines.join("")), this.#ahead);
    const whole = wholeLines(lines, at);
    this.#ahead = at - whole.bytes;
    if (cause === undefined) return { kind: "done", lines: whole.lines };
    return codeOf(cause) === "EAGAIN" ? { kind: "busy", lines: whole.lines } : { kind: "failed", lines: whole.lines, cause };
  }

  writeNow(lines: readonly string[]): number {
    const bytes = Buffer.from(lines.join(""));
    let at = this.#ahead;
    try {
      this.#descriptor ??= this.#open();
      while (at < bytes.length) at += writeSync(this.#descriptor, bytes, at);
    } catch {} // full, or nobody reads it: nobody is left to be told
    const whole = wholeLines(lines, at);
    this.#ahead = at - whole.bytes;
    return whole.lines;
  }

  async reopen(): Promise<void> {}

  async close(): Promise<void> {
    if (this.#descriptor !== undefined && this.#descriptor > 2) closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }
}

class StreamTarget implements LineTarget {
  readonly #stream: Writable;

  constructor(stream: Writable) {
    this.#stream = stream.off("error", ignored).on("error", ignored); // they come with the write
  }

  write(lines: readonly string[]): Promise<Taken> {
    return new Promise((resolve) => {
      this.#stream.write(lines.join(""), (cause) =>
        resolve(cause ? { kind: "failed", lines: 0, cause } : { kind: "done", lines: lines.length }),
      );
    });
  }

  writeNow(lines: readonly string[]): number {
    this.#stream.write(lines.join(""));
    return this.#stream.writableLength === 0 ? lines.length : 0;
  }

  async reopen(): Promise<void> {}

  async close(): Promise<void> {}
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}

function ignored(): void {}
