// Random policy: each tier with its share of the requests, or of the users, sessions or values of a header: the same one always to the same
// tier. For A/B comparisons, canaries, and as a baseline.
import { NO_NEEDS, type Policy, type PolicyRequest, type TierName, type Verdict } from "./policy.ts";

export interface RandomSettings {
  readonly shares: readonly TierShare[]; // their sum need not be 1; at least one is over 0
  readonly seed: number; // another seed deals the same ids anew
  readonly by?: SplitBy; // whose requests go together; undefined: each request, by its id
}

export type SplitBy = { readonly kind: "user" } | { readonly kind: "session" } | { readonly kind: "header"; readonly name: string };

export interface TierShare {
  readonly tier: TierName;
  readonly share: number; // at least 0, relative to the others
}

/**
 * Never abstains. A request that lacks what it is split by is drawn by its id, and the verdict's detail says so. `random` (0 to under 1)
 * decides for a request without an id: of those, too, each tier gets its share.
 */
export function randomPolicy({ shares, seed, by }: RandomSettings, random: () => number): Policy {
  const total = shares.reduce((sum, { share }) => sum + share, 0);
  const chosen = shares.filter(({ share }) => share > 0);
  const verdictsWith = (more: { readonly detail?: string }) =>
    chosen.map(({ tier, share }): Verdict => ({ tier, reason: "random", propensity: share / total, ...more }));
  const verdicts = verdictsWith({});
  const withoutValue = by === undefined ? verdicts : verdictsWith({ detail: `no-${by.kind}` });
  if (verdicts.length === 0) throw new Error("invariant: a random policy has a tier with a share over 0");
  let below = 0;
  const bounds = chosen.slice(0, -1).map(({ share }) => {
    below += share / total;
    return below;
  });
  const draw = (value: string | undefined, { requestId }: PolicyRequest) => {
    if (value !== undefined) return hashed(value, seed);
    return requestId === undefined || requestId === "" ? random() : hashed(requestId, seed);
  };
  return {
    needs: NO_NEEDS,
    decide(request) {
      const value = splitValue(request, by);
      const drawn = draw(value, request);
      let at = 0;
      while (at < bounds.length && drawn >= (bounds[at] ?? 1)) at++;
      return (value === undefined ? withoutValue : verdicts)[at];
    },
    signals(request) {
      const drawn = draw(splitValue(request, by), request);
      return bounds.map((bound, i) => ({ name: `below-${chosen[i]?.tier}`, value: drawn, threshold: bound, over: drawn >= bound }));
    },
  };
}

/** Undefined: the request does not say. An empty value says nothing. */
function splitValue(request: PolicyRequest, by: SplitBy | undefined): string | undefined {
  switch (by?.kind) {
    case undefined:
      return undefined;
    case "user":
      return request.facts.user;
    case "session":
      return request.facts.session;
    case "header":
      return request.header(by.name) || undefined;
    default:
      return by satisfies never;
  }
}

/** 0 to under 1, evenly: two 32-bit halves stirred by multiplication (after cyrb53), of which 53 bits are taken. */
export function hashed(id: string, seed: number): number {
  let a = 0xdeadbeef ^ seed;
  let b = 0x41c6ce57 ^ Math.floor(seed / 2 ** 32);
  for (let i = 0; i < id.length; i++) {
    const unit = id.charCodeAt(i);
    a = Math.imul(a ^ unit, 0x9e3779b1);
    b = Math.imul(b ^ unit, 0x5f356495);
  }
  const high = stirred(a, b);
  const low = stirred(b, a);
  return ((high & 0x1fffff) * 2 ** 32 + low) / 2 ** 53;
}

function stirred(half: number, other: number): number {
  const mixed = Math.imul(half ^ (half >>> 16), 0x85ebca6b) ^ Math.imul(other ^ (other >>> 13), 0xc2b2ae35);
  return Math.imul(mixed ^ (mixed >>> 15), 0x2c1b3c6d) >>> 0;
}
