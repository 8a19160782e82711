// GET /v1/history: which policies decided, since when, and what made it so.
import { type History, NO_HISTORY } from "../history/history.ts";
import { json, type Reply } from "./reply.ts";

/** Asked anew each time. */
export type AskHistory = () => Promise<History>;

export async function historyReply(ask: AskHistory | undefined): Promise<Reply> {
  return json(200, (await ask?.()) ?? NO_HISTORY);
}
