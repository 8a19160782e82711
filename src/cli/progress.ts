// How far a long reading is, on standard error: a line that is rewritten on a terminal, elsewhere a new line now and then. Short work shows
// nothing.
import { stat } from "node:fs/promises";

const QUIET_MS = 2000;
const TERMINAL_MS = 200;
const LOG_MS = 10_000;

export interface ProgressSurroundings {
  readonly write: (text: string) => void;
  readonly terminal: boolean;
  readonly now: () => number; // milliseconds
}

export class Progress {
  readonly #surroundings: ProgressSurroundings;
  readonly #totalBytes: number | undefined; // undefined: not known, as of standard input
  #bytes = 0;
  #shownAt: number;
  #showing = false;

  constructor(totalBytes: number | undefined, surroundings: ProgressSurroundings) {
    this.#totalBytes = totalBytes;
    this.#surroundings = surroundings;
    this.#shownAt = surroundings.now() + QUIET_MS - this.#pauseMs;
  }

  /** More bytes of the files have been read. */
  add(bytes: number): void {
    this.#bytes += bytes;
    this.#sayNowAndThen(() => this.#line());
  }

  /** How far another reading is, in its own words. */
  say(line: string): void {
    this.#sayNowAndThen(() => line);
  }

  #sayNowAndThen(line: () => string): void {
    const now = this.#surroundings.now();
    if (now - this.#shownAt < this.#pauseMs) return;
    this.#shownAt = now;
    this.#show(line());
  }

  /** What goes on behind the reading, where the reading was long enough to be shown. */
  next(line: string): void {
    if (this.#showing) this.#show(line);
  }

  /** Leaves the terminal's line empty for what comes. */
  end(): void {
    if (this.#showing && this.#surroundings.terminal) this.#surroundings.write(CLEAR_LINE);
    this.#showing = false;
  }

  get #pauseMs(): number {
    return this.#surroundings.terminal ? TERMINAL_MS : LOG_MS;
  }

  #line(): string {
    const megabytes = (bytes: number) => `${Math.round(bytes / 1e6).toLocaleString("en-US")} MB`;
    const total = this.#totalBytes;
    if (total === undefined || total === 0) return `read ${megabytes(this.#bytes)}`;
    return `read ${megabytes(this.#bytes)} of ${megabytes(total)} (${Math.floor((100 * this.#bytes) / total)} %)`;
  }

  #show(line: string): void {
    this.#showing = true;
    this.#surroundings.write(this.#surroundings.terminal ? `${CLEAR_LINE}${line}` : `${line}\n`);
  }
}

const CLEAR_LINE = "\r\x1b[K";

/** Of all files together; undefined where one is standard input or cannot be asked: the reading says why. */
export async function bytesOf(files: readonly string[]): Promise<number | undefined> {
  try {
    const sizes = await Promise.all(files.map(async (file) => (await stat(file)).size));
    return sizes.reduce((sum, size) => sum + size, 0);
  } catch {
    return undefined;
  }
}
