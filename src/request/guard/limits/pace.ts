// The law that steers spending: how many tiers down an account's requests are sent, so that its window ends within the budget instead of in
// a cliff. Pure. Computed anew from what was really spent, about once a second, so that a wrong forecast is mended by the next one.

export interface Pace {
  readonly left: number; // of the budget, micro-dollars; negative: over
  /** What the window's requests came to so far, had each been sent 0, 1, 2 … tiers below the one decided. Never rising. */
  readonly demand: ArrayLike<number>;
  readonly before: ArrayLike<number> | undefined; // the same of the whole window before this one
  readonly elapsed: number; // share of the window's requests that are expected to have come by now, 0 to 1
}

/** How much the window before counts beside this one: as a quarter of a window that has been seen. */
const BEFORE_WEIGHT = 0.25;
/** Without a window before: less than this of a window says nothing of the rest. */
const MIN_ELAPSED = 0.02;

/**
 * The expected rest of the demand is, for each number of tiers down, D(l) = (1 − F) · (w·B + d) / (w + F): d so far, B the whole window
 * before, F the share elapsed, w its weight. The shift is where D falls to what is left: at l − 1 + f, a share f of the requests goes l
 * tiers down and the others l − 1. Of a window's requests each pays the same price for quality, which is what keeps most of it: the dual
 * of the budget's constraint, found anew each time rather than followed by steps, so that nothing has to be tuned and nothing swings.
 */
export function plannedShift({ left, demand, before, elapsed }: Pace): number {
  const most = demand.length - 1;
  if (left <= 0) return most;
  if (before === undefined && elapsed < MIN_ELAPSED) return 0;
  let above = Number.POSITIVE_INFINITY;
  for (let down = 0; down <= most; down++) {
    const rest = restAt({ demand, before, elapsed }, down);
    if (rest <= left) return down === 0 ? 0 : down - 1 + (above - left) / (above - rest);
    above = rest;
  }
  return most;
}

/** What is expected of the rest of the window at a shift, as above. Undefined: too little of the window has passed to say. */
export function expectedRest(pace: Omit<Pace, "left">, shift: number): number | undefined {
  if (pace.before === undefined && pace.elapsed < MIN_ELAPSED) return undefined;
  const whole = Math.floor(shift);
  const rest = restAt(pace, whole);
  return shift === whole ? rest : rest + (shift - whole) * (restAt(pace, whole + 1) - rest);
}

function restAt({ demand, before, elapsed }: Omit<Pace, "left">, down: number): number {
  const weight = before === undefined ? 0 : BEFORE_WEIGHT;
  return ((1 - elapsed) * (weight * (before?.[down] ?? 0) + (demand[down] ?? 0))) / (weight + elapsed);
}

const HOUR = 3_600_000;
const HOURS = 24;

/** When requests come: what they came to by hour of the day (UTC), as learned. */
export interface DayProfile {
  /** `worth`: in any unit that stays. */
  observe(atMs: number, worth: number): void;
  /** The share of what comes between the two ends that has come by now. */
  elapsed(startMs: number, endMs: number, atMs: number): number;
  /** What was learned, for a later start; -1: of that hour nothing. */
  weights(): readonly number[];
}

/** How much of an hour's weight is what it was the last time. */
const NEWEST = 0.5;

export function createDayProfile(learned?: readonly number[]): DayProfile {
  const weights = new Float64Array(HOURS).fill(-1); // -1: that hour was not seen from its beginning to its end
  if (learned?.length === HOURS) weights.set(learned);
  let hour = -1; // since the epoch
  let worthOfHour = 0;
  let isWhole = false; // it was seen from its beginning
  return {
    observe(atMs, worth) {
      const now = Math.floor(atMs / HOUR);
      if (now !== hour) {
        if (isWhole) learn(weights, hour, worthOfHour);
        if (hour >= 0) for (let missed = Math.max(hour + 1, now - HOURS); missed < now; missed++) learn(weights, missed, 0);
        isWhole = hour >= 0;
        hour = now;
        worthOfHour = 0;
      }
      worthOfHour += worth;
    },
    weights: () => [...weights],
    elapsed(startMs, endMs, atMs) {
      const mean = meanOf(weights);
      const [done, all] = [weightBetween(weights, mean, startMs, atMs), weightBetween(weights, mean, startMs, endMs)];
      return Math.min(1, Math.max(0, all > 0 ? done / all : (atMs - startMs) / (endMs - startMs)));
    },
  };
}

function learn(weights: Float64Array, hour: number, worth: number): void {
  const at = hour % HOURS;
  const known = weights[at] ?? -1;
  weights[at] = known < 0 ? worth : (1 - NEWEST) * known + NEWEST * worth;
}

/** Of the hours that are known; 1 where none is. */
function meanOf(weights: Float64Array): number {
  let [sum, known] = [0, 0];
  for (const weight of weights) {
    if (weight < 0) continue;
    sum += weight;
    known++;
  }
  return known === 0 || sum === 0 ? 1 : sum / known;
}

/** Whole days at once, then hour by hour. */
function weightBetween(weights: Float64Array, mean: number, startMs: number, endMs: number): number {
  const of = (hour: number) => {
    const weight = weights[((hour % HOURS) + HOURS) % HOURS] ?? -1;
    return weight < 0 ? mean : weight;
  };
  const wholeDays = Math.max(0, Math.floor((endMs - startMs) / (HOURS * HOUR)));
  let sum = 0;
  if (wholeDays > 0) for (let hour = 0; hour < HOURS; hour++) sum += of(hour) * wholeDays;
  for (let at = startMs + wholeDays * HOURS * HOUR; at < endMs; ) {
    const hour = Math.floor(at / HOUR);
    const until = Math.min(endMs, (hour + 1) * HOUR);
    sum += (of(hour) * (until - at)) / HOUR;
    at = until;
  }
  return sum;
}

/** The newest scores of the requests that were to go to one tier: where one of them stands among the others. */
export interface Scores {
  add(score: number): void;
  /** 0 to 1: the share of requests that ask for the tier less than this one does. Those alike are told apart by `chance`, 0 to 1. */
  position(score: number, chance: number): number;
}

const KEPT_SCORES = 256;
const SORTED_AFTER = 128; // scores

export function createScores(): Scores {
  const ring = new Float64Array(KEPT_SCORES);
  let sorted = new Float64Array(0);
  let [added, unsorted] = [0, 0];
  return {
    add(score) {
      ring[added % KEPT_SCORES] = score;
      added++;
      if (++unsorted < SORTED_AFTER && sorted.length === KEPT_SCORES) return;
      unsorted = 0;
      sorted = ring.slice(0, Math.min(added, KEPT_SCORES)).sort();
    },
    position(score, chance) {
      const { length } = sorted;
      if (length === 0) return chance;
      const below = countBelow(sorted, score, 0);
      const alike = countBelow(sorted, score, 1) - below;
      return (below + chance * alike) / length;
    },
  };
}

/** How many are below, or with 1 not above. */
function countBelow(sorted: Float64Array, score: number, alike: 0 | 1): number {
  let [from, to] = [0, sorted.length];
  while (from < to) {
    const middle = (from + to) >>> 1;
    const value = sorted[middle] ?? 0;
    if (value < score || (alike === 1 && value === score)) from = middle + 1;
    else to = middle;
  }
  return from;
}
