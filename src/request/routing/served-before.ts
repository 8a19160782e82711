// Which tier gave out an id, or signed a text, as answers have shown: by 64 bits of its hash, in a table of fixed size. Nothing of an id
// can be read out of it.
import { hashOfId } from "../policy/id-hash.ts";
import type { TierName } from "../policy/policy.ts";

/** What a decision asks. */
export interface ServedBefore {
  /** False: nothing was learned, so that there is nothing to ask. */
  readonly knowsAny: boolean;
  /** `key`: of kept.ts. */
  tierOf(key: string): TierName | undefined;
}

export interface LearnedTiers extends ServedBefore {
  /** What is learned last of a key counts. */
  learn(key: string, tier: TierName): void;
  /** Forgets all that came from other tiers. */
  keepOnly(tiers: ReadonlySet<TierName>): void;
}

/**
 * 131,072 keys: sets of eight, in which a new key takes the place of the one that was longest not learned or asked for. 1.7 MB, taken when
 * the first is learned; to ask takes 0.2 µs for an id of 55 characters, and nothing is ever rearranged.
 */
const SET_BITS = 14;
const WAYS = 8;
const ENTRIES = WAYS << SET_BITS;
const MAX_TIERS = 255;

/** As long as OpenAI keeps a response. */
const MAX_AGE_S = 30 * 86_400;

/** `now`: seconds, monotonic. */
export function learnedTiers(now: () => number): LearnedTiers {
  const names: (TierName | undefined)[] = []; // a tier's number is its place here and one
  let table: Table | undefined;

  const numberOf = (tier: TierName): number => {
    const known = names.indexOf(tier);
    const at = known >= 0 ? known : names.includes(undefined) ? names.indexOf(undefined) : names.length;
    if (at < MAX_TIERS) names[at] = tier;
    return at + 1;
  };

  return {
    get knowsAny() {
      return table !== undefined;
    },
    tierOf(key) {
      if (table === undefined) return undefined;
      const at = table.find(key);
      if (at < 0) return undefined;
      const seconds = Math.floor(now());
      if (seconds - (table.usedAt[at] ?? 0) > MAX_AGE_S) return undefined;
      table.usedAt[at] = seconds;
      return names[(table.tier[at] ?? 0) - 1];
    },
    learn(key, tier) {
      const number = numberOf(tier);
      if (number > MAX_TIERS) return;
      table ??= emptyTable();
      const found = table.find(key);
      const at = found < 0 ? table.place() : found;
      table.fill(at, number, Math.floor(now()));
    },
    keepOnly(tiers) {
      names.forEach((name, index) => {
        if (name === undefined || tiers.has(name)) return;
        names[index] = undefined;
        table?.tier.forEach((number, at) => {
          if (number === index + 1) table?.tier.fill(0, at, at + 1);
        });
      });
    },
  };
}

interface Table {
  readonly tier: Uint8Array; // 0: free
  readonly usedAt: Uint32Array; // seconds
  /** Where the key stands; -1: nowhere. The other two are about the key asked for last. */
  find(key: string): number;
  /** Where it is to stand. */
  place(): number;
  fill(at: number, tier: number, seconds: number): void;
}

function emptyTable(): Table {
  const [tier, usedAt] = [new Uint8Array(ENTRIES), new Uint32Array(ENTRIES)];
  const [firstHalf, secondHalf] = [new Uint32Array(ENTRIES), new Uint32Array(ENTRIES)];
  let first = 0;
  let second = 0;
  let set = 0;
  return {
    tier,
    usedAt,
    find(key) {
      [first, second] = hashOfId(key);
      set = (first >>> (32 - SET_BITS)) * WAYS;
      for (let at = set; at < set + WAYS; at++) if (tier[at] !== 0 && firstHalf[at] === first && secondHalf[at] === second) return at;
      return -1;
    },
    place() {
      let oldest = set;
      for (let at = set; at < set + WAYS; at++) {
        if (tier[at] === 0) return at;
        if ((usedAt[at] ?? 0) < (usedAt[oldest] ?? 0)) oldest = at;
      }
      return oldest;
    },
    fill(at, number, seconds) {
      tier[at] = number;
      usedAt[at] = seconds;
      firstHalf[at] = first;
      secondHalf[at] = second;
    },
  };
}
