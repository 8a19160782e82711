// Plays a session through a way of routing: who answers each turn, what that costs with the prompt caches as they then are, and where a
// switch would have been answered with an error.
import { type SessionSettings, type SessionState, sessionDecision } from "../../request/guard/session-rule.ts";
import { PromptCache } from "./prompt-cache.ts";
import type { Session, SessionTierPrice, Turn } from "./turn.ts";

/**
 * `per-request`: the policy decides each turn on its own. `sticky`: what it decided for the first turn holds. `session`: the switch rule of
 * src/request/guard/session-rule.ts behind it.
 */
export const WAYS = ["all-weak", "all-strong", "per-request", "sticky", "session"] as const;
export type Way = (typeof WAYS)[number];

/** What a session came to; sums, so that sessions add up. */
export interface Played {
  readonly turns: number;
  readonly costUsd: number; // NaN: the price of a tier that answered is not known
  readonly switches: number;
  readonly unsafe: number; // of these, in a tool loop or away from the server that keeps what the turn refers to
  readonly inputTokens: number;
  readonly cachedTokens: number; // of these, read from a prompt cache
  readonly judged: number; // turns whose quality is known
  readonly quality: number; // sum over these
}

export interface PlaySettings extends SessionSettings {
  readonly prices: readonly SessionTierPrice[]; // cheap first
}

/** `policy`: which of the turns' wanted tiers; of all-weak and all-strong it says nothing. */
export function play(session: Session, way: Way, policy: number, settings: PlaySettings): Played {
  const { prices, cacheLivesMs } = settings;
  const cache = new PromptCache(prices.length, cacheLivesMs);
  const played = new Sums();
  const state = { tier: 0, cachedTokens: cache.tokens, servedAtMs: cache.servedAtMs, actions: 0, questions: 0, answerTokens: 0 };
  for (const turn of session) {
    cache.begin(turn);
    const first = state.actions === 0;
    const tier = tierOf(way, turn, policy, first ? undefined : state, settings);
    played.add(turn, tier, first ? tier : state.tier, cache.serve(tier, turn), prices[tier]);
    state.tier = tier;
    state.actions++;
    state.answerTokens += (turn.outputTokens - state.answerTokens) / state.actions;
    if (!turn.answersTools) state.questions++;
  }
  return played;
}

/** `state` undefined: the session's first turn. */
function tierOf(way: Way, turn: Turn, policy: number, state: SessionState | undefined, settings: PlaySettings): number {
  const wanted = turn.wanted[policy] ?? 0;
  switch (way) {
    case "all-weak":
      return 0;
    case "all-strong":
      return settings.prices.length - 1;
    case "per-request":
      return takerOf(turn, wanted);
    case "sticky":
      return takerOf(turn, state?.tier ?? wanted);
    case "session":
      return takerOf(turn, sessionDecision(state, actionOf(turn, wanted, state), settings).tier);
  }
}

function takerOf({ takenBy }: Turn, decided: number): number {
  return takenBy?.[decided] ?? decided;
}

function actionOf({ answersTools, keepsState, inputTokens, atMs }: Turn, wanted: number, state: SessionState | undefined) {
  return { wanted, answersTools, keptBy: keepsState ? state?.tier : undefined, inputTokens, atMs };
}

class Sums implements Played {
  turns = 0;
  costUsd = 0;
  switches = 0;
  unsafe = 0;
  inputTokens = 0;
  cachedTokens = 0;
  judged = 0;
  quality = 0;

  add(turn: Turn, tier: number, before: number, cached: number, price: SessionTierPrice | undefined): void {
    this.turns++;
    this.inputTokens += turn.inputTokens;
    this.cachedTokens += cached;
    this.costUsd += costOfTurn(turn, cached, price);
    if (tier !== before) {
      this.switches++;
      if (turn.answersTools || turn.keepsState) this.unsafe++;
    }
    if (turn.quality === undefined) return;
    this.judged++;
    this.quality += tier === 0 ? turn.quality.weak : turn.quality.strong;
  }
}

/** US dollars. What was not in the cache is read and written to it. */
function costOfTurn({ inputTokens, outputTokens }: Turn, cached: number, price: SessionTierPrice | undefined): number {
  const { inputPerMTok = Number.NaN, outputPerMTok = Number.NaN, cachedInputPerMTok, cacheWritePerMTok } = price ?? {};
  const anew = (inputTokens - cached) * (cacheWritePerMTok ?? inputPerMTok);
  return (cached * (cachedInputPerMTok ?? inputPerMTok) + anew + outputTokens * outputPerMTok) / 1e6;
}
