// Looks over the rows before anything is asked: what there is to judge, what that will cost, and which rows give the canaries.
import { type PlacedRow, readLoop } from "../../loop/read-loop.ts";
import { foreseenDollars } from "../target.ts";
import { type Canary, CanarySample, canariesOf, canaryCount } from "./canaries.ts";
import { peopleSaid } from "./case.ts";
import { type ConstantAnswer, ConstantAnswers } from "./constant-answers.ts";
import type { Court } from "./court.ts";
import { foreseenLook } from "./judge-pair.ts";

export interface Survey {
  readonly rows: number;
  readonly judged: number; // rows for the judge
  readonly graded: number; // rows for graders
  readonly lacking: number; // rows without two answers
  readonly done: number; // rows in the journal already
  readonly people: number; // rows for the judge that people have judged
  readonly looks: number; // to be asked
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly dollars: number | undefined; // undefined: the judge's price is not known
  readonly canaries: readonly Canary[];
  readonly constants: readonly ConstantAnswer[];
}

const MOST_CANARIES = 1000;

/** Reads the files once. */
export async function surveyed(files: readonly string[], court: Court): Promise<Survey> {
  const count = { rows: 0, judged: 0, graded: 0, lacking: 0, done: 0, people: 0 };
  const cost = { looks: 0, inputTokens: 0, outputTokens: 0, dollars: 0 as number | undefined };
  const sample = new CanarySample(MOST_CANARIES);
  const constants = new ConstantAnswers();
  for await (const placed of readLoop(files)) {
    count.rows++;
    const found = court.caseOf(placed);
    if (found.kind === "lacking") {
      count.lacking++;
      continue;
    }
    for (const { tier, text } of found.kind === "graded" ? found.answers : [...found.challengers, found.base]) constants.add(tier, text);
    if (court.known(placed, found) !== undefined) count.done++;
    if (found.kind === "graded") {
      count.graded++;
      continue;
    }
    count.judged++;
    if (peopleSaid(placed.row) !== undefined) count.people++;
    if (found.base.text.trim() !== "") sample.add({ row: placed.row, answer: found.base.text });
    if (court.known(placed, found) === undefined) foreseeRow(placed, court, cost);
  }
  const canaries = canariesOf(sample.first(canaryCount(count.judged)));
  for (const canary of canaries) {
    if (court.knownCanary(canary) === undefined) addLooks(cost, court, court.canaryPair(canary));
  }
  return { ...count, ...cost, canaries, constants: constants.found() };
}

interface Foreseeing {
  looks: number;
  inputTokens: number;
  outputTokens: number;
  dollars: number | undefined;
}

function foreseeRow(placed: PlacedRow, court: Court, cost: Foreseeing): void {
  for (const pair of court.pairsOf(placed)) addLooks(cost, court, pair);
}

function addLooks(cost: Foreseeing, { judge }: Court, pair: Parameters<typeof foreseenLook>[1]): void {
  const foreseen = foreseenLook(judge, pair);
  const dollars = foreseenDollars(judge.asker.target, foreseen);
  cost.looks += 2;
  cost.inputTokens += 2 * foreseen.inputTokens;
  cost.outputTokens += 2 * foreseen.outputTokens;
  cost.dollars = dollars === undefined || cost.dollars === undefined ? undefined : cost.dollars + 2 * dollars;
}
