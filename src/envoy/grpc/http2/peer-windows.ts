// How much the peer lets us send, as its SETTINGS and WINDOW_UPDATE say.
import { ConnectionError, checkForm, ERROR_CODE, type ErrorCode, MAX_WINDOW, uint31At } from "./frames.ts";
import type { PeerGuards } from "./peer-guards.ts";
import type { Sender } from "./sender.ts";
import type { PeerSettings } from "./settings.ts";
import type { Streams } from "./streams.ts";

export class PeerWindows implements PeerSettings {
  readonly #sender: Sender;
  readonly #streams: Streams;
  readonly #guards: PeerGuards;

  constructor(sender: Sender, streams: Streams, guards: PeerGuards) {
    this.#sender = sender;
    this.#streams = streams;
    this.#guards = guards;
  }

  /** WINDOW_UPDATE. Returns what is wrong with the stream, if anything is. */
  update(streamId: number, bytes: Buffer, start: number, end: number): ErrorCode | undefined {
    checkForm(streamId <= this.#streams.lastId, end - start === 4);
    const increment = uint31At(bytes, start);
    this.#guards.windowUpdate(increment, this.#sender.expectsWindow());
    if (streamId === 0) {
      if (increment === 0) throw new ConnectionError(ERROR_CODE.protocol, "WINDOW_UPDATE of nothing");
      this.#sender.window += increment;
      if (this.#sender.window > MAX_WINDOW) throw new ConnectionError(ERROR_CODE.flowControl, "the connection's window overflows");
      return undefined;
    }
    const stream = this.#streams.get(streamId);
    if (stream === undefined) return undefined;
    stream.sendWindow += increment;
    if (increment === 0) return ERROR_CODE.protocol;
    return stream.sendWindow > MAX_WINDOW ? ERROR_CODE.flowControl : undefined;
  }

  streamWindow(bytes: number): void {
    const change = bytes - this.#sender.streamWindow;
    this.#sender.streamWindow = bytes;
    for (const stream of this.#streams.all()) {
      stream.sendWindow += change;
      if (stream.sendWindow > MAX_WINDOW) throw new ConnectionError(ERROR_CODE.flowControl, "a stream's window overflows");
    }
  }

  frameBytes(bytes: number): void {
    this.#sender.frameBytes = bytes;
  }
}
