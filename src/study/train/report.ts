// What training found, as a table for people and as an object for programs.

import type { Calibration } from "../../request/policy/learned/learned-model.ts";
import type { Estimate } from "../evaluate/result.ts";
import { type Advice, shown, signed } from "./advice.ts";
import type { Reliability } from "./calibration.ts";
import type { EmbeddingChoice } from "./embedding-choice.ts";
import type { FamilyScores } from "./families.ts";
import type { FamilyEstimate, Figures } from "./intervals.ts";
import type { TrainSettings } from "./settings.ts";
import type { TopicSet } from "./topic-sets.ts";
import type { TopicReport } from "./topics.ts";

export interface TrainingReport {
  readonly rows: number; // trained on
  readonly read: number; // of which as many were drawn as fit
  readonly truth: "label" | "scores";
  readonly positives: number; // rows that need strong
  readonly needing: number; // share of the requests: of rows that were drawn, by what they stand for
  readonly worth: number | undefined; // as many rows drawn alike would tell as much (Kish); undefined: none was drawn
  readonly clusters: number; // groups of near-duplicate prompts, each whole in one fold
  readonly folds: number;
  readonly groups: number | undefined; // of the rows, where whole groups could be left out
  readonly fingerprint: string;
  readonly settings: TrainSettings;
  readonly estimates: readonly FamilyEstimate[]; // length first
  readonly advice: Advice;
  readonly isMade: boolean; // a model came out
  readonly calibration: Calibration; // of the best learned family, as is all below
  readonly reliability: Reliability;
  readonly cut: number; // the probability that the target weak share stays under
  readonly embedding?: EmbeddingReport; // where vectors were tried
  readonly topics?: TopicReport; // where the model shall tell them
  readonly tiers?: readonly string[]; // where rows score more than two: what stands here is of the first, cheapest one
  readonly above?: readonly TrainingReport[]; // the same of the others but the last
}

/** `textCut`: the probability that the weak share stays under where a request's vector is not there. */
export interface EmbeddingReport extends EmbeddingChoice {
  readonly textCut: number;
}

/** The advice; of several tiers each its own. */
export function sentenceOf({ advice, tiers, above = [] }: TrainingReport): string {
  if (tiers === undefined) return advice.sentence;
  return [advice, ...above.map((step) => step.advice)].map(({ sentence }, step) => `${tiers[step]}: ${sentence}`).join(" ");
}

/** One object, without the scores of each row. */
export function reportJson({ above, ...report }: TrainingReport): object & StepJson & { readonly above?: readonly StepJson[] } {
  return { ...stepJson(report), ...(above !== undefined && { above: above.map(stepJson) }) };
}

type StepJson = ReturnType<typeof stepJson>;

function stepJson(report: Omit<TrainingReport, "above">) {
  const { settings, estimates, advice, embedding, ...rest } = report;
  const { scope, target, weakShare, newTopics, seed, date } = settings;
  const families = estimates.map(({ scored, apgr, overLength, groups }) => ({
    family: scored.family,
    setting: scored.setting,
    apgr,
    overLength,
    groups,
    expected: scored.worth.expected,
  }));
  return {
    ...rest,
    settings: { scope, target, weakShare, newTopics, seed, date },
    families,
    ...(embedding && { embedding: embeddingJson(embedding) }),
    advice: {
      use: advice.use,
      reach: advice.reach,
      family: advice.best.scored.family,
      recovered: advice.recovered,
      sentence: advice.sentence,
    },
  };
}

function embeddingJson({ best, text, overText, isClear, isTaken, textCut }: EmbeddingReport) {
  return { isTaken, isClear, family: best.scored.family, without: text.scored.family, overWithout: overText, cutWithout: textCut };
}

export function reportText({ above = [], ...first }: TrainingReport): string {
  const { tiers, topics } = first;
  const told = topics === undefined ? "" : `\n${topicsText(topics)}\n`;
  if (tiers === undefined) return stepText(first) + told;
  const steps = [first, ...above].map(
    (step, at) => `Is ${tiers[at]} enough, or is ${listed(tiers.slice(at + 1))} better?\n${stepText(step)}`,
  );
  return steps.join("\n") + told;
}

const NAMED_TOPICS = 6;

/** What the model says of topics, on rows that it has not seen. */
function topicsText({ topics, rows, right, largest, told, rightTold, sets }: TopicReport): string {
  const names = topics.slice(0, NAMED_TOPICS).map(({ name, rows: own }) => `${name} (${grouped(own)})`);
  const more = topics.length > names.length ? ` and ${topics.length - names.length} more` : "";
  return [
    `Topics, of ${grouped(rows)} rows: the likeliest is right for ${percent(right)}; always the largest would be for ${percent(largest)}.`,
    `For ${percent(told)} one is likely enough to be told, and right for ${percent(rightTold)} of these; the others are \`other\`.`,
    `    ${names.join(", ")}${more}`,
    ...(sets === undefined ? [] : setsText(sets)),
  ].join("\n");
}

/** What the rows speak for, beside the score; names of tiers are the report's. */
function setsText(sets: readonly TopicSet[]): readonly string[] {
  if (sets.length === 0) return ["For none of them one tier is proven to do better than what the score chooses."];
  const entry = ({ topic, tier }: TopicSet) => `${JSON.stringify(topic)}: [${tier}]`;
  const [usual = 0] = sets.map((set) => set.usual);
  return [
    `For some one tier does better than what the score chooses (5 % error in all): byTopic: { ${sets.map(entry).join(", ")} }`,
    ...sets.map(({ topic, tier, rows, gain }) => {
      const other = tier === "weak" ? "strong" : "weak";
      const gains = `strong scores ${points(gain)} over weak; of all ${points(usual)}`;
      return `    ${topic}: of ${grouped(rows)} rows that the score sends to ${other}, ${gains}`;
    }),
  ];
}

function points(gain: number): string {
  return `${gain < 0 ? "−" : "+"}${Math.abs(gain).toFixed(3).replace(/^0/, "")}`;
}

function listed(tiers: readonly string[]): string {
  return tiers.join(" or ");
}

function stepText(report: TrainingReport): string {
  const { reliability, advice, cut, settings } = report;
  const family = advice.best.scored.family;
  return [
    ...heading(report),
    "",
    "By cross-validation: the area under the routing curve (APGR; a random order has .500), with 95 % bootstrap intervals.",
    ...families(report.estimates),
    ...groupsText(report),
    "",
    advice.sentence,
    ...(report.embedding === undefined ? [] : [embeddingText(report.embedding)]),
    ...(advice.use === "learned" ? [recoveredText(advice, settings.weakShare)] : []),
    "",
    `How far the probabilities of ${family} can be believed (expected error ${percent(reliability.expectedError)}):`,
    "    predicted    observed    rows",
    ...reliability.bins.map(
      ({ predicted, observed, rows }) =>
        `    ${percent(predicted).padStart(9)}    ${percent(observed).padStart(8)}    ${String(rows).padStart(4)}`,
    ),
    "",
    `For ${percent(settings.weakShare)} weak, a probability from ${cut.toFixed(3)} goes to strong.`,
    ...(report.embedding?.isTaken === true ? [`Without its vector, one from ${report.embedding.textCut.toFixed(3)}.`] : []),
    "Live, the share can come out several points off: `threshold: auto` holds it.",
    "",
  ].join("\n");
}

function embeddingText({ best, text, overText, isClear, isTaken }: EmbeddingReport): string {
  const figures = `${signed(overText)} over ${text.scored.family} alone`;
  if (!isTaken) return `The embedding is not taken: ${best.scored.family} has ${figures}, which is not clearly better.`;
  const how = isClear ? "taken" : "taken because it was forced";
  return `The embedding is ${how}: ${figures}, which decides where no vector comes in time.`;
}

function recoveredText({ best, recovered: { learned, length, chance } }: Advice, weakShare: number): string {
  const whole = (share: number) => `${Math.round(100 * share)} %`;
  const { family } = best.scored;
  return `At ${whole(weakShare)} weak ${family} recovers ${whole(learned)} of the gap, length ${whole(length)}, chance ${whole(chance)}.`;
}

function heading(report: TrainingReport): string[] {
  const { rows, read, truth, positives, needing, worth, clusters, folds, settings, fingerprint } = report;
  const drawn = read === rows ? "" : ` (drawn at random from ${grouped(read)})`;
  const need = truth === "label" ? "labelled strong" : settings.target === "strong-gains" ? "strong scores higher" : "weak fails";
  const share = `${percent(needing)}${worth === undefined ? "" : " of the requests"}`;
  return [
    `${grouped(rows)} labels${drawn}; ${grouped(positives)} need strong (${share}: ${need})`,
    ...(worth === undefined
      ? []
      : [`drawn with known chances: they tell as much as ${grouped(Math.round(worth))} of one chance; all shares are of the requests`]),
    `${grouped(clusters)} groups of near-duplicate prompts in ${folds} folds; scope ${settings.scope}, seed ${settings.seed}`,
    `data ${fingerprint}`,
  ];
}

function families(estimates: readonly FamilyEstimate[]): string[] {
  return estimates.map((estimate) => {
    const { setting } = estimate.scored;
    return `${figuresText(estimate.scored, estimate, estimates)}${setting === "" ? "" : `   ${setting}`}`;
  });
}

/** What the same would be worth on topics that are not among the rows. */
function groupsText({ estimates, groups, settings }: TrainingReport): string[] {
  if (groups === undefined)
    return ["", "Topics that are not among these rows: nobody knows. A `group` in each row (topic, task, team) would tell."];
  return [
    "",
    `On topics that are not among these rows: whole groups left out (of ${grouped(groups)}), and drawn whole for the intervals.`,
    ...estimates.flatMap(({ scored, groups: figures }) => (figures === undefined ? [] : [figuresText(scored, figures, estimates)])),
    "",
    `The choice is for traffic with ${percent(settings.newTopics)} of such topics (--new-topics).`,
  ];
}

function figuresText({ family }: FamilyScores, { apgr, overLength }: Figures, estimates: readonly FamilyEstimate[]): string {
  const width = Math.max(...estimates.map(({ scored }) => scored.family.length));
  return `    ${family.padEnd(width)}   ${shown(apgr)}${family === "length" ? "" : overLengthText(overLength)}`;
}

function overLengthText(overLength: Estimate): string {
  const evidence = overLength.low > 0 ? "better" : overLength.high < 0 ? "worse " : "unsure";
  return `   over length ${signed(overLength)} ${evidence}`;
}

function percent(fraction: number): string {
  return `${(100 * fraction).toFixed(1)} %`;
}

function grouped(count: number): string {
  return count.toLocaleString("en-US");
}
