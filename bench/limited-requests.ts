// Requests for the benchmarks of limits: one after the other is decided, charged, and settled when its answer comes, with many under way.
import { randomBytes } from "node:crypto";
import { parseConfig } from "../src/config/load.ts";
import { routingOf } from "../src/config/routing-of.ts";
import type { Ledger } from "../src/request/guard/limits/ledger.ts";
import { type Routed, type Routing, routeBody } from "../src/request/routing/routing.ts";

const PRICES =
  "tiers: [{ name: weak, price: { inputPerMTok: 1, outputPerMTok: 2 } }, { name: strong, price: { inputPerMTok: 5, outputPerMTok: 20 } }]";
export const QUOTA = "{ tier: strong, requests: 1000000000, per: day }";
const OTHERS = "{ tier: weak, requests: 1000000000, per: day }, { name: team, by: x-team, tokens: 1000000000000, per: hour }";
export const THREE_QUOTAS = `quotas: [${QUOTA}, ${OTHERS}]`;
/** Three quotas and two budgets, with room. */
export const SEVERAL_LIMITS = `${THREE_QUOTAS}\nbudgets: [{ usd: 1000000, per: day }, { usd: 10000000, per: month }]`;

/** `limits`: lines of a configuration. */
export function limitedRouting(limits: string, ledger: Ledger, now: () => number = Date.now): Routing {
  const kept = { ledger, listener: { onMark: () => {}, onUnpriced: () => {} }, now };
  const routing = routingOf(parseConfig(`${PRICES}\n${limits}`, "bench"), { limits: kept });
  routing.limits?.takesEffect();
  return routing;
}

const BODY = Buffer.from(
  JSON.stringify({ max_tokens: 200, messages: [{ role: "user", content: "please design what is asked ".repeat(8) }] }),
);
const ANSWER = { inputTokens: 60, outputTokens: 150, microUsd: 3300, isExact: true, wasDecided: true } as const;
/** No id comes back while a store may remember it. */
const RUN = randomBytes(12).toString("hex");
let last = 0;

/** Each call is one request. So many are under way, and kept as the join with the access log keeps them. */
export function requestsTo(routing: Routing, count = 200): () => void {
  const { limits } = routing;
  const underWay: (Pick<Routed, "decision" | "measured"> & { readonly requestId: string })[] = [];
  let at = 0;
  return () => {
    const requestId = `${RUN}${(++last).toString(16).padStart(8, "0")}`;
    const get = (name: string) =>
      name === ":path" ? "/v1/chat/completions" : name === "x-team" ? "a" : name === "x-request-id" ? requestId : undefined;
    const { decision, measured } = routeBody(routing, BODY, { get });
    limits?.decided({ requestId, decision, measured, bodyBytes: BODY.length });
    const ended = underWay[at];
    underWay[at] = { requestId, decision, measured };
    at = (at + 1) % count;
    if (ended === undefined) return;
    limits?.settled(ended.requestId, { kind: "answered", tier: ended.decision.tier, ...ANSWER }, ended.measured?.limits);
  };
}
