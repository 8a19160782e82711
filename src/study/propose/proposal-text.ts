// A proposal for the terminal, and the text of the pull request that asks for it.
import type { About } from "../evaluate/about.ts";
import { type Alignment, aligned, indented, wrapped } from "../report/aligned.ts";
import { percentCell } from "../report/figure-cells.ts";
import { runText } from "../report/run-text.ts";
import type { Comparison } from "./figures.ts";
import type { Proposal } from "./proposal.ts";
import {
  cellsOf,
  changeCell,
  changeLines,
  counted,
  FAMILY_WORDS,
  FIGURE_WORDS,
  labelsLine,
  picksLine,
  unseenLine,
  verdictOf,
} from "./wording.ts";

/** A proposal with what it comes to in the configuration. */
export interface ProposalReport {
  readonly proposal: Proposal;
  readonly data: readonly string[]; // files
  readonly active: string; // id of the policy in force
  readonly files: readonly string[]; // written
  readonly configuration: ProposedConfiguration | undefined; // undefined: nothing is changed
  readonly about: About;
}

export interface ProposedConfiguration {
  readonly candidate: string; // name
  readonly lines: readonly string[]; // that the file has more
  readonly rollout: RolloutPlanText;
  readonly next: readonly string[]; // commands
}

export interface RolloutPlanText {
  readonly stages: readonly { readonly share: number; readonly hours: number }[];
  readonly guards: readonly { readonly name: string; readonly margin: number }[];
  readonly onHarm: "rollback" | "hold";
}

const HEADINGS = ["", "before", "after", "change"] as const;

export function terminalText(report: ProposalReport): string {
  const { proposal, data, files, configuration, about } = report;
  const sections = [
    [...wrapped("Data  ", data.join(", "), 6), ...wrapped("      ", labelsLine(proposal), 6)],
    wrapped("", verdictOf(proposal), 2),
    comparisonLines(proposal),
    familyLines(proposal),
    changeLines(proposal).flatMap((line) => wrapped("  - ", line, 4)),
    [...wrapped("Written: ", files.join(", "), 2), ...(configuration?.next ?? []).map((command) => `  $ ${command}`)],
  ];
  const text = sections
    .filter((lines) => lines.length > 0)
    .map((lines) => `${lines.join("\n")}\n`)
    .join("\n");
  return text + runText(about, undefined);
}

function comparisonLines(proposal: Proposal): readonly string[] {
  const { comparison, use } = proposal;
  if (comparison === undefined) return [];
  const headings = use === "change" ? HEADINGS : (["", "before", "were it changed", "change"] as const);
  const alignments: readonly Alignment[] = ["left", "right", "right", "right"];
  const moved = `${counted(comparison.moved, "labelled request")} would go elsewhere, ${comparison.toStronger} of them to a dearer tier`;
  const unseen = unseenLine(proposal);
  return [
    ...indented(aligned([headings, ...comparison.figures.map(cellsOf)], alignments)),
    ...wrapped("  ", moved, 2),
    ...(unseen === undefined ? [] : wrapped("  ", unseen, 2)),
  ];
}

function familyLines(proposal: Proposal): readonly string[] {
  if (proposal.families.length === 0) return [];
  const { headings, rows } = familyTable(proposal);
  const alignments = headings.map((heading, at): Alignment => (at === 0 || heading === "" ? "left" : "right"));
  return [
    "Kinds of changes, each on labels that it was not fitted to:",
    ...indented(aligned([headings, ...rows], alignments)),
    ...wrapped("  ", picksLine(proposal), 2),
  ];
}

/** On topics left out too, where there are groups. */
function familyTable({ families }: Proposal): { readonly headings: readonly string[]; readonly rows: readonly (readonly string[])[] } {
  const hasGroups = families.some(({ unseen }) => unseen !== undefined);
  const rows = families.map(({ family, comparison, unseen, isChosen }) => [
    FAMILY_WORDS[family],
    String(comparison.moved),
    foundText(comparison),
    ...(hasGroups ? [foundText(unseen)] : []),
    isChosen ? "chosen" : "",
  ]);
  return { headings: ["", "moved", "points over chance", ...(hasGroups ? ["on topics left out"] : []), ""], rows };
}

export function foundText(comparison: Comparison | undefined): string {
  const change = comparison?.figures.find(({ figure }) => figure === "overChance")?.change;
  return change === undefined || comparison?.moved === 0 ? "nothing found" : changeCell(change, percentCell);
}

/** Markdown. Its first line is the title. */
export function pullRequestText(report: ProposalReport): string {
  const { proposal, data, active, configuration, about } = report;
  const { comparison } = proposal;
  const unseen = unseenLine(proposal);
  const tried = familyTable(proposal);
  const what = proposal.chosen !== undefined && proposal.change !== undefined ? FAMILY_WORDS[proposal.chosen] : "tiers of rules";
  const sections = [
    [`routing: ${what}, from labels of ${about.date}`],
    [verdictOf(proposal)],
    ["## Changes", "", ...changeLines(proposal).map((line) => `- ${markdown(line)}`)],
    configuration === undefined ? [] : ["```yaml", ...configuration.lines, "```"],
    ["## Evidence", "", `${labelsLine(proposal)} (${data.map(markdown).join(", ")}).`],
    proposal.picks.length === 0 ? [] : [picksLine(proposal)],
    comparison === undefined ? [] : table(HEADINGS, comparison.figures.map(cellsOf)),
    comparison === undefined
      ? []
      : [
          "95 % intervals; near-duplicates are drawn together. The figures after the change are of labels that it was not chosen on.",
          ...comparison.figures.map(({ figure }) => `\n*${FIGURE_WORDS[figure].title}*: ${FIGURE_WORDS[figure].about}.`),
        ],
    unseen === undefined ? [] : [unseen],
    proposal.families.length === 0 ? [] : ["What else was tried, likewise:", "", ...table(tried.headings, tried.rows)],
    configuration === undefined ? [] : rolloutSection(configuration, active),
    ["## Made by", "", "```", about.command, "```", "", `sluice ${about.version}, ${about.date}`],
  ];
  return sections
    .filter((lines) => lines.length > 0)
    .map((lines) => `${lines.join("\n")}\n`)
    .join("\n");
}

function rolloutSection({ candidate, rollout }: ProposedConfiguration, active: string): readonly string[] {
  return [
    "## Rollout",
    "",
    `\`${candidate}\` beside \`${active}\`, which stays active until the rollout is complete:`,
    "",
    ...rolloutLines(rollout).map((line) => `- ${line}`),
  ];
}

export function rolloutLines({ stages, guards, onHarm }: RolloutPlanText): readonly string[] {
  const watched = guards.map(({ name, margin }) => `${name} (not ${whole(margin)} % more often)`).join(", ");
  return [
    ...stages.map(({ share, hours }, at) => {
      const who = share === 0 ? "in shadow: asked, and not heard" : share === 1 ? "every request" : `${whole(share)} % of the sessions`;
      return `stage ${at + 1}: ${who}${hours === 0 ? "" : `, for ${hours} h at least`}`;
    }),
    `a stage ends only when harm is excluded: ${watched}`,
    onHarm === "rollback"
      ? "where a guard proves harm, the candidate is rolled back at once"
      : "where a guard proves harm, the share is held",
    "the page of the admin port, and sluice rollout, show how it stands",
  ];
}

function whole(share: number): string {
  return String(Number((100 * share).toFixed(1)));
}

function table(headings: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replace(/[|<]/g, "\\$&")).join(" | ")} |`;
  const columns = headings.slice(1).map(() => "--:|");
  return [line(headings), `|---|${columns.join("")}`, ...rows.map(line)];
}

/** Words come from prompts: none of them may be markup. */
function markdown(text: string): string {
  return text.replace(/[\\`*_{}[\]<>|#~]/g, "\\$&").replace(/\s+/g, " ");
}
