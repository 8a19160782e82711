// Sessions measured, with what is counted of them and what to be careful with.
import { type MeasureSettings, measuredWays } from "./measure.ts";
import type { SessionEvaluationResult } from "./session-result.ts";
import type { Session, SessionTierPrice } from "./turn.ts";

export interface SessionGrounds {
  readonly files: readonly string[];
  readonly skipped: number; // bad rows
  readonly warnings: readonly string[]; // of how the sessions were read
}

/** At least one session. */
export function sessionEvaluation(
  sessions: readonly Session[],
  settings: MeasureSettings,
  { files, skipped, warnings }: SessionGrounds,
): SessionEvaluationResult {
  const turns = sessions.flat();
  const count = (is: (turn: Session[number]) => boolean) => turns.filter(is).length;
  return {
    files,
    skipped,
    sessions: sessions.length,
    turns: turns.length,
    judged: count(({ quality }) => quality !== undefined),
    toolTurns: count(({ answersTools }) => answersTools),
    stateTurns: count(({ keepsState }) => keepsState),
    cacheLivesSeconds: settings.cacheLivesMs / 1000,
    resamples: settings.resamples,
    seed: settings.seed,
    warnings: [...warnings, ...fewSessions(sessions), ...priceWarnings(settings.prices)],
    ways: measuredWays(sessions, settings),
  };
}

/** Below these an interval over sessions says little. */
const FEW_SESSIONS = 30;

function fewSessions({ length }: readonly Session[]): readonly string[] {
  return length >= FEW_SESSIONS ? [] : [`only ${length} sessions: intervals over so few say little`];
}

function priceWarnings(prices: readonly SessionTierPrice[]): readonly string[] {
  const named = (missing: (price: SessionTierPrice) => boolean) => prices.filter(missing).map(({ tier }) => tier);
  const unknown = named(({ inputPerMTok, outputPerMTok }) => inputPerMTok === undefined || outputPerMTok === undefined);
  if (unknown.length > 0)
    return [`no costs: the price of a token is not known for ${unknown.join(", ")}; the session rule then keeps a warm cache`];
  const uncached = named(({ cachedInputPerMTok }) => cachedInputPerMTok === undefined);
  return uncached.length === 0 ? [] : [`${uncached.join(", ")} has no cachedInputPerMTok: a cached token is priced as any other`];
}
