// The one error decoding throws: the bytes are not the message they claim to be. It ends a call, never the process.

/** Malformed bytes. The message says what was expected and where reading stopped making sense. */
export class WireError extends Error {
  constructor(expected: string, cause: unknown) {
    super(`not a ${expected}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    this.name = "WireError";
  }
}
