// A request and what was decided for it, for all who keep accounts: metrics, log lines, outcomes.
import type { Decision } from "./decision.ts";
import type { Measured, Routed } from "./routing.ts";

export interface DecidedRequest {
  readonly requestId: string | undefined;
  readonly decision: Decision;
  readonly measured: Measured | undefined; // undefined: passed on unread
  readonly bodyBytes: number; // 0 where no body was read, as is the next
  readonly decisionMs: number; // to scan and decide
  readonly traceparent: string | undefined; // of Envoy's call, else of the client's request
  readonly prompt: Routed["prompt"]; // only where prompts are captured
}
