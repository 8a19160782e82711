// When the next request to a server may start: requests and tokens spread evenly over each minute, and nothing while it asked for rest.

export interface PaceLimits {
  readonly requestsPerMinute: number | undefined; // undefined: no limit
  readonly tokensPerMinute: number | undefined; // of question and answer together
}

const MINUTE_MS = 60_000;

/**
 * The generic cell rate algorithm without a burst (ITU-T I.371): each request moves the time of the next by its share of a minute. What a
 * request really took corrects the time behind it.
 */
export class Pace {
  readonly #limits: PaceLimits;
  #nextRequest = 0; // milliseconds on the caller's clock, as is the rest
  #nextTokens = 0;
  #restUntil = 0;

  constructor(limits: PaceLimits) {
    this.#limits = limits;
  }

  /** Milliseconds to wait from now; the place is taken. */
  take(now: number, tokens: number): number {
    const { requestsPerMinute, tokensPerMinute } = this.#limits;
    const at = Math.max(now, this.#nextRequest, this.#nextTokens, this.#restUntil);
    if (requestsPerMinute !== undefined) this.#nextRequest = at + MINUTE_MS / requestsPerMinute;
    if (tokensPerMinute !== undefined) this.#nextTokens = at + (MINUTE_MS * tokens) / tokensPerMinute;
    return at - now;
  }

  /** The answer took so many tokens, not those that were foreseen. */
  took(foreseen: number, tokens: number): void {
    const { tokensPerMinute } = this.#limits;
    if (tokensPerMinute !== undefined) this.#nextTokens += (MINUTE_MS * (tokens - foreseen)) / tokensPerMinute;
  }

  /** The server wants no request for so long. */
  rest(now: number, ms: number): void {
    this.#restUntil = Math.max(this.#restUntil, now + ms);
  }
}
