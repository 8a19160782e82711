// A row with what the judging came to: scores of the tiers, a label, how it came about. Pure.
import type { LoopLabel, LoopRow } from "../../loop/loop-row.ts";
import { type PairFigures, withoutLength } from "./bias.ts";
import { type Case, JUDGE } from "./case.ts";
import type { Entry } from "./journal.ts";
import { pairVerdict } from "./verdict.ts";

export interface Scoring {
  readonly tiers: readonly string[]; // cheap first
  readonly model: string;
  readonly at: string; // ISO 8601
  readonly lengthOf: ReadonlyMap<string, PairFigures> | undefined; // by challenger, where scores shall be without what length adds
}

type Scores = Readonly<Record<string, number>>;

export function scoredRow(row: LoopRow, found: Exclude<Case, { readonly kind: "lacking" }>, entry: Entry, scoring: Scoring): LoopRow {
  const answers = found.kind === "graded" ? found.answers : [...found.challengers, found.base];
  const lengths = Object.fromEntries(answers.map(({ tier, text }) => [tier, text.length]));
  const scores = entry.kind === "graded" ? gradedScores(entry.right) : judgedScores(entry, lengths, scoring);
  const by = entry.kind === "graded" ? entry.by : scoring.model;
  const cost = entry.kind === "judged" ? entry.cost : undefined;
  const [weak, strong] = [scores[scoring.tiers[0] ?? ""], scores[scoring.tiers.at(-1) ?? ""]];
  const { weak: _weak, strong: _strong, ...rest } = row;
  return {
    ...rest,
    labels: [...(row.labels ?? []).filter((label) => label.by !== JUDGE), ...labelOf(weak, strong, scoring.at)],
    ...(weak === undefined || strong === undefined ? {} : { weak, strong }),
    ...(scoring.tiers.length > 2 && { scores }),
    judged: { by, lengths, ...(cost !== undefined && { cost }) },
  };
}

function labelOf(weak: number | undefined, strong: number | undefined, at: string): readonly LoopLabel[] {
  if (weak === undefined || strong === undefined) return [];
  const better = strong > weak ? "strong" : weak > strong ? "weak" : "tie";
  return [{ by: JUDGE, needed: better === "strong" ? "strong" : "weak", better, at }];
}

function gradedScores(right: Readonly<Record<string, boolean>>): Scores {
  return Object.fromEntries(Object.entries(right).map(([tier, isRight]) => [tier, isRight ? 1 : 0]));
}

/** The last tier was judged beside each other one: its score is the mean, and theirs stand as far from it as they did in their pair. */
function judgedScores(entry: Extract<Entry, { readonly kind: "judged" }>, lengths: Scores, { tiers, lengthOf }: Scoring): Scores {
  const base = tiers.at(-1) ?? "";
  const pairs = entry.pairs.map(({ tier, looks }) => {
    const verdict = pairVerdict(looks);
    const figures = lengthOf?.get(tier);
    const [gap, level] = [verdict.base - verdict.challenger, (verdict.base + verdict.challenger) / 2];
    const fair =
      figures === undefined || verdict.better === "tie" ? gap : withoutLength(gap, [lengths[tier] ?? 0, lengths[base] ?? 0], figures);
    return { tier, gap: fair, base: level + fair / 2 };
  });
  const mean = pairs.reduce((sum, pair) => sum + pair.base, 0) / pairs.length;
  return { ...Object.fromEntries(pairs.map(({ tier, gap }) => [tier, rounded(mean - gap)])), [base]: rounded(mean) };
}

const DIGITS = 1e4;

function rounded(score: number): number {
  return Math.round(DIGITS * Math.min(1, Math.max(0, score))) / DIGITS;
}
