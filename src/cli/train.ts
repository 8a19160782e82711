// `sluice train`: labelled requests in, a report of what they support out, and a model file where they support one.
import { isUtf8 } from "node:buffer";
import { Command, InvalidArgumentError, Option } from "commander";
import type { Config } from "../config/config.ts";
import { loadConfig } from "../config/load.ts";
import { SluiceError } from "../errors.ts";
import { SCOPES, type Scope } from "../request/chat/facts.ts";
import { ChatScanner, MAX_BODY_BYTES } from "../request/chat/scanner.ts";
import { TRAINING_TARGETS, type TrainingTarget } from "../request/policy/learned/learned-model.ts";
import { encodeModel, parseModel } from "../request/policy/learned/model-file.ts";
import { parseColumns } from "../study/dataset/columns.ts";
import type { Example } from "../study/dataset/example.ts";
import { type ExampleReading, readExamples } from "../study/dataset/read-examples.ts";
import { runText } from "../study/report/run-text.ts";
import { nextAfterTraining, type TrainingWays } from "../study/train/next-steps.ts";
import { reportJson, reportText, sentenceOf } from "../study/train/report.ts";
import { USUAL_NEW_TOPICS } from "../study/train/settings.ts";
import { type TrainListener, train } from "../study/train/train.ts";
import { MAX_EMBEDDED_ROWS, MAX_ROWS } from "../study/train/training-rows.ts";
import { type EmbeddingOptions, openVectors, withEmbeddingOptions } from "./embedding-options.ts";
import { tierNames } from "./evaluate.ts";
import { requireWritable } from "./output-file.ts";
import { aboutRun, commandOf, today, USE_LENGTH, useModel, useWeak, without } from "./run-account.ts";
import { trainAnswers } from "./train-answers.ts";
import { writeWhole } from "./whole-file.ts";

interface Options extends EmbeddingOptions {
  readonly data: readonly string[];
  readonly out: string;
  readonly scope: Scope;
  readonly target: TrainingTarget;
  readonly weakShare: number;
  readonly newTopics: number;
  readonly topics: boolean;
  readonly seed: number;
  readonly date: string;
  readonly force: boolean;
  readonly report: string | undefined;
  readonly columns: string | undefined;
  readonly labels?: readonly string[];
  readonly models?: readonly string[];
  readonly exclude: readonly string[] | undefined;
  readonly skipBad: boolean;
  readonly json: boolean;
  readonly answers: boolean;
}

/** `words` are the command line behind the program's name: the report tells them. */
export function trainCommand(words: readonly string[] = process.argv.slice(2)): Command {
  const command = new Command("train")
    .description("train the learned policy on labelled requests, and say whether it is worth using")
    .requiredOption("--data <file...>", "data sets: JSON Lines or CSV, .gz too; - is standard input")
    .requiredOption("--out <file>", "where the model goes; written only where the labels support it")
    .addOption(new Option("--scope <scope>", "whose text is read").choices(SCOPES).default("all"))
    .addOption(
      new Option("--target <target>", "of rows with scores: what counts as needing strong")
        .choices(TRAINING_TARGETS)
        .default("strong-gains"),
    )
    .option(
      "--weak-share <share>",
      "share of requests that the weak tier shall serve; of more than two, each of those that come to it",
      shareOption,
      0.65,
    )
    .option(
      "--new-topics <share>",
      "share of the requests that is of topics not in the data: what the choice is made for, where rows have groups",
      partOption,
      USUAL_NEW_TOPICS,
    )
    .option("--topics", "the model tells topics, too: those of the rows' groups that have 20 rows or more", false)
    .option("--seed <number>", "of everything random; the same seed, data and date give the same file", seedOption, 1)
    .option("--date <date>", "written into the model", dateOption, today())
    .option(
      "--force",
      "write a model even where the labels do not support it, and with vectors even where these are not clearly better",
      false,
    )
    .option("--report <file>", "write the report there too: JSON if it ends in .json, else text")
    .option("--columns <names>", "columns of the data: prompt=question,weak=small,strong=large")
    .option("--labels <values...>", "which labels mean which tier: weak=easy,0 strong=hard,1")
    .option("--models <names...>", "of an arena's rows, the models of each tier: weak=NAME,NAME strong=NAME")
    .option("--exclude <file...>", "files with prompts to leave out")
    .option("--skip-bad", "count rows that cannot be read instead of ending at the first", false)
    .option("--json", "print the report as one JSON object", false)
    .addOption(
      new Option("--answers", "train a verifier of answers instead: rows hold what the weak tier answered, as weakAnswer")
        .default(false)
        .conflicts(["scope", "target", "topics"]),
    );
  return withEmbeddingOptions(command, "answers").action((options: Options) => runTrain(options, words));
}

async function runTrain(options: Options, words: readonly string[]): Promise<void> {
  const { data, exclude, skipBad, scope } = options;
  for (const file of [options.out, options.report]) if (file !== undefined) await requireWritable(file);
  const columns = options.columns === undefined ? undefined : parseColumns(options.columns);
  if (options.answers) {
    const reading = { columns, ...tierNames(options), exclude, skipBad };
    return await trainAnswers(options, { reading, words, progress: shownProgress(), write: writeWhole });
  }
  const examples = readExamples(data, { columns, ...tierNames(options), exclude, skipBad });
  const scanner = new ChatScanner({ keywords: [], scopes: [scope], params: [], maxBodyBytes: MAX_BODY_BYTES, isUtf8 });
  const progress = shownProgress();
  const listener = { ...progress, refuse: (example: Example, why: string) => examples.refuse(example, why) };
  const vectors = await openVectors(options, data);
  const maxRows = vectors === undefined ? MAX_ROWS : MAX_EMBEDDED_ROWS;
  const { report, model } = await train(examples, scanner, { ...options, maxRows }, listener, vectors).finally(() => vectors?.close());
  progress.end();
  saySkipped(examples);
  const about = aboutRun(words, options.date);
  const endpoint = report.embedding?.isTaken === true ? options.embeddingEndpoint : undefined;
  const next = nextAfterTraining(report, waysOf(options, words, await loadConfig(undefined), endpoint));
  const json = `${JSON.stringify({ ...reportJson(report), about, next })}\n`;
  const text = reportText(report) + runText(about, next);
  if (options.report !== undefined) await writeWhole(options.report, options.report.endsWith(".json") ? json : text);
  process.stdout.write(options.json ? json : text);
  if (model === undefined) throw new SluiceError("train-not-advised", sentenceOf(report));
  const bytes = encodeModel(model);
  await writeWhole(options.out, bytes);
  const against = model.summary.forced ? ", against the advice" : "";
  process.stderr.write(`wrote ${options.out}: model ${parseModel(bytes).id}, ${Math.ceil(bytes.length / 1024)} KiB${against}\n`);
}

/** `endpoint`: of the vectors that the model takes. */
function waysOf({ out }: Options, words: readonly string[], defaults: Config, endpoint: string | undefined): TrainingWays {
  return {
    again: commandOf(without(words, "--json", "--report")),
    evaluate: commandOf(["evaluate", "--data", "OTHER.jsonl", "--policy", "v7", `learned:${out}`]),
    watch: commandOf(["top"]),
    useModel: useModel(out, undefined, endpoint),
    useLength: USE_LENGTH,
    useWeak: useWeak(defaults),
  };
}

function saySkipped({ counts }: ExampleReading): void {
  if (counts.skipped === 0) return;
  process.stderr.write(`skipped ${counts.skipped} bad rows, among them:\n`);
  for (const { place, message } of counts.firstSkipped) process.stderr.write(`  ${place}: ${message}\n`);
}

const ROWS_A_MESSAGE = 10_000;

/** On a terminal one line that changes, else a line now and then. */
function shownProgress(): Omit<TrainListener, "refuse"> & { end(): void } {
  const { isTTY } = process.stderr;
  const say = (text: string) => process.stderr.write(isTTY ? `\r\x1b[K${text}` : `${text}\n`);
  return {
    rows(read) {
      if (read % ROWS_A_MESSAGE === 0) say(`read ${read.toLocaleString("en-US")} rows`);
    },
    models(done, of) {
      if (isTTY || done === of || done % 5 === 0) say(`cross-validation: ${done} of ${of} models`);
    },
    end() {
      if (isTTY) process.stderr.write("\r\x1b[K");
    },
  };
}

function shareOption(text: string): number {
  const share = Number(text);
  if (text.trim() === "" || !(share > 0 && share < 1)) throw new InvalidArgumentError("A share is a number between 0 and 1, such as 0.65.");
  return share;
}

function partOption(text: string): number {
  const share = Number(text);
  if (text.trim() === "" || !(share >= 0 && share <= 1)) throw new InvalidArgumentError("A share is a number from 0 to 1, such as 0.2.");
  return share;
}

function seedOption(text: string): number {
  const seed = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(seed)) throw new InvalidArgumentError("A seed is a whole number from 0.");
  return seed;
}

function dateOption(text: string): string {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text) || Number.isNaN(Date.parse(text))) throw new InvalidArgumentError("A date is written 2026-01-31.");
  return text;
}
