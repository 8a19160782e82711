// Answers that were kept from before, as a request's call sees them: asked for by key, and given to the client in place of a tier's answer.
import type { CacheAsk, NotAsked } from "../../request/cache/ask.ts";
import { CACHE_HEADER, type Cached, type Decision, POLICY_HEADER, TIER_HEADER } from "../../request/routing/decision.ts";
import type { Routed } from "../../request/routing/routing.ts";
import type { Call } from "../grpc/transport.ts";
import { encodeImmediateReply, immediateReplyInParts } from "../wire/processing-response.ts";

/** An answer as its server gave it. */
export interface CachedAnswer extends Cached {
  readonly body: Uint8Array; // a copy of what is kept: it goes with the reply
  readonly contentType: string;
}

export type Found =
  | { readonly kind: "hit"; readonly answer: CachedAnswer }
  | { readonly kind: "miss"; readonly flight: string | undefined }; // undefined: its answer is not to be kept

export interface AskedBefore {
  readonly requestId: string | undefined; // without one its answer is not kept
  readonly ask: CacheAsk;
  readonly tier: string; // that is to serve
  readonly mayWait: boolean;
}

/** A decided request that its call looks up. */
export interface Asking {
  readonly bytes: number;
  readonly tookMs: number; // to decide
  readonly mayWait: boolean;
  readonly reply: (routed: Routed) => void;
}

export interface CachedAnswers {
  /** `then` is called once, now or later, unless the function that comes back is called before. */
  find(asked: AskedBefore, then: (found: Found) => void): () => void;
  notAsked(why: NotAsked["why"]): void;
}

/** By which Envoy's access log, and its local_reply_config, tell these replies. */
export const HIT_DETAILS = { json: "sluice_cached", stream: "sluice_cached_stream" } as const;

const OF_HITS: ReadonlySet<string> = new Set(Object.values(HIT_DETAILS));

export function gotCachedAnswer(responseCodeDetails: string): boolean {
  return OF_HITS.has(responseCodeDetails);
}

/** A copy of so much costs less than to send it in parts. */
const COPIED_BYTES = 4096;

/** The server's own bytes, with the age of what they say. */
export function sendHit(call: Call, answer: CachedAnswer, { tier, policy }: Decision, isStream: boolean): void {
  const { body, contentType, ageSeconds, similarity } = answer;
  const set: [string, string][] = [
    ["content-type", contentType],
    [CACHE_HEADER, similarity === undefined ? "hit" : "semantic"],
    ["age", String(Math.floor(ageSeconds))],
    [TIER_HEADER, tier],
    [POLICY_HEADER, policy],
  ];
  const reply = { status: 200, headers: { set, remove: [] }, body, details: HIT_DETAILS[isStream ? "stream" : "json"] };
  if (body.length <= COPIED_BYTES || call.sendParts === undefined) call.send(encodeImmediateReply(reply));
  else call.sendParts(immediateReplyInParts(reply));
}

/** The decision as it is told: an answer from before was enough. */
export function withHit(decision: Decision, { ageSeconds, model, inputTokens, outputTokens, savedUsd, similarity }: Cached): Decision {
  const cached = { ageSeconds, model, inputTokens, outputTokens, savedUsd };
  return { ...decision, cached: similarity === undefined ? cached : { ...cached, similarity } };
}
