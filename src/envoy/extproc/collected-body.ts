// The pieces of a body that comes in pieces, until it is decided; in mapped memory while much is held for others.
import { giveBack, isMapped, MIN_MAPPED_BYTES, mappedCopy } from "../grpc/mapped.ts";
import type { Call } from "../grpc/transport.ts";

/** Of a piece, beside its bytes. */
const PIECE_BYTES = 512;

export class CollectedBody {
  readonly #call: Call;
  #pieces: Uint8Array[] = [];
  bytes = 0;

  constructor(call: Call) {
    this.#call = call;
  }

  add(piece: Uint8Array): void {
    const isMoved = this.#call.isCrowded === true && piece.length >= MIN_MAPPED_BYTES;
    this.#pieces.push(isMoved ? mappedCopy(piece) : piece);
    this.bytes += piece.length;
    this.#call.keeps?.(piece.length + PIECE_BYTES);
  }

  /** Valid until `clear`. */
  get pieces(): readonly Uint8Array[] {
    return this.#pieces;
  }

  whole(): Uint8Array {
    const [only] = this.#pieces;
    return this.#pieces.length === 1 && only !== undefined && !isMapped(only) ? only : Buffer.concat(this.#pieces, this.bytes);
  }

  clear(): void {
    for (const piece of this.#pieces) if (isMapped(piece)) giveBack(piece);
    this.#call.keeps?.(-(this.bytes + PIECE_BYTES * this.#pieces.length));
    this.#pieces = [];
    this.bytes = 0;
  }
}
