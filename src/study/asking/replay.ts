// Asks every tier what the rows ask, and keeps the answers beside them. That costs money: an estimate comes first, and a cap holds.
import type { ChatScanner } from "../../request/chat/scanner.ts";
import type { LoopAnswer, LoopRow } from "../loop/loop-row.ts";
import { type PlacedRow, readLoop } from "../loop/read-loop.ts";
import { type AnswersFile, goodAnswers } from "./answers-file.ts";
import { atOnce } from "./at-once.ts";
import type { Asker } from "./call/asker.ts";
import type { Spending } from "./call/spending.ts";
import { type Askable, foresee } from "./foresight.ts";
import { type Foreseen, foreseenDollars, type Target } from "./target.ts";

export interface TierEstimate {
  readonly tier: string;
  readonly requests: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly dollars: number | undefined; // undefined: the price is not known
}

export interface ReplayEstimate {
  readonly rows: number;
  readonly complete: number; // of them, with all answers in the output already
  readonly noChats: number; // of them, left out
  readonly tiers: readonly TierEstimate[];
}

export interface Reading {
  readonly files: readonly string[];
  readonly scanner: ChatScanner;
  readonly outputTokens: number; // of an answer, where a row knows none
}

/** Reads the files once. */
export async function estimateReplay(reading: Reading, targets: readonly Target[], answers: AnswersFile): Promise<ReplayEstimate> {
  const tiers = targets.map((target) => ({ target, requests: 0, inputTokens: 0, outputTokens: 0, dollars: 0 as number | undefined }));
  let [rows, complete, noChats] = [0, 0, 0];
  for await (const { row } of readLoop(reading.files)) {
    rows++;
    if (answers.isComplete(row.id)) {
      complete++;
      continue;
    }
    const askable = foresee(row, reading.scanner, reading.outputTokens);
    if (askable === undefined) {
      noChats++;
      continue;
    }
    const known = knownAnswers(row, answers);
    for (const tier of tiers) {
      if (known[tier.target.tier] !== undefined) continue;
      const dollars = foreseenDollars(tier.target, askable.expected);
      tier.requests++;
      tier.inputTokens += askable.expected.inputTokens;
      tier.outputTokens += askable.expected.outputTokens;
      tier.dollars = dollars === undefined || tier.dollars === undefined ? undefined : tier.dollars + dollars;
    }
  }
  return { rows, complete, noChats, tiers: tiers.map(({ target, ...figures }) => ({ tier: target.tier, ...figures })) };
}

export interface ReplayRun {
  readonly askers: readonly Asker[];
  readonly answers: AnswersFile;
  readonly spending: Spending;
  readonly concurrency: number; // rows; each asks its tiers at once
  readonly stopping: () => boolean; // nothing new is begun
  readonly onRow: () => void;
}

export interface ReplayEnd {
  readonly written: number; // rows
  readonly incomplete: number; // of them, with tiers that gave no answer
  readonly isCapReached: boolean;
}

/** Throws `asking-hopeless`; what was answered until then stands in the file. */
export async function replay(reading: Reading, run: ReplayRun): Promise<ReplayEnd> {
  let [written, incomplete, isCapReached] = [0, 0, false];
  await atOnce(readLoop(reading.files), run.concurrency, async ({ row }: PlacedRow) => {
    if (run.stopping()) return false;
    if (run.answers.isComplete(row.id)) return true;
    const askable = foresee(row, reading.scanner, reading.outputTokens);
    if (askable === undefined) return true;
    const known = knownAnswers(row, run.answers);
    const asked = await askAll(row, askable, run, known);
    if (asked === "over the cap") {
      isCapReached = true;
      return false;
    }
    const answers = { ...known, ...asked };
    if (Object.keys(goodAnswers(answers)).length > 0 || !run.stopping()) {
      await run.answers.append({ ...row, answers: { ...row.answers, ...answers } });
      written++;
      if (Object.values(answers).some(({ error }) => error !== undefined)) incomplete++;
    }
    run.onRow();
    return true;
  });
  return { written, incomplete, isCapReached };
}

function knownAnswers(row: LoopRow, answers: AnswersFile): Readonly<Record<string, LoopAnswer>> {
  return { ...goodAnswers(row.answers), ...answers.answersOf(row.id) };
}

async function askAll(
  { request }: LoopRow,
  { format, expected, limit }: Askable,
  { askers, spending }: ReplayRun,
  known: Readonly<Record<string, LoopAnswer>>,
): Promise<Readonly<Record<string, LoopAnswer>> | "over the cap"> {
  const missing = askers.filter(({ target }) => known[target.tier] === undefined);
  const reserved = missing.reduce((sum, asker) => sum + mostDollars(asker, expected, limit), 0);
  if (!(await spending.reserve(reserved))) return "over the cap";
  let spent = 0;
  try {
    const asked = await Promise.allSettled(
      missing.map(async (asker) => {
        const answer = await asker.ask(request, format, expected);
        spent += answer.cost ?? 0;
        return [asker.target.tier, answer] as const;
      }),
    );
    return Object.fromEntries(asked.map(fulfilled));
  } finally {
    spending.settle(reserved, spent);
  }
}

/** An answer without a limit may be as long as the longest so far. */
export function mostDollars(
  { target, mostOutputTokens }: Asker,
  { inputTokens, outputTokens }: Foreseen,
  limit: number | undefined,
): number {
  return foreseenDollars(target, { inputTokens, outputTokens: limit ?? Math.max(outputTokens, mostOutputTokens) }) ?? 0;
}

function fulfilled<Value>(settled: PromiseSettledResult<Value>): Value {
  if (settled.status === "rejected") throw settled.reason;
  return settled.value;
}
