// Rows as a linear fit sees them: which features weigh how much beside each other, and the facts brought to one spread.
import { FACT_NAMES } from "../../request/policy/learned/surface-facts.ts";
import { BUCKETS } from "../../request/policy/learned/text-reader.ts";
import type { LinearRows } from "./logistic.ts";
import type { TrainingRows } from "./training-rows.ts";

export type LinearKind = "linear facts" | "n-grams" | "n-grams and facts";

/** How much the facts, which have a spread of 1, weigh beside the n-grams, whose rows have a length of about 1. */
const FACTS_BESIDE_GRAMS = 0.3;

export interface FamilyRows extends LinearRows {
  readonly means: Float64Array; // of the facts; dense number k is (fact - means[k]) · factors[k], and behind them stands a constant 1
  readonly factors: Float64Array;
  readonly normScale: number; // norms are normScale / sqrt(number of features)
}

/** What is fitted, and how. */
export interface LinearFit {
  readonly kind: LinearKind;
  readonly target: Float64Array;
  readonly grams: number; // what the square of a character gram counts beside that of a word, symbol or pair
}

/** As a fit to the rows `chosen` sees them; the others stand beside them to be scored. */
export function linearRows(rows: TrainingRows, { kind, target, grams }: LinearFit, chosen: Int32Array): FamilyRows {
  const hasGrams = kind !== "linear facts";
  const facts = kind === "n-grams" ? 0 : FACT_NAMES.length;
  const squares = hasGrams ? squaredWeights(rows, target, grams, chosen) : new Float32Array(0);
  const columns = hasGrams ? rows.features : [];
  const { means, factors } = standardised(rows, facts, hasGrams ? FACTS_BESIDE_GRAMS : 1);
  const width = facts + 1;
  const dense = new Float64Array(rows.count * width);
  for (let row = 0; row < rows.count; row++) {
    for (let k = 0; k < facts; k++)
      dense[row * width + k] = ((rows.facts[row * FACT_NAMES.length + k] ?? 0) - (means[k] ?? 0)) * (factors[k] ?? 0);
    dense[row * width + facts] = 1;
  }
  const normScale = hasGrams ? meanLengthOne(columns, squares) : 0;
  const norms = Float64Array.from({ length: rows.count }, (_, row) => normScale / Math.sqrt(Math.max(1, columns[row]?.length ?? 0)));
  const offset = logOdds(target, chosen, rows.weights);
  return { columns, norms, squares, dense, width, means, factors, normScale, offset, weights: rows.weights };
}

/**
 * Where a fit starts from, so that its penalised weights need not say it: where they do, every feature says a little of "rarely", and a
 * text of many features ranks below one of few.
 */
export function logOdds(target: ArrayLike<number>, chosen: Int32Array, weights?: Float64Array): number {
  let [sum, all] = [0, 0];
  for (const row of chosen) {
    const weight = weights?.[row] ?? 1;
    sum += weight * (target[row] ?? 0);
    all += weight;
  }
  return Math.log((sum + 1) / (all - sum + 1));
}

/** Added to the squared ratio of every feature, so that those which tell nothing alone still count a little. */
const LEAST_SQUARE = 0.5;

/**
 * How much more often a feature is in rows that need strong than in others: the squared naive Bayes log ratio, smoothed. Source: Wang and
 * Manning, "Baselines and bigrams: simple, good sentiment and topic classification" (2012). By cross-validation the area under the routing
 * curve on MMLU is .004 to .008 above that of tf-idf weights and of none; on MMLU-Pro it is the same.
 */
function squaredWeights(
  { features, weights, tokenShares }: TrainingRows,
  target: Float64Array,
  grams: number,
  chosen: Int32Array,
): Float32Array {
  const needing = new Float32Array(BUCKETS);
  const others = new Float32Array(BUCKETS);
  let [all, positives] = [0, 0];
  for (const row of chosen) {
    const weight = weights?.[row] ?? 1;
    const need = weight * (target[row] ?? 0);
    all += weight;
    positives += need;
    for (const feature of features[row] ?? []) {
      needing[feature] = (needing[feature] ?? 0) + need;
      others[feature] = (others[feature] ?? 0) + weight - need;
    }
  }
  const share = positives / all; // of one imagined holder, each kind of row gets its share
  const fallback = Math.log(positives + 1) - Math.log(all - positives + 1);
  return needing.map((count, feature) => {
    const ratio = Math.log((count + share) / ((others[feature] ?? 0) + 1 - share)) - fallback;
    return (ratio * ratio + LEAST_SQUARE) * (grams + (1 - grams) * (tokenShares[feature] ?? 1));
  });
}

/** What makes rows of norm scale / sqrt(number of features) one long in the mean. */
function meanLengthOne(columns: readonly Int32Array[], squares: Float32Array): number {
  let sum = 0;
  for (const own of columns) sum += own.reduce((squared, column) => squared + (squares[column] ?? 0), 0) / Math.max(1, own.length);
  return sum === 0 ? 1 : Math.sqrt(columns.length / sum);
}

function standardised({ facts, count }: TrainingRows, width: number, factor: number) {
  const means = new Float64Array(width);
  const factors = new Float64Array(width);
  for (let k = 0; k < width; k++) {
    const values = Float64Array.from({ length: count }, (_, row) => facts[row * FACT_NAMES.length + k] ?? 0);
    means[k] = values.reduce((sum, value) => sum + value, 0) / count;
    const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - (means[k] ?? 0)) ** 2, 0) / count);
    factors[k] = deviation > 1e-12 ? factor / deviation : 0;
  }
  return { means, factors };
}
