// What a reader of the figures must know before trusting them: small samples, estimated costs, tiers counted as strong.
import { BYTES_PER_TOKEN, costOfTier, type TierPrice } from "./cost.ts";
import { hundredths } from "./figure-text.ts";
import { OTHER_GROUPS } from "./group-names.ts";
import type { PolicyRecord } from "./policy-record.ts";
import type { Slice } from "./result.ts";
import type { Sample } from "./sample.ts";
import { FEW_ROWS } from "./verdict.ts";

const FEW_IN_GROUP = 50;
const FEW_OF_A_KIND = 30;

export interface WarningGrounds {
  readonly sample: Sample;
  readonly needs: number; // rows that need strong
  readonly scored: boolean; // the rows carry scores
  readonly groups: readonly Slice[];
  readonly records: readonly PolicyRecord[];
  readonly prices: readonly TierPrice[]; // of every tier, cheap first
  readonly outputTokens: number;
  readonly defaultTier: string;
  readonly resamples: { readonly asked: number; readonly used: number };
}

export function warningsOf(grounds: WarningGrounds): readonly string[] {
  return [
    ...sizes(grounds),
    ...uneven(grounds.sample),
    ...(grounds.scored ? gap(grounds.sample) : []),
    ...groups(grounds.groups),
    ...grounds.records.flatMap((record) => scores(record, grounds)),
    ...tiersAndCosts(grounds),
    ...resampling(grounds),
  ];
}

function sizes({ sample: { rows }, needs }: WarningGrounds): readonly string[] {
  const warnings: string[] = [];
  if (rows < FEW_ROWS)
    warnings.push(`only ${rows} rows: under ${FEW_ROWS}, intervals are so wide that a policy can hardly be told from random`);
  if (needs < FEW_OF_A_KIND) warnings.push(`only ${needs} rows need strong: recall, misses and the gap rest on these few`);
  if (rows - needs < FEW_OF_A_KIND)
    warnings.push(`weak would do on only ${rows - needs} rows: what is wasted on strong rests on these few`);
  return warnings;
}

const UNEVEN = 0.5;

/** A few rows that stand for most of the requests decide every figure. */
function uneven({ rows, weights }: Sample): readonly string[] {
  if (weights === undefined) return [];
  const sum = weights.reduce((all, weight) => all + weight, 0);
  const worth = (sum * sum) / weights.reduce((all, weight) => all + weight * weight, 0);
  if (worth >= UNEVEN * rows) return [];
  const most = weights.reduce((largest, weight) => Math.max(largest, weight), 0);
  return [
    `rows stand for unlike numbers of requests (the heaviest for ${hundredths(most / sum)} % of all): ${rows} rows tell as much as ` +
      `${Math.round(worth)} of equal weight`,
  ];
}

/** Twice the standard error of the mean gain. */
function gap(sample: Sample): readonly string[] {
  const { rows, gains, weights } = sample;
  let [sum, squares, all, worth] = [0, 0, 0, 0];
  for (let row = 0; row < rows; row++) {
    const [gain, weight] = [gains[row] ?? 0, weights === undefined ? 1 : (weights[row] ?? 0)];
    sum += weight * gain;
    squares += weight * gain * gain;
    all += weight;
    worth += weight * weight;
  }
  const mean = sum / all;
  const twiceError = 2 * Math.sqrt((Math.max(0, squares / all - mean * mean) * worth) / (all * all));
  if (mean <= 0) return ["strong is no better than weak on these rows: shares of the gap are undefined"];
  if (mean >= twiceError) return [];
  return [`the gap between weak and strong, ${hundredths(mean)} points, is not clear of 0 on these rows: shares of it are unstable`];
}

function groups(slices: readonly Slice[]): readonly string[] {
  const small = slices.filter(({ rows }) => rows < FEW_IN_GROUP);
  const warnings: string[] = [];
  if (small.length > 0)
    warnings.push(`${small.length} of ${slices.length} groups have fewer than ${FEW_IN_GROUP} rows: their figures are hints, not findings`);
  if (slices.some(({ name }) => name === OTHER_GROUPS))
    warnings.push(`more groups than are kept apart: the later ones are counted as ${OTHER_GROUPS}`);
  return warnings;
}

function scores(
  { policy, graded, scored, abstained, moved }: PolicyRecord,
  { sample: { rows }, defaultTier }: WarningGrounds,
): readonly string[] {
  const warnings: string[] = [];
  if (abstained > 0)
    warnings.push(`${policy.name} abstains on ${abstained} of ${rows} rows: they count for the default tier, ${defaultTier}`);
  if (moved > 0)
    warnings.push(
      `${policy.name}: ${moved} of ${rows} rows count for another tier than it decided for, which cannot take them (tiers[].can, ` +
        "contextTokens); baselines and curves know nothing of that",
    );
  if (graded || scored.rows === 0) return warnings;
  const why = scored.mixed ? "several links give scores, each in its own unit" : `${rows - scored.rows} of ${rows} rows have no score`;
  return [...warnings, `${policy.name}: ${why}, so it is judged by its decisions alone`];
}

function tiersAndCosts({ prices, outputTokens }: WarningGrounds): readonly string[] {
  const warnings: string[] = [];
  const names = prices.map(({ tier }) => tier);
  if (names.length > 2) warnings.push(`${names[0]} is judged as weak, all other tiers (${names.slice(1).join(", ")}) as strong`);
  const hourly = prices.filter(({ perHour }) => perHour !== undefined).map(({ tier }) => tier);
  if (hourly.length > 0) warnings.push(`prices by the hour (${hourly.join(", ")}) are paid whatever is routed: not counted per request`);
  const unknown = prices.filter((price) => costOfTier(price, outputTokens) === undefined).map(({ tier }) => tier);
  if (unknown.length > 0) warnings.push(`no costs: the price of a token is not known for ${unknown.join(", ")}`);
  else
    warnings.push(`costs are estimates: a token for every ${BYTES_PER_TOKEN} bytes of text and ${outputTokens} tokens of answer a request`);
  return warnings;
}

function resampling({ resamples: { asked, used }, sample: { rows } }: WarningGrounds): readonly string[] {
  return used < asked ? [`intervals are taken from ${used} resamples instead of ${asked}, for ${rows} rows`] : [];
}
