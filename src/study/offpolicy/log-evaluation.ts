// What policies would have come to on logged traffic: quality, cost and shares beside what was seen, or how long one must wait to know.
import type { Estimate } from "../evaluate/result.ts";
import { changeOf, type Estimates, estimatesOf, meanByUnit } from "./estimators.ts";
import type { Logged } from "./logged.ts";
import { type MisrouteRate, misrouteRate } from "./misroute-rate.ts";
import { predictedValues } from "./reward-model.ts";
import { NOT_ASKED, type Traffic } from "./traffic.ts";
import { effectiveUnits, moreDaysNeeded, weightsFor } from "./weights.ts";

export interface LogEvaluation {
  readonly requests: number;
  readonly sessions: number; // units
  readonly days: number;
  readonly seen: { readonly quality: Estimate | undefined; readonly costPer1000: Estimate | undefined };
  readonly misroutes: MisrouteRate | undefined; // of the policy in force; undefined: no audit slice
  readonly policies: readonly JudgedPolicy[];
}

export interface JudgedPolicy {
  readonly name: string;
  readonly id: string;
  readonly requests: number; // it could be asked about
  readonly lacks: string | undefined; // what the log lacked for the others
  readonly shares: readonly { readonly tier: string; readonly share: Estimate }[];
  readonly effective: number; // sessions that it would have had to decide itself, to know as much
  readonly cut: number; // requests whose weight was cut
  readonly judged: Judged;
}

export type Judged =
  | { readonly kind: "too-little"; readonly moreDays: number }
  | {
      readonly kind: "judged";
      readonly quality: Estimates | undefined; // undefined: of no request is it known
      readonly qualityChange: Estimate | undefined; // against what was seen
      readonly costPer1000: Estimates | undefined;
      readonly costChange: Estimate | undefined;
    };

export interface Judges {
  readonly policies: readonly { readonly name: string; readonly id: string }[];
  readonly tiers: readonly string[];
}

/** A request that came by a smaller chance than one in so many counts for no more than so many. */
const MOST_WEIGHT = 10_000;

export function logEvaluation(traffic: Traffic, { policies, tiers }: Judges): LogEvaluation {
  const logged = traffic.logged();
  const quality = traffic.rewards();
  const cost = traffic.costs().map((usd) => 1000 * usd);
  return {
    requests: traffic.rows,
    sessions: logged.units.count,
    days: traffic.days,
    seen: { quality: meanByUnit(quality, logged.units), costPer1000: meanByUnit(cost, logged.units) },
    misroutes: misrouteRate(traffic.audited()),
    policies: policies.map(({ name, id }, at) => ({ name, id, ...judgedPolicy(traffic, { logged, quality, cost, at, tiers }) })),
  };
}

interface Evidence {
  readonly logged: Logged;
  readonly quality: Float64Array;
  readonly cost: Float64Array;
  readonly at: number;
  readonly tiers: readonly string[];
}

function judgedPolicy(traffic: Traffic, { logged, quality, cost, at, tiers }: Evidence): Omit<JudgedPolicy, "name" | "id"> {
  const { target, lacks } = traffic.judgeable(at);
  const isAsked = (row: number) => target[row] !== NOT_ASKED;
  const whole = target.map((tier, row) => (tier === NOT_ASKED ? (logged.taken[row] ?? 0) : tier));
  const known = (values: Float64Array) => values.map((value, row) => (isAsked(row) ? value : Number.NaN));
  const { of, cut } = weightsFor(logged, target, MOST_WEIGHT);
  const weights = inherited(of, traffic, logged);
  const { units } = logged;
  const effective = effectiveUnits(weights, units);
  const moreDays = moreDaysNeeded(effective, traffic.days);
  const shares = tiers.flatMap((tier, index) => {
    const share = meanByUnit(
      Float64Array.from(target, (to) => (to === NOT_ASKED ? Number.NaN : Number(to === index))),
      units,
    );
    return share === undefined ? [] : [{ tier, share }];
  });
  const estimates = (values: Float64Array) => ({ values, weights, units, predicted: predictedValues(logged, values, whole) });
  const judged = (): Judged => {
    const [ofQuality, ofCost] = [estimates(known(quality)), estimates(known(cost))];
    return {
      kind: "judged",
      quality: estimatesOf(ofQuality),
      qualityChange: changeOf(ofQuality),
      costPer1000: estimatesOf(ofCost),
      costChange: changeOf(ofCost),
    };
  };
  return {
    requests: target.reduce((count, tier) => count + Number(tier !== NOT_ASKED), 0),
    lacks,
    shares,
    effective,
    cut,
    judged: moreDays === undefined ? judged() : { kind: "too-little", moreDays },
  };
}

/** An action that its session held weighs what the last one weighs that was decided freely, as it is there because of that one. */
function inherited(weights: Float64Array, traffic: Traffic, { units }: Logged): Float64Array {
  const last = new Float64Array(units.count).fill(1);
  return weights.map((weight, row) => {
    const unit = units.of[row] ?? 0;
    if (traffic.isPinned(row)) return last[unit] ?? 1;
    last[unit] = weight;
    return weight;
  });
}
