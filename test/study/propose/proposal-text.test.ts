import { describe, expect, test } from "vitest";
import type { Proposal } from "../../../src/study/propose/proposal.ts";
import { proposalPage } from "../../../src/study/propose/proposal-page.ts";
import { type ProposalReport, pullRequestText, terminalText } from "../../../src/study/propose/proposal-text.ts";
import { verdictOf } from "../../../src/study/propose/wording.ts";
import { CHANGED, HOSTILE, MARKUP, UNCHANGED } from "./made-reports.ts";

describe("a proposal in words", () => {
  test("the terminal has lines of at most 120 characters, but for commands", () => {
    const lines = terminalText(CHANGED).split("\n");
    expect(lines.filter((line) => line.length > 120 && !line.includes("sluice propose"))).toEqual([]);
    expect(lines.slice(0, 4)).toEqual([
      "Data  week-47.jsonl.gz, week-48.jsonl.gz",
      "      1,200 of 1,500 rows have scores, drawn with known chances: they tell as much as 801 of one chance; 26.0 % of the",
      "      requests need more than the first tier; 3 with the other kind of label left out; 400 ratings",
      "",
    ]);
  });

  test("the pull request's table has a row for each figure, and what comes from prompts is no markup", () => {
    const text = pullRequestText(HOSTILE);
    expect(text).toContain("| quality, % | 39.0 [35.0–43.0] | 41.7 [37.7–45.7] | +2.7 [+1.7 to +3.7] |");
    expect(text).toContain("new keyword \\<img src=x onerror=window.injected=1\\>\\|\\`\\*\\[a\\](b)");
    expect(text.replace(/```[\s\S]*?```/g, "")).not.toContain(MARKUP);
  });

  test.each([
    ["the terminal", terminalText],
    ["the pull request", pullRequestText],
    ["the page", (report: ProposalReport) => proposalPage(report).replace(/<[^>]*>/g, " ")],
  ])("%s says what the change is worth on topics left out, and each kind of change", (_, written) => {
    const text = written(CHANGED).replace(/\s+/g, " ");
    expect(text).toMatch(/On topics that are not among these labels: \+0\.8 .* whole groups left out \(of 12\)/);
    expect(text).toMatch(/keywords and thresholds.* \+1\.0 \[\+0\.0 to \+2\.0\].* \+0\.0 \[−1\.0 to \+1\.0\]/);
    const alone = { ...CHANGED, proposal: { ...CHANGED.proposal, unseen: undefined } };
    expect(written(alone).replace(/\s+/g, " ")).toContain("Topics that are not among these labels: nobody knows.");
  });

  test("the page asks nothing of anybody, and is the same each time", () => {
    const page = proposalPage(HOSTILE);
    expect(page).not.toMatch(/<script|<img|https?:/);
    expect(proposalPage(HOSTILE)).toBe(page);
  });

  test.each<[Proposal["why"], RegExp]>([
    ["proven", /^Change keywords and thresholds, for topics like these only: \+2\.7 \[\+1\.7 to \+3\.7\] points over chance/],
    ["proven", /; on topics left out \+0\.8 \[−0\.2 to \+1\.8\] points over chance\.$/],
    ["known-topics-only", /^Change nothing: most requests are of topics that are not among these labels; .* \+0\.8 \[−0\.2 to \+1\.8\]/],
    ["ratings", /^Change the tier of 1 rule/],
    ["too-few-labels", /^Change nothing: there are too few labels/],
    ["none-found", /^Change nothing: no change is better/],
    ["too-few-moved", /^Change nothing: the best change moves 204/],
    ["not-proven", /^Change nothing: the best change is not proven/],
  ])("of a proposal that is %s the verdict says so", (why, said) => {
    expect(verdictOf({ ...CHANGED.proposal, why })).toMatch(said);
  });

  test("where there are too few labels nothing more is said than that", () => {
    expect(terminalText(UNCHANGED)).not.toMatch(/before|Kinds|\$ /);
  });
});
