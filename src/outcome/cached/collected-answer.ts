// An answer as it passes, collected to be kept: its bytes, bounded, and what its headers say of it. What may not be kept is let go of at
// once, with the reason.
import { answerReader } from "../../answer/answer-reader.ts";
import { type Asked, type Unstorable, unstorable } from "../../answer/storable/storable.ts";
import type { HeaderView } from "../../request/routing/route-headers.ts";

/** Why an answer is not kept: by what is seen of it, or by what Envoy says of who gave it. */
export type NotKept = Unstorable | SeenOf | "unseen" | "unknown" | "other-tier";
type SeenOf = "status" | "set-cookie" | "no-store" | "too-large" | "cut-off" | "crowded";

/** Bytes that came with a good status and were seen to their end. */
export interface Collected {
  readonly body: Uint8Array;
  readonly contentType: string;
}

/** One that may be given again. */
export interface Storable extends Collected {
  readonly model: string;
}

/** Whether it is an answer to what was asked, whole and good; or why it is not kept. */
export function judged(collected: Collected, asked: Asked): Storable | NotKept {
  const why = unstorable(collected.body, asked);
  if (why !== undefined) return why;
  const reader = answerReader();
  reader.push(collected.body);
  const { failure, isComplete, model = "" } = reader.finish("seen");
  if (failure !== undefined || !isComplete) return failure === "error" ? "error" : "incomplete";
  return { ...collected, model };
}

/** Bytes of all answers that are being collected; beyond them the next is not. */
export interface CollectingBudget {
  take(bytes: number): boolean;
  release(bytes: number): void;
}

export function collectingBudget(maxBytes: number): CollectingBudget {
  let taken = 0;
  return {
    take(bytes) {
      if (taken + bytes > maxBytes) return false;
      taken += bytes;
      return true;
    },
    release(bytes) {
      taken -= bytes;
    },
  };
}

export class CollectingAnswer {
  readonly #maxBytes: number;
  readonly #budget: CollectingBudget;
  #pieces: Buffer[] = [];
  #bytes = 0;
  #contentType: string | undefined; // undefined: no headers were seen
  #refused: NotKept | undefined;

  constructor(maxBytes: number, budget: CollectingBudget) {
    this.#maxBytes = maxBytes;
    this.#budget = budget;
  }

  headers(headers: HeaderView): void {
    this.#contentType = headers.get("content-type") ?? "";
    const why = refusedBy(headers);
    if (why !== undefined) this.refuse(why);
  }

  piece(bytes: Uint8Array): void {
    if (this.#refused !== undefined || bytes.length === 0) return;
    if (this.#contentType === undefined) return this.refuse("unseen");
    if (this.#bytes + bytes.length > this.#maxBytes) return this.refuse("too-large");
    if (!this.#budget.take(bytes.length)) return this.refuse("crowded");
    this.#pieces.push(Buffer.from(bytes)); // what comes is a view into a message
    this.#bytes += bytes.length;
  }

  /** What came, when its end was seen, or why it is not kept. To be called once, last. */
  ended(): Collected | NotKept {
    if (this.#refused !== undefined) return this.#refused;
    if (this.#contentType === undefined) return "unseen";
    const collected = { body: Buffer.concat(this.#pieces), contentType: this.#contentType };
    this.letGo();
    return collected;
  }

  /** Undefined: nothing speaks against it yet. */
  get refused(): NotKept | undefined {
    return this.#refused;
  }

  refuse(why: NotKept): void {
    this.#refused ??= why;
    this.letGo();
  }

  /** Its bytes are no longer held here. */
  letGo(): void {
    this.#budget.release(this.#bytes);
    this.#bytes = 0;
    this.#pieces = [];
  }
}

/** `private` and `no-cache` are said of every stream, and nobody shares an answer with another tenant. */
function refusedBy(headers: HeaderView): NotKept | undefined {
  if (headers.get(":status") !== "200") return "status";
  if (headers.get("set-cookie") !== undefined) return "set-cookie";
  return /(?:^|[\s,])no-store\b/i.test(headers.get("cache-control") ?? "") ? "no-store" : undefined;
}
