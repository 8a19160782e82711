// Where a tier is asked: its server's address, the model to name, the key and the prices. Made from the command line and the configuration.
import type { Usage } from "../../answer/usage/usage.ts";

/** What becomes of a request's `model`. */
export type ModelEdit = { readonly kind: "set"; readonly model: string } | { readonly kind: "keep" } | { readonly kind: "drop" };

export interface Target {
  readonly tier: string;
  readonly baseUrl: string; // what stands before /chat/completions, /messages …, such as https://api.openai.com/v1
  readonly model: ModelEdit;
  readonly key: string | undefined;
  readonly headers: Readonly<Record<string, string>>; // in lower case; sent with every request
  readonly dollars: (usage: Usage) => number | undefined; // undefined: the price is not known
}

/** What is known of a request before it is asked. */
export interface Foreseen {
  readonly inputTokens: number; // estimated
  readonly outputTokens: number; // as the caller expects
}

export function foreseenDollars({ dollars }: Target, { inputTokens, outputTokens }: Foreseen): number | undefined {
  return dollars({ inputTokens, outputTokens, cachedInputTokens: 0, cacheWriteTokens: 0, reasoningTokens: 0 });
}
