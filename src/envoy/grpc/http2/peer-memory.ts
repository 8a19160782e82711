// What is held for all peers together, against one budget of the process. Messages that arrive whole and replies that leave at once are
// never counted: the fast path pays for two additions a stream.
//
// Why nobody waits for ever: over the budget, streams that hold something get no new window, and when that has not helped within the grace
// those that have held for longest are cut off, of the connection that holds most, until the budget holds the rest. Then windows open
// again: a wait for one ends with the grace. Messages up to a stream's first window (1 MB) need no other, and the connection's own window
// is always opened, so these do not wait at all. What is held twice over the allowance is cut off at once: windows given out before the
// budget was spent may bring more than it has.
import type { Garbage } from "./garbage.ts";
import { ReadingTurns } from "./reading-turns.ts";
import { type AnyShare, type Holder, type Kind, Share, type ShareOwner } from "./share.ts";

export type HeldKind = Kind | "streams";
/** What a cut-off stream held most of; `connection`: all of one were; `refused`: there were too many, the peer may try again. */
export type CutOff = Kind | "refused";

export interface PeerMemorySettings {
  readonly budgetBytes: () => number; // asked each time, so a reload takes effect at once
  readonly onCutOff?: ((why: CutOff) => void) | undefined;
  readonly graceMs?: number;
  readonly garbage?: Garbage;
  readonly quietMs?: number;
  readonly turnWork?: number; // as ReadingTurns counts it
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
const CROWDED_PART = 8;
/**
 * Garbage is collected often from when the budget is spent until it has not been for so long; then all of it once, as V8 sees no reason to.
 * That holds others up for a moment, so not at every pause of an attack.
 */
const QUIET_MS = 10_000;
/** Each read leaves 64 KB of it. V8 lets 64 MB of them come, which the C library then keeps. */
const YOUNG_GARBAGE_BYTES = 8 << 20;

export class PeerMemory {
  readonly #settings: PeerMemorySettings;
  readonly #graceMs: number;
  readonly #shares = new Set<AnyShare>();
  readonly #byKind: Record<Kind, number> = { partial: 0, unsent: 0, kept: 0, connection: 0 };
  #heldBytes = 0;
  #streams = 0;
  #timer: NodeJS.Timeout | undefined;
  #relieves = false; // at the end of this turn
  #readBytes = 0; // while crowded, since young garbage was collected
  #quiet: NodeJS.Timeout | undefined; // from when the budget is spent until garbage is collected for the last time
  readonly readingTurns: ReadingTurns;
  /** Streams that hold something get no new window. */
  spent = false;
  /** So much is held that what is large is put into mapped memory. Serving alone seldom holds so much. */
  crowded = false;

  constructor(settings: PeerMemorySettings) {
    this.#settings = settings;
    this.readingTurns = new ReadingTurns(settings.turnWork);
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

  /** False: there are too many. Who has less than its part of them has one for which another's goes, of who has most. */
  streamOpens(share: AnyShare): boolean {
    const most = this.#mostStreams;
    if (this.#streams >= most - (most >> 2)) {
      const isFull = this.#streams >= most;
      if (share.streams >= this.#fairStreams(most) || (isFull && !this.#makeRoom(share))) {
        this.#settings.onCutOff?.("refused");
        return false;
      }
    }
    this.#streams++;
    share.streams++;
    if (this.#bytes > this.#hardLimit) this.#isOver();
    return true;
  }

  #makeRoom(share: AnyShare): boolean {
    let most: AnyShare = share;
    for (const other of this.#shares) if (other.streams > most.streams) most = other;
    if (most.streams <= share.streams + 1 || !most.cutOffStream()) return false;
    this.#settings.onCutOff?.("refused");
    return true;
  }

  streamEnded(share: AnyShare): void {
    this.#streams--;
    share.streams--;
  }

  /** To be asked while it is crowded, at each read: whether the connection has more than its part, and is to be read chunk by chunk. */
  tooFast(share: AnyShare, readBytes: number): boolean {
    this.#readBytes += readBytes;
    if (this.#readBytes > YOUNG_GARBAGE_BYTES) {
      this.#readBytes = 0;
      this.#settings.garbage?.collectYoung();
    }
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
    this.crowded = this.#heldBytes > this.#settings.budgetBytes() / CROWDED_PART;
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
    if (this.#quiet === undefined) {
      this.#settings.garbage?.collectOften();
      this.#quiet = setTimeout(() => this.#isQuiet(), this.#settings.quietMs ?? QUIET_MS).unref();
    }
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
    this.#quiet?.refresh();
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

  #isQuiet(): void {
    if (this.spent) return void this.#quiet?.refresh();
    this.#quiet = undefined;
    this.#settings.garbage?.collectOnce();
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
