// The use case: a body in, a decision and the bytes to forward out. One immutable snapshot per configuration; nothing here does I/O.
import { withModel, withoutModel } from "../chat/model-field.ts";
import type { ChatScanner, ScanResult } from "../chat/scanner.ts";
import type { Policy, TierName } from "../policy/policy.ts";
import { type Decision, unrouted } from "./decision.ts";
import type { UnroutedReason } from "./reasons.ts";

export interface Tier {
  readonly name: TierName;
  readonly model: string | undefined; // set in the body instead of dropping the member
}

/** Everything a request is decided with. Replaced as a whole on reload; a request keeps the one it began with. */
export interface Routing {
  readonly tiers: ReadonlyMap<TierName, Tier>;
  readonly defaultTier: TierName;
  readonly policyId: string; // name and version
  readonly policy: Policy;
  readonly scanner: ChatScanner; // made for the policy's keywords and scope
  readonly refuseUnreadable: boolean;
  readonly maxBodyBytes: number;
}

export interface Routed {
  readonly decision: Decision;
  /** Pieces of the body to forward instead; undefined: forward the body as it came. */
  readonly body: readonly Uint8Array[] | undefined;
  /** The body claims to be a chat and cannot be read as JSON. */
  readonly unreadable: boolean;
}

/** Decides for one complete body. Throws only on a bug. */
export function routeBody(routing: Routing, body: Uint8Array): Routed {
  if (body.length === 0) return passedOn(routing, "empty-body");
  const scanned = routing.scanner.scan(body);
  if (scanned.kind === "unreadable") {
    return scanned.cause === "too-large" ? passedOn(routing, "body-too-large") : { ...passedOn(routing, scanned.cause), unreadable: true };
  }
  if (scanned.kind === "foreign") return passedOn(routing, "not-a-chat");
  const verdict = routing.policy.decide(scanned.facts);
  const decision: Decision = { ...verdict, policy: routing.policyId };
  return { decision, body: forwarded(routing, verdict.tier, body, scanned), unreadable: false };
}

/** A request that passes unchanged to the default tier, and why. */
export function passedOn(routing: Routing, reason: UnroutedReason): Routed {
  return { decision: unrouted(routing.defaultTier, reason), body: undefined, unreadable: false };
}

function forwarded(routing: Routing, tier: TierName, body: Uint8Array, scanned: Extract<ScanResult, { kind: "chat" }>) {
  const model = routing.tiers.get(tier)?.model;
  if (model !== undefined) return withModel(body, scanned.model, model);
  return scanned.model.cuts.length > 0 ? withoutModel(body, scanned.model) : undefined;
}
