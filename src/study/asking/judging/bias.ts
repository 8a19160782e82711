// Whether a judge likes what stands first, or what is longer, more than what is better; and what its scores come to without that. Pure.
import type { Estimate } from "../../evaluate/result.ts";
import { linearRegression, logisticRegression, logLikelihood, type RegressionRows, sigmoid } from "./regression.ts";
import { type Better, betterIn, type Look, type Looks, pairVerdict } from "./verdict.ts";

/** A pair, as judged in both orders. */
export interface Observation {
  readonly looks: Looks;
  readonly chars: readonly [challenger: number, base: number]; // of the answers
  readonly people: Better | undefined; // what they said of it
}

export interface PairFigures {
  readonly pairs: number;
  readonly judged: { readonly base: Estimate; readonly mean: Scores }; // the base's share of wins, a tie is half
  readonly corrected: { readonly base: Estimate; readonly mean: Scores };
  readonly byPeople: Estimate | undefined; // as `base`, by what people said of some pairs
  readonly consistent: number; // share of pairs judged alike in both orders
  readonly first: Estimate; // share of wins of the first answer; without bias .5
  readonly longer: Estimate; // share of wins of the longer answer
  readonly position: Estimate; // in log odds, of standing first
  readonly length: Estimate; // in log odds, of being longer by one standard deviation or more
  readonly lengthPoints: number; // of the score's 100, for that
  readonly deviation: number; // characters: of the difference in length
}

export interface Scores {
  readonly challenger: number;
  readonly base: number;
}

const Z = 1.96;
/** Fewer verdicts of people say too little. */
export const PEOPLE_NEEDED = 50;

/**
 * The logistic regression of length-controlled AlpacaEval (Dubois et al. 2024, arXiv:2404.04475): log odds that the base wins = how much
 * better it is + what standing first does + what being longer does; the corrected rate is that of equal length and no order. It assumes
 * that length does not go along with being truly better. Where people judged enough of the same pairs nothing need be assumed: `byPeople`
 * moves the judge's rate by what it is off on those.
 */
export function pairFigures(observations: readonly Observation[]): PairFigures {
  const differences = observations.map(({ chars: [challenger, base] }) => base - challenger);
  const deviation = deviationOf(differences);
  const deviations = differences.map((each) => (deviation === 0 ? 0 : each / deviation));
  const gaps = scoreGaps(observations, deviations.map(Math.tanh));
  const judged = meanScores(observations);
  const level = (judged.challenger + judged.base) / 2;
  const shares = observations.map(({ looks }) => shareOfBase(pairVerdict(looks).better));
  const { rate, position, length } = winRate(observations, deviations);
  return {
    pairs: observations.length,
    judged: { base: meanEstimate(shares), mean: judged },
    corrected: { base: rate, mean: { challenger: level - gaps.gap / 2, base: level + gaps.gap / 2 } },
    byPeople: byPeople(observations, shares),
    consistent: meanOf(observations.map(({ looks: [one, other] }) => (betterIn(one) === betterIn(other) ? 1 : 0))),
    first: meanEstimate(observations.map(firstWins)),
    longer: meanEstimate(observations.flatMap(longerWins)),
    position,
    length,
    lengthPoints: 100 * gaps.ofLength,
    deviation,
  };
}

/**
 * Prediction-powered inference (Angelopoulos et al., Science 382 (2023)): the judge's mean on all pairs, and by how much people differ from
 * it on those they judged, which must be drawn at random. Undefined: too few.
 */
function byPeople(observations: readonly Observation[], shares: readonly number[]): Estimate | undefined {
  const off = observations.flatMap(({ people }, at) => (people === undefined ? [] : [shareOfBase(people) - (shares[at] ?? 0)]));
  if (off.length < PEOPLE_NEEDED) return undefined;
  const value = meanOf(shares) + meanOf(off);
  const half = Z * Math.sqrt(deviationOf(shares) ** 2 / shares.length + deviationOf(off) ** 2 / off.length);
  return { value, low: Math.max(0, value - half), high: Math.min(1, value + half) };
}

/** A score gap (base less challenger) without what the difference in length adds to it. */
export function withoutLength(gap: number, [challenger, base]: Observation["chars"], { deviation, lengthPoints }: PairFigures): number {
  return deviation === 0 ? gap : gap - (lengthPoints / 100) * Math.tanh((base - challenger) / deviation);
}

/**
 * How being longer by so many standard deviations may sway a judge: more and more up to a point, as AlpacaEval has it, sooner or later; or
 * hardly at all until it is much, and then at once, as where it tips what would have been a tie.
 */
const SHAPES: readonly ((deviations: number) => number)[] = [
  ...[0.25, 0.5, 1, 2, 4].map((scale) => (deviations: number) => Math.tanh(deviations / scale)),
  ...[4, 8].flatMap((power) =>
    [0.5, 0.75, 1, 1.5].map((scale) => (deviations: number) => {
      const much = Math.abs(deviations) ** power;
      return (Math.sign(deviations) * much) / (much + scale ** power);
    }),
  ),
];

/** The rate is of the likeliest shape; the coefficients are those of tanh, so that judges can be compared. */
function winRate(observations: readonly Observation[], deviations: readonly number[]): Record<"rate" | "position" | "length", Estimate> {
  const outcomes = observations.flatMap(({ looks }) => looks.map((look) => shareOfBase(betterIn(look))));
  const clusters = observations.flatMap((_, at) => [at, at]);
  const fitted = (shape: (deviations: number) => number) => {
    const columns = deviations.flatMap((each) => [-1, 1].map((place) => [1, place, shape(each)])); // the base stands second, then first
    const rows: RegressionRows = { columns, outcomes, clusters };
    const fit = logisticRegression(rows);
    return { fit, likelihood: logLikelihood(rows, fit) };
  };
  const { fit } = fitted(Math.tanh);
  const likeliest = SHAPES.map(fitted).reduce((best, each) => (each.likelihood > best.likelihood ? each : best));
  const position = estimate(fit, 1);
  const twice = { value: 2 * position.value, low: 2 * position.low, high: 2 * position.high }; // from second to first place: −1 and 1
  return { rate: rateOf(estimate(likeliest.fit, 0)), position: twice, length: estimate(fit, 2) };
}

/** The same in scores: the mean gap at equal length, and what length adds. Both orders are averaged, so that place cancels out. */
function scoreGaps(observations: readonly Observation[], lengths: readonly number[]): { gap: number; ofLength: number } {
  const outcomes = observations.map(({ looks: [one, other] }) => (one[1] - one[0] + other[1] - other[0]) / 2);
  const { coefficients } = linearRegression({
    columns: lengths.map((length) => [1, length]),
    outcomes,
    clusters: outcomes.map((_, at) => at),
  });
  return { gap: coefficients[0] ?? 0, ofLength: coefficients[1] ?? 0 };
}

type Fit = ReturnType<typeof logisticRegression>;

function estimate({ coefficients, covariance }: Fit, at: number): Estimate {
  const value = coefficients[at] ?? 0;
  const half = Z * Math.sqrt(Math.max(0, covariance[at]?.[at] ?? 0));
  return { value, low: value - half, high: value + half };
}

function rateOf({ value, low, high }: Estimate): Estimate {
  return { value: sigmoid(value), low: sigmoid(low), high: sigmoid(high) };
}

function firstWins({ looks: [challengerFirst, baseFirst] }: Observation): number {
  return (1 - shareOfBase(betterIn(challengerFirst)) + shareOfBase(betterIn(baseFirst))) / 2;
}

/** Of answers of one length there is none. */
function longerWins({ looks, chars: [challenger, base] }: Observation): readonly number[] {
  if (challenger === base) return [];
  const ofBase = meanOf(looks.map((look: Look) => shareOfBase(betterIn(look))));
  return [base > challenger ? ofBase : 1 - ofBase];
}

function meanScores(observations: readonly Observation[]): Scores {
  const verdicts = observations.map(({ looks }) => pairVerdict(looks));
  return { challenger: meanOf(verdicts.map(({ challenger }) => challenger)), base: meanOf(verdicts.map(({ base }) => base)) };
}

function shareOfBase(better: Better): number {
  return (signOf(better) + 1) / 2;
}

function signOf(better: Better | undefined): number {
  return better === "base" ? 1 : better === "challenger" ? -1 : 0;
}

function meanOf(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}

function deviationOf(values: readonly number[]): number {
  const mean = meanOf(values);
  return Math.sqrt(meanOf(values.map((value) => (value - mean) ** 2)));
}

/** With the interval of the normal distribution. Of nothing: everything is possible. */
function meanEstimate(values: readonly number[]): Estimate {
  if (values.length === 0) return { value: 0.5, low: 0, high: 1 };
  const value = meanOf(values);
  const half = (Z * deviationOf(values)) / Math.sqrt(values.length);
  return { value, low: Math.max(0, value - half), high: Math.min(1, value + half) };
}
