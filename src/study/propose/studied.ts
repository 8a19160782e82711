// Labelled rows as columns: how good each tier's answer is, what it takes, and where the policy in force sends each row. All estimates of a
// proposal are made of these.
import { textIn } from "../../request/chat/facts.ts";
import { TextReader } from "../../request/policy/learned/text-reader.ts";
import { type Needs, NO_NEEDS, type Policy } from "../../request/policy/policy.ts";
import { costOfRow, costOfTier, type TierPrice } from "../evaluate/cost.ts";
import { nearDuplicates } from "../train/near-duplicates.ts";
import { always, askRows, decisionsOf, type Place } from "./asked-rows.ts";
import type { LabelledRow } from "./labelled-rows.ts";

/** One index everywhere: the row; of the tables, row × tiers + tier. A tier that cannot take a row stands for the one that serves then. */
export interface Studied {
  readonly rows: readonly LabelledRow[];
  readonly tiers: number;
  readonly weights: Float64Array; // 1 in the mean
  readonly quality: Float64Array; // table
  readonly spend: Float64Array; // table: 0, the first tier's; 1, the last's
  readonly dollars: Float64Array | undefined; // table; undefined: a price is not known
  readonly clusters: Int32Array; // near-duplicates have one number
  readonly groups: Int32Array; // numbered from 0 as they come; rows that name none are one group
  readonly needs: Uint8Array; // 1: a dearer tier than the first answers better
  readonly present: Uint8Array; // tier that the policy in force sends it to
  readonly base: Uint8Array; // the same with the rules' mended tiers
}

export interface StudiedSettings {
  readonly place: Place;
  readonly prices: readonly TierPrice[]; // of every tier, cheap first
  readonly outputTokens: number; // of answer per request, for the cost
  readonly present: Policy;
  readonly base: Policy;
}

const ALL: Needs = { ...NO_NEEDS, scopes: ["all"] };

/** The rows that cannot be read, or have no text, are left out. */
export function studiedRows(all: readonly LabelledRow[], settings: StudiedSettings): Studied {
  const { place, prices, outputTokens, present, base } = settings;
  const features: Int32Array[] = [];
  const textBytes: number[] = [];
  const rows: LabelledRow[] = [];
  const reader = new TextReader();
  askRows(all, ALL, place, (request, at) => {
    const row = all[at];
    const { chars, textBytes: bytes } = textIn(request.facts, "all");
    if (row === undefined || chars === 0 || row.weight === 0) return;
    reader.read(request.text("all"));
    features.push(reader.buckets.slice(0, reader.count).sort());
    textBytes.push(bytes);
    rows.push(row);
  });
  const served = place.tiers.map((tier) => decisionsOf(rows, always(tier), place));
  const table = (value: (row: number, tier: number) => number) =>
    Float64Array.from({ length: rows.length * served.length }, (_, at) => {
      const row = Math.floor(at / served.length);
      return value(row, served[at % served.length]?.[row] ?? 0);
    });
  const costs = prices.map((price) => costOfTier(price, outputTokens));
  const quality = table((row, tier) => rows[row]?.quality[tier] ?? 0);
  return {
    rows,
    tiers: served.length,
    weights: meanOne(Float64Array.from(rows, ({ weight }) => weight)),
    quality,
    spend: table((_, tier) => spends(prices)[tier] ?? 0),
    dollars: costs.every((cost) => cost !== undefined)
      ? table((row, tier) => costOfRow(costs[tier] ?? { perByte: 0, fixed: 0 }, textBytes[row] ?? 0))
      : undefined,
    clusters: nearDuplicates(features),
    groups: numberedGroups(rows),
    needs: Uint8Array.from(rows, (_, row) => {
      const [first = 0, ...dearer] = quality.subarray(row * served.length, (row + 1) * served.length);
      return dearer.some((value) => value > first) ? 1 : 0;
    }),
    present: decisionsOf(rows, present, place),
    base: decisionsOf(rows, base, place),
  };
}

function numberedGroups(rows: readonly LabelledRow[]): Int32Array {
  const numbers = new Map<string | undefined, number>();
  return Int32Array.from(rows, ({ group }) => {
    const number = numbers.get(group) ?? numbers.size;
    numbers.set(group, number);
    return number;
  });
}

function meanOne(weights: Float64Array): Float64Array {
  const mean = weights.reduce((sum, weight) => sum + weight, 0) / weights.length;
  return weights.map((weight) => weight / mean);
}

/** By price where all are known, else as if each tier were dearer than the one before by as much. */
function spends(prices: readonly TierPrice[]): readonly number[] {
  const sums = prices.map(({ inputPerMTok, outputPerMTok }) => (inputPerMTok ?? Number.NaN) + (outputPerMTok ?? Number.NaN));
  const [first = 0, last = 0] = [sums[0], sums.at(-1)];
  const priced = last > first && sums.every((sum) => !Number.isNaN(sum));
  return sums.map((sum, at) => (priced ? (sum - first) / (last - first) : at / Math.max(1, sums.length - 1)));
}

/** What the last tier's answers gain over the first's by what they take: what spending at random buys. */
export function chanceRate({ rows, tiers, weights, quality, spend }: Studied): number {
  let [gain, spent] = [0, 0];
  for (let row = 0; row < rows.length; row++) {
    const [first, last] = [row * tiers, row * tiers + tiers - 1];
    gain += (weights[row] ?? 0) * ((quality[last] ?? 0) - (quality[first] ?? 0));
    spent += (weights[row] ?? 0) * ((spend[last] ?? 0) - (spend[first] ?? 0));
  }
  return spent === 0 ? 0 : gain / spent;
}

/** By row × tiers + tier: quality, less what the same spending buys at random. */
export function worths(studied: Studied): Float64Array {
  const rate = chanceRate(studied);
  return studied.quality.map((quality, at) => quality - rate * (studied.spend[at] ?? 0));
}
