// What the header fields of a request say, and whether they make a request at all (RFC 9113, section 8.3). One is kept per connection and
// used for every block.
import type { HeaderField } from "./header-field.ts";

const CONTENT_LENGTH = /^[0-9]{1,15}$/;

export class RequestHead {
  method = "";
  path = "";
  contentType = "";
  contentLength: number | undefined;
  traceparent: string | undefined;
  attempts: string | undefined;
  bytes = 0; // of the list of fields
  #malformed = false;
  #scheme = "";
  #pseudoSeen = false;
  #regularSeen = false;
  #authoritySeen = false;

  clear(): void {
    this.method = "";
    this.path = "";
    this.contentType = "";
    this.contentLength = undefined;
    this.traceparent = undefined;
    this.attempts = undefined;
    this.bytes = 0;
    this.#malformed = false;
    this.#scheme = "";
    this.#pseudoSeen = false;
    this.#regularSeen = false;
    this.#authoritySeen = false;
  }

  readonly add = (field: HeaderField): void => {
    this.bytes += field.bytes;
    if (!field.pseudo) this.#regularSeen = true;
    else {
      if (this.#regularSeen) this.#malformed = true;
      this.#pseudoSeen = true;
    }
    switch (field.kind) {
      case "method":
        this.#once(this.method === "");
        this.method = field.value;
        return;
      case "scheme":
        this.#once(this.#scheme === "");
        this.#scheme = field.value;
        return;
      case "path":
        this.#once(this.path === "");
        this.path = field.value;
        return;
      case "authority":
        this.#once(!this.#authoritySeen);
        this.#authoritySeen = true;
        return;
      case "content-type":
        this.contentType = field.value;
        return;
      case "content-length":
        this.#once(CONTENT_LENGTH.test(field.value));
        this.contentLength = Number(field.value);
        return;
      case "traceparent":
        this.traceparent = field.value;
        return;
      case "attempts":
        this.attempts = field.value;
        return;
      case "malformed":
        this.#malformed = true;
        return;
      case "other":
        return;
    }
  };

  /** The fields of a request's beginning. */
  get isRequest(): boolean {
    return !this.#malformed && this.method !== "" && this.#scheme !== "" && this.path !== "";
  }

  /** The fields behind a request's body. */
  get areTrailers(): boolean {
    return !this.#malformed && !this.#pseudoSeen;
  }

  get isGrpc(): boolean {
    return this.contentType.startsWith("application/grpc");
  }

  #once(fine: boolean): void {
    if (!fine) this.#malformed = true;
  }
}
