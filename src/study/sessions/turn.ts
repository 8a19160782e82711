// A recorded or generated session as the replay needs it: numbers and yes or no for each turn, and no text.
import type { SessionPrice } from "../../request/guard/session-rule.ts";

/** One request of a session to a model: a turn of the agent's loop, or of a chat. */
export interface Turn {
  readonly atMs: number; // from the session's beginning
  readonly inputTokens: number;
  readonly sharedTokens: number; // of these, the front that the session's last request had too; 0 for the first
  readonly outputTokens: number;
  readonly answersTools: boolean; // it brings what tools gave back: the loop goes on
  readonly keepsState: boolean; // it refers to what the server of an earlier turn keeps, which another answers with 400
  readonly quality: { readonly weak: number; readonly strong: number } | undefined; // of the answer, 0 to 1, where it is known
  readonly takenBy?: readonly number[]; // by tier decided, the one that takes it; undefined: each does itself
  readonly wanted: readonly number[]; // by policy, the tier it decides for on the request alone; 0 is weak
}

export type Session = readonly Turn[];

/** Of a tier: what its tokens cost. */
export interface SessionTierPrice extends SessionPrice {
  readonly tier: string;
}
