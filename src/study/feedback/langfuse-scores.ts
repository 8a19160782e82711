// Ratings as scores of Langfuse, there and back. A score belongs to a trace; decision logs know which request that was.
import { type LangfuseAccess, langfusePage, langfuseSend, type PageWaits } from "../collect/langfuse-pages.ts";
import { Members } from "../dataset/logged-request.ts";
import type { RatedRequest } from "./rating-rows.ts";

const WRITTEN = "api/public/scores";
const READ = "api/public/v3/scores";
const SCORES_A_PAGE = "100"; // the most there may be
export const SCORE_NAME = "user-rating";

export interface Talk {
  readonly access: LangfuseAccess;
  readonly signal: AbortSignal;
  readonly waits?: PageWaits;
}

/** How many were sent: those with a trace. A score has an id of its own request, so that to send it again changes nothing. */
export async function sendScores({ access, signal, waits }: Talk, rated: readonly RatedRequest[]): Promise<number> {
  let sent = 0;
  for (const { requestId, rating, traceId, tier, policy, reason } of rated) {
    if (traceId === undefined) continue;
    const about = { metadata: { "sluice.tier": tier, "sluice.policy": policy, "sluice.reason": reason } };
    const score = { id: `sluice-${requestId}`, traceId, name: SCORE_NAME, value: rating, dataType: "NUMERIC", ...about };
    await langfuseSend(access, WRITTEN, score, signal, waits);
    sent++;
  }
  return sent;
}

export interface TraceRating {
  readonly traceId: string;
  readonly rating: number;
}

/** Numbers from 1 to 5 called `name`, of traces or of observations in them; those that we sent ourselves are left out. */
export async function* readScores(
  { access, signal, waits }: Talk,
  { name, from, to }: { readonly name: string; readonly from: string | undefined; readonly to: string | undefined },
): AsyncGenerator<TraceRating> {
  let cursor: string | undefined;
  do {
    const query = { name, dataType: "NUMERIC", fields: "subject", fromTimestamp: from, toTimestamp: to, limit: SCORES_A_PAGE, cursor };
    const page = await langfusePage(access, READ, query, signal, waits);
    for (const item of page.items) {
      const score = new Members(item);
      const rating = score.number("value");
      const subject = score.part("subject");
      const traceId = subject.text("kind") === "trace" ? subject.text("id") : subject.text("traceId");
      const isOurs = score.text("id")?.startsWith("sluice-") === true;
      if (isOurs || score.text("name") !== name || traceId === undefined || rating === undefined || ![1, 2, 3, 4, 5].includes(rating))
        continue;
      yield { traceId, rating };
    }
    cursor = page.cursor;
  } while (cursor !== undefined);
}
