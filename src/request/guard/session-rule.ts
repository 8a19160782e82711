// Which tier an action of a session goes to, given the tier its policy wants: a switch throws the server's prompt cache away, and breaks
// what only one server can go on with. Pure: whoever asks keeps the state, owns the clock and says what the request refers to. What an
// agent asks beside its conversation (a title, a probe) is none of the session's: it is neither asked about nor noted.

/** US dollars for a million tokens; undefined: not known, or for the two of the cache as the input. */
export interface SessionPrice {
  readonly inputPerMTok: number | undefined;
  readonly cachedInputPerMTok?: number | undefined;
  readonly cacheWritePerMTok?: number | undefined;
  readonly outputPerMTok?: number | undefined; // undefined: answers are left out
}

/** What is known of a session. Tiers are numbers, 0 the cheapest. */
export interface SessionState {
  readonly tier: number; // served the last action
  readonly cachedTokens: ArrayLike<number>; // by tier: what its servers have read of the conversation; 0: nothing
  readonly servedAtMs: ArrayLike<number>; // by tier: when they last did
  readonly actions: number; // so far
  readonly answerTokens: number; // mean of its answers; 0: not known
  readonly questions: number; // of these, begun by the user and not by a tool's result
}

export interface Action {
  readonly wanted: number; // the policy's tier
  readonly answersTools: boolean; // it brings what tools gave back: the turn's loop goes on
  readonly keptBy: number | undefined; // the tier whose servers keep what it refers to; -1: not known which; undefined: to nothing
  readonly inputTokens: number;
  readonly atMs: number; // of the clock of `servedAtMs`
}

export interface SessionSettings {
  readonly prices: readonly SessionPrice[]; // by tier
  readonly cacheLivesMs: number; // after the last use
  readonly leastGainUsd: number; // for a switch down: below it is noise
  readonly upInToolLoops?: boolean; // a tier above takes over the calls that another asked for; unsaid: no
}

export const SESSION_DEFAULTS = { cacheLivesMs: 300_000, leastGainUsd: 0.001 } as const;

/** The first three keep an action from where it was wanted; with the others it goes there. */
export const SESSION_REASONS = ["tool-loop", "server-state", "cache", "new", "same", "up", "cold", "pays"] as const;
export type SessionReason = (typeof SESSION_REASONS)[number];

export interface SessionDecision {
  readonly tier: number;
  readonly reason: SessionReason;
  readonly gainUsd: number; // of going to the wanted tier instead of staying, over what is expected of the turn; 0 where it was not asked
}

/**
 * In this order: what one server keeps goes to its tier; tools' results go to the tier that asked for them, while the loop lasts, or to one
 * above where that is allowed; a tier above is always allowed otherwise; with the cache gone there is nothing to lose; down only where it
 * pays. `state` undefined: the session is new.
 */
export function sessionDecision(state: SessionState | undefined, action: Action, settings: SessionSettings): SessionDecision {
  const { wanted, keptBy } = action;
  if (keptBy !== undefined && keptBy >= 0) return at(keptBy, keptBy === wanted ? "same" : "server-state");
  if (state === undefined) return at(wanted, "new");
  if (wanted === state.tier) return at(wanted, "same");
  if (keptBy !== undefined) return at(state.tier, "server-state");
  if (action.answersTools && !(settings.upInToolLoops && wanted > state.tier)) return at(state.tier, "tool-loop");
  if (wanted > state.tier) return at(wanted, "up");
  if (isCold(state, state.tier, action, settings)) return at(wanted, "cold");
  const gainUsd = gainOfSwitch(state, action, settings);
  return gainUsd > settings.leastGainUsd ? { tier: wanted, reason: "pays", gainUsd } : { tier: state.tier, reason: "cache", gainUsd };
}

function at(tier: number, reason: SessionReason): SessionDecision {
  return { tier, reason, gainUsd: 0 };
}

/** Of a tier whose servers have forgotten the conversation, or never read it. */
function isCold({ servedAtMs, cachedTokens }: SessionState, tier: number, { atMs }: Action, { cacheLivesMs }: SessionSettings): boolean {
  return (cachedTokens[tier] ?? 0) === 0 || atMs - (servedAtMs[tier] ?? 0) > cacheLivesMs;
}

/**
 * US dollars saved by going to `wanted` now and staying for the turn, less what is lost. With n tokens of input, c of them in a tier's
 * cache, r the price of a cached token, w of one to be read anew, a answers of q each, and R the actions expected of the turn:
 *
 *     input(tier) = c·r + (n − c)·w
 *     gain = input(pinned) − input(wanted) + (R − 1)·n·(r_pinned − r_wanted) + R·a·(q_pinned − q_wanted)
 *
 * Workweave's router weighs the two terms of the input with R = 3 (its planner: `savings · 3 − eviction > $0.001`). Here R is learned from
 * the session, so many actions as a question has taken and three for the first, and answers count: with short prompts they are most of
 * the cost. Minus infinity where an input's price is not known: then a warm cache is kept.
 */
export function gainOfSwitch(state: SessionState, action: Action, settings: SessionSettings): number {
  const { tier: pinned } = state;
  const { wanted, inputTokens } = action;
  const now = inputUsd(pinned, state, action, settings) - inputUsd(wanted, state, action, settings);
  const later = (cachedPrice(settings.prices[pinned]) - cachedPrice(settings.prices[wanted])) * inputTokens;
  const answer = (answerPrice(settings.prices[pinned]) - answerPrice(settings.prices[wanted])) * state.answerTokens;
  const actions = expectedActions(state);
  const gain = now + ((actions - 1) * later + actions * answer) / 1e6;
  return Number.isNaN(gain) ? Number.NEGATIVE_INFINITY : gain;
}

/** Before anything is known of a session: what Workweave found. */
const ACTIONS_AT_FIRST = 3;

/** Of a question, itself included. */
function expectedActions({ actions, questions }: SessionState): number {
  return (ACTIONS_AT_FIRST + actions) / (1 + questions);
}

function inputUsd(tier: number, state: SessionState, action: Action, settings: SessionSettings): number {
  const price = settings.prices[tier];
  const { inputTokens } = action;
  const cached = isCold(state, tier, action, settings) ? 0 : Math.min(inputTokens, state.cachedTokens[tier] ?? 0);
  const anew = price?.cacheWritePerMTok ?? price?.inputPerMTok ?? Number.NaN;
  return (cached * cachedPrice(price) + (inputTokens - cached) * anew) / 1e6;
}

function answerPrice(price: SessionPrice | undefined): number {
  return price?.outputPerMTok ?? 0;
}

function cachedPrice(price: SessionPrice | undefined): number {
  return price?.cachedInputPerMTok ?? price?.inputPerMTok ?? Number.NaN;
}
