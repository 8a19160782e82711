// The course of `sluice judge`: canaries, what people have judged, the rest; a report; and a data set where the judge can be trusted.
import { createWriteStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { SluiceError } from "../errors.ts";
import type { Account } from "../study/asking/call/account.ts";
import { Spending } from "../study/asking/call/spending.ts";
import type { PairFigures } from "../study/asking/judging/bias.ts";
import type { Court } from "../study/asking/judging/court.ts";
import { type CanaryResult, type JudgeRun, judgeCanaries, judgeRows, type RunEnd } from "../study/asking/judging/judge.ts";
import { findings, isDisowned, type JudgeReport } from "../study/asking/judging/report.ts";
import { judgeReportText } from "../study/asking/judging/report-text.ts";
import { scoredRow } from "../study/asking/judging/scored-row.ts";
import type { Survey } from "../study/asking/judging/survey.ts";
import { loopLine, readLoop } from "../study/loop/read-loop.ts";
import type { PaceOptions } from "./asking-options.ts";
import { accountText, askingProgress, countText, dollarsText, INTERRUPTED, type Interrupts } from "./asking-run.ts";

export interface JudgingOptions extends Pick<PaceOptions, "maxCost" | "concurrency" | "json"> {
  readonly data: readonly string[];
  readonly out: string;
  readonly correctLength: boolean;
}

export interface Judging {
  readonly court: Court;
  readonly survey: Survey;
  readonly account: Account;
  readonly options: JudgingOptions;
  readonly stop: Interrupts;
}

export async function judgeAll(judging: Judging): Promise<void> {
  const { court, survey, account, options, stop } = judging;
  const progress = askingProgress();
  let items = 0;
  const run: JudgeRun = {
    court,
    spending: new Spending(options.maxCost),
    concurrency: options.concurrency,
    stopping: stop.stopping,
    onRow() {
      items++;
      const of = survey.canaries.length + survey.rows + survey.people;
      progress.show(() => `${countText(items)} of ${countText(of)} rows and canaries, ${dollarsText(account.figures.dollars)}`);
    },
  };
  try {
    const canaries = await judgeCanaries(survey.canaries, run);
    if (canaries.end !== "done") return broken(canaries.end, judging);
    if (survey.judged > 0 && !canaries.result.isTrusted) throw await refused(canaries.result, judging);
    for (const which of ["judged by people", "all"] as const) {
      const end = await judgeRows(options.data, which, run);
      if (end !== "done") return broken(end, judging);
      if (which === "all") break;
      const { agreement } = await findings(options.data, court);
      if (isDisowned(agreement)) throw await refused(canaries.result, judging);
    }
    progress.end();
    await written(canaries.result, judging);
  } catch (error) {
    progress.end();
    if (isBrokenOff(error)) process.stderr.write(`${accountText(account.figures).join("\n")}\n`);
    throw error;
  } finally {
    progress.end();
  }
}

/** Where no report tells what it has cost. */
function isBrokenOff(error: unknown): boolean {
  return error instanceof SluiceError && error.code === "asking-hopeless";
}

async function reportOf(canaries: CanaryResult, { court, survey, options }: Judging): Promise<JudgeReport> {
  return { model: court.model, ...(await findings(options.data, court)), canaries, constants: survey.constants };
}

function print(report: JudgeReport, { account, options }: Judging, rows: number): void {
  const figures = account.figures;
  const json = { ...report, out: rows === 0 ? undefined : options.out, written: rows, account: figures };
  const wrote = rows === 0 ? [] : [`wrote ${countText(rows)} rows to ${options.out}`];
  const text = `${judgeReportText(report)}\n${[...accountText(figures), ...wrote].join("\n")}\n`;
  process.stdout.write(options.json ? `${JSON.stringify(json)}\n` : text);
}

async function refused(canaries: CanaryResult, judging: Judging): Promise<SluiceError> {
  const report = await reportOf(canaries, judging);
  print(report, judging, 0);
  const { agreement } = report;
  const why = canaries.isTrusted
    ? `its kappa with people is ${agreement?.kappa.value.toFixed(2)} on ${countText(agreement?.rows ?? 0)} rows`
    : `it saw through ${canaries.seenThrough} of ${canaries.asked} canaries`;
  return new SluiceError("judge-refused", `${judging.court.model}: ${why}; no verdict counts`);
}

function broken(end: Exclude<RunEnd, "done">, { account, options }: Judging): void {
  process.stdout.write(
    options.json ? `${JSON.stringify({ end, account: account.figures })}\n` : `${accountText(account.figures).join("\n")}\n`,
  );
  switch (end) {
    case "stopped":
      process.exitCode = INTERRUPTED;
      process.stderr.write("stopped; the same command goes on from here, and writes the data set when all is judged\n");
      return;
    case "over the cap":
      throw new SluiceError("asking-cap-reached", `the next judgement could bring it over ${dollarsText(options.maxCost)}`);
    default:
      return end satisfies never;
  }
}

async function written(canaries: CanaryResult, judging: Judging): Promise<void> {
  const { court, options } = judging;
  const report = await reportOf(canaries, judging);
  const figures = new Map<string, PairFigures>(report.pairs.map((pair) => [pair.tier, pair.figures]));
  const scoring = {
    tiers: court.tiers,
    model: court.model,
    at: new Date().toISOString(),
    lengthOf: options.correctLength ? figures : undefined,
  };
  let rows = 0;
  async function* lines(): AsyncGenerator<string> {
    for await (const placed of readLoop(options.data)) {
      const found = court.caseOf(placed);
      const entry = found.kind === "lacking" ? undefined : court.known(placed, found);
      if (found.kind === "lacking" || entry === undefined) continue;
      rows++;
      yield loopLine(scoredRow(placed.row, found, entry, scoring));
    }
  }
  const partial = `${options.out}.${process.pid}.partial`;
  try {
    await pipeline(lines(), createWriteStream(partial, { mode: 0o600 }));
    await rename(partial, options.out);
  } catch (cause) {
    await rm(partial, { force: true });
    if (cause instanceof SluiceError) throw cause;
    throw new SluiceError("output-unwritable", `${options.out}: cannot be written`, { cause });
  }
  print(report, judging, rows);
}
