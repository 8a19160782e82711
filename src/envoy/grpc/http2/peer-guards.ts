// What one peer does that costs us and brings nothing forward, each kind against its own bound: whatever is too much ends the connection.
import { FloodGuard } from "./flood-guard.ts";
import { ConnectionError, ERROR_CODE } from "./frames.ts";
import type { Limits } from "./limits.ts";

/** Of a header list; what is larger counts as work, once for each of these. A call of Envoy's takes about 500. */
const FREE_HEADER_BYTES = 4096;
/** Header lists over the bound: the next one ends the connection. */
const MOST_OVERSIZED = 2;
/** Of a WINDOW_UPDATE. A peer that reads answers sends one for every few KB. */
const SMALL_INCREMENT = 1024;

/** Each method throws a ConnectionError when it is too much. */
export class PeerGuards {
  readonly #limits: Limits;
  readonly #idleFrames: FloodGuard;
  readonly #resets: FloodGuard;
  #oversized = 0;

  constructor(limits: Limits) {
    this.#limits = limits;
    this.#idleFrames = new FloodGuard("frames that bring nothing forward", limits.idleFrames);
    this.#resets = new FloodGuard("resets", limits.resets);
  }

  idleFrame(): void {
    this.#idleFrames.count();
  }

  /** Of a call that is not answered. */
  reset(): void {
    this.#resets.count();
  }

  /** `expected`: we sent something for which a window may be due. */
  windowUpdate(increment: number, expected: boolean): void {
    if (increment < SMALL_INCREMENT || !expected) this.#idleFrames.count();
  }

  /** `bytes`: as HPACK counts. */
  headerList(bytes: number): void {
    if (bytes > FREE_HEADER_BYTES) this.#idleFrames.count(bytes / FREE_HEADER_BYTES);
    if (bytes > this.#limits.maxHeaderBytes && ++this.#oversized > MOST_OVERSIZED) {
      throw new ConnectionError(ERROR_CODE.enhanceYourCalm, "header lists too large");
    }
  }
}
