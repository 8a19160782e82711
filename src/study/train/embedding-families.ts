// The kinds of model that weigh a request's vector: alone, and beside the best of those that know the text alone.
import { bestOf, type FamilyScores, familyOf, isTwoSided, oneSided, spreadOf, type TextFamily, twoSided, weighed } from "./families.ts";
import { combined, worthOf } from "./left-out.ts";
import { logOdds } from "./linear-rows.ts";
import type { LinearRows } from "./logistic.ts";
import { type Fitting, modelsOf, type Part, partsAtCosts, type Side, targetOf } from "./parts.ts";
import type { RowVectors, TrainingRows } from "./training-rows.ts";

/** What a vector counts beside the text, each in units of its own spread. */
const BESIDE_TEXT = [0.5, 1, 2] as const;

/** `text`: what decides without the vector. */
export function embeddingFamilies(
  fitting: Omit<Fitting, "progress">,
  vectors: RowVectors,
  text: FamilyScores,
  onProgress: (done: number, of: number) => void,
): readonly FamilyScores[] {
  const { rows, splits, newTopics } = fitting;
  const twoSides = isTwoSided(rows);
  const all = (twoSides ? 2 : 1) * modelsOf(splits);
  let done = 0;
  const own: Fitting = { ...fitting, progress: () => onProgress(++done, all) };
  const seen = centred(rows, vectors);
  const better = embeddingParts(own, seen, "better");
  const worse = twoSides ? embeddingParts(own, seen, "worse") : [];
  const terms = better.map((part, at) => {
    const other = worse[at];
    return other === undefined ? oneSided(part) : twoSided(rows, part, other);
  });
  const weight = 1 / spreadOf(text.scores.plain);
  const both = terms.flatMap((term) => BESIDE_TEXT.map((share) => ({ term, share })));
  return [
    bestOf(terms, (term) => familyOf(fitting, "embedding", [weighed(term, 1)])),
    bestOf(both, ({ term, share }) => {
      const vector = familyOf(fitting, `embedding and ${text.family as TextFamily}`, [weighed(term, share)]);
      const scores = combined([text.scores, vector.scores], ([ofText = 0, ofVector = 0]) => weight * ofText + ofVector);
      const setting = `${vector.setting}, ${share} to 1`;
      return { ...vector, scores, worth: worthOf(scores, rows, newTopics), setting, beside: { family: text, weight } };
    }),
  ];
}

/** Vectors as a fit sees them: around their mean, and one long in the mean, as the rows of n-grams are. */
export interface CentredRows extends Omit<LinearRows, "offset"> {
  readonly means: Float64Array;
  readonly factor: number; // number k of a row is (its vector's - means[k]) · factor, and behind them stands a constant 1
}

export function centred({ count, weights }: Pick<TrainingRows, "count" | "weights">, { width: numbers, values }: RowVectors): CentredRows {
  const means = new Float64Array(numbers);
  for (let at = 0; at < values.length; at++) means[at % numbers] = (means[at % numbers] ?? 0) + (values[at] ?? 0) / count;
  let squares = 0;
  for (let at = 0; at < values.length; at++) squares += ((values[at] ?? 0) - (means[at % numbers] ?? 0)) ** 2;
  const factor = squares > SAME ? Math.sqrt(count / squares) : 0;
  const width = numbers + 1;
  const dense = new Float32Array(count * width);
  for (let row = 0; row < count; row++) {
    for (let k = 0; k < numbers; k++) dense[row * width + k] = ((values[row * numbers + k] ?? 0) - (means[k] ?? 0)) * factor;
    dense[row * width + numbers] = 1;
  }
  return { columns: [], norms: new Float64Array(count), squares: new Float32Array(0), dense, width, means, factor, weights };
}

/** Vectors that are all the same tell nothing. */
const SAME = 1e-9;

export function fitInput(rows: TrainingRows, seen: CentredRows, side: Side, chosen: Int32Array): CentredRows & LinearRows {
  return { ...seen, offset: logOdds(targetOf(rows, side), chosen, rows.weights) };
}

/** One for each cost. */
function embeddingParts(fitting: Fitting, seen: CentredRows, side: Side): readonly Part[] {
  return partsAtCosts(fitting, { kind: "embedding", side, grams: 1 }, (chosen) => fitInput(fitting.rows, seen, side, chosen));
}
