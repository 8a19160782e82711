// What one connection may ask of us. The peer is the operator's own Envoy, so these are wide; they bound what a broken one costs.

/** A token bucket: `burst` at once, `perSecond` for ever. */
export interface Rate {
  readonly burst: number;
  readonly perSecond: number;
}

export interface Limits {
  readonly maxStreams: number;
  readonly streamWindowBytes: number;
  readonly connectionWindowBytes: number;
  readonly maxFrameBytes: number; // of frames sent to us
  readonly maxHeaderBytes: number; // of a header block, and of the list of fields it stands for
  readonly maxContinuations: number; // frames of one header block
  readonly maxUnwrittenBytes: number; // with more than this in the socket no DATA is added; with four times this nothing is read any more
  readonly turnBytes: number; // what one stream may send before the others have their turn
  readonly idleFrames: Rate; // frames that bring nothing forward: PING, SETTINGS, PRIORITY, DATA of a few bytes, unknown ones …
  readonly resets: Rate; // of streams not answered yet
  readonly handshakeMs: number; // until the preface and the first SETTINGS are there
  readonly lastCallMs: number; // a drain waits this long for streams that were on their way when it began
  readonly lingerMs: number; // for the peer to close, when we have
  readonly pauseMs: number; // between reads, of a peer that holds too much
  readonly idleMs: number; // without a stream; then the peer is asked to close
}

/**
 * Clients that abort are resets of unanswered streams: 4,000 a second were seen through one Envoy at full load. A reset costs us some
 * 20 µs, so 10,000 a second for ever is a fifth of a core.
 */
export const LIMITS: Limits = {
  maxStreams: 16_384,
  streamWindowBytes: 1 << 20,
  connectionWindowBytes: 16 << 20,
  maxFrameBytes: 16_384,
  maxHeaderBytes: 64 << 10,
  maxContinuations: 16,
  maxUnwrittenBytes: 1 << 20,
  turnBytes: 256 << 10,
  idleFrames: { burst: 10_000, perSecond: 1_000 },
  resets: { burst: 50_000, perSecond: 10_000 },
  handshakeMs: 10_000,
  lastCallMs: 1_000,
  lingerMs: 1_000,
  pauseMs: 50,
  idleMs: 300_000,
};
