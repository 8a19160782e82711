// The routing curve: how much of the gap between all-weak and all-strong is recovered when the rows with the highest scores go to strong,
// for every share of strong. Inside a tie of equal scores the curve is the exact expectation of a random order: a straight line.

/** Rows from the highest score to the lowest. */
export interface Ranking {
  readonly order: Uint32Array; // row numbers
  readonly ends: Uint32Array; // one for each tie: how many rows have been passed at its end; ascending, the last is the number of rows
}

/** Straight lines between corners, from (0, 0) to (1, 1). */
export interface Curve {
  readonly shares: Float64Array; // of strong, ascending
  readonly recovered: Float64Array; // of the gap; below 0 and above 1 where strong is worse on some rows
}

/** NaN counts as the lowest score of all. */
export function rankingOf(scores: ArrayLike<number>): Ranking {
  const values = levelsOf(scores);
  const ranks = new Uint32Array(scores.length);
  const next = new Uint32Array(values.length); // where the tie's next row goes; first its number of rows, at last its end
  for (let row = 0; row < ranks.length; row++) {
    const rank = values.length - 1 - levelAt(values, scores[row] ?? Number.NaN);
    ranks[row] = rank;
    next[rank] = (next[rank] ?? 0) + 1;
  }
  let passed = 0;
  for (let rank = 0; rank < next.length; rank++) {
    const start = passed;
    passed += next[rank] ?? 0;
    next[rank] = start;
  }
  const order = new Uint32Array(scores.length);
  for (let row = 0; row < ranks.length; row++) {
    const rank = ranks[row] ?? 0;
    const at = next[rank] ?? 0;
    order[at] = row;
    next[rank] = at + 1;
  }
  return { order, ends: next };
}

/** The distinct scores, ascending. */
function levelsOf(scores: ArrayLike<number>): ArrayLike<number> {
  const sorted = scores instanceof Float32Array ? new Float32Array(scores.length) : new Float64Array(scores.length);
  for (let row = 0; row < sorted.length; row++) {
    const score = scores[row] ?? 0;
    sorted[row] = Number.isNaN(score) ? Number.NEGATIVE_INFINITY : score + 0; // -0 becomes 0
  }
  sorted.sort();
  let kept = 0;
  for (let at = 0; at < sorted.length; at++) {
    const value = sorted[at] ?? 0;
    if (at === 0 || value !== sorted[kept - 1]) sorted[kept++] = value;
  }
  return sorted.subarray(0, kept);
}

/** Where a score stands among the levels. */
function levelAt(levels: ArrayLike<number>, score: number): number {
  let low = 0;
  let high = levels.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((levels[middle] ?? 0) <= score) low = middle;
    else high = middle - 1;
  }
  return low;
}

/**
 * The curve of a ranking. A gain is what strong adds to a row: the strong tier's score less the weak one's, or 1 where the label says
 * strong and 0 elsewhere (the curve is then the recall). Undefined where the gains do not add up to more than 0: there is no gap.
 */
export function curveOf(ranking: Ranking, gains: ArrayLike<number>, weights?: Float64Array): Curve | undefined {
  if (weights !== undefined) return weightedCurve(ranking, gains, weights);
  const { order, ends } = ranking;
  const leastStep = ends.length > MAX_CORNERS ? order.length / MAX_CORNERS : 0;
  const corners = Math.min(ends.length, MAX_CORNERS) + 1;
  const passed = new Float64Array(corners + 1);
  const gained = new Float64Array(corners + 1);
  let at = 0;
  let sum = 0;
  let corner = 0;
  for (const end of ends) {
    for (; at < end; at++) sum += gains[order[at] ?? 0] ?? 0;
    if (end - (passed[corner] ?? 0) < leastStep && end < order.length) continue;
    corner++;
    passed[corner] = end;
    gained[corner] = sum;
  }
  return asShares(passed.subarray(0, corner + 1), gained.subarray(0, corner + 1));
}

/** Every row counts as much as it weighs. Drawn rows are few: no corners are joined. */
function weightedCurve({ order, ends }: Ranking, gains: ArrayLike<number>, weights: Float64Array): Curve | undefined {
  const tieRows = new Float64Array(ends.length);
  const tieGains = new Float64Array(ends.length);
  let at = 0;
  for (let tie = 0; tie < ends.length; tie++) {
    for (; at < (ends[tie] ?? 0); at++) {
      const row = order[at] ?? 0;
      const weight = weights[row] ?? 0;
      tieRows[tie] = (tieRows[tie] ?? 0) + weight;
      tieGains[tie] = (tieGains[tie] ?? 0) + weight * (gains[row] ?? 0);
    }
  }
  return curveOfTies(tieRows, tieGains);
}

/** Of a longer curve neighbours are joined: its area differs by less than 1e-6 then, and a million rows take no 16 MB. */
const MAX_CORNERS = 65_536;

/** The same from each tie's number of rows and sum of gains, highest score first. Resampled rows count as often as they were drawn. */
export function curveOfTies(rows: ArrayLike<number>, gains: ArrayLike<number>): Curve | undefined {
  const passed = new Float64Array(rows.length + 1);
  const gained = new Float64Array(rows.length + 1);
  for (let tie = 0; tie < rows.length; tie++) {
    passed[tie + 1] = (passed[tie] ?? 0) + (rows[tie] ?? 0);
    gained[tie + 1] = (gained[tie] ?? 0) + (gains[tie] ?? 0);
  }
  return asShares(passed, gained);
}

/** Turns what was passed and gained at each corner into shares of all, in place: with millions of rows these are large. */
function asShares(passed: Float64Array, gained: Float64Array): Curve | undefined {
  const rows = passed.at(-1) ?? 0;
  const gap = gained.at(-1) ?? 0;
  if (!(gap > SMALLEST_GAP * rows)) return undefined;
  for (let corner = 0; corner < passed.length; corner++) {
    passed[corner] = (passed[corner] ?? 0) / rows;
    gained[corner] = (gained[corner] ?? 0) / gap;
  }
  return { shares: passed, recovered: gained };
}

/** Per row; below it, a sum of gains is rounding error around 0. */
const SMALLEST_GAP = 1e-12;

/** APGR: the area under the curve, so the mean share of the gap recovered over all thresholds. A random order has 0.5. */
export function areaUnder({ shares, recovered }: Curve): number {
  let area = 0;
  for (let corner = 1; corner < shares.length; corner++) {
    const width = (shares[corner] ?? 0) - (shares[corner - 1] ?? 0);
    area += (width * ((recovered[corner] ?? 0) + (recovered[corner - 1] ?? 0))) / 2;
  }
  return area;
}

/** The share of the gap recovered at a share of strong. */
export function recoveredAt({ shares, recovered }: Curve, share: number): number {
  let low = 0;
  let high = shares.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((shares[middle] ?? 0) <= share) low = middle;
    else high = middle;
  }
  const [from, to] = [shares[low] ?? 0, shares[high] ?? 0];
  const [below, above] = [recovered[low] ?? 0, recovered[high] ?? 0];
  if (share <= from || to === from) return below;
  return share >= to ? above : below + ((above - below) * (share - from)) / (to - from);
}

/** The least share of strong that recovers a share (over 0, at most 1) of the gap. */
export function leastShareFor({ shares, recovered }: Curve, wanted: number): number {
  for (let corner = 1; corner < shares.length; corner++) {
    const [below, above] = [recovered[corner - 1] ?? 0, recovered[corner] ?? 0];
    if (above < wanted) continue;
    const from = shares[corner - 1] ?? 0;
    return above === below ? from : from + (((shares[corner] ?? 0) - from) * (wanted - below)) / (above - below);
  }
  return 1;
}

/** The APGR of scores (high asks for strong) on rows with these gains; undefined where there is no gap. */
export function apgr(scores: ArrayLike<number>, gains: ArrayLike<number>, weights?: Float64Array): number | undefined {
  const curve = curveOf(rankingOf(scores), gains, weights);
  return curve === undefined ? undefined : areaUnder(curve);
}

/** The sum of some quantity over the rows that go to strong at a share of strong; inside a tie its exact expectation. */
export function sumAt({ order, ends }: Ranking, values: (row: number) => number, share: number, weights?: Float64Array): number {
  let wanted = share * (weights === undefined ? order.length : weights.reduce((sum, weight) => sum + weight, 0));
  let sum = 0;
  let start = 0;
  for (const end of ends) {
    if (wanted <= 0) break;
    let [tie, rows] = [0, 0];
    for (let at = start; at < end; at++) {
      const row = order[at] ?? 0;
      const weight = weights === undefined ? 1 : (weights[row] ?? 0);
      tie += weight * values(row);
      rows += weight;
    }
    sum += tie * Math.min(1, wanted / rows);
    wanted -= rows;
    start = end;
  }
  return sum;
}
