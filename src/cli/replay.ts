// `sluice replay`: asks all tiers what rows of the learning loop ask, and writes the rows with the answers.
import { isUtf8 } from "node:buffer";
import { resolve } from "node:path";
import { Command } from "commander";
import type { TierConfig } from "../config/capabilities/tiers.ts";
import { loadConfig } from "../config/load.ts";
import { nearest } from "../config/nearest.ts";
import { SluiceError } from "../errors.ts";
import { ChatScanner, MAX_BODY_BYTES } from "../request/chat/scanner.ts";
import { AnswersFile } from "../study/asking/answers-file.ts";
import { Account } from "../study/asking/call/account.ts";
import { Asker } from "../study/asking/call/asker.ts";
import { Spending } from "../study/asking/call/spending.ts";
import { estimateReplay, type Reading, type ReplayEnd, type ReplayEstimate, replay } from "../study/asking/replay.ts";
import type { Target } from "../study/asking/target.ts";
import { countOption, forTier, headerOption, type PaceOptions, type TargetOptions, targetsOf, withPaceOptions } from "./asking-options.ts";
import {
  accountText,
  askerSettings,
  askerSurroundings,
  askingProgress,
  countText,
  dollarsText,
  INTERRUPTED,
  type Interrupts,
  interrupts,
  mayCost,
} from "./asking-run.ts";

interface Options extends PaceOptions, TargetOptions {
  readonly data: readonly string[];
  readonly out: string;
  readonly config?: string;
  readonly tiers?: readonly string[];
  readonly outputTokens: number;
}

export function replayCommand(): Command {
  const command = new Command("replay")
    .description("ask all tiers what collected requests ask, and keep their answers beside them")
    .requiredOption("--data <file...>", "rows as `sluice collect` and `sample` write them: JSON Lines, .gz too")
    .requiredOption("--out <file>", "where rows and answers go (.jsonl); what stands there is not asked again")
    .option("--config <file>", "configuration with the tiers, their models and prices; without it, the defaults")
    .option("--tiers <name...>", "only these")
    .addOption(
      forTier("--url <[tier=]url...>", "an OpenAI- or Anthropic-compatible server, for all tiers or for one").makeOptionMandatory(),
    )
    .addOption(forTier("--model <[tier=]model...>", "the model to name, where the tier's own `model` is not it"))
    .addOption(forTier("--key-env <[tier=]variable...>", "the environment variable that holds the API key"))
    .option("--tier-header <name>", "a request header that names the tier, where one address serves them all, as your own Envoy")
    .option("--header <name: value...>", "one more header for every request", headerOption)
    .option("--output-tokens <number>", "of an answer, for the estimate, where a row knows none", countOption, 300);
  return withPaceOptions(command).action((options: Options) => runReplay(options));
}

async function runReplay(options: Options): Promise<void> {
  const { data, out, outputTokens } = options;
  requireOwnFile(out, data);
  const config = await loadConfig(options.config);
  const targets = targetsOf(chosenTiers(config.tiers, options.tiers), options, process.env);
  const scanner = new ChatScanner({ keywords: [], scopes: ["all"], params: [], maxBodyBytes: MAX_BODY_BYTES, isUtf8 });
  const reading = { files: data, scanner, outputTokens };
  const answers = await AnswersFile.open(
    out,
    targets.map(({ tier }) => tier),
  );
  try {
    const estimate = await estimateReplay(reading, targets, answers);
    process.stderr.write(estimateText(estimate, options.maxCost));
    const question = `Ask ${countText(requestsOf(estimate))} requests, for at most ${dollarsText(options.maxCost)}?`;
    if (requestsOf(estimate) > 0 && !(await mayCost(question, options.yes))) return void process.stderr.write("nothing was asked\n");
    await asked(reading, targets, answers, estimate, options);
  } finally {
    await answers.close();
  }
}

async function asked(reading: Reading, targets: readonly Target[], answers: AnswersFile, estimate: ReplayEstimate, options: Options) {
  const stop = interrupts();
  const account = new Account();
  const askers = targets.map((target) => new Asker(target, askerSettings(options), askerSurroundings(stop.signal), account));
  const spending = new Spending(options.maxCost);
  const progress = askingProgress();
  let rows = 0;
  const open = estimate.rows - estimate.complete - estimate.noChats;
  const onRow = () => {
    rows++;
    progress.show(() => `asked ${countText(rows)} of ${countText(open)} rows, ${dollarsText(account.figures.dollars)}`);
  };
  let end: ReplayEnd | undefined;
  try {
    const { concurrency } = options;
    end = await replay(reading, { askers, answers, spending, concurrency, stopping: stop.stopping, onRow });
  } finally {
    progress.end();
    stop.end();
    const figures = account.figures;
    const result = { ...end, ...figures, out: options.out };
    process.stdout.write(
      options.json ? `${JSON.stringify(result)}\n` : `${[...endText(end, options.out), ...accountText(figures)].join("\n")}\n`,
    );
  }
  afterwards(end, stop, open, options);
}

function afterwards({ written, isCapReached }: ReplayEnd, { stopping }: Interrupts, open: number, { maxCost }: Options): void {
  if (stopping()) process.exitCode = INTERRUPTED;
  if (!isCapReached) return;
  const message = `${countText(open - written)} of ${countText(open)} rows are left: the next could bring it over ${dollarsText(maxCost)}`;
  throw new SluiceError("asking-cap-reached", message);
}

function endText(end: ReplayEnd | undefined, out: string): readonly string[] {
  if (end === undefined) return [`stopped; what was answered stands in ${out}`];
  const lacking = end.incomplete === 0 ? "" : `, ${countText(end.incomplete)} of them without some answer: asked again by the next run`;
  return [`wrote ${countText(end.written)} rows to ${out}${lacking}`];
}

function requestsOf({ tiers }: ReplayEstimate): number {
  return tiers.reduce((sum, { requests }) => sum + requests, 0);
}

function estimateText({ rows, complete, noChats, tiers }: ReplayEstimate, maxCost: number): string {
  const known = tiers.filter(({ dollars }) => dollars !== undefined);
  const total = known.reduce((sum, { dollars = 0 }) => sum + dollars, 0);
  const unknown = tiers.filter(({ dollars, requests }) => dollars === undefined && requests > 0).map(({ tier }) => tier);
  const before = complete === 0 ? "" : `, ${countText(complete)} answered before`;
  const leftOut = noChats === 0 ? "" : `, ${countText(noChats)} left out: no chats`;
  const isOver = total > maxCost ? ", which is more than --max-cost: it will stop on the way" : "";
  const lines = [
    `${countText(rows)} rows${before}${leftOut}`,
    ...tiers.map(
      ({ tier, requests, inputTokens, outputTokens, dollars }) =>
        `  ${tier}: ${countText(requests)} requests, about ${countText(inputTokens)} tokens in and ${countText(outputTokens)} out: ` +
        `${requests === 0 ? "$0.00" : dollarsText(dollars)}`,
    ),
    `about ${dollarsText(total)} in all${isOver}, at most ${dollarsText(maxCost)}`,
    ...(unknown.length === 0 ? [] : [`the price of ${unknown.join(", ")} is not known (tiers[].price): --max-cost does not hold it back`]),
  ];
  return `${lines.join("\n")}\n`;
}

/** Throws `asking-target`. */
export function chosenTiers(tiers: readonly TierConfig[], names: readonly string[] | undefined): readonly TierConfig[] {
  for (const name of names ?? []) {
    if (tiers.some((tier) => tier.name === name)) continue;
    const known = tiers.map((tier) => tier.name);
    throw new SluiceError("asking-target", `--tiers ${name}: no such tier; did you mean ${nearest(name, known) ?? known.join(", ")}?`);
  }
  return names === undefined ? tiers : tiers.filter(({ name }) => names.includes(name));
}

/** Throws `asking-file`. */
export function requireOwnFile(out: string, data: readonly string[]): void {
  if (data.some((file) => resolve(file) === resolve(out))) throw new SluiceError("asking-file", `${out}: given with --data, too`);
  if (data.includes("-"))
    throw new SluiceError("asking-file", "--data -: rows are read twice, which standard input cannot be", { hint: "Give a file." });
}
