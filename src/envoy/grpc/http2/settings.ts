// SETTINGS: what we announce, and what the peer's say.
import { byteAt, ConnectionError, DEFAULT_FRAME_BYTES, ERROR_CODE, MAX_WINDOW, SETTING, uint32At, writeUint32 } from "./frames.ts";
import type { Limits } from "./limits.ts";

const ENTRY_BYTES = 6;
const MAX_FRAME_BYTES = 0xffffff;

export function ourSettings(limits: Limits): Buffer {
  const entries = [
    [SETTING.maxConcurrentStreams, limits.maxStreams],
    [SETTING.initialWindowSize, limits.streamWindowBytes],
    [SETTING.maxFrameSize, limits.maxFrameBytes],
    [SETTING.maxHeaderListSize, limits.maxHeaderBytes],
  ] as const;
  const payload = Buffer.alloc(entries.length * ENTRY_BYTES);
  for (const [i, [setting, value]] of entries.entries()) {
    payload[i * ENTRY_BYTES + 1] = setting;
    writeUint32(payload, i * ENTRY_BYTES + 2, value);
  }
  return payload;
}

export interface PeerSettings {
  streamWindow(bytes: number): void;
  frameBytes(bytes: number): void;
}

/** We send no server push and nothing that HPACK's table would be needed for, so two settings concern us. Values are checked. */
export function readSettings(bytes: Uint8Array, start: number, end: number, peer: PeerSettings): void {
  if ((end - start) % ENTRY_BYTES !== 0) throw new ConnectionError(ERROR_CODE.frameSize, "SETTINGS of an odd size");
  for (let at = start; at < end; at += ENTRY_BYTES) {
    const value = uint32At(bytes, at + 2);
    switch ((byteAt(bytes, at) << 8) | byteAt(bytes, at + 1)) {
      case SETTING.enablePush:
        if (value > 1) throw new ConnectionError(ERROR_CODE.protocol, "ENABLE_PUSH is neither 0 nor 1");
        break;
      case SETTING.initialWindowSize:
        if (value > MAX_WINDOW) throw new ConnectionError(ERROR_CODE.flowControl, "INITIAL_WINDOW_SIZE too large");
        peer.streamWindow(value);
        break;
      case SETTING.maxFrameSize:
        if (value < DEFAULT_FRAME_BYTES || value > MAX_FRAME_BYTES) throw new ConnectionError(ERROR_CODE.protocol, "MAX_FRAME_SIZE");
        peer.frameBytes(value);
    }
  }
}
