// What an answer tells of its session: how much of it the servers that answered now have in their prompt cache, and whether it was another
// tier's than the action went to.
import type { SessionStore } from "../../request/guard/session-store.ts";
import type { Cost } from "./cost.ts";
import type { Outcome } from "./outcome.ts";

/** Below it no server of the large providers keeps a prompt; twice OpenAI's and Anthropic's least, since tokens are estimated. */
const LEAST_CACHED_TOKENS = 2048;

/** `upAfterBad`: so many questions behind a bad answer go up. */
export function sessionAnswered(
  sessions: Pick<SessionStore, "answered" | "answeredBadly">,
  { decided, served, cost, failure, bad }: Outcome,
  upAfterBad: number,
): void {
  const action = decided?.measured?.action;
  if (action === undefined || served?.tier === undefined) return;
  if (upAfterBad > 0 && (failure ?? bad) !== undefined) sessions.answeredBadly(action.session, served.tier, upAfterBad);
  if (cost === undefined) return;
  const { tier, fellBack } = served;
  const cachedTokens = fellBack ? cost.inputTokens : cachedAfter(cost, action.expectedTokens);
  sessions.answered(action.session, { tier, fellBack, cachedTokens, outputTokens: cost.outputTokens });
}

/**
 * Who says what was written says what is kept. Who says only what was read keeps what came behind it too. Who read nothing, though all was
 * sent a short while ago, keeps nothing. Undefined: nothing is said.
 */
export function cachedAfter({ basis, inputTokens, cachedInputTokens, cacheWriteTokens }: Cost, expectedTokens: number): number | undefined {
  if (basis === "estimated") return undefined;
  if (cacheWriteTokens > 0) return cachedInputTokens + cacheWriteTokens;
  if (cachedInputTokens > 0) return inputTokens;
  return expectedTokens >= LEAST_CACHED_TOKENS ? 0 : undefined;
}
