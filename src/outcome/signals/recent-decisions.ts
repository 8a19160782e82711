// The last decisions by request id, for whoever rates one later. On the request path: an addition is a few numbers in tables of fixed size.
// A Map of ids and decisions took 28 MB for as many.
import type { Decision } from "../../request/routing/decision.ts";

/** What was decided, without the details, which nobody asks for later, and for whom. */
export interface RateableDecision {
  readonly decision: Pick<Decision, "tier" | "policy" | "reason"> & { readonly rule?: string }; // the name of the rule that decided
  readonly voter: number | undefined;
}

export interface RecentDecisions {
  set(requestId: string, decision: Decision, voter: number | undefined): void;
  get(requestId: string): RateableDecision | undefined;
}

const FIRST_MULTIPLIER = 0x85ebca6b;
const SECOND_MULTIPLIER = 0xc2b2ae35;

/** Tiers, policies and reasons are few; decisions of kinds beyond these are not remembered. */
const MAX_KINDS = 1 << 15;
const HAS_VOTER = MAX_KINDS;
/** The one reason whose detail is of the configuration, so that there are few. */
const BY_RULE = "rule";

/**
 * Remembers the last `count` at least, twice as many at most, at 37 bytes each: 3.7 MB for 50,000. An id is known by 64 bits of its hash,
 * salted so that nobody can choose ids that fall together.
 */
export function recentDecisions(count: number): RecentDecisions {
  const seeds = [(Math.random() * 2 ** 32) | 0, (Math.random() * 2 ** 32) | 0] as const;
  const kinds = decisionKinds();
  let newer = new Generation(count);
  let older = new Generation(count);
  return {
    set(requestId, decision, voter) {
      const kind = kinds.indexOf(decision);
      if (kind === undefined) return;
      const low = hashOf(requestId, seeds[0], FIRST_MULTIPLIER);
      newer.set(low, hashOf(requestId, seeds[1], SECOND_MULTIPLIER), kind, voter);
      if (newer.size < count) return;
      [newer, older] = [older, newer];
      newer.clear();
    },
    get(requestId) {
      const low = hashOf(requestId, seeds[0], FIRST_MULTIPLIER);
      const high = hashOf(requestId, seeds[1], SECOND_MULTIPLIER);
      for (const generation of [newer, older]) {
        const at = generation.find(low, high);
        if (at !== undefined) return { decision: kinds.at(generation.kindAt(at)), voter: generation.voterAt(at) };
      }
      return undefined;
    },
  };
}

function hashOf(id: string, seed: number, multiplier: number): number {
  let hash = seed;
  for (let at = 0; at < id.length; at++) hash = Math.imul(hash ^ id.charCodeAt(at), multiplier) ^ (hash >>> 15);
  return Math.imul(hash ^ (hash >>> 13), multiplier) | 0;
}

/** A hash table with open addressing, at most two fifths full. */
class Generation {
  readonly #mask: number;
  readonly #low: Int32Array;
  readonly #high: Int32Array;
  readonly #kinds: Uint16Array; // kind and HAS_VOTER, one more: 0 is a free place
  readonly #voters: Int32Array;
  size = 0;

  constructor(count: number) {
    const places = 2 ** Math.ceil(Math.log2(2.5 * count));
    this.#mask = places - 1;
    this.#low = new Int32Array(places);
    this.#high = new Int32Array(places);
    this.#kinds = new Uint16Array(places);
    this.#voters = new Int32Array(places);
  }

  set(low: number, high: number, kind: number, voter: number | undefined): void {
    const at = this.#placeOf(low, high);
    if (this.#kinds[at] === 0) this.size++;
    this.#low[at] = low;
    this.#high[at] = high;
    this.#kinds[at] = (voter === undefined ? kind : kind | HAS_VOTER) + 1;
    this.#voters[at] = voter ?? 0;
  }

  find(low: number, high: number): number | undefined {
    const at = this.#placeOf(low, high);
    return this.#kinds[at] === 0 ? undefined : at;
  }

  kindAt(at: number): number {
    return ((this.#kinds[at] ?? 0) - 1) & ~HAS_VOTER;
  }

  voterAt(at: number): number | undefined {
    return (((this.#kinds[at] ?? 0) - 1) & HAS_VOTER) === 0 ? undefined : this.#voters[at];
  }

  clear(): void {
    this.#kinds.fill(0);
    this.size = 0;
  }

  /** Where it stands, else the free place for it. */
  #placeOf(low: number, high: number): number {
    let at = low & this.#mask;
    while (this.#kinds[at] !== 0 && (this.#low[at] !== low || this.#high[at] !== high)) at = (at + 1) & this.#mask;
    return at;
  }
}

type Kind = RateableDecision["decision"];

/** Numbers the kinds of decisions, so that each can be remembered as one. */
function decisionKinds() {
  const kinds: Kind[] = [];
  const indices = new Map<string, Map<string, Map<string, number>>>();
  return {
    /** Undefined: there are too many. */
    indexOf({ tier, policy, reason, detail }: Decision): number | undefined {
      const rule = reason === BY_RULE ? detail : undefined;
      const why = rule ?? reason;
      const known = indices.get(tier)?.get(policy)?.get(why);
      if (known !== undefined || kinds.length >= MAX_KINDS - 1) return known;
      const ofTier = indices.get(tier) ?? new Map<string, Map<string, number>>();
      const ofPolicy = ofTier.get(policy) ?? new Map<string, number>();
      indices.set(tier, ofTier.set(policy, ofPolicy.set(why, kinds.length)));
      return kinds.push(rule === undefined ? { tier, policy, reason } : { tier, policy, reason, rule }) - 1;
    },
    at(index: number): Kind {
      const kind = kinds[index];
      if (kind === undefined) throw new Error(`invariant: there is a kind ${index}`);
      return kind;
    },
  };
}
