// Asks policies about rows, as the filter would, the guard of tiers that cannot take a request behind each of them.
import { isUtf8 } from "node:buffer";
import type { Envelope } from "../../request/chat/envelopes.ts";
import { ChatScanner, MAX_BODY_BYTES } from "../../request/chat/scanner.ts";
import type { CanGuard } from "../../request/guard/can.ts";
import { unionOfNeeds } from "../../request/policy/needs.ts";
import { type Needs, NO_NEEDS, type Policy, type PolicyRequest, type Verdict } from "../../request/policy/policy.ts";
import { ablePolicy } from "../evaluate/able-policy.ts";
import { ask } from "../evaluate/trial.ts";
import type { AskedRow } from "./labelled-rows.ts";

/** What of the configuration holds for every policy. */
export interface Place {
  readonly tiers: readonly string[]; // cheap first
  readonly defaultTier: string;
  readonly can: CanGuard | undefined;
  readonly envelopes: readonly Envelope[];
  readonly cascadeFirst?: string | undefined; // the tier that a cascade asks first, which stands for it; undefined: there is none
}

/** `visit` is called for each row in turn; what it is given holds until the next. Rows that cannot be read are left out. */
export function askRows(rows: readonly AskedRow[], needs: Needs, place: Place, visit: (request: PolicyRequest, row: number) => void): void {
  const common = unionOfNeeds([{ ...NO_NEEDS, scopes: ["all"] }, needs]);
  const scanner = new ChatScanner({ ...common, params: [], envelopes: place.envelopes, maxBodyBytes: MAX_BODY_BYTES, isUtf8 });
  rows.forEach((row, at) => {
    const asked = ask(scanner, row);
    if (asked.kind === "asked") visit(asked.request, at);
  });
}

/** The tier of each row, by its index. */
export function decisionsOf(rows: readonly AskedRow[], policy: Policy, place: Place): Uint8Array {
  const able = ablePolicy(policy, place.can, place.defaultTier);
  const tiers = new Uint8Array(rows.length);
  askRows(rows, policy.needs, place, (request, row) => {
    tiers[row] = tierIndex(able.decide(request), place);
  });
  return tiers;
}

/** By row: 1 where none of the policies decides, which are asked in this order before the one that is meant. */
export function reachedRows(rows: readonly AskedRow[], before: readonly Policy[], place: Place): Uint8Array {
  const reached = new Uint8Array(rows.length).fill(1);
  for (const policy of before) {
    askRows(rows, policy.needs, place, (request, row) => {
      if (policy.decide(request) !== undefined) reached[row] = 0;
    });
  }
  return reached;
}

export function tierIndex(verdict: Verdict | undefined, { tiers, defaultTier }: Place): number {
  const at = tiers.indexOf(verdict?.tier ?? defaultTier);
  if (at < 0) throw new Error(`invariant: a policy decides for a known tier, not for ${verdict?.tier}`);
  return at;
}

/** A policy that says this of everything. */
export function always(tier: string): Policy {
  const verdict: Verdict = { tier, reason: "fixed" };
  return { needs: NO_NEEDS, decide: () => verdict, signals: () => [] };
}
