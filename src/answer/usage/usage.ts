// Tokens that a model server says it used: what is counted of every interface alike.

/** Cached and cache-write tokens are of the input, reasoning tokens of the output: none stands beside. */
export interface Usage {
  readonly inputTokens: number;
  readonly cachedInputTokens: number; // read from the server's prompt cache
  readonly cacheWriteTokens: number; // written to it
  readonly outputTokens: number;
  readonly reasoningTokens: number;
}
