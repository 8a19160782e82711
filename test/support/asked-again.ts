// Users who ask nearly the same twice, through Envoy, and how many of them sluice has seen do so. Many ask at once, so that the second
// question comes to the same process as the first only by chance.
import { type LoadRequest, load } from "./load.ts";
import { metric } from "./metrics.ts";
import { chat } from "./requests.ts";

export const ASKERS = 60;
export const QUESTION = "How do I reverse a linked list in Python?";
export const REPHRASED = "How can I reverse a linked list in python";

/** Resolves when all are answered, with the answers that were not the weak tier's. */
export async function allAsk(url: string, text: string): Promise<Record<string, number>> {
  const requests = Array.from({ length: ASKERS }, (_, at): LoadRequest => ({ body: chat(text, { user: `user ${at}` }), tier: "weak" }));
  const { wrong } = await load({ url, requests, count: ASKERS, connections: 16 });
  return Object.fromEntries(wrong);
}

/** Those that made no signal, since two users may fall into one share of a minute's votes, included. */
export async function repeatsFound(...adminUrls: readonly string[]): Promise<number> {
  const all = adminUrls.flatMap((adminUrl) => [
    metric(adminUrl, "sluice_misroute_signals_total", { kind: "repeat" }),
    metric(adminUrl, "sluice_votes_ignored_total", { kind: "repeat" }),
  ]);
  return (await Promise.all(all)).reduce((sum, each) => sum + each, 0);
}
