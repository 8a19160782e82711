// What has been learned of one arm: how its reward and its cost depend on what is known of a request. The statistics are sums (Σxxᵀ,
// Σrx, Σcx), each sample weighted by its age; a ridge keeps what nobody has seen uncertain. Samples are added behind the request path.

/** Seconds, or any unit: weights halve in `halfLife` of it. */
export interface Ageing {
  readonly halfLife: number;
  readonly sumsOnly?: true; // they are passed on, and nothing is predicted from them
}

/** Each a vector, in the order in which the model keeps them. */
export type Sums = readonly (readonly number[])[];

/** Means of samples, as the sums have them. */
export interface KnownBefore {
  readonly outer: readonly number[];
  readonly rewards: readonly number[];
  readonly costs: readonly number[] | undefined;
}

const RIDGE = 1;
/** Sums are brought back to small numbers when a sample of now would weigh this many of the first. */
const MAX_GROWTH = 2 ** 20;
/** Samples that may come in before the inverse is made anew, of many; of few, each counts. */
const MAX_STALE = 16;

export class LinearModel {
  readonly #size: number;
  readonly #halfLife: number;
  readonly #sumsOnly: boolean;
  readonly #outer: Float64Array; // Σ w·x·xᵀ, row by row
  readonly #rewards: Float64Array; // Σ w·r·x
  readonly #costs: Float64Array; // Σ w·c·x
  readonly #inverse: Float64Array; // of the outer products, aged to the last refresh, and the ridge
  readonly #means: Float64Array; // the weights of the expected reward
  readonly #costMeans: Float64Array; // and of the expected cost
  #epoch = 0; // when a sample weighs 1 in the sums
  #stale = 0;

  constructor(size: number, { halfLife, sumsOnly }: Ageing) {
    this.#size = size;
    this.#sumsOnly = sumsOnly === true;
    this.#halfLife = halfLife;
    this.#outer = new Float64Array(size * size);
    this.#rewards = new Float64Array(size);
    this.#costs = new Float64Array(size);
    this.#inverse = new Float64Array(size * size);
    this.#means = new Float64Array(size);
    this.#costMeans = new Float64Array(size);
    this.#refresh(0);
  }

  /** Expected reward. */
  mean(x: Float64Array): number {
    return product(this.#means, x);
  }

  /** Expected cost, in US dollars. */
  cost(x: Float64Array): number {
    return product(this.#costMeans, x);
  }

  /** Standard error of the expected reward, in units of a reward's own spread: at most that of a request nobody has seen the like of. */
  width(x: Float64Array): number {
    const size = this.#size;
    let sum = 0;
    for (let i = 0; i < size; i++) {
      let row = 0;
      for (let j = 0; j < size; j++) row += at(this.#inverse, i * size + j) * at(x, j);
      sum += row * at(x, i);
    }
    return Math.sqrt(Math.max(0, sum));
  }

  /** Samples, by what they still weigh; the first of `x` is taken for 1. */
  mass(now: number): number {
    return at(this.#outer, 0) / this.#growth(now);
  }

  /** What is known beforehand, as a mean of samples that counts for `mass` of them. */
  know({ outer, rewards, costs }: KnownBefore, mass: number): void {
    for (let i = 0; i < this.#outer.length; i++) increase(this.#outer, i, mass * (outer[i] ?? 0));
    for (let i = 0; i < this.#size; i++) {
      increase(this.#rewards, i, mass * (rewards[i] ?? 0));
      increase(this.#costs, i, mass * (costs?.[i] ?? 0));
    }
    this.#refresh(0);
  }

  add(x: Float64Array, reward: number, costUsd: number, now: number): void {
    const size = this.#size;
    const weight = this.#weightOf(now);
    for (let i = 0; i < size; i++) {
      for (let j = 0; j < size; j++) increase(this.#outer, i * size + j, weight * at(x, i) * at(x, j));
    }
    for (let i = 0; i < size; i++) increase(this.#costs, i, weight * costUsd * at(x, i));
    this.#addReward(x, reward, weight, now);
  }

  /** A sample that was added at `addedAt` turns out to have been worth `more`. */
  correct(x: Float64Array, more: number, addedAt: number, now: number): void {
    this.#weightOf(now);
    this.#addReward(x, more, this.#growth(addedAt), now);
  }

  /** What was learned before counts for so many samples at most. Gives what is left of it, as a part. */
  forget(mass: number, now: number): number {
    const before = this.mass(now);
    const left = before > mass ? mass / before : 1;
    this.shrink(left, now);
    return left;
  }

  shrink(left: number, now: number): void {
    if (left < 1) this.#scale(left);
    this.#refresh(now);
  }

  /** As they weigh at `now`: sums of several models are those of one that saw all their samples. */
  sums(now: number): Sums {
    const growth = this.#growth(now);
    return this.#all().map((sums) => Array.from(sums, (sum) => sum / growth));
  }

  /** Adds what others have learned, as it weighed so long ago; `times` −1 takes it away again. */
  mix(sums: Sums, times: number, ago: number, now: number): void {
    const weight = (times * this.#weightOf(now)) / 2 ** (ago / this.#halfLife);
    for (const [at, into] of this.#all().entries()) {
      for (let i = 0; i < into.length; i++) increase(into, i, weight * (sums[at]?.[i] ?? 0));
    }
  }

  /** Behind what was mixed in. */
  refresh(now: number): void {
    this.#refresh(now);
  }

  #all(): readonly Float64Array[] {
    return [this.#outer, this.#rewards, this.#costs];
  }

  #addReward(x: Float64Array, reward: number, weight: number, now: number): void {
    for (let i = 0; i < this.#size; i++) increase(this.#rewards, i, weight * reward * at(x, i));
    if (++this.#stale >= Math.min(MAX_STALE, 1 + this.mass(now) / MAX_STALE)) this.#refresh(now);
  }

  #growth(now: number): number {
    return 2 ** ((now - this.#epoch) / this.#halfLife);
  }

  #weightOf(now: number): number {
    const weight = this.#growth(now);
    if (weight <= MAX_GROWTH) return weight;
    this.#scale(1 / weight);
    this.#epoch = now;
    return 1;
  }

  #scale(factor: number): void {
    for (let i = 0; i < this.#outer.length; i++) this.#outer[i] = at(this.#outer, i) * factor;
    for (let i = 0; i < this.#size; i++) {
      this.#rewards[i] = at(this.#rewards, i) * factor;
      this.#costs[i] = at(this.#costs, i) * factor;
    }
  }

  #refresh(now: number): void {
    if (this.#sumsOnly) return;
    const size = this.#size;
    const age = this.#growth(now);
    this.#stale = 0;
    for (let i = 0; i < this.#inverse.length; i++) this.#inverse[i] = at(this.#outer, i) / age;
    for (let i = 0; i < size; i++) increase(this.#inverse, i * size + i, RIDGE);
    invert(this.#inverse, size);
    for (let i = 0; i < size; i++) {
      let [reward, cost] = [0, 0];
      for (let j = 0; j < size; j++) {
        reward += (at(this.#inverse, i * size + j) * at(this.#rewards, j)) / age;
        cost += (at(this.#inverse, i * size + j) * at(this.#costs, j)) / age;
      }
      this.#means[i] = reward;
      this.#costMeans[i] = cost;
    }
  }
}

/** In place, by elimination; a matrix with a ridge needs no other row's pivot. */
function invert(matrix: Float64Array, size: number): void {
  for (let pivot = 0; pivot < size; pivot++) {
    const scale = 1 / at(matrix, pivot * size + pivot);
    matrix[pivot * size + pivot] = 1;
    for (let j = 0; j < size; j++) matrix[pivot * size + j] = at(matrix, pivot * size + j) * scale;
    for (let i = 0; i < size; i++) {
      if (i === pivot) continue;
      const factor = at(matrix, i * size + pivot);
      matrix[i * size + pivot] = 0;
      for (let j = 0; j < size; j++) increase(matrix, i * size + j, -factor * at(matrix, pivot * size + j));
    }
  }
}

function product(weights: Float64Array, x: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < weights.length; i++) sum += at(weights, i) * at(x, i);
  return sum;
}

function at(numbers: Float64Array, index: number): number {
  return numbers[index] ?? 0;
}

function increase(numbers: Float64Array, index: number, by: number): void {
  numbers[index] = at(numbers, index) + by;
}
