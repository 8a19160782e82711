// What became of one request: what was decided for it, beside what Envoy says it really did.

import type { AnswerFailure } from "../../answer/ending/ending.ts";
import type { Decision } from "../../request/routing/decision.ts";
import type { Measured, Routed } from "../../request/routing/routing.ts";
import type { Cost } from "./cost.ts";
import type { Discarded } from "./discarded.ts";
import type { Served } from "./served.ts";

/**
 * - `joined`: the decision is this process's own
 * - `elsewhere`: another process decided (a replica, or this one before a restart); the logged headers say what. It has no cost, and is in
 *   no figure but the count of outcomes: anybody who can send entries could say so
 * - `unrouted`: no decision reached Envoy: sluice was down or too slow, and the request passed without one
 * - `unknown`: decided here, but Envoy never said how it ended
 */
export const OUTCOME_KINDS = ["joined", "elsewhere", "unrouted", "unknown"] as const;
export type OutcomeKind = (typeof OUTCOME_KINDS)[number];

/** What a decision leaves behind until its outcome is known. */
export interface Decided {
  readonly decision: Decision;
  readonly measured: Measured | undefined; // undefined: passed on unread, or read elsewhere
  readonly made?: Made; // by this process
}

/** What this process alone knows of a decision. */
export interface Made {
  readonly atMs: number; // since the epoch
  readonly tookMs: number; // to scan and decide; 0 where no body was read, as is the next
  readonly bodyBytes: number;
  readonly traceparent: string | undefined; // W3C
  readonly prompt: Routed["prompt"]; // only where prompts are captured
}

export interface Outcome {
  readonly kind: OutcomeKind;
  readonly requestId: string;
  readonly decided: Decided | undefined; // undefined: unrouted, or refused by another process
  readonly served: Served | undefined; // undefined: unknown
  readonly isChat: boolean; // else it has no cost, and no share in the tiers
  readonly failure: AnswerFailure | undefined; // of an answer with a good status
  readonly bad?: string | undefined; // the check that spoke against it, where answers are looked at so
  readonly model?: string | undefined; // that answered, as the answer says
  readonly discarded?: readonly Discarded[] | undefined; // answers that a cascade threw away before; undefined: none, or by another process
  readonly cost: Cost | undefined; // of the answer that was served; undefined: unknown, elsewhere, or nothing was generated
}
