// What session protection made of a request, in words: where the session was, whether it stays there, and what that saves or costs.
import type { InSession } from "../request/routing/decision.ts";
import type { Explanation } from "./explanation.ts";
import type { ToldSession } from "./told-session.ts";

/** Nothing where no session was told of. */
export function protectionLines(explanation: Explanation): readonly string[] {
  const { told } = explanation;
  if (told === undefined) return [];
  return [`last      ${lastText(told)}`, `protect   ${protectionText(told, explanation)}`];
}

function lastText({ last, idleSeconds, cachedTokens, raised }: ToldSession): string {
  const cached = cachedTokens === undefined ? "all of the history" : `${cachedTokens} tokens`;
  const up = raised === 0 ? "" : `; the next ${raised === 1 ? "question goes" : `${raised} questions go`} above it`;
  return `${last} served, ${idleSeconds} s ago; ${cached} in its prompt cache${up}`;
}

function protectionText({ last }: ToldSession, explanation: Explanation): string {
  const { protection, inSession, action, tier, reason, wanted } = explanation;
  switch (protection) {
    case "off":
      return "off";
    case "no-session":
      return "not asked: the request has no session's id, and offers no tools";
    case "aside":
      return `not asked: a ${action?.turn} is no part of the conversation`;
    case "asked":
    case undefined:
      break;
    default:
      return protection satisfies never;
  }
  if (reason === "raised") return `goes up: an answer of ${last} was bad (\`session.upAfterBad\`)`;
  if (inSession?.reason === "up" && action?.toolLoop)
    return `leaves ${last}: a stronger tier takes over the calls (\`session.toolLoops: up\`)`;
  if (inSession !== undefined) return inSessionText(inSession, wanted?.tier ?? tier);
  if (reason === "continued") return "not asked: it is known where what it refers to came from";
  return tier === last
    ? "stays, as was decided"
    : "leaves: nothing breaks, and prompt caches do not count (`session.protect`, no price, no id)";
}

function inSessionText({ reason, last, gainUsd = 0 }: InSession, wanted: string): string {
  switch (reason) {
    case "tool-loop":
      return `stays: ${last} asked for these results of tools`;
    case "server-state":
      return `stays: it refers to what one server keeps, ${last} most likely`;
    case "cache":
      return gainUsd > 0
        ? `stays: to go to ${wanted} saves only ${dollars(gainUsd)} over the question`
        : `stays: to go to ${wanted} costs ${dollars(-gainUsd)} more than it saves over the question`;
    case "pays":
      return `leaves ${last}: saves ${dollars(gainUsd)} over the question, the lost cache taken off`;
    case "up":
      return `leaves ${last}: a stronger tier is always allowed outside a tool loop`;
    case "cold":
      return `leaves ${last}: nothing of it is in a cache any more`;
    case "new":
    case "same":
      return "stays, as was decided";
    default:
      return reason satisfies never;
  }
}

function dollars(usd: number): string {
  return Number.isFinite(usd) ? `${Number(usd.toPrecision(3))} US dollars` : "nobody knows how much (a tier has no price)";
}
