// Lines on their way to a stream that may be slow, stuck, full or gone. Nothing waits for it: lines queue up to a bound, go out together,
// and those that cannot be kept are dropped and counted. After an error the stream is opened again.
import type { Writable } from "node:stream";

export interface LineWriterSettings {
  /** Opens the stream; may throw. */
  readonly open: () => Writable;
  readonly maxQueued: number; // UTF-16 code units, what is being written included
  readonly flushMs: number; // lines gathered for so long go out in one write
  readonly reopenMs: number; // from an error to the next try
  readonly onWritten: (lines: number) => void;
  readonly onDropped: (lines: number, cause: unknown) => void;
}

export interface LineWriter {
  /** `line` ends with a newline. Never throws, never waits. */
  write(line: string): void;
  /** Writes what is queued, but for no longer than `withinMs`; then ends the stream. */
  close(withinMs: number): Promise<void>;
}

const QUEUE_FULL = new Error("written too slowly: too much waits");
const CLOSED = new Error("not written before the end");

export function lineWriter(settings: LineWriterSettings): LineWriter {
  return new QueuedLines(settings);
}

class QueuedLines implements LineWriter {
  readonly #settings: LineWriterSettings;
  #lines: string[] = [];
  #queued = 0; // UTF-16 code units
  #writing = 0; // likewise; 0: nothing is being written
  #stream: Writable | undefined;
  #timer: NodeJS.Timeout | undefined;
  #failed = false;
  #closed = false;
  #onIdle: (() => void) | undefined;

  constructor(settings: LineWriterSettings) {
    this.#settings = settings;
  }

  write(line: string): void {
    const { maxQueued, onDropped, flushMs } = this.#settings;
    if (this.#closed) return onDropped(1, CLOSED);
    if (this.#queued + this.#writing + line.length > maxQueued) return onDropped(1, QUEUE_FULL);
    this.#lines.push(line);
    this.#queued += line.length;
    this.#flushIn(flushMs);
  }

  async close(withinMs: number): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#drained(withinMs);
    if (this.#lines.length > 0) this.#settings.onDropped(this.#lines.length, CLOSED);
    this.#lines = [];
    this.#stream?.end();
  }

  /** Resolves when nothing waits any more, or an error or the clock makes an end of it. */
  #drained(withinMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, withinMs);
      this.#onIdle = () => {
        clearTimeout(timer);
        resolve();
      };
      this.#flush();
    });
  }

  #flushIn(delayMs: number): void {
    if (this.#timer !== undefined || this.#writing > 0) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#flush();
    }, delayMs);
    this.#timer.unref();
  }

  #flush(): void {
    if (this.#writing > 0) return;
    if (this.#lines.length === 0) return this.#onIdle?.();
    const lines = this.#lines;
    // What a failed write left may end inside a line: a newline in front keeps it from spoiling the next.
    const text = (this.#failed ? "\n" : "") + lines.join("");
    this.#lines = [];
    this.#writing = text.length;
    this.#queued = 0;
    try {
      this.#stream ??= this.#open();
      this.#stream.write(text, (error) => this.#wrote(lines.length, error ?? undefined));
    } catch (error) {
      this.#wrote(lines.length, error);
    }
  }

  #open(): Writable {
    const stream = this.#settings.open();
    stream.on("error", () => {
      if (this.#stream === stream) this.#stream = undefined;
    });
    return stream;
  }

  #wrote(lines: number, error: unknown): void {
    const { onWritten, onDropped, flushMs, reopenMs } = this.#settings;
    this.#writing = 0;
    this.#failed = error !== undefined;
    if (this.#failed) this.#stream = undefined;
    if (this.#failed) onDropped(lines, error);
    else onWritten(lines);
    if (this.#closed) return this.#failed ? this.#onIdle?.() : this.#flush();
    if (this.#lines.length > 0 || this.#failed) this.#flushIn(this.#failed ? reopenMs : flushMs);
  }
}
