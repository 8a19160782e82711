// Whether a weighted mean is over what chance gives, and how many of many such findings may be believed.

export interface Finding {
  readonly rows: number;
  readonly mean: number;
  readonly pValue: number; // one-sided: of a mean so high, were the values drawn from the population
}

export interface Population {
  readonly mean: number;
  readonly variance: number;
}

/** Of values with weights. */
export function populationOf(values: readonly number[], weights: readonly number[]): Population {
  const all = sum(weights);
  const mean = sum(values.map((value, at) => value * (weights[at] ?? 0))) / all;
  const variance = sum(values.map((value, at) => (value - mean) ** 2 * (weights[at] ?? 0))) / all;
  return { mean, variance };
}

/**
 * A score test: the spread is the population's, which the values have where there is nothing to find. Weights make it as if there were
 * fewer rows (Kish).
 */
export function overChance(values: readonly number[], weights: readonly number[], chance: Population): Finding {
  const { mean } = populationOf(values, weights);
  const effective = sum(weights) ** 2 / sum(weights.map((weight) => weight ** 2));
  const spread = Math.sqrt(Math.max(chance.variance, 1e-6) / effective);
  return { rows: values.length, mean, pValue: upperTail((mean - chance.mean) / spread) };
}

/** Of the standard normal distribution, beyond z. Source: Abramowitz and Stegun 26.2.17; off by less than 1e-7. */
export function upperTail(z: number): number {
  if (z < 0) return 1 - upperTail(-z);
  const t = 1 / (1 + 0.2316419 * z);
  const polynomial = t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * polynomial;
}

/** Of findings those that may be believed when `rate` of the believed may be wrong. Source: Benjamini and Hochberg (1995). */
export function believed<T extends { readonly pValue: number }>(findings: readonly T[], rate: number): readonly T[] {
  const sorted = findings.toSorted((a, b) => a.pValue - b.pValue);
  const last = sorted.findLastIndex(({ pValue }, at) => pValue <= (rate * (at + 1)) / sorted.length);
  return sorted.slice(0, last + 1);
}

/** Of findings those that all may be believed with an error of `rate` in any. Source: Holm (1979). */
export function allBelieved<T extends { readonly pValue: number }>(findings: readonly T[], rate: number): readonly T[] {
  const sorted = findings.toSorted((a, b) => a.pValue - b.pValue);
  const first = sorted.findIndex(({ pValue }, at) => pValue > rate / (sorted.length - at));
  return first < 0 ? sorted : sorted.slice(0, first);
}

function sum(values: readonly number[]): number {
  return values.reduce((all, value) => all + value, 0);
}
