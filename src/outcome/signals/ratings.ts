// What users said of answers in the last seven days, by tier and by the rule that chose it: sums that can be added up over processes, and
// the means they come to. Bounded: one cell a day for each kind of decision, of which there are few.
import type { RateableDecision } from "./recent-decisions.ts";

export interface RatedSums {
  readonly tier: string;
  readonly policy: string; // name and version, so the model's too
  readonly reason: string;
  readonly rule: string | null; // its name, where one decided
  readonly ratings: number;
  readonly sum: number;
  readonly good: number; // rated 4 or 5
}

export interface Ratings {
  rated(decision: RateableDecision["decision"], rating: number): void;
  /** Of the last seven days, today among them. */
  sums(): readonly RatedSums[];
  /** The same, day by day, as it is kept. */
  days(): readonly RatedDay[];
  /** What was kept, before anything is rated; days that are over, or yet to come, are left out. */
  restore(days: readonly RatedDay[]): void;
}

export interface RatedDay {
  readonly day: number; // since the epoch, UTC's
  readonly cells: readonly RatedSums[];
}

/** Of one tier, or of one rule's answers. */
export interface RatedFigures {
  readonly ratings: number;
  readonly mean: number; // 1 to 5
  readonly good: number; // share of 4 and 5
}

export interface RatedTier extends RatedFigures {
  readonly tier: string;
}

export interface RatedRule extends RatedFigures {
  readonly tier: string;
  readonly policy: string;
  readonly reason: string; // with the rule's name behind a colon
}

export const DAY_MS = 86_400_000;
const DAYS = 7;
const GOOD_RATING = 4;
/** Of a day; what is beyond counts for its tier only. */
const MAX_KINDS = 200;
const OTHERS = "other";

type Kind = Pick<RatedSums, "tier" | "policy" | "reason" | "rule">;
type Cell = Kind & { ratings: number; sum: number; good: number };

/** `now`: milliseconds since the epoch; days are those of UTC. */
export function createRatings(now: () => number): Ratings {
  const days = new Map<number, Map<string, Cell>>();
  const forget = (today: number) => {
    for (const day of days.keys()) if (day <= today - DAYS) days.delete(day);
  };
  return {
    rated(decision, rating) {
      const today = Math.floor(now() / DAY_MS);
      const cells = days.get(today) ?? new Map<string, Cell>();
      days.set(today, cells);
      forget(today);
      addTo(cells, cellOf(cells, decision), { ratings: 1, sum: rating, good: rating >= GOOD_RATING ? 1 : 0 });
    },
    sums() {
      forget(Math.floor(now() / DAY_MS));
      const all = new Map<string, Cell>();
      for (const cells of days.values()) for (const cell of cells.values()) addTo(all, cell, cell);
      return [...all.values()];
    },
    days() {
      forget(Math.floor(now() / DAY_MS));
      return [...days].map(([day, cells]) => ({ day, cells: [...cells.values()] }));
    },
    restore(kept) {
      const today = Math.floor(now() / DAY_MS);
      for (const { day, cells } of kept) {
        if (day > today - DAYS && day <= today) days.set(day, new Map(cells.map((cell) => [keyOf(cell), { ...cell }])));
      }
    },
  };
}

function cellOf(cells: ReadonlyMap<string, Cell>, { tier, policy, reason, rule }: RateableDecision["decision"]): Kind {
  const kind = { tier, policy, reason, rule: rule ?? null };
  return cells.size < MAX_KINDS || cells.has(keyOf(kind)) ? kind : { tier, policy: OTHERS, reason: OTHERS, rule: null };
}

function keyOf({ tier, policy, reason, rule }: Kind): string {
  return JSON.stringify([tier, policy, reason, rule]);
}

function addTo(cells: Map<string, Cell>, kind: Kind, { ratings, sum, good }: Pick<Cell, "ratings" | "sum" | "good">): void {
  const key = keyOf(kind);
  const { tier, policy, reason, rule } = kind;
  const cell = cells.get(key) ?? { tier, policy, reason, rule, ratings: 0, sum: 0, good: 0 };
  cells.set(key, cell);
  cell.ratings += ratings;
  cell.sum += sum;
  cell.good += good;
}

const MOST_RULES = 8;

/** Of one process or of several: the tiers in their order, and what was rated most often of what chose them. */
export function ratedFigures(
  sums: readonly RatedSums[],
  tiers: readonly string[],
): { readonly tiers: readonly RatedTier[]; readonly rules: readonly RatedRule[] } {
  const ofTiers = new Map<string, Cell>();
  const ofRules = new Map<string, Cell>();
  for (const each of sums) {
    addTo(ofTiers, { tier: each.tier, policy: "", reason: "", rule: null }, each);
    addTo(ofRules, each, each);
  }
  const all = [...ofTiers.values()];
  const known = tiers.flatMap((name) => all.filter(({ tier }) => tier === name));
  const gone = all.filter(({ tier }) => !tiers.includes(tier));
  return {
    tiers: [...known, ...gone].map((cell) => ({ tier: cell.tier, ...figuresOf(cell) })),
    rules: [...ofRules.values()]
      .sort((a, b) => b.ratings - a.ratings)
      .slice(0, MOST_RULES)
      .map((cell) => ({
        tier: cell.tier,
        policy: cell.policy,
        reason: cell.rule === null ? cell.reason : `${cell.reason}:${cell.rule}`,
        ...figuresOf(cell),
      })),
  };
}

function figuresOf({ ratings, sum, good }: Cell): RatedFigures {
  return { ratings, mean: sum / ratings, good: good / ratings };
}
