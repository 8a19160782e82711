// Lines on their way to a target that may be slow, stuck, full or gone. Nothing waits for it: lines queue up to a bound, go out together,
// and what the target does not take is tried again; what the queue cannot take is dropped. Every line is counted once,
// as written or as dropped.
import type { LineTarget, Taken } from "./line-target.ts";

export interface LineWriterSettings {
  readonly target: LineTarget;
  readonly maxQueued: number; // UTF-16 code units, what is being written included
  readonly batch?: number; // UTF-16 code units handed over at a time
  readonly flushMs: number; // lines gathered for so long go out in one write
  readonly retryMs: number; // from an error to the next try
  readonly onWritten: (lines: number) => void;
  readonly onDropped: (lines: number, cause: unknown) => void;
  /** Lines wait: the target failed, or has taken none for STUCK_MS. Called once until `onFlowing`. */
  readonly onStuck: (waiting: number, cause: unknown) => void;
  /** It takes lines again. */
  readonly onFlowing: () => void;
}

export interface LineWriter {
  /** `line` ends with a newline. Never throws, never waits. */
  write(line: string): void;
  /** Lines that are neither written nor dropped. */
  waiting(): number;
  /** The target's path may mean another file from now on. */
  reopen(): void;
  /** Writes what is queued, but for no longer than `withinMs`; then closes the target. */
  close(withinMs: number): Promise<void>;
  /** The process ends now: writes what goes without waiting. */
  closeNow(): void;
}

/** Long enough for a disk that is busy, short enough for the news to be of use. */
const STUCK_MS = 5000;
/** From a reader's not taking more to the next try. */
const BUSY_MS = 50;
/** UTF-16 code units handed over at a time, where nothing else is said: what a slow target has in its hands is little. */
const BATCH = 64 << 10;
const TOO_MUCH_WAITS = new Error("written too slowly: too much waits");
const TAKES_NOTHING = new Error("nothing is taken: a reader that does not read, or a disk that does not answer");
const CLOSED = new Error("not written before the end");

export function lineWriter(settings: LineWriterSettings): LineWriter {
  return new QueuedLines(settings);
}

class QueuedLines implements LineWriter {
  readonly #settings: LineWriterSettings;
  #lines: string[] = []; // the first of them may be in the target's hands
  #queued = 0; // UTF-16 code units
  #timer: NodeJS.Timeout | undefined; // of the next try
  #stuckTimer: NodeJS.Timeout | undefined; // runs while lines are with the target
  #stuck: unknown; // why; undefined: they flow
  #pumping = false;
  #inHands = 0; // lines that the target has been given and has not answered for
  #reopenDue = false;
  #phase: "open" | "closing" | "closed" = "open";
  #onEmpty: (() => void) | undefined;

  constructor(settings: LineWriterSettings) {
    this.#settings = settings;
  }

  write(line: string): void {
    const { maxQueued, onDropped, flushMs } = this.#settings;
    if (this.#phase !== "open") return onDropped(1, CLOSED);
    if (this.#queued + line.length > maxQueued) return onDropped(1, this.#stuck ?? TOO_MUCH_WAITS);
    this.#lines.push(line);
    this.#queued += line.length;
    this.#pumpIn(flushMs);
  }

  waiting(): number {
    return this.#lines.length;
  }

  reopen(): void {
    if (this.#phase !== "open") return;
    this.#reopenDue = true;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    void this.#pump();
  }

  async close(withinMs: number): Promise<void> {
    if (this.#phase !== "open") return;
    this.#phase = "closing";
    await within(withinMs, this.#drained());
    this.closeNow();
    if (!this.#pumping) await within(withinMs, this.#settings.target.close());
  }

  closeNow(): void {
    if (this.#phase === "closed") return;
    this.#phase = "closed";
    clearTimeout(this.#timer);
    clearTimeout(this.#stuckTimer);
    const { target, onWritten, onDropped } = this.#settings;
    const lines = this.#lines.splice(0);
    const written = this.#inHands > 0 || lines.length === 0 ? 0 : target.writeNow(lines);
    if (written > 0) onWritten(written);
    if (written < lines.length) onDropped(lines.length - written, this.#stuck ?? CLOSED);
  }

  /** Resolves when nothing waits any more, or the target fails. */
  #drained(): Promise<void> {
    return new Promise((resolve) => {
      this.#onEmpty = resolve;
      clearTimeout(this.#timer);
      this.#timer = undefined;
      void this.#pump();
    });
  }

  #pumpIn(delayMs: number): void {
    if (this.#timer !== undefined || this.#pumping) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      void this.#pump();
    }, delayMs);
    this.#timer.unref();
  }

  async #pump(): Promise<void> {
    if (this.#pumping) return;
    this.#pumping = true;
    const kind = await this.#handOver();
    this.#pumping = false;
    if (this.#phase === "closing" && kind !== "busy") return this.#onEmpty?.();
    if (this.#phase === "closed") return void this.#settings.target.close();
    if (kind === "busy") this.#pumpIn(BUSY_MS);
    else if (kind === "failed") this.#pumpIn(this.#settings.retryMs);
    else if (this.#lines.length > 0) this.#pumpIn(this.#settings.flushMs);
  }

  /** Until nothing waits, or the target takes no more. */
  async #handOver(): Promise<Taken["kind"]> {
    const { target } = this.#settings;
    for (;;) {
      if (this.#reopenDue) {
        this.#reopenDue = false;
        await target.reopen();
      }
      if (this.#lines.length === 0) return "done";
      this.#stuckTimer ??= setTimeout(() => this.#isStuck(TAKES_NOTHING), STUCK_MS).unref();
      const batch = this.#batch();
      this.#inHands = batch.length;
      const taken = await target.write(batch);
      this.#inHands = 0;
      if (this.#phase === "closed") return taken.kind; // given up: these lines are counted as dropped
      this.#account(taken);
      if (taken.kind !== "done") return taken.kind;
    }
  }

  #batch(): readonly string[] {
    const { batch = BATCH } = this.#settings;
    let size = 0;
    const end = this.#lines.findIndex((line) => {
      size += line.length;
      return size > batch;
    });
    return end === -1 ? this.#lines.slice() : this.#lines.slice(0, Math.max(end, 1));
  }

  #account(taken: Taken): void {
    if (taken.lines > 0) {
      clearTimeout(this.#stuckTimer);
      this.#stuckTimer = undefined;
      for (const line of this.#lines.splice(0, taken.lines)) this.#queued -= line.length;
      this.#settings.onWritten(taken.lines);
    }
    if (taken.kind === "failed") this.#isStuck(taken.cause);
    else if (taken.lines > 0) this.#flows();
  }

  #isStuck(cause: unknown): void {
    clearTimeout(this.#stuckTimer);
    this.#stuckTimer = undefined;
    const isNews = this.#stuck === undefined;
    this.#stuck = cause;
    if (isNews) this.#settings.onStuck(this.#lines.length, cause);
  }

  #flows(): void {
    if (this.#stuck === undefined) return;
    this.#stuck = undefined;
    this.#settings.onFlowing();
  }
}

/** Resolves with it, or when the time is up. */
async function within(ms: number, done: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  await Promise.race([
    done,
    new Promise<void>((resolve) => {
      timer = setTimeout(resolve, ms);
    }),
  ]);
  clearTimeout(timer);
}
