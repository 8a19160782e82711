// What a judging came to: how far the judge can be trusted, its biases, and the tiers beside each other.
import type { Estimate } from "../../evaluate/result.ts";
import { readLoop } from "../../loop/read-loop.ts";
import { type Observation, type PairFigures, PEOPLE_NEEDED, pairFigures } from "./bias.ts";
import { peopleSaid } from "./case.ts";
import type { ConstantAnswer } from "./constant-answers.ts";
import type { Court } from "./court.ts";
import type { CanaryResult } from "./judge.ts";
import { type Agreement, cohensKappa } from "./kappa.ts";
import { pairVerdict } from "./verdict.ts";

export interface JudgeReport {
  readonly model: string;
  readonly rows: number;
  readonly judged: number; // by the judge
  readonly graded: Readonly<Record<string, number>>; // by graders
  readonly lacking: number; // without two answers
  readonly silent: number; // the judge gave no scores
  readonly canaries: CanaryResult;
  readonly agreement: Agreement | undefined; // with people; undefined: they judged none
  readonly pairs: readonly TierPair[];
  readonly constants: readonly ConstantAnswer[];
}

export interface TierPair {
  readonly tier: string;
  readonly base: string;
  readonly figures: PairFigures;
}

/** Landis and Koch (1977) call .41 to .60 moderate; two people on open answers often reach no more. */
export const KAPPA_NEEDED = 0.4;

/** With fewer than PEOPLE_NEEDED it is not known. */
export function isDisowned(agreement: Agreement | undefined): boolean {
  return agreement !== undefined && agreement.rows >= PEOPLE_NEEDED && agreement.kappa.value < KAPPA_NEEDED;
}

export type Findings = Omit<JudgeReport, "model" | "canaries" | "constants">;

/** Reads the files once; keeps a few numbers of a row. */
export async function findings(files: readonly string[], court: Court): Promise<Findings> {
  const { tiers } = court;
  const observations = new Map<string, Observation[]>();
  const graded: Record<string, number> = {};
  const said: Said[] = [];
  let [rows, judged, lacking, silent] = [0, 0, 0, 0];
  for await (const placed of readLoop(files)) {
    rows++;
    const found = court.caseOf(placed);
    const entry = found.kind === "lacking" ? undefined : court.known(placed, found);
    if (found.kind === "lacking") lacking++;
    else if (entry === undefined) silent++;
    else if (entry.kind === "graded") graded[entry.by] = (graded[entry.by] ?? 0) + 1;
    else if (found.kind === "judged") {
      judged++;
      const people = peopleSaid(placed.row);
      for (const { tier, looks } of entry.pairs) {
        const challenger = found.challengers.find((each) => each.tier === tier)?.text ?? "";
        const isLabelled = tier === tiers[0] && people !== undefined;
        if (isLabelled) said.push({ people, judge: pairVerdict(looks).better });
        const of = observations.get(tier) ?? [];
        of.push({ looks, chars: [challenger.length, found.base.text.length], people: isLabelled ? people.better : undefined });
        observations.set(tier, of);
      }
    }
  }
  const pairs = [...observations].map(([tier, of]) => ({ tier, base: tiers.at(-1) ?? "", figures: pairFigures(of) }));
  return { rows, judged, graded, lacking, silent, agreement: cohensKappa(sameWords(said), court.random), pairs };
}

interface Said {
  readonly people: NonNullable<ReturnType<typeof peopleSaid>>;
  readonly judge: ReturnType<typeof pairVerdict>["better"];
}

/** Where somebody only said which tier a request needed, all are held against each other by that. */
function sameWords(said: readonly Said[]): readonly (readonly [string, string])[] {
  if (said.every(({ people }) => people.better !== undefined)) return said.map(({ people, judge }) => [people.better ?? "", judge]);
  return said.map(({ people, judge }) => [people.needed, judge === "base" ? "strong" : "weak"]);
}

export function isFound({ low, high }: Estimate): boolean {
  return low > 0 || high < 0;
}
