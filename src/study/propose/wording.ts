// A proposal in words and figures, the same in the terminal, the page and the pull request.
import { MAX_TIERS } from "../../request/policy/learned/model-file.ts";
import type { Estimate } from "../evaluate/result.ts";
import { costCell, countText, intervalCell, percentCell } from "../report/figure-cells.ts";
import { LEAST_TOPIC_ROWS } from "../train/topics.ts";
import type { Change, FamilyName, UnusedTiers, WordEvidence } from "./families.ts";
import type { BeforeAfter, Comparison, FigureName } from "./figures.ts";
import type { KeptSettings, LeftOut } from "./kept-settings.ts";
import type { Proposal } from "./proposal.ts";
import type { RatedRule } from "./rules.ts";

interface FigureWords {
  readonly title: string;
  readonly about: string;
  readonly cell: (value: number) => string;
}

const PERCENT = { cell: percentCell };

export const FIGURE_WORDS: Readonly<Record<FigureName, FigureWords>> = {
  quality: { title: "quality, %", about: "mean score of the answers, or the share of requests whose tier was good enough", ...PERCENT },
  misroute: { title: "misroutes, %", about: "went to the first tier and needed more, or to a dearer one and did not", ...PERCENT },
  weakShare: { title: "first tier, %", about: "share of the requests that the first tier serves", ...PERCENT },
  dollars: { title: "$ per 1,000", about: "estimated from the text's length and the tiers' prices", cell: costCell },
  overChance: {
    title: "over chance, points",
    about: "quality, less what the same spending buys where requests are drawn at random",
    ...PERCENT,
  },
};

export const FAMILY_WORDS: Readonly<Record<FamilyName, string>> = {
  keywords: "keywords",
  thresholds: "thresholds",
  "keywords and thresholds": "keywords and thresholds",
  "thresholds per step": "a threshold for each tier",
  rules: "tiers of rules",
  learned: "a trained policy",
};

/** One line of the table before and after: `71.0 [69.1–72.9]`. */
export function cellsOf({
  figure,
  before,
  after,
  change,
}: BeforeAfter): readonly [title: string, before: string, after: string, change: string] {
  const { title, cell } = FIGURE_WORDS[figure];
  return [title, figureCell(before, cell), figureCell(after, cell), changeCell(change, cell)];
}

function figureCell(estimate: Estimate, cell: (value: number) => string): string {
  return `${cell(estimate.value)} ${intervalCell(estimate, cell)}`.trimEnd();
}

/** `+3.8 [+1.9 to +5.7]` */
export function changeCell(change: Estimate, cell: (value: number) => string): string {
  const sign = (value: number) => `${value < 0 ? "−" : "+"}${cell(Math.abs(value))}`;
  return `${sign(change.value)} [${sign(change.low)} to ${sign(change.high)}]`;
}

const TOO_FEW =
  "Change nothing: there are too few labels, or nearly all say the same. It takes 100, 10 of each kind at least; 300 place a threshold.";

function wordsOf({ chosen }: Proposal): string {
  return chosen === undefined ? "nothing" : FAMILY_WORDS[chosen];
}

export function verdictOf(proposal: Proposal): string {
  const { why, use, comparison, unseen, contradicted } = proposal;
  switch (why) {
    case "proven": {
      const only = unseen?.reach === "topics like these only" ? ", for topics like these only" : "";
      const left = unseen === undefined ? "" : `; on topics left out ${overChanceText(unseen.comparison)}`;
      return `Change ${wordsOf(proposal)}${only}: ${overChanceText(comparison)} on labels that the change was not chosen on${left}.`;
    }
    case "known-topics-only": {
      const left = overChanceText(unseen?.comparison);
      return `Change nothing: most requests are of topics that are not among these labels; on topics left out the best change has ${left}.`;
    }
    case "ratings":
      return `Change the tier of ${counted(proposal.mended.length, "rule")}: another tier is rated higher on what they decide.`;
    case "too-few-labels":
      return TOO_FEW;
    case "none-found":
      return "Change nothing: no change is better than the policy in force by more than chance.";
    case "too-few-moved":
      return `Change nothing: the best change moves ${comparison?.moved ?? 0} of the labelled requests, too few to tell anything.`;
    case "not-proven":
      return contradicted
        ? "Change nothing: ratings and labels contradict each other on the tiers of rules."
        : `Change nothing: the best change is not proven, with ${overChanceText(comparison)} on labels that it was not chosen on.`;
    default:
      return (why satisfies never) ?? use;
  }
}

/** What is known of topics that are not among the labels; nothing where nothing was chosen. */
export function unseenLine({ unseen, chosen }: Pick<Proposal, "unseen" | "chosen">): string | undefined {
  if (chosen === undefined) return undefined;
  if (unseen === undefined)
    return "Topics that are not among these labels: nobody knows. A `group` in each row (topic, task, team) would tell.";
  const groups = `whole groups left out (of ${countText(unseen.groups)}), and drawn whole for the interval`;
  return `On topics that are not among these labels: ${overChanceText(unseen.comparison)}; ${groups}.`;
}

function overChanceText(comparison: Comparison | undefined): string {
  const found = comparison?.figures.find(({ figure }) => figure === "overChance");
  return found === undefined ? "nothing measured" : `${changeCell(found.change, percentCell)} points over chance`;
}

/** What is changed, an item a line. Plain text. */
export function changeLines({ change, mended }: Pick<Proposal, "change" | "mended">): readonly string[] {
  return [...mended.map(ratedLine), ...(change === undefined ? [] : linesOf(change))];
}

function linesOf(change: Change): readonly string[] {
  switch (change.kind) {
    case "threshold": {
      const { words, limits } = change;
      const said = limits === undefined ? [] : [`thresholds: maxChars ${limits.maxChars}, maxTurns ${limits.maxTurns}`];
      return [
        ...words.added.map((word) => `new keyword ${wordLine(word)}`),
        ...words.dropped.map((word) => `no keyword any more: ${wordLine(word)}`),
        ...said,
      ];
    }
    case "steps": {
      const { steps, maxTurns, last } = change;
      const said = steps.map(({ tier, maxChars }) => `${tier} up to ${countText(maxChars)} characters`);
      return [`thresholds: ${said.join(", ")}, else ${last}; ${last} over ${countText(maxTurns)} turns, too`];
    }
    case "words in front":
      return change.words.added.map((word) => `a rule in front of the policy: keyword ${wordLine(word)}`);
    case "rules":
      return change.rules.map(
        ({ policy, rule, from, to, rows, gain }) =>
          `rule ${rule} of ${policy}: ${from} → ${to}; ${countText(rows)} labelled requests, ${points(gain)} points over chance each`,
      );
    case "learned":
      return [`a trained policy: ${change.advice}`, ...unusedLines(change.unused), ...keptLines(change.kept)];
    default:
      return change satisfies never;
  }
}

function unusedLines(unused: UnusedTiers | undefined): readonly string[] {
  if (unused === undefined) return [];
  const why = {
    "no-scores": "no labelled row has `scores` of its own for what is between the first tier and the last",
    "not-advised": "these labels do not tell, of each tier, whether it is enough",
    "too-many": `a model tells of ${MAX_TIERS} tiers at most`,
  } as const;
  return [`it sends nothing to ${unused.tiers.join(", ")}: ${why[unused.why]}`];
}

/** What stays of the learned policy before it, and what does not. */
function keptLines({ topics, bands, leftOut }: KeptSettings): readonly string[] {
  const sets = Object.entries(topics?.sets ?? {}).map(([topic, tiers]) => `${topic} ${tiers.join(" or ")}`);
  return [
    ...(sets.length === 0 ? [] : [`byTopic stays: ${sets.join(", ")}`]),
    ...(bands === undefined ? [] : [`bands stay: ${bands.map(({ shape }) => shape.name).join(", ")}`]),
    ...leftOut.map(leftOutLine),
  ];
}

function leftOutLine(left: LeftOut): string {
  switch (left.what) {
    case "topic":
      return `no byTopic for ${left.topic} any more: the new model does not tell it, which takes ${LEAST_TOPIC_ROWS} rows of this group`;
    case "other-topics":
      return "no byTopic for other any more: topics that the new model does not tell would be among them";
    case "bands":
      return `no bands any more (${left.names.join(", ")}): their distances to the threshold are of the old model's scores`;
    default:
      return left satisfies never;
  }
}

/** `kubernetes: moves 45 labelled requests, +61.0 points over chance each, p = 6e-14` */
function wordLine({ word, moved, gain, pValue }: WordEvidence): string {
  return `${word}: ${countText(moved)} labelled requests, ${points(gain)} points over chance each, p ${pText(pValue)}`;
}

function ratedLine({ policy, rule, from, to, pValue }: RatedRule): string {
  const rated = (tier: RatedRule["from"]) => `${tier.tier} is rated ${tier.mean.toFixed(2)} (${countText(tier.ratings)})`;
  return `rule ${rule} of ${policy}: ${from.tier} → ${to.tier}; ${rated(from)}, ${rated(to)}, p ${pText(pValue)}`;
}

function points(value: number): string {
  return `${value < 0 ? "−" : "+"}${percentCell(Math.abs(value))}`;
}

function pText(pValue: number): string {
  return pValue < 1e-4 ? "< 0.0001" : `= ${Number(pValue.toPrecision(2))}`;
}

/** What the figures rest on. */
export function labelsLine({ labels }: Proposal): string {
  const { read, labelled, effective, needs, truth, drawn, rated, otherTruth, beyond } = labels;
  const drawnText = drawn ? `, drawn with known chances: they tell as much as ${countText(Math.round(effective))} of one chance` : "";
  const left = otherTruth === 0 ? "" : `; ${countText(otherTruth)} with the other kind of label left out`;
  const more = beyond === 0 ? "" : `; ${countText(beyond)} more left out at random`;
  const ratings = rated === 0 ? "" : `; ${countText(rated)} ratings`;
  const needing = `${percentCell(needs)} % of the requests need more than the first tier`;
  return `${countText(labelled)} of ${countText(read)} rows have ${truth}${drawnText}; ${needing}${left}${more}${ratings}`;
}

/** How the choice went in each part of the labels. */
export function picksLine({ picks, chosen }: Proposal): string {
  const same = picks.filter((pick) => pick === chosen).length;
  const name = chosen === undefined ? "no change" : FAMILY_WORDS[chosen];
  const parts = counted(picks.length, "part");
  return `Of ${parts} of the labels, each left out in turn, the others choose ${name} in ${same}, as all labels together do.`;
}

export function counted(count: number, noun: string): string {
  return `${countText(count)} ${noun}${count === 1 ? "" : "s"}`;
}
