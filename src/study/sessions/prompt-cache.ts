// What a tier's servers remember of a conversation: the front of the last prompt they read, for as long as it is used. As Anthropic and
// OpenAI describe their prompt caches: only an unbroken front counts, from 1,024 tokens up, and each use renews its life.
import type { Turn } from "./turn.ts";

/** Shorter ones are not cached by either. */
export const LEAST_CACHED_TOKENS = 1024;

/** Of one session, by tier; filled from one turn to the next and never copied, for there are many turns. */
export class PromptCache {
  readonly tokens: Float64Array;
  readonly servedAtMs: Float64Array;
  readonly #livesMs: number;

  constructor(tiers: number, livesMs: number) {
    this.tokens = new Float64Array(tiers);
    this.servedAtMs = new Float64Array(tiers);
    this.#livesMs = livesMs;
  }

  /** Before a turn is asked about: what the session no longer sends, no server can use. */
  begin({ sharedTokens }: Turn): void {
    for (let tier = 0; tier < this.tokens.length; tier++) this.tokens[tier] = Math.min(this.tokens[tier] ?? 0, sharedTokens);
  }

  /** The tier answers the turn: how many of its tokens it had. */
  serve(tier: number, { atMs, inputTokens }: Turn): number {
    const known = this.tokens[tier] ?? 0;
    const warm = known >= LEAST_CACHED_TOKENS && atMs - (this.servedAtMs[tier] ?? 0) <= this.#livesMs;
    this.tokens[tier] = inputTokens;
    this.servedAtMs[tier] = atMs;
    return warm ? known : 0;
  }
}
