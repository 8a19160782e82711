// An evaluation from the first row to the result: takes examples one by one, keeps a few bytes of each, and measures all policies at
// the end.
import { SCRIPTS, textIn } from "../../request/chat/facts.ts";
import type { ChatScanner } from "../../request/chat/scanner.ts";
import type { Example } from "../dataset/example.ts";
import { baselinesOf, type CostRange } from "./baselines.ts";
import { affordableResamples } from "./bootstrap.ts";
import { calibrationOf } from "./calibration.ts";
import { comparisonsOf, evidenceOf } from "./comparison.ts";
import { costOfRow, costOfTier, costPer1000, type TierPrice } from "./cost.ts";
import { figuresOf } from "./figures.ts";
import type { GateCondition } from "./gate.ts";
import { gateChecks } from "./gate-checks.ts";
import { goalsOf } from "./goals.ts";
import { type Judged, type JudgedPolicy, judge } from "./judge.ts";
import { PolicyRecord } from "./policy-record.ts";
import { populationOf } from "./population.ts";
import type { CurvePoint, EvaluationResult, Flips, PolicyResult, Slice, SweepPoint } from "./result.ts";
import { Robustness } from "./robustness.ts";
import { qualityOf, Rows, type TruthKind } from "./rows.ts";
import type { PolicyColumns, Sample } from "./sample.ts";
import { singleTierOf } from "./single-tier.ts";
import { slicesOf } from "./slices.ts";
import { scoreSettings, sweepPoints } from "./sweep.ts";
import { ask, NO_TEXT, type PolicyOnTrial, scriptOf, type VectorsOf } from "./trial.ts";
import { isFlattered, tooFewFor, verdictOf } from "./verdict.ts";
import { warningsOf } from "./warnings.ts";

export interface EvaluationSettings {
  readonly policies: readonly PolicyOnTrial[];
  readonly scanner: ChatScanner; // made for `trialNeeds` of the policies
  readonly prices: readonly TierPrice[]; // of every tier, cheap first: the first is weak, the last what all-strong costs
  readonly defaultTier: string; // where a policy abstains
  readonly outputTokens: number; // of answer per request, for the cost
  readonly seed: number;
  readonly resamples: number;
  readonly sweep: boolean;
  readonly robust?: boolean; // ask again with each prompt written a little differently: four times the work
  readonly gate: readonly GateCondition[];
  readonly vectorsOf?: VectorsOf | undefined; // undefined: policies decide without
}

const CURVE_SHARES: readonly number[] = Array.from({ length: 101 }, (_, percent) => percent / 100);

export class Evaluation {
  readonly #settings: EvaluationSettings;
  readonly #records: readonly PolicyRecord[];
  readonly #rows: Rows;
  readonly #robustness: Robustness | undefined;
  #truth: TruthKind | undefined;
  #weighted: boolean | undefined;

  constructor(settings: EvaluationSettings) {
    const { policies, prices, defaultTier, sweep } = settings;
    const order = { tiers: prices.map(({ tier }) => tier), defaultTier };
    this.#settings = settings;
    this.#records = policies.map((policy) => new PolicyRecord(policy, order, sweep));
    this.#rows = new Rows(policies.length);
    this.#robustness = settings.robust === true ? new Robustness(policies.length, settings.seed) : undefined;
  }

  get rows(): number {
    return this.#rows.count;
  }

  /** Undefined: taken. Else why the example cannot be used, for a message with its place; nothing of it is kept then. */
  add(example: Example): string | undefined {
    const truth = example.truth.kind === "scores" ? "scores" : "labels";
    if (this.#truth !== undefined && truth !== this.#truth)
      return `the row has ${truth}, the rows before it ${this.#truth}: they are judged by one of the two`;
    const weighted = example.weight !== undefined;
    if (this.#weighted !== undefined && weighted !== this.#weighted)
      return `the row has ${weighted ? "a" : "no"} chance to be drawn (inclusion), the rows before it ${weighted ? "none" : "one"}`;
    const asked = ask(this.#settings.scanner, example, this.#settings.vectorsOf);
    if (asked.kind === "wrong") return asked.problem;
    if (textIn(asked.request.facts, "all").chars === 0) return NO_TEXT; // it would be judged as the shortest of all
    this.#truth = truth;
    this.#weighted = weighted;
    const { request } = asked;
    const { chars, textBytes } = textIn(request.facts, "all");
    const quality = qualityOf(example.truth);
    const row = { request, quality, row: this.#rows.count, place: example.place, textBytes, weight: example.weight ?? 1 };
    const choices = this.#records.map((record) => record.decide(row));
    this.#rows.add({ quality, chars, textBytes, group: example.group, weight: example.weight, script: scriptOf(request), choices });
    const decided = choices.map(({ tier }) => tier);
    this.#robustness?.add(example, decided, (changed) => this.#decisionsOn(changed));
    return undefined;
  }

  /** Without a note of it in any figure. */
  #decisionsOn(example: Example): readonly number[] | undefined {
    const asked = ask(this.#settings.scanner, example);
    return asked.kind === "asked" ? this.#records.map((record) => record.tierFor(asked.request)) : undefined;
  }

  /** At least one row must have been taken. With many rows and policies it takes a minute. */
  result(files: readonly string[], skipped: number): EvaluationResult {
    const { seed, resamples: asked, gate } = this.#settings;
    const truth = this.#truth;
    if (truth === undefined) throw new Error("invariant: an evaluation has rows");
    const sample = this.#rows.sample(this.#records.map(({ graded }) => graded));
    const resamples = affordableResamples(asked, sample.rows);
    const judgement = { seed, resamples, shares: CURVE_SHARES };
    const judged = judge(sample, judgement);
    const groupIds = this.#rows.groupIds();
    const { groups } = this.#rows;
    const byGroup = groups.any ? slicesOf(sample, groupIds, groups.names, judged, truth, judgement) : [];
    const byLanguage = slicesOf(sample, this.#rows.scripts(), SCRIPTS, judged, truth, judgement);
    const cost = this.#costRange(sample);
    const policies = this.#records.map((record, at) =>
      this.#policyResult(record, {
        robust: this.#robustness?.flips(at) ?? [],
        judged,
        policy: present(judged.policies[at]),
        columns: present(sample.policies[at]),
        sample,
        truth,
        cost,
        byGroup: byGroup[at] ?? [],
        byLanguage: byLanguage[at] ?? [],
      }),
    );
    const { totals } = judged;
    return {
      files,
      rows: sample.rows,
      ...(sample.weights !== undefined && { population: populationOf(sample.weights) }),
      skipped,
      truth,
      neededStrong: totals.needs / totals.rows,
      allWeakQuality: truth === "scores" ? totals.weak / totals.rows : undefined,
      allStrongQuality: truth === "scores" ? (totals.weak + totals.gap) / totals.rows : undefined,
      resamples,
      seed,
      warnings: warningsOf({
        ...this.#settings,
        sample,
        needs: rowsThatGain(sample.gains),
        scored: truth === "scores",
        groups: byGroup[0] ?? [],
        records: this.#records,
        resamples: { asked, used: resamples },
      }),
      policies,
      sweep: this.#settings.sweep ? this.#sweep(sample, judged, truth, cost) : [],
      gate: gateChecks(gate, policies),
    };
  }

  #policyResult(record: PolicyRecord, found: PolicyFindings): PolicyResult {
    const { judged, policy, columns, sample, truth, cost } = found;
    const { gains, weights } = sample;
    const { graded, trainedOn, moved } = record;
    const figures = figuresOf(policy, judged.totals, truth, this.#costOf(columns), sample.rows);
    const baselines = baselinesOf(judged, policy.measures.weakShare, truth, cost);
    const comparisons = comparisonsOf(policy, graded, truth);
    const single = singleTierOf({ judged: policy, figures, baselines, truth, trainedOn, tiers: this.#settings.prices });
    return {
      name: record.policy.name,
      id: record.policy.id,
      figures,
      baselines,
      comparisons,
      trainedOn,
      moved,
      evidence: isFlattered(trainedOn, figures.rows) || tooFewFor(figures) !== undefined ? "none" : evidenceOf(comparisons[0]),
      verdict: verdictOf({ figures, baselines, comparisons, graded, truth, trainedOn, single }),
      single,
      goals: goalsOf(figures),
      byGroup: found.byGroup,
      byLanguage: found.byLanguage,
      curve: curvePoints(policy),
      keywords: record.keywords.effects(judged.totals.rows),
      calibration: graded && record.policy.scoreIsProbability ? calibrationOf(columns.scores, gains, weights) : [],
      worst: record.worst.list(),
      robust: found.robust,
    };
  }

  #tierCosts() {
    const { prices, outputTokens } = this.#settings;
    return prices.map((price) => costOfTier(price, outputTokens));
  }

  #costOf({ tiers }: PolicyColumns): number | undefined {
    return costPer1000(tiers, this.#rows.textBytes(), this.#tierCosts(), this.#rows.weights());
  }

  #costRange({ rows: read, weights }: Sample): CostRange | undefined {
    const costs = this.#tierCosts();
    const [weak, strong] = [costs[0], costs.at(-1)];
    if (weak === undefined || strong === undefined) return undefined;
    const textBytes = this.#rows.textBytes();
    let [bytes, rows] = [0, 0];
    for (let row = 0; row < read; row++) {
      const weight = weights === undefined ? 1 : (weights[row] ?? 0);
      bytes += weight * (textBytes[row] ?? 0);
      rows += weight;
    }
    return {
      weights,
      allWeak: weak.perByte * bytes + weak.fixed * rows,
      allStrong: strong.perByte * bytes + strong.fixed * rows,
      extraOf: (row) => costOfRow(strong, textBytes[row] ?? 0) - costOfRow(weak, textBytes[row] ?? 0),
    };
  }

  #sweep(sample: Sample, { totals }: Judged, truth: TruthKind, cost: CostRange | undefined): readonly SweepPoint[] {
    const costs = this.#tierCosts();
    const tiers = this.#settings.prices.map(({ tier }) => tier);
    const tried = this.#records.flatMap(({ policy, grid, graded }, at) => {
      const { threshold } = policy;
      if (grid !== undefined && threshold !== undefined)
        return grid.settings(policy.name, costs[tiers.indexOf(threshold.under)], costs[tiers.indexOf(threshold.over)]);
      const scores = sample.policies[at]?.scores;
      return graded && scores !== undefined ? scoreSettings(policy.name, "score", { ...sample, scores }, cost) : [];
    });
    return sweepPoints([...tried, ...scoreSettings("length", "chars", { ...sample, scores: sample.chars }, cost)], totals, truth);
  }
}

interface PolicyFindings {
  readonly robust: readonly Flips[];
  readonly judged: Judged;
  readonly policy: JudgedPolicy;
  readonly columns: PolicyColumns;
  readonly sample: Sample;
  readonly truth: TruthKind;
  readonly cost: CostRange | undefined;
  readonly byGroup: readonly Slice[];
  readonly byLanguage: readonly Slice[];
}

function rowsThatGain(gains: Float64Array): number {
  let rows = 0;
  for (const gain of gains) if (gain > 0) rows++;
  return rows;
}

function curvePoints({ curve, intervals }: JudgedPolicy): readonly CurvePoint[] {
  return (curve ?? []).map((gapRecovered, at) => {
    const { low, high } = intervals.curve[at] ?? { low: Number.NaN, high: Number.NaN };
    const known = !Number.isNaN(low);
    return { strongShare: CURVE_SHARES[at] ?? 0, gapRecovered, low: known ? low : gapRecovered, high: known ? high : gapRecovered };
  });
}

function present<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("invariant: every policy was judged");
  return value;
}
