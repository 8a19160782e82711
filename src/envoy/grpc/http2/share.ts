// What is held for one connection: of each of its streams that holds something, longest first, and of the connection itself.

/**
 * - `partial`: room for a message that is not whole yet
 * - `unsent`: replies for which the peer gives no window
 * - `kept`: messages that the handler goes on keeping
 */
export type StreamKind = "partial" | "unsent" | "kept";
/** `connection`: what the socket does not take, what is not read yet, and a header block that is not whole. */
export type Kind = StreamKind | "connection";

/** Bytes of one stream, by kind; none of it is there for a stream that holds nothing. */
export interface Holding {
  readonly since: number; // on performance.now()'s clock
  partial: number;
  unsent: number;
  kept: number;
}

/** A stream, as its connection's share sees it. */
export interface Holder {
  holding: Holding | undefined; // kept by the share
}

export interface ShareOwner<H extends Holder> {
  /** Ends one stream and lets go of what it holds. */
  cutOff(holder: H): void;
  /** Of its streams, whether they hold something or not, the one that was opened first. */
  first(): H | undefined;
  /** Ends the connection at once. */
  end(): void;
  /** A window may be due, which was held back. */
  windowsOpen(holders: Iterable<H>): void;
}

/** As the account of all of them sees it. */
export interface AnyShare {
  readonly held: number; // bytes
  streams: number; // open ones, kept by the account
  /** Bytes held since then or longer. */
  heldSince(time: number): number;
  /** Cuts off who has held for longest, or all where the connection itself holds most. Undefined: there is nobody. */
  cutOff(): { readonly why: Kind; readonly bytes: number } | undefined;
  /** Whether or not it holds something. False: there is none. */
  cutOffStream(): boolean;
  windowsOpen(): void;
}

export class Share<H extends Holder> implements AnyShare {
  readonly #owner: ShareOwner<H>;
  readonly #changed: (kind: Kind, bytes: number) => void;
  readonly #holders = new Set<H>(); // in the order they began to
  readonly #ofConnection = { blocks: 0, unwritten: 0, unread: 0 };
  #connectionBytes = 0;
  #connectionSince = 0;
  held = 0;
  streams = 0;

  /** `changed` is told how many bytes more are held, or fewer. */
  constructor(owner: ShareOwner<H>, changed: (kind: Kind, bytes: number) => void) {
    this.#owner = owner;
    this.#changed = changed;
  }

  /** From now on the stream holds so many bytes of this kind. */
  hold(holder: H, kind: StreamKind, bytes: number): void {
    if (holder.holding === undefined) {
      if (bytes === 0) return;
      holder.holding = { since: performance.now(), partial: 0, unsent: 0, kept: 0 };
      this.#holders.add(holder);
    }
    const holding = holder.holding;
    const more = bytes - holding[kind];
    holding[kind] = bytes;
    if (bytesOf(holding) === 0) {
      holder.holding = undefined;
      this.#holders.delete(holder);
    }
    this.#count(kind, more);
  }

  holdMore(holder: H, kind: StreamKind, more: number): void {
    this.hold(holder, kind, (holder.holding?.[kind] ?? 0) + more);
  }

  letGo(holder: H): void {
    this.hold(holder, "partial", 0);
    this.hold(holder, "unsent", 0);
    this.hold(holder, "kept", 0);
  }

  /** `blocks`: of a header block that is not whole. `unwritten`: what the socket does not take. `unread`: what waits for its turn. */
  holdOfConnection(what: "blocks" | "unwritten" | "unread", bytes: number): void {
    if (this.#connectionBytes === 0) this.#connectionSince = performance.now();
    const more = bytes - this.#ofConnection[what];
    this.#ofConnection[what] = bytes;
    this.#connectionBytes += more;
    this.#count("connection", more);
  }

  /** The connection is over, and so are its streams. */
  close(): void {
    this.holdOfConnection("blocks", 0);
    this.holdOfConnection("unwritten", 0);
    this.holdOfConnection("unread", 0);
  }

  #count(kind: Kind, more: number): void {
    if (more === 0) return;
    this.held += more;
    this.#changed(kind, more);
  }

  heldSince(time: number): number {
    let bytes = this.#connectionBytes > 0 && this.#connectionSince <= time ? this.#connectionBytes : 0;
    for (const { holding } of this.#holders) {
      if (holding === undefined || holding.since > time) break;
      bytes += bytesOf(holding);
    }
    return bytes;
  }

  cutOff(): { readonly why: Kind; readonly bytes: number } | undefined {
    const before = this.held;
    const [longest] = this.#holders;
    if (this.#connectionBytes * 2 > before) {
      this.#owner.end();
      return { why: "connection", bytes: before - this.held };
    }
    if (longest?.holding === undefined) return undefined;
    const why = mostOf(longest.holding);
    this.#owner.cutOff(longest);
    return { why, bytes: before - this.held };
  }

  cutOffStream(): boolean {
    const first = this.#owner.first();
    if (first !== undefined) this.#owner.cutOff(first);
    return first !== undefined;
  }

  windowsOpen(): void {
    this.#owner.windowsOpen(this.#holders);
  }
}

function bytesOf({ partial, unsent, kept }: Holding): number {
  return partial + unsent + kept;
}

function mostOf({ partial, unsent, kept }: Holding): StreamKind {
  if (partial >= unsent && partial >= kept) return "partial";
  return unsent >= kept ? "unsent" : "kept";
}
