// Rules whose tier is the wrong one: by how requests were rated that each tier answered, and by what the labels say.
import type { Policy, Verdict } from "../../request/policy/policy.ts";
import { allBelieved, believed, overChance, populationOf, upperTail } from "../evaluate/tests-of-means.ts";
import { askRows, type Place } from "./asked-rows.ts";
import { type Family, type Fitted, type RuleChange, refitted } from "./families.ts";
import type { AskedRow, RatedRow } from "./labelled-rows.ts";
import { type Studied, worths } from "./studied.ts";

/** A rule of the policy in force, or of one that it asks. */
export interface RuleSeat {
  readonly policy: string; // name
  readonly id: string; // of the policy: name and version, as verdicts of a chain give it
  readonly rule: string;
  readonly tier: string;
}

/** Whose verdicts are asked about; `id` where it is no chain. */
export interface RuledPolicy {
  readonly policy: Policy;
  readonly id: string;
  readonly seats: readonly RuleSeat[];
}

/** By row: the rule that decides it, as an index; -1: none does. */
export function decidingRules(rows: readonly AskedRow[], { policy, id, seats }: RuledPolicy, place: Place): Int32Array {
  const deciding = new Int32Array(rows.length).fill(-1);
  if (seats.length === 0) return deciding;
  const at = new Map(seats.map((seat, index) => [`${seat.id}\n${seat.rule}`, index]));
  const ruleOf = ({ reason, link, detail }: Verdict) =>
    reason === "rule" ? at.get(`${(link ?? id).split("/").at(-1)}\n${detail}`) : undefined;
  askRows(rows, policy.needs, place, (request, row) => {
    const verdict = policy.decide(request);
    deciding[row] = (verdict && ruleOf(verdict)) ?? -1;
  });
  return deciding;
}

/** Of one rule, by tier that answered. */
export interface RatedTier {
  readonly tier: string;
  readonly ratings: number;
  readonly mean: number; // 1 to 5
  readonly variance: number;
}

/** A rule to change since another tier is rated higher. */
export interface RatedRule {
  readonly policy: string;
  readonly rule: string;
  readonly from: RatedTier;
  readonly to: RatedTier;
  readonly pValue: number; // of no better ratings
}

/** As the documents have it: a rating under which a rule's own tier is in doubt, and how many it takes to say so, of either tier. */
const DOUBTED = 4;
const LEAST_RATINGS = 100;
/** That any of the rules is changed by chance. */
const ERROR_RATE = 0.025;

export function ratedRules(rated: readonly RatedRow[], policy: RuledPolicy, place: Place): readonly RatedRule[] {
  const deciding = decidingRules(rated, policy, place);
  const findings = policy.seats.flatMap((seat, at): readonly RatedRule[] => {
    const own = rated.filter((_, row) => deciding[row] === at);
    const tiers = place.tiers.flatMap((tier) => ratedTier(own, tier) ?? []);
    const from = tiers.find(({ tier }) => tier === seat.tier);
    if (from === undefined || from.mean >= DOUBTED) return [];
    const better = tiers.filter(({ mean }) => mean > from.mean).toSorted((a, b) => b.mean - a.mean);
    const to = better[0];
    return to === undefined ? [] : [{ policy: seat.policy, rule: seat.rule, from, to, pValue: better.length * higherBy(from, to) }];
  });
  return allBelieved(findings, ERROR_RATE);
}

function ratedTier(rows: readonly RatedRow[], tier: string): RatedTier | undefined {
  const ratings = rows.filter((row) => row.tier === tier).map(({ rating }) => rating);
  if (ratings.length < LEAST_RATINGS) return undefined;
  const { mean, variance } = populationOf(
    ratings,
    ratings.map(() => 1),
  );
  return { tier, ratings: ratings.length, mean, variance };
}

/** Welch's test, with so many ratings as if they were normal. */
function higherBy(from: RatedTier, to: RatedTier): number {
  return upperTail((to.mean - from.mean) / Math.sqrt(from.variance / from.ratings + to.variance / to.ratings || 1e-9));
}

const FALSE_RATE = 0.1;
const LEAST_DECIDED = 20;

/** Rules sent to the tier that is worth most on what they decide. */
export function rulesFamily(studied: Studied, policy: RuledPolicy, place: Place): readonly Family[] {
  if (policy.seats.length === 0) return [];
  const deciding = decidingRules(studied.rows, policy, place);
  const worth = worths(studied);
  const fit = (rows: Int32Array): Fitted | undefined => {
    const findings = policy.seats.flatMap((seat, at) => {
      const decided = [...rows.filter((row) => deciding[row] === at)];
      return decided.length < LEAST_DECIDED ? [] : otherTiers(studied, worth, { seat, at, decided, rows, place });
    });
    const rules = bestOfEach(believed(findings, FALSE_RATE));
    if (rules.length === 0) return undefined;
    const tiers = studied.base.slice();
    for (const { at, to } of rules) {
      deciding.forEach((rule, row) => {
        if (rule === at) tiers[row] = place.tiers.indexOf(to);
      });
    }
    return { tiers, change: { kind: "rules", rules: rules.map(({ at: _, ...rule }) => rule) } };
  };
  return [refitted("rules", studied.base, fit)];
}

type Finding = RuleChange & { readonly at: number };

interface Decided {
  readonly seat: RuleSeat;
  readonly at: number;
  readonly decided: readonly number[];
  readonly rows: Int32Array;
  readonly place: Place;
}

function otherTiers(studied: Studied, worth: Float64Array, { seat, at, decided, rows, place }: Decided): readonly Finding[] {
  return place.tiers.flatMap((tier, to): readonly Finding[] => {
    if (tier === seat.tier) return [];
    const gainOf = (row: number) => {
      const first = row * studied.tiers;
      return (worth[first + to] ?? 0) - (worth[first + (studied.base[row] ?? 0)] ?? 0);
    };
    const weightOf = (row: number) => studied.weights[row] ?? 0;
    const { variance } = populationOf(Array.from(rows, gainOf), Array.from(rows, weightOf));
    const { mean, pValue } = overChance(decided.map(gainOf), decided.map(weightOf), { mean: 0, variance });
    return [{ at, policy: seat.policy, rule: seat.rule, from: seat.tier, to: tier, rows: decided.length, gain: mean, pValue }];
  });
}

function bestOfEach(findings: readonly Finding[]): readonly Finding[] {
  return findings.filter(({ at, gain }) => findings.every((other) => other.at !== at || other.gain <= gain));
}
