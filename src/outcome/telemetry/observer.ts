// What becomes of each call, as metrics and log lines. A routed request is a debug line; whatever hides a request from its policy is
// louder.

import type { ProcessObserver } from "../../envoy/extproc/process-observer.ts";
import type { DecidedRequest } from "../../request/routing/decided-request.ts";
import { type Decision, NO_POLICY } from "../../request/routing/decision.ts";
import { CANNOT_ANY } from "../../request/routing/reasons.ts";
import type { Logger } from "./log.ts";
import type { Metrics } from "./metrics.ts";

const UNREADABLE = new Set(["not-utf8", "not-json", "too-deep"]);
/** Reasons that point at a wrong configuration of Envoy or a full budget, not at one odd request. */
const OPERATORS_CONCERN = new Set(["over-budget", "body-not-sent", "body-streamed", "body-partial", "headers-not-sent", "internal-error"]);

/** `onDecided` hears of every decision on the request path. */
export function processObserver(metrics: Metrics, log: Logger, onDecided: (request: DecidedRequest) => void): ProcessObserver {
  return {
    opened: () => metrics.streamOpened(),
    decided(request) {
      const { requestId, decision, bodyBytes, decisionMs } = request;
      onDecided(request);
      metrics.decided(decision.tier, decision.policy, decision.reason);
      if (decision.shaped !== undefined) metrics.shaped(decision.tier, decision.shaped);
      if (bodyBytes > 0) {
        metrics.decisionTook(decisionMs / 1000);
        metrics.bodyRead(bodyBytes);
      }
      if (UNREADABLE.has(decision.reason)) metrics.unreadable(decision.reason);
      const level = levelOf(decision);
      if (log.isLevelEnabled(level)) log[level]({ requestId, ...decision, bodyBytes, decisionMs }, "decided");
    },
    attempted(attempt) {
      const { requestId, tier, result } = attempt;
      metrics.attempted(tier, result);
      const level = result === "over-budget" || result === "internal-error" ? "warn" : "debug";
      if (log.isLevelEnabled(level)) log[level]({ requestId, tier, result }, "another tier serves an attempt");
    },
    answersPass: metrics.answersInCascade,
    refused(reason, requestId) {
      metrics.unreadable(reason);
      log.warn({ requestId, reason }, "refused");
    },
    failed(cause, requestId, error) {
      metrics.streamFailed(cause);
      log.error({ requestId, cause, err: error }, "request passed on unchanged");
    },
    closed(durationMs, undecided) {
      metrics.streamClosed(durationMs / 1000);
      if (!undecided) return;
      metrics.streamFailed("aborted");
      log.debug({ durationMs }, "aborted before a decision");
    },
  };
}

function levelOf(decision: Decision): "debug" | "info" | "warn" {
  if (decision.reason === CANNOT_ANY.name) return "info";
  if (decision.policy !== NO_POLICY) return "debug";
  if (OPERATORS_CONCERN.has(decision.reason)) return "warn";
  return UNREADABLE.has(decision.reason) ? "info" : "debug";
}
