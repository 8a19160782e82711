// What labelled data say of the tiers before anything was served: sums as a bandit learns them, of rows whose quality with every tier is
// known. They are kept as a mean of the rows, so that whoever uses them says for how many requests they shall count.
import { FEATURES, HOUR_FEATURES } from "./features.ts";

export interface BanditPrior {
  readonly rows: number;
  readonly outer: readonly number[]; // mean of x·xᵀ, row by row
  readonly tiers: Readonly<Record<string, TierPrior>>;
}

export interface TierPrior {
  readonly quality: readonly number[]; // mean of quality·x
  readonly cost: readonly number[] | undefined; // mean of US dollars·x; undefined: not known
}

export interface PriorSums {
  /** `qualities`, `costs`: by tier, in its order; a cost is NaN where it is not known. */
  add(x: ArrayLike<number>, qualities: readonly number[], costs: readonly number[]): void;
  prior(): BanditPrior;
}

const SIZE = FEATURES.length;
/** Nobody knows when a row was asked: it stands for all hours alike, over which the halves of a sine are spread so. */
const HOUR_VARIANCE = 1 / 8;
const KIND = "sluice-bandit-prior";
export const MAX_PRIOR_BYTES = 1 << 20;

export function priorSums(tiers: readonly string[]): PriorSums {
  let rows = 0;
  const outer = new Float64Array(SIZE * SIZE);
  const sums = tiers.map(() => ({ quality: new Float64Array(SIZE), cost: new Float64Array(SIZE) }));
  return {
    add(x, qualities, costs) {
      rows++;
      const known = Float64Array.from(x);
      for (const hour of HOUR_FEATURES) known[hour] = 0;
      for (let i = 0; i < SIZE; i++) for (let j = 0; j < SIZE; j++) increase(outer, i * SIZE + j, (known[i] ?? 0) * (known[j] ?? 0));
      for (const hour of HOUR_FEATURES) increase(outer, hour * SIZE + hour, HOUR_VARIANCE);
      for (const [at, { quality, cost }] of sums.entries()) {
        for (let i = 0; i < SIZE; i++) {
          increase(quality, i, (qualities[at] ?? 0) * (known[i] ?? 0));
          increase(cost, i, (costs[at] ?? Number.NaN) * (known[i] ?? 0));
        }
      }
    },
    prior() {
      const mean = (of: Float64Array) => Array.from(of, (sum) => sum / Math.max(1, rows));
      const ofTier = ({ quality, cost }: (typeof sums)[number]): TierPrior => ({
        quality: mean(quality),
        cost: cost.some(Number.isNaN) ? undefined : mean(cost),
      });
      return { rows, outer: mean(outer), tiers: Object.fromEntries(tiers.map((tier, at) => [tier, ofTier(sums[at] ?? NO_SUMS)])) };
    },
  };
}

const NO_SUMS = { quality: new Float64Array(SIZE), cost: new Float64Array(SIZE) };

function increase(numbers: Float64Array, index: number, by: number): void {
  numbers[index] = (numbers[index] ?? 0) + by;
}

export function priorText(prior: BanditPrior): string {
  return `${JSON.stringify({ kind: KIND, version: 1, features: FEATURES, ...prior })}\n`;
}

export type PriorRead = { readonly kind: "prior"; readonly prior: BanditPrior } | { readonly kind: "wrong"; readonly problem: string };

/** `problem`: the end of a sentence that begins with the file's name. */
export function parsePrior(text: string): PriorRead {
  const wrong = (problem: string): PriorRead => ({ kind: "wrong", problem });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return wrong("is no JSON");
  }
  const { kind, version, features, rows, outer, tiers } = membersOf(value);
  if (kind !== KIND) return wrong("is no prior of a bandit");
  if (version !== 1 || JSON.stringify(features) !== JSON.stringify(FEATURES)) return wrong("is of another version of sluice");
  const of = Object.entries(membersOf(tiers)).map(([tier, told]): readonly [string, TierPrior | undefined] => [tier, tierPrior(told)]);
  const isWhole = typeof rows === "number" && Number.isSafeInteger(rows) && rows > 0 && isNumbers(outer, SIZE * SIZE) && of.length > 0;
  if (!isWhole || !of.every(isTold)) return wrong("is damaged");
  return { kind: "prior", prior: { rows, outer, tiers: Object.fromEntries(of) } };
}

function tierPrior(value: unknown): TierPrior | undefined {
  const { quality, cost } = membersOf(value);
  if (!isNumbers(quality, SIZE) || !(cost === undefined || isNumbers(cost, SIZE))) return undefined;
  return { quality, cost };
}

function isTold(entry: readonly [string, TierPrior | undefined]): entry is readonly [string, TierPrior] {
  return entry[1] !== undefined;
}

function isNumbers(value: unknown, length: number): value is readonly number[] {
  return Array.isArray(value) && value.length === length && value.every(Number.isFinite);
}

function membersOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}
