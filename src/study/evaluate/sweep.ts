// The points of a sweep: what each setting comes to, and which of them are on the Pareto front.
import type { CostRange } from "./baselines.ts";
import { rankingOf } from "./curve.ts";
import type { Sent, Totals } from "./measures.ts";
import { onFront } from "./pareto.ts";
import type { SweepPoint } from "./result.ts";
import type { TruthKind } from "./rows.ts";

export interface Setting {
  readonly policy: string;
  readonly setting: string;
  readonly sent: Sent;
  readonly costUsd: number | undefined; // over all rows
}

/**
 * Settings that come to the same are told once, by the first of them. The front is of cost against quality: the price where it is known,
 * else the share of strong; the gap recovered, for labels the misroutes.
 */
export function sweepPoints(tried: readonly Setting[], totals: Totals, truth: TruthKind): readonly SweepPoint[] {
  const settings = distinct(tried);
  const { rows, needs, gap } = totals;
  const recovers = truth === "scores" && gap > 0;
  const misroute = ({ sent }: Setting) => (sent.rows - sent.needs + needs - sent.needs) / rows;
  const priced = settings.every(({ costUsd }) => costUsd !== undefined);
  const front = onFront(
    settings.map((setting) => ({
      cost: priced ? (setting.costUsd ?? 0) : setting.sent.rows,
      quality: recovers ? setting.sent.gained : -misroute(setting),
    })),
  );
  return settings.map((setting, at) => ({
    policy: setting.policy,
    setting: setting.setting,
    weakShare: 1 - setting.sent.rows / rows,
    misroute: misroute(setting),
    gapRecovered: recovers ? setting.sent.gained / gap : undefined,
    costPer1000: setting.costUsd === undefined ? undefined : (1000 * setting.costUsd) / rows,
    onFront: front[at] ?? false,
  }));
}

function distinct(settings: readonly Setting[]): readonly Setting[] {
  const first = new Map<string, Setting>();
  for (const setting of settings) {
    const { policy, sent, costUsd } = setting;
    const outcome = JSON.stringify([policy, sent, costUsd]);
    if (!first.has(outcome)) first.set(outcome, setting);
  }
  return [...first.values()];
}

const STEPS = 20;

/** Columns of the rows that a threshold is tried on. */
export interface CutColumns {
  readonly scores: ArrayLike<number>;
  readonly gains: Float64Array;
  readonly weights?: Float64Array | undefined;
}

/** Thresholds on a score, at every twentieth of the rows as near as its ties allow. `unit`: what the score is, `score` or `chars`. */
export function scoreSettings(policy: string, unit: string, columns: CutColumns, cost: CostRange | undefined): readonly Setting[] {
  const { scores, gains, weights } = columns;
  const { order, ends } = rankingOf(scores);
  const settings: Setting[] = [];
  const sent = { rows: 0, needs: 0, gained: 0 };
  let costUsd = cost?.allWeak;
  let [tie, passed] = [0, 0];
  for (let step = 0; step <= STEPS; step++) {
    const wanted = Math.round((step / STEPS) * order.length);
    if (step > 0 && passed >= wanted) continue;
    for (; passed < wanted && tie < ends.length; tie++) {
      for (; passed < (ends[tie] ?? 0); passed++) {
        const row = order[passed] ?? 0;
        const [gain, weight] = [gains[row] ?? 0, weights === undefined ? 1 : (weights[row] ?? 0)];
        sent.rows += weight;
        sent.gained += weight * gain;
        if (gain > 0) sent.needs += weight;
        if (cost !== undefined && costUsd !== undefined) costUsd += weight * cost.extraOf(row);
      }
    }
    const least = passed === 0 ? undefined : scores[order[passed - 1] ?? 0];
    settings.push({ policy, setting: cutText(unit, least), sent: { ...sent }, costUsd });
  }
  return settings;
}

function cutText(unit: string, least: number | undefined): string {
  return least === undefined
    ? "nothing to strong"
    : `strong from ${unit} ${Number.isInteger(least) ? least : Number(least.toPrecision(6))}`;
}
