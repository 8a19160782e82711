// Proposals for the tests of their page: a change with all there is, with words that are markup, and none at all.
import type { FamilyName } from "../../../src/study/propose/families.ts";
import type { Comparison } from "../../../src/study/propose/figures.ts";
import type { Proposal } from "../../../src/study/propose/proposal.ts";
import type { ProposalReport } from "../../../src/study/propose/proposal-text.ts";
import { estimate } from "../report/html-results.ts";

const comparison = (change: number, moved = 204): Comparison => ({
  figures: [
    { figure: "quality", before: estimate(0.39), after: estimate(0.39 + change), change: estimate(change, 0.01) },
    { figure: "misroute", before: estimate(0.35), after: estimate(0.35 - change), change: estimate(-change, 0.01) },
    { figure: "weakShare", before: estimate(0.68), after: estimate(0.65), change: estimate(-0.03, 0.02) },
    { figure: "dollars", before: estimate(1.78, 0.3), after: estimate(1.88, 0.3), change: estimate(0.1, 0.12) },
    { figure: "overChance", before: estimate(0.04), after: estimate(0.04 + change), change: estimate(change, 0.01) },
  ],
  moved,
  toStronger: Math.floor(moved / 2),
});

const LABELS: Proposal["labels"] = {
  read: 1500,
  labelled: 1200,
  effective: 800.5,
  needs: 0.26,
  truth: "scores",
  drawn: true,
  otherTruth: 3,
  beyond: 0,
  rated: 400,
};
const KINDS: readonly FamilyName[] = ["keywords", "thresholds", "keywords and thresholds", "rules", "learned"];

function word(text: string, pValue: number) {
  return { word: text, moved: 113, gain: 0.308, pValue };
}

const rated = (tier: string, mean: number) => ({ tier, ratings: 120, mean, variance: 1 });

/** `words` of prompts. */
function changed(words: readonly string[]): ProposalReport {
  return {
    proposal: {
      use: "change",
      why: "proven",
      labels: LABELS,
      comparison: comparison(0.027),
      unseen: { groups: 12, comparison: comparison(0.008), reach: "topics like these only" },
      families: KINDS.map((family, at) => ({
        family,
        comparison: comparison(0.01 * at - 0.01, at === 3 ? 0 : 50),
        unseen: comparison(0.01 * at - 0.02),
        isChosen: at === 2,
      })),
      chosen: "keywords and thresholds",
      picks: ["keywords and thresholds", "keywords", undefined, "keywords and thresholds", "learned"],
      change: {
        kind: "threshold",
        words: { added: words.map((each, at) => word(each, at / 100)), dropped: [word("design", 0.00001)] },
        limits: { maxChars: 1000, maxTurns: 5 },
      },
      mended: [{ policy: "known", rule: words[0] ?? "", from: rated("weak", 3.1), to: rated("strong", 4.4), pValue: 1e-9 }],
      contradicted: false,
    },
    data: ["week-47.jsonl.gz", "week-48.jsonl.gz"],
    active: "main@v7",
    files: ["out/sluice.yaml", "out/report.html"],
    configuration: {
      candidate: "proposed",
      lines: ["  proposed:", `    keywords: [${words.join(", ")}, ${"a-long-word ".repeat(30)}]`],
      rollout: {
        stages: [
          { share: 0, hours: 1 },
          { share: 0.125, hours: 48 },
          { share: 1, hours: 0 },
        ],
        guards: [{ name: "failed", margin: 0.5 }],
        onHarm: "rollback",
      },
      next: ["cp out/sluice.yaml sluice.yaml", "sluice rollout"],
    },
    about: { version: "0.2.0", date: "2026-01-31", command: "sluice propose --data week-47.jsonl.gz", configuration: undefined },
  };
}

export const CHANGED = changed(["kubernetes", "微服务", "동시성", "supercalifragilisticexpialidocious"]);
export const MARKUP = "<img src=x onerror=window.injected=1>|`*[a](b)";
export const HOSTILE = changed([MARKUP]);
export const UNCHANGED: ProposalReport = {
  ...CHANGED,
  proposal: {
    ...CHANGED.proposal,
    use: "nothing",
    why: "too-few-labels",
    comparison: undefined,
    unseen: undefined,
    families: [],
    chosen: undefined,
    picks: [],
    change: undefined,
    mended: [],
  },
  configuration: undefined,
};
