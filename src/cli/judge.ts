// `sluice judge`: scores answers, by graders where a row has a reference, else by a judge model that is itself put to the test first.

import { isUtf8 } from "node:buffer";
import { randomBytes } from "node:crypto";
import { Command, InvalidArgumentError, Option } from "commander";
import type { Config } from "../config/config.ts";
import { loadConfig } from "../config/load.ts";
import { SluiceError } from "../errors.ts";
import { costUsd } from "../outcome/join/cost.ts";
import { ChatScanner, MAX_BODY_BYTES } from "../request/chat/scanner.ts";
import { Account } from "../study/asking/call/account.ts";
import { Asker } from "../study/asking/call/asker.ts";
import { graders } from "../study/asking/graders/grade.ts";
import { Court } from "../study/asking/judging/court.ts";
import { Journal } from "../study/asking/judging/journal.ts";
import type { JudgeFormat } from "../study/asking/judging/judge-prompt.ts";
import { GENERAL } from "../study/asking/judging/rubrics.ts";
import { type Survey, surveyed } from "../study/asking/judging/survey.ts";
import type { Target } from "../study/asking/target.ts";
import { randomSource } from "../study/evaluate/random-source.ts";
import { baseUrl, countOption, headerOption, keyFrom, type PaceOptions, withPaceOptions } from "./asking-options.ts";
import { askerSettings, askerSurroundings, countText, dollarsText, interrupts, mayCost } from "./asking-run.ts";
import { type JudgingOptions, judgeAll } from "./judge-run.ts";
import { requireWritable } from "./output-file.ts";
import { chosenTiers, requireOwnFile } from "./replay.ts";
import { rubricsFrom } from "./rubric-file.ts";

interface JudgeOptions extends PaceOptions, JudgingOptions {
  readonly config?: string;
  readonly tiers?: readonly string[];
  readonly url: string;
  readonly model: string;
  readonly keyEnv?: string;
  readonly header?: Readonly<Record<string, string>>;
  readonly format: JudgeFormat;
  readonly temperature?: number;
  readonly price?: readonly [input: number, output: number];
  readonly rubric?: string;
  readonly task: string;
  readonly journal?: string;
  readonly outputTokens: number;
  readonly maxChars: number;
  readonly runCode: boolean;
  readonly codeSeconds: number;
  readonly codeMemory: number;
  readonly seed: number;
}

export function judgeCommand(): Command {
  const command = new Command("judge")
    .description("score the tiers' answers blind, by graders and a judge model that is tested first, and make a data set of them")
    .requiredOption("--data <file...>", "rows with answers, as `sluice replay` writes them")
    .requiredOption("--out <file>", "the data set: rows with `weak` and `strong` from 0 to 1; written only where the judge can be trusted")
    .option("--config <file>", "configuration with the tiers; without it, the defaults")
    .option("--tiers <name...>", "only these")
    .requiredOption("--url <url>", "the judge's server, OpenAI- or Anthropic-compatible")
    .requiredOption("--model <name>", "the judge's model; better of another family than those it judges")
    .option("--key-env <variable>", "the environment variable that holds the API key")
    .option("--header <name: value...>", "one more header for every request", headerOption)
    .addOption(new Option("--format <format>", "how it is asked").choices(["chat-completions", "messages"]).default("chat-completions"))
    .option("--temperature <number>", "some models take none; without it, the server's own", temperatureOption)
    .option("--price <in,out>", "US dollars for a million tokens, where the model is no tier's", priceOption)
    .option("--rubric <file>", "what to look at: text for all, or YAML with a text for each task")
    .option("--task <name>", "the rubric of rows that name no task", GENERAL)
    .option("--journal <file>", "where each judgement goes as it comes; without it, beside --out")
    .option("--output-tokens <number>", "of a judgement, for the estimate", countOption, 150)
    .option("--max-chars <number>", "of a request, and of each answer, that the judge is shown", countOption, 24_000)
    .option("--run-code", "run the code of answers for rows with tests; it is bounded, but in no sandbox: do it in a container", false)
    .option("--code-seconds <number>", "for the tests of one answer", countOption, 10)
    .option("--code-memory <MB>", "for the tests of one answer", countOption, 512)
    .option("--correct-length", "write scores without what mere length adds to them", false)
    .option("--seed <number>", "of the canaries and the intervals", countOption, 1);
  return withPaceOptions(command).action((options: JudgeOptions) => runJudge(options));
}

async function runJudge(options: JudgeOptions): Promise<void> {
  const { data, out, journal: journalFile = `${out}.journal.jsonl` } = options;
  requireOwnFile(out, data);
  requireOwnFile(journalFile, [...data, out]);
  await requireWritable(out);
  const config = await loadConfig(options.config);
  const stop = interrupts();
  const account = new Account();
  const journal = await Journal.open(journalFile);
  try {
    const target = targetOf(config, options);
    const asker = new Asker(target, askerSettings(options), askerSurroundings(stop.signal), account);
    const court = await courtOf(config, options, asker, journal);
    const survey = await surveyed(data, court);
    if (survey.judged + survey.graded === 0) throw new SluiceError("judge-nothing", `${data.join(", ")}: ${countText(survey.rows)} rows`);
    process.stderr.write(surveyText(survey, options.maxCost));
    const question = `Ask ${options.model} ${countText(survey.looks)} times, for at most ${dollarsText(options.maxCost)}?`;
    if (survey.looks > 0 && !(await mayCost(question, options.yes))) return void process.stderr.write("nothing was asked\n");
    await judgeAll({ court, survey, account, options, stop });
  } finally {
    stop.end();
    await journal.close();
  }
}

function targetOf({ tiers }: Config, { url, model, keyEnv, header, price }: JudgeOptions): Target {
  const own = tiers.find((tier) => tier.model === model)?.price ?? { inputPerMTok: undefined, outputPerMTok: undefined };
  const known = price === undefined ? own : { inputPerMTok: price[0], outputPerMTok: price[1] };
  return {
    tier: model,
    baseUrl: baseUrl(url),
    model: { kind: "set", model },
    key: keyFrom(keyEnv, process.env),
    headers: header ?? {},
    dollars: (usage) => costUsd(usage, known),
  };
}

const MARK_BYTES = 6;

async function courtOf(config: Config, options: JudgeOptions, asker: Asker, journal: Journal): Promise<Court> {
  const { format, temperature, maxChars, outputTokens, model, task, runCode, codeSeconds, codeMemory, seed } = options;
  const scanner = new ChatScanner({ keywords: [], scopes: ["all"], params: [], maxBodyBytes: MAX_BODY_BYTES, isUtf8 });
  const mark = () => randomBytes(MARK_BYTES).toString("hex");
  return new Court({
    tiers: chosenTiers(config.tiers, options.tiers).map(({ name }) => name),
    model,
    judge: { asker, prompt: { format, temperature, maxChars }, scanner, outputTokens, mark },
    rubrics: await rubricsFrom(options.rubric),
    otherwise: task,
    graderOf: graders(runCode ? { timeoutMs: 1000 * codeSeconds, memoryMb: codeMemory } : undefined),
    journal,
    random: randomSource(seed),
  });
}

function surveyText(survey: Survey, maxCost: number): string {
  const { rows, judged, graded, lacking, done, people, looks, inputTokens, outputTokens, dollars, canaries } = survey;
  const before = done === 0 ? "" : `; ${countText(done)} done before`;
  const kinds = [`${countText(judged)} for the judge`, `${countText(graded)} for graders`, `${countText(lacking)} without two answers`];
  const lines = [
    `${countText(rows)} rows: ${kinds.join(", ")}${before}`,
    `${countText(canaries.length)} canaries first, then ${countText(people)} rows that people have judged, then the rest`,
    `${countText(looks)} requests, about ${countText(inputTokens)} tokens in and ${countText(outputTokens)} out: about ` +
      `${looks === 0 ? "$0.00" : dollarsText(dollars)}, at most ${dollarsText(maxCost)}`,
    ...(dollars === undefined ? ["the judge's price is not known (--price): --max-cost does not hold it back"] : []),
    ...(dollars !== undefined && dollars > maxCost ? ["that is more than --max-cost: it will stop on the way"] : []),
  ];
  return `${lines.join("\n")}\n`;
}

function temperatureOption(text: string): number {
  const value = Number(text);
  if (!/^\d+(?:\.\d+)?$/.test(text) || value > 2) throw new InvalidArgumentError("It must be a number from 0 to 2.");
  return value;
}

function priceOption(text: string): readonly [number, number] {
  const [, input, output] = /^(\d+(?:\.\d+)?),(\d+(?:\.\d+)?)$/.exec(text) ?? [];
  if (input === undefined || output === undefined) throw new InvalidArgumentError("It must be two prices, such as 2.50,10.");
  return [Number(input), Number(output)];
}
