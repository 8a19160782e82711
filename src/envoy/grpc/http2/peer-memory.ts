// What is held for all peers together, against one budget of the process. Messages that arrive whole and replies that leave at once are
// never counted: the fast path pays for two additions a stream.
//
// Why nobody waits for ever: over the budget, streams that hold something get no new window, and when that has not helped within the grace
// those that have held for longest are cut off, of the connection that holds most, until the budget holds the rest. Then windows open
// again: a wait for one ends with the grace. Messages up to a stream's first window (1 MB) need no other, and the connection's own window
// is always opened, so these do not wait at all. What is held twice over the allowance is cut off at once: windows given out before the
// budget was spent may bring more than it has.
import { type AnyShare, type Holder, type Kind, Share, type ShareOwner } from "./share.ts";

export type HeldKind = Kind | "streams";
/** What a cut-off stream held most of; `connection`: all of one were; `refused`: there were too many, the peer may try again. */
export type CutOff = Kind | "refused";

export interface PeerMemorySettings {
  readonly budgetBytes: () => number; // asked each time, so a reload takes effect at once
  readonly onCutOff?: ((why: CutOff) => void) | undefined;
  readonly graceMs?: number;
  readonly collect?: () => void; // garbage
}

/** Of a stream, its call and the small messages they keep: as measured in test/faults/long/peer-memory.test.ts. */
export const STREAM_BYTES = 4096;
/** Beside the budget, for what is not bodies. */
const ALLOWANCE_BYTES = 4 << 20;
const MOST_STREAMS = 32_768;
const FEWEST_STREAMS = 1024;
/** What each connection may have of them when they are nearly all taken. */
const FAIR_STREAMS = 64;
const GRACE_MS = 1000;
/**
 * Garbage is collected when so much was let go and the budget is short, but not too often: that takes some tens of milliseconds. And once
 * when it is short no more, as V8 sees no reason to: without it, 210 MB of buffers were there half a minute after an attack; with it, 12.
 */
const COLLECT_BYTES = 48 << 20;
const COLLECT_EVERY_MS = 2000;

export class PeerMemory {
  readonly #settings: PeerMemorySettings;
  readonly #graceMs: number;
  readonly #shares = new Set<AnyShare>();
  readonly #byKind: Record<Kind, number> = { partial: 0, unsent: 0, kept: 0, connection: 0 };
  #heldBytes = 0;
  #streams = 0;
  #timer: NodeJS.Timeout | undefined;
  #relieves = false; // at the end of this turn
  #letGoBytes = 0; // since garbage was collected
  #lastCollect: NodeJS.Timeout | undefined;
  #collectedAt = Number.NEGATIVE_INFINITY;
  /** Streams that hold something get no new window. */
  spent = false;

  constructor(settings: PeerMemorySettings) {
    this.#settings = settings;
    this.#graceMs = settings.graceMs ?? GRACE_MS;
  }

  /** Bytes, by kind; of streams a flat sum for each. */
  held(): Readonly<Record<HeldKind, number>> {
    return { ...this.#byKind, streams: this.#streams * STREAM_BYTES };
  }

  /** The part of one connection. */
  open<H extends Holder>(owner: ShareOwner<H>): Share<H> {
    const share = new Share(owner, (kind, more) => this.#changed(kind, more));
    this.#shares.add(share);
    return share;
  }

  /** Its connection is closed and holds nothing any more. */
  close(share: AnyShare): void {
    this.#shares.delete(share);
  }

  /** False: there are too many, and the connection has its part of them. */
  streamOpens(share: AnyShare): boolean {
    const most = this.#mostStreams;
    if (this.#streams >= most - (most >> 2) && (this.#streams >= most || share.streams >= this.#fairStreams(most))) {
      this.#settings.onCutOff?.("refused");
      return false;
    }
    this.#streams++;
    share.streams++;
    if (this.#bytes > this.#hardLimit) this.#isOver();
    return true;
  }

  streamEnded(share: AnyShare): void {
    this.#streams--;
    share.streams--;
  }

  /** It has more than its part of the budget. */
  isGreedy(share: AnyShare): boolean {
    return share.held > this.#limit / this.#shares.size;
  }

  /** They take half of what may be held at most. */
  get #mostStreams(): number {
    return Math.max(FEWEST_STREAMS, Math.min(MOST_STREAMS, Math.floor(this.#hardLimit / 2 / STREAM_BYTES)));
  }

  #fairStreams(most: number): number {
    return Math.max(FAIR_STREAMS, Math.floor(most / this.#shares.size));
  }

  get #limit(): number {
    return this.#settings.budgetBytes() + ALLOWANCE_BYTES;
  }

  get #hardLimit(): number {
    return this.#limit + ALLOWANCE_BYTES;
  }

  get #bytes(): number {
    return this.#heldBytes + this.#streams * STREAM_BYTES;
  }

  #changed(kind: Kind, more: number): void {
    this.#byKind[kind] += more;
    this.#heldBytes += more;
    if (more < 0) this.#letGoBytes -= more;
    if (this.#letGoBytes > COLLECT_BYTES) this.#collectSoon();
    if (this.#bytes <= this.#limit) {
      if (this.spent) this.#isHeldAgain();
      return;
    }
    this.#isOver();
  }

  #isOver(): void {
    if (this.#bytes > this.#hardLimit && !this.#relieves) {
      this.#relieves = true;
      queueMicrotask(() => this.#relieve());
    }
    this.spent = true;
    this.#timer ??= setTimeout(() => this.#graceIsOver(), this.#graceMs).unref();
  }

  #graceIsOver(): void {
    this.#timer = undefined;
    this.#relieve();
    if (this.spent) this.#timer = setTimeout(() => this.#graceIsOver(), this.#graceMs).unref();
  }

  /** Windows open when what is going on has ended: they may be asked for in the middle of it. */
  #isHeldAgain(): void {
    this.spent = false;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#lastCollect ??= setTimeout(() => this.#collectLast(), COLLECT_EVERY_MS).unref();
    queueMicrotask(() => {
      for (const share of this.#shares) if (!this.spent && share.held > 0) share.windowsOpen();
    });
  }

  /** Who has held for longer than the grace goes first: so honest peers, who let go in time, do not pay for others. */
  #relieve(): void {
    this.#relieves = false;
    const before = performance.now() - this.#graceMs;
    this.#cutOff((share) => share.heldSince(before));
    this.#cutOff((share) => share.held);
  }

  #collectSoon(): void {
    if (this.spent && performance.now() - this.#collectedAt >= COLLECT_EVERY_MS) this.#collect();
  }

  #collectLast(): void {
    this.#lastCollect = undefined;
    if (!this.spent && this.#letGoBytes > 0) this.#collect();
  }

  #collect(): void {
    this.#collectedAt = performance.now();
    this.#letGoBytes = 0;
    setImmediate(() => this.#settings.collect?.()); // when what is going on no longer refers to what was let go
  }

  /** Each time half of what the greediest has by that measure, until the budget holds the rest. */
  #cutOff(measure: (share: AnyShare) => number): void {
    const greed = new Map<AnyShare, number>();
    for (const share of this.#shares) if (share.held > 0) greed.set(share, measure(share));
    while (this.#bytes > this.#limit) {
      const [greediest, bytes] = mostOf(greed);
      if (greediest === undefined || bytes <= 0) return;
      greed.set(greediest, this.#halve(greediest, bytes));
    }
  }

  /** What is left of `bytes`. */
  #halve(share: AnyShare, bytes: number): number {
    let left = bytes;
    while (left > bytes / 2 && this.#bytes > this.#limit) {
      const cut = share.cutOff();
      if (cut === undefined) return 0;
      this.#settings.onCutOff?.(cut.why);
      left -= Math.max(1, cut.bytes);
    }
    return left;
  }
}

function mostOf(greed: ReadonlyMap<AnyShare, number>): readonly [AnyShare | undefined, number] {
  let greediest: AnyShare | undefined;
  let most = 0;
  for (const [share, bytes] of greed) {
    if (bytes <= most) continue;
    greediest = share;
    most = bytes;
  }
  return [greediest, most];
}
