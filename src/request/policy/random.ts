// Random policy: each tier with its share of the requests, the same request id always to the same tier. For A/B comparisons, and as a
// baseline.
import { NO_NEEDS, type Policy, type TierName, type Verdict } from "./policy.ts";

export interface RandomSettings {
  readonly shares: readonly TierShare[]; // their sum need not be 1; at least one is over 0
  readonly seed: number; // another seed deals the same ids anew
}

export interface TierShare {
  readonly tier: TierName;
  readonly share: number; // at least 0, relative to the others
}

/** Never abstains. `random` (0 to under 1) decides for a request without an id: of those, too, each tier gets its share. */
export function randomPolicy({ shares, seed }: RandomSettings, random: () => number): Policy {
  const total = shares.reduce((sum, { share }) => sum + share, 0);
  const chosen = shares.filter(({ share }) => share > 0);
  const verdicts = chosen.map(({ tier, share }): Verdict => ({ tier, reason: "random", propensity: share / total }));
  const last = verdicts.at(-1);
  if (last === undefined) throw new Error("invariant: a random policy has a tier with a share over 0");
  let below = 0;
  const bounds = chosen.map(({ share }) => {
    below += share / total;
    return below;
  });
  const draw = (id: string | undefined) => (id === undefined || id === "" ? random() : hashed(id, seed));
  return {
    needs: NO_NEEDS,
    decide({ requestId }) {
      const drawn = draw(requestId);
      for (let i = 0; i < bounds.length - 1; i++) if (drawn < (bounds[i] ?? 1)) return verdicts[i];
      return last;
    },
    signals({ requestId }) {
      const drawn = draw(requestId);
      return chosen.slice(0, -1).map(({ tier }, i) => {
        const bound = bounds[i] ?? 1;
        return { name: `below-${tier}`, value: drawn, threshold: bound, over: drawn >= bound };
      });
    },
  };
}

/** 0 to under 1, evenly: two 32-bit halves stirred by multiplication (after cyrb53), of which 53 bits are taken. */
function hashed(id: string, seed: number): number {
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
