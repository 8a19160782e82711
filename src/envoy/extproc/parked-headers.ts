// Large headers of a call that waits, while much is held: their message is in mapped memory until somebody asks for one of them.
import { giveBack, mappedCopy, movedOut } from "../grpc/mapped.ts";
import { decodeProcessingRequest, type HeaderReader } from "../wire/processing-request.ts";

const NONE: HeaderReader = { get: () => undefined, namesStartingWith: () => [], entries: () => [] };

export class ParkedHeaders implements HeaderReader {
  #headers: HeaderReader;
  #room: Buffer | undefined;

  constructor(headers: HeaderReader) {
    this.#headers = headers;
  }

  /** `message`: what they were decoded from. */
  park(message: Uint8Array): void {
    this.drop();
    this.#room = mappedCopy(message);
    this.#headers = NONE;
  }

  /** Parked ones are gone. */
  drop(): void {
    if (this.#room !== undefined) giveBack(this.#room);
    this.#room = undefined;
  }

  get(name: string): string | undefined {
    return this.#read().get(name);
  }

  namesStartingWith(prefix: string): string[] {
    return this.#read().namesStartingWith(prefix);
  }

  entries(): Iterable<[name: string, value: string]> {
    return this.#read().entries();
  }

  #read(): HeaderReader {
    const room = this.#room;
    if (room === undefined) return this.#headers;
    this.#room = undefined;
    const request = decodeProcessingRequest(movedOut(room));
    if ("headers" in request) this.#headers = request.headers;
    return this.#headers;
  }
}
