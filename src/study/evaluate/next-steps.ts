// What to do about what an evaluation found, a step for each kind of verdict. Steps that say the same are told once.
import type { NextStep } from "./about.ts";
import { comparisonWith, evidenceOf } from "./comparison.ts";
import type { Comparison, EvaluationResult, PolicyResult } from "./result.ts";
import { FEW_ROWS, isFlattered, tooFewFor, VERDICT_ROWS } from "./verdict.ts";

/** How the caller's commands and configuration are written. */
export interface Ways {
  readonly again: string; // this evaluation
  readonly train: string; // on the same data
  readonly check: string; // of the configuration
  readonly watch: string; // what the running sluice does
  onOther(policy: string): string; // the policy on data of other requests
  use(policy: string): readonly string[]; // lines that make it the active one
  readonly useWeak: readonly string[]; // all to the cheapest tier
  useOnly(tier: string): readonly string[]; // all to this tier
  readonly useLength: readonly string[];
}

export function nextSteps({ policies }: EvaluationResult, ways: Ways): readonly NextStep[] {
  const steps = new Map<string, NextStep>();
  for (const policy of policies) {
    const step = stepFor(policy, ways);
    const key = JSON.stringify(step);
    steps.set(key, { ...step, policies: [...(steps.get(key)?.policies ?? []), policy.name] });
  }
  return [...steps.values()];
}

type Step = Omit<NextStep, "policies">;

/** In the order in which a verdict asks: what bars one comes first. */
function stepFor(policy: PolicyResult, ways: Ways): Step {
  const { figures, trainedOn, comparisons, evidence } = policy;
  const { rows } = figures;
  if (isFlattered(trainedOn, rows)) return step("keep rows apart before training, and evaluate it on those", [ways.onOther(policy.name)]);
  if (tooFewFor(figures) !== undefined) return moreLabels(policy, ways);
  const [deciding] = comparisons;
  if (isOneTier(policy))
    return step("it sends everything to one tier: change its threshold, or see whether the labels train a policy", [ways.train]);
  if (deciding === undefined)
    return step("see that weak and strong are not swapped; if they are not, send everything to weak", [], ways.useWeak);
  if (policy.single?.evidence === "worse")
    return step(`send everything to ${policy.single.tier}: it does better and costs no more`, [], ways.useOnly(policy.single.tier));
  switch (evidence) {
    case "better":
      return itRoutes(policy, deciding, ways);
    case "worse":
      return step("do not use it: a coin does better. See whether the labels train a better policy", [ways.train], ways.useWeak, UNTIL);
    case "none":
      return noEvidence(rows, deciding, ways);
  }
}

const UNTIL = "until one routes, one tier is as good and simpler";

function moreLabels({ figures: { rows, labels } }: PolicyResult, ways: Ways): Step {
  if (rows < VERDICT_ROWS)
    return step(`label ${VERDICT_ROWS - rows} more rows at least, ${FEW_ROWS - rows} to tell much, then run it again`, [ways.again]);
  const { truePositives, falseNegatives } = labels.confusion;
  const missing = truePositives + falseNegatives === 0 ? "that need strong" : "for which weak would do";
  return step(`label rows ${missing}, as they come in your traffic, then run it again`, [ways.again]);
}

/** Without scores that order the rows it can only be judged where it is, and there it does not choose. */
function isOneTier({ figures, comparisons }: PolicyResult): boolean {
  const weakShare = figures.weakShare.value;
  return (weakShare === 0 || weakShare === 1) && comparisons[0]?.figure !== "apgr";
}

function itRoutes(policy: PolicyResult, deciding: Comparison, ways: Ways): Step {
  const overLength = comparisonWith(policy.comparisons, "length", deciding.figure);
  if (evidenceOf(overLength) === "worse")
    return step(
      "length alone routes better: use it, with the length that --sweep finds for your share",
      [`${ways.again} --sweep`],
      ways.useLength,
    );
  return step("use it: put this into sluice.yaml, then watch its share", [ways.check, ways.watch], ways.use(policy.name));
}

/** Rows beyond this many times those there are: nobody collects them for a difference so small. */
const MOST_TIMES = 20;

function noEvidence(rows: number, deciding: Comparison, ways: Ways): Step {
  const needed = rowsToTell(rows, deciding);
  const more =
    needed === undefined || needed > MOST_TIMES * rows
      ? "more labels will hardly change this verdict"
      : `if the difference stays as it is, about ${(needed - rows).toLocaleString("en-US")} more labels would show it`;
  return step(`${more}; see whether those there are train a better policy`, [ways.train], ways.useWeak, UNTIL);
}

/** An interval narrows with the root of the rows. Undefined: the difference has the wrong sign, or there is none. */
function rowsToTell(rows: number, { figure, difference: { value, low, high } }: Comparison): number | undefined {
  const ahead = figure === "misroute" ? -value : value;
  if (ahead <= 0) return undefined;
  const halfWidth = figure === "misroute" ? high - value : value - low;
  const needed = rows * (halfWidth / ahead) ** 2;
  return Number.isFinite(needed) ? rows + Math.max(ROUNDED_TO, Math.ceil((needed - rows) / ROUNDED_TO) * ROUNDED_TO) : undefined;
}

const ROUNDED_TO = 50;

function step(what: string, commands: readonly string[], config: readonly string[] = [], until = ""): Step {
  return { what: until === "" ? what : `${what}; ${until}`, commands, config };
}
