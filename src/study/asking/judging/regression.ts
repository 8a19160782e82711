// Regressions on a handful of columns, with errors that hold where rows come in clusters (two looks at one pair). Pure.

export interface Regressed {
  readonly coefficients: readonly number[];
  readonly covariance: readonly (readonly number[])[]; // of the coefficients, robust
}

export interface RegressionRows {
  readonly columns: readonly (readonly number[])[]; // by row
  readonly outcomes: readonly number[]; // by row
  readonly clusters: readonly number[]; // by row; rows of one cluster stand together
}

const STEPS = 50;
const TOLERANCE = 1e-10;
/** So little that it moves nothing, but where one side wins every time, which would have no largest likelihood. */
const PENALTY = 0.01;

/**
 * The log odds of outcomes from 0 to 1, halves for ties too, by Newton's method: the fractional logit of Papke and Wooldridge, "Econometric
 * methods for fractional response variables", Journal of Applied Econometrics 11 (1996), with the sandwich covariance for clusters (Liang
 * and Zeger, Biometrika 73 (1986)).
 */
export function logisticRegression(rows: RegressionRows): Regressed {
  const width = rows.columns[0]?.length ?? 0;
  let coefficients: readonly number[] = new Array<number>(width).fill(0);
  for (let step = 0; step < STEPS; step++) {
    const { gradient, information } = logisticParts(rows, coefficients);
    const move = solved(information, gradient);
    coefficients = coefficients.map((value, at) => value + (move[at] ?? 0));
    if (move.every((each) => Math.abs(each) < TOLERANCE)) break;
  }
  const { information } = logisticParts(rows, coefficients);
  const residuals = rows.columns.map((row, at) => (rows.outcomes[at] ?? 0) - sigmoid(linear(row, coefficients)));
  return { coefficients, covariance: sandwich(rows, residuals, information) };
}

function logisticParts({ columns, outcomes }: RegressionRows, coefficients: readonly number[]) {
  const gradient = coefficients.map((value) => -PENALTY * value);
  const information = coefficients.map((_, i) => coefficients.map((__, j) => (i === j ? PENALTY : 0)));
  for (let at = 0; at < columns.length; at++) {
    const row = columns[at] ?? [];
    const p = sigmoid(linear(row, coefficients));
    addOuter(information, row, p * (1 - p));
    for (let i = 0; i < row.length; i++) gradient[i] = (gradient[i] ?? 0) + (row[i] ?? 0) * ((outcomes[at] ?? 0) - p);
  }
  return { gradient, information };
}

/** Of outcomes given the rows, for comparing what else might stand in a column. */
export function logLikelihood({ columns, outcomes }: RegressionRows, { coefficients }: Regressed): number {
  return columns.reduce((sum, row, at) => {
    const p = Math.min(1 - LEAST, Math.max(LEAST, sigmoid(linear(row, coefficients))));
    const outcome = outcomes[at] ?? 0;
    return sum + outcome * Math.log(p) + (1 - outcome) * Math.log(1 - p);
  }, 0);
}

const LEAST = 1e-12;

/** Ordinary least squares, with the sandwich covariance. */
export function linearRegression(rows: RegressionRows): Regressed {
  const width = rows.columns[0]?.length ?? 0;
  const squares = Array.from({ length: width }, (_, i) => Array.from({ length: width }, (__, j) => (i === j ? 1e-12 : 0)));
  const products = new Array<number>(width).fill(0);
  for (const [at, row] of rows.columns.entries()) {
    const outcome = rows.outcomes[at] ?? 0;
    addOuter(squares, row, 1);
    for (const [i, x] of row.entries()) products[i] = (products[i] ?? 0) + x * outcome;
  }
  const coefficients = solved(squares, products);
  const residuals = rows.columns.map((row, at) => (rows.outcomes[at] ?? 0) - linear(row, coefficients));
  return { coefficients, covariance: sandwich(rows, residuals, squares) };
}

export function sigmoid(value: number): number {
  return 1 / (1 + Math.exp(-value));
}

function linear(row: readonly number[], coefficients: readonly number[]): number {
  let sum = 0;
  for (let at = 0; at < row.length; at++) sum += (row[at] ?? 0) * (coefficients[at] ?? 0);
  return sum;
}

function addOuter(matrix: number[][], row: readonly number[], weight: number): void {
  for (let i = 0; i < row.length; i++) {
    const line = matrix[i] ?? [];
    for (let j = 0; j < row.length; j++) line[j] = (line[j] ?? 0) + weight * (row[i] ?? 0) * (row[j] ?? 0);
  }
}

/** Bread · meat · bread: the meat is summed over whole clusters. */
function sandwich({ columns, clusters }: RegressionRows, residuals: readonly number[], information: readonly (readonly number[])[]) {
  const width = information.length;
  const meat = Array.from({ length: width }, () => new Array<number>(width).fill(0));
  let score = new Array<number>(width).fill(0);
  for (const [at, row] of columns.entries()) {
    for (const [i, x] of row.entries()) score[i] = (score[i] ?? 0) + x * (residuals[at] ?? 0);
    if (clusters[at] === clusters[at + 1]) continue;
    addOuter(meat, score, 1);
    score = new Array<number>(width).fill(0);
  }
  const bread = inverse(information);
  return product(product(bread, meat), bread);
}

function inverse(matrix: readonly (readonly number[])[]): readonly (readonly number[])[] {
  const columns = matrix.map((_, at) =>
    solved(
      matrix,
      matrix.map((__, other) => (other === at ? 1 : 0)),
    ),
  );
  return matrix.map((_, i) => columns.map((column) => column[i] ?? 0)); // symmetric
}

function product(left: readonly (readonly number[])[], right: readonly (readonly number[])[]): readonly (readonly number[])[] {
  return left.map((row) => (right[0] ?? []).map((_, j) => row.reduce((sum, x, k) => sum + x * (right[k]?.[j] ?? 0), 0)));
}

/** Gauss's elimination, with the largest pivot. A column that says nothing gets 0. */
export function solved(matrix: readonly (readonly number[])[], values: readonly number[]): readonly number[] {
  const rows = matrix.map((row, at) => [...row, values[at] ?? 0]);
  const width = rows.length;
  for (let at = 0; at < width; at++) {
    const best = rows
      .slice(at)
      .reduce((most, row, place) => (Math.abs(row[at] ?? 0) > Math.abs(rows[most]?.[at] ?? 0) ? at + place : most), at);
    const [pivotRow = [], here = []] = [rows[best], rows[at]];
    rows[best] = here;
    rows[at] = pivotRow;
    const pivot = pivotRow[at] ?? 0;
    if (Math.abs(pivot) < 1e-14) continue;
    for (const [other, row] of rows.entries()) {
      if (other === at) continue;
      const factor = (row[at] ?? 0) / pivot;
      for (let k = at; k <= width; k++) row[k] = (row[k] ?? 0) - factor * (pivotRow[k] ?? 0);
    }
  }
  return rows.map((row, at) => (Math.abs(row[at] ?? 0) < 1e-14 ? 0 : (row[width] ?? 0) / (row[at] ?? 1)));
}
