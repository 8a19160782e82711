// `sluice evaluate`: which policy earns its keep on labelled requests, beside random and length at the same share; and a gate for CI.
import { isUtf8 } from "node:buffer";
import { writeFile } from "node:fs/promises";
import { setFlagsFromString } from "node:v8";
import { Command, InvalidArgumentError, Option } from "commander";
import type { Config } from "../config/config.ts";
import { loadConfig } from "../config/load.ts";
import { descriptorOf } from "../config/policies/list.ts";
import { policyNamed } from "../config/routing-of.ts";
import { SluiceError } from "../errors.ts";
import { ChatScanner, MAX_BODY_BYTES } from "../request/chat/scanner.ts";
import { mayShape } from "../request/chat/shape.ts";
import { canGuard } from "../request/guard/can.ts";
import { cascadeText } from "../study/answers/cascade-text.ts";
import { type Columns, parseColumns } from "../study/dataset/columns.ts";
import type { Example } from "../study/dataset/example.ts";
import { parseTierWords } from "../study/dataset/labels.ts";
import { type ExampleReading, type ReadCounts, readExamples } from "../study/dataset/read-examples.ts";
import type { TierNames } from "../study/dataset/row.ts";
import { ablePolicy } from "../study/evaluate/able-policy.ts";
import type { About } from "../study/evaluate/about.ts";
import { Evaluation } from "../study/evaluate/evaluation.ts";
import { type GateCondition, parseGate } from "../study/evaluate/gate.ts";
import { nextSteps, type Ways } from "../study/evaluate/next-steps.ts";
import type { EvaluationResult } from "../study/evaluate/result.ts";
import { type PolicyOnTrial, trialNeeds } from "../study/evaluate/trial.ts";
import { REWARDS, type Reward } from "../study/offpolicy/reward.ts";
import { playedReport } from "../study/report/played-table.ts";
import { runText } from "../study/report/run-text.ts";
import { sessionsReport } from "../study/report/sessions-table.ts";
import { tableReport } from "../study/report/table.ts";
import { type EmbeddingOptions, withEmbeddingOptions } from "./embedding-options.ts";
import { evaluatedPairs } from "./evaluate-cache-pairs.ts";
import { evaluatedCascade } from "./evaluate-cascade.ts";
import { type Learning, learningOn } from "./evaluate-learning.ts";
import { type EvaluateLogOptions, evaluatedLog } from "./evaluate-log.ts";
import { evaluatedBySession } from "./evaluate-sessions.ts";
import { GIVE_VECTORS, trialVectors, withoutVectorsText } from "./evaluate-vectors.ts";
import { requireWritable } from "./output-file.ts";
import { bytesOf, Progress } from "./progress.ts";
import { aboutRun, commandOf, runConfiguration, today, USE_LENGTH, useOnly, usePolicy, useWeak, without } from "./run-account.ts";

interface EvaluateOptions extends EmbeddingOptions {
  readonly data: readonly string[];
  readonly policy?: readonly string[];
  readonly config?: string;
  readonly json: boolean;
  readonly html?: string;
  readonly sweep: boolean;
  readonly robust: boolean;
  readonly priorOut?: string;
  readonly bySession: boolean;
  readonly cascade?: string | true;
  readonly cacheSeconds: number;
  readonly gate: readonly GateCondition[];
  readonly columns?: Columns;
  readonly labels?: readonly string[];
  readonly models?: readonly string[];
  readonly exclude?: readonly string[];
  readonly skipBad: boolean;
  readonly seed: number;
  readonly resamples: number;
  readonly outputTokens: number;
}

/** As the command line gives them: what is judged is either data or a log. */
interface GivenOptions extends Omit<EvaluateOptions, "data"> {
  readonly data?: readonly string[];
  readonly log?: readonly string[];
  readonly cachePairs?: string;
  readonly reward: Reward;
}

/** What says something of policies on labelled rows. */
const ABOUT_POLICIES = ["html", "sweep", "robust", "gate", "bySession", "cascade", "columns", "labels", "models", "exclude", "priorOut"];

/** `words` are the command line behind the program's name: the report tells them. */
export function evaluateCommand(words: readonly string[] = process.argv.slice(2)): Command {
  const command = new Command("evaluate")
    .description("measure policies on labelled requests, beside random and length at the same share")
    .option("--data <file...>", "JSON Lines or CSV, .gz too; - for standard input")
    .addOption(
      new Option("--log <file...>", "instead of --data: decision logs, rotated and .gz too, of traffic with an audit slice").conflicts([
        "data",
        ...ABOUT_POLICIES,
      ]),
    )
    .addOption(
      new Option(
        "--cache-pairs <file>",
        "instead of --data: pairs of questions, judged as `cache.semantic` would; exit 1 where it stays off",
      ).conflicts(["data", "log", ...ABOUT_POLICIES]),
    )
    .addOption(new Option("--reward <what>", "with --log: what a good answer is").choices(REWARDS).default("signals"))
    .option("--policy <name...>", "a policy of the configuration, a preset such as v7, or learned:FILE; without it, the active one")
    .option("--config <file>", "configuration, for policies and prices; without it, the defaults")
    .option("--json", "print one JSON object", false)
    .option("--html <file>", "write one page with charts")
    .option("--prior-out <file>", "write what the rows say of each tier, for `prior` of a policy that learns")
    .option("--sweep", "try thresholds and keyword subsets on a grid, and show the Pareto front", false)
    .option("--robust", "count decisions that flip when a prompt is only re-spaced, re-cased or gets a typo", false)
    .option(
      "--gate <conditions>",
      "exit 1 unless met: misroute<=0.05,weak-share=0.6..0.7,better-than=random (or length, single)",
      gateConditions,
      [],
    )
    .option(
      "--columns <names>",
      "which column holds what: prompt=NAME (or messages=, request=),weak=NAME,strong=NAME,group=NAME; group=@file",
      parseColumns,
    )
    .option("--labels <values...>", "which labels mean which tier: weak=easy,0 strong=hard,1")
    .option("--models <names...>", "of an arena's rows, the models of each tier: weak=NAME,NAME strong=NAME")
    .option("--exclude <file...>", "leave out rows whose prompt is in one of these files (column eval_prompt or prompt)")
    .option("--skip-bad", "count bad rows and go on, instead of ending at the first", false)
    .option("--seed <number>", "of the resamples", wholeNumber(0), 1)
    .option("--resamples <number>", "for the 95 % intervals", wholeNumber(1), 1000)
    .addOption(
      new Option("--by-session", "rows are turns of sessions: what these cost with the prompt cache, and what a switch breaks")
        .default(false)
        .conflicts(["html", "sweep", "robust", "gate"]),
    )
    .addOption(
      new Option(
        "--cascade [verifier]",
        "rows hold what the weak tier answered, as weakAnswer: a cascade's quality at equal cost, beside the policy's and with it",
      ).conflicts(["sweep", "robust", "gate", "bySession"]),
    )
    .option("--cache-seconds <number>", "with --by-session: how long a prompt cache lives after its last use", wholeNumber(1), 300)
    .option("--output-tokens <number>", "of an answer, for the costs", wholeNumber(0), 300);
  withEmbeddingOptions(command, "log", "cachePairs", "bySession", "cascade", "robust");
  return command.action((options: GivenOptions) => run(options, words, command));
}

function gateConditions(text: string): readonly GateCondition[] {
  const gate = parseGate(text);
  if (gate.kind === "wrong") throw new InvalidArgumentError(`In ${gate.problem}.`);
  return gate.conditions;
}

function wholeNumber(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d{1,9}$/.test(text) && value >= least) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${least} up.`);
  };
}

/** New objects get 1 MB instead of up to 32, as rows come and go: 80 MB less for 20 % more CPU, measured on 2 GB of JSON Lines. */
const SMALL_YOUNG_GENERATION = "--semi-space-growth-factor=1";

async function run({ data, log, cachePairs, ...options }: GivenOptions, words: readonly string[], command: Command): Promise<void> {
  setFlagsFromString(SMALL_YOUNG_GENERATION);
  if (cachePairs !== undefined) return await runOnPairs(cachePairs, options);
  if (log !== undefined) return await runOnLog({ ...options, log });
  if (data === undefined) command.error("error: required option '--data <file...>' not specified, nor --log <file...>");
  return await runEvaluate({ ...options, data }, words);
}

async function runEvaluate(options: EvaluateOptions, words: readonly string[]): Promise<void> {
  for (const file of [options.html, options.priorOut]) if (file !== undefined) await requireWritable(file);
  const config = await loadConfig(options.config);
  const names = [...new Set(options.policy ?? [config.active])];
  const policies = names.map((name) => onTrial(config, name));
  const about = aboutRun(words, today(), runConfiguration(config, options.config, names));
  const isPlain = options.cascade === undefined && !options.bySession;
  if (!isPlain) note(withoutVectorsText(policies));
  if (options.cascade !== undefined) return await runCascade(config, policies, about, options.cascade, options);
  if (options.bySession) return await runBySession(config, policies, about, options);
  const { measured, learning } = await evaluated(config, policies, options);
  const played = learning?.played() ?? [];
  const result: EvaluationResult = {
    ...measured,
    about,
    next: nextSteps(measured, waysOf(config, options, words)),
  };
  const shown = played.length === 0 ? result : { ...result, learning: played };
  process.stdout.write(options.json ? `${JSON.stringify(shown)}\n` : tableReport(result) + playedReport(played));
  note((await learning?.writePrior()) ?? "");
  if (options.html !== undefined) {
    const { htmlReport } = await import("../study/report/html.ts");
    await writeHtml(options.html, await htmlReport(result));
  }
  if (result.gate.some(({ met }) => !met)) process.exitCode = 1;
}

async function runOnLog(options: EvaluateLogOptions & Pick<EvaluateOptions, "config" | "policy">): Promise<void> {
  const config = await loadConfig(options.config);
  const policies = [...new Set(options.policy ?? [config.active])].map((name) => onTrial(config, name));
  const { text, notes } = await evaluatedLog(config, policies, options);
  note(withoutVectorsText(policies));
  note(notes);
  process.stdout.write(text);
}

async function runOnPairs(file: string, { config, json }: Pick<EvaluateOptions, "config" | "json">): Promise<void> {
  const { result, times, text } = await evaluatedPairs(await loadConfig(config), file);
  process.stdout.write(json ? `${JSON.stringify({ ...result, times })}\n` : text);
  if (!result.isOn) process.exitCode = 1;
}

async function runBySession(config: Config, policies: readonly PolicyOnTrial[], about: About, options: EvaluateOptions): Promise<void> {
  const { columns, exclude, skipBad } = options;
  const reading = { columns, ...tierNames(options), exclude, skipBad };
  const { result, counts } = await evaluatedBySession(config, policies, { ...options, reading });
  note(leftOut(counts, exclude ?? []));
  process.stdout.write(options.json ? `${JSON.stringify({ ...result, about })}\n` : sessionsReport({ ...result, about }));
}

async function runCascade(
  config: Config,
  [policy, ...more]: readonly PolicyOnTrial[],
  about: About,
  cascade: string | true,
  options: EvaluateOptions,
): Promise<void> {
  if (policy === undefined || more.length > 0) throw new SluiceError("policy-unknown", "--cascade is compared with one policy: name one");
  const { columns, exclude, skipBad } = options;
  const reading = { columns, ...tierNames(options), exclude, skipBad };
  const verifier = cascade === true ? undefined : cascade;
  const { result, grounds, counts } = await evaluatedCascade(config, policy, { ...options, verifier, reading });
  note(leftOut(counts, exclude ?? []));
  const text = cascadeText(result, grounds) + runText(about, []);
  process.stdout.write(options.json ? `${JSON.stringify({ ...result, ...grounds, about })}\n` : text);
  if (options.html === undefined) return;
  const { cascadeReport } = await import("../study/report/html-cascade.ts");
  await writeHtml(options.html, await cascadeReport(result, grounds, about));
}

function waysOf(config: Config, { config: file }: EvaluateOptions, words: readonly string[]): Ways {
  const again = without(words, "--html", "--json", "--sweep", "--robust", "--gate");
  const data = without(words.slice(1), ...EVALUATE_ALONE);
  const onOther = (policy: string) => [...without(again, "--data", "--policy"), "--data", "OTHER.jsonl", "--policy", policy];
  return {
    again: commandOf(again),
    train: commandOf(["train", ...data, "--out", "model.json"]),
    check: commandOf(["check", "--config", file ?? "sluice.yaml"]),
    watch: commandOf(["top"]),
    onOther: (policy) => commandOf(onOther(policy)),
    use: (policy) => usePolicy(config, file, policy),
    useWeak: useWeak(config),
    useOnly,
    useLength: USE_LENGTH,
  };
}

/** What `train` does not take. */
const EVALUATE_ALONE = [
  "--policy",
  "--config",
  "--json",
  "--html",
  "--sweep",
  "--robust",
  "--gate",
  "--prior-out",
  "--seed",
  "--resamples",
  "--output-tokens",
];

/** As `train` reads them too. */
export function tierNames({ labels, models }: Partial<Pick<EvaluateOptions, "labels" | "models">>): TierNames {
  return { labels: labels && parseTierWords("--labels", labels), models: models && parseTierWords("--models", models) };
}

export function onTrial(config: Config, name: string): PolicyOnTrial {
  const { id, policy, settings } = policyNamed(config, name);
  const { thresholds, scoreIsProbability } = descriptorOf(settings);
  return {
    name,
    id,
    policy,
    threshold: thresholds(settings),
    scoreIsProbability,
  };
}

async function evaluated(config: Config, policies: readonly PolicyOnTrial[], options: EvaluateOptions) {
  const { data, columns, exclude, skipBad, seed, resamples, outputTokens, sweep, robust, gate } = options;
  const can = canGuard(config.tiers);
  const scanner = new ChatScanner({ ...trialNeeds(policies), envelopes: config.envelopes, maxBodyBytes: MAX_BODY_BYTES, isUtf8 });
  const learning = learningOn(config, policies, scanner, options);
  const vectors = await trialVectors(config, policies, options, data);
  const evaluation = new Evaluation({
    policies: policies.map((each) => ({ ...each, policy: ablePolicy(each.policy, can, config.defaultTier) })),
    scanner,
    prices: config.tiers.map(({ name, price }) => ({ tier: name, ...price })),
    defaultTier: config.defaultTier,
    outputTokens,
    seed,
    resamples,
    sweep,
    robust,
    gate,
    vectorsOf: vectors?.vectorsOf,
  });
  const progress = new Progress(await bytesOf(data), {
    write: note,
    terminal: process.stderr.isTTY === true,
    now: () => performance.now(),
  });
  try {
    const reading = readExamples(data, { columns, ...tierNames(options), exclude, skipBad, onBytes: (bytes) => progress.add(bytes) });
    await takeAll({ reading, examples: vectors?.prepared(reading) ?? reading }, evaluation, data, learning);
    progress.next(`measuring ${evaluation.rows.toLocaleString("en-US")} rows`);
    const result = evaluation.result(data, reading.counts.skipped);
    progress.end();
    note(leftOut(reading.counts, exclude ?? []));
    note(shapesText(config, policies));
    note(withoutVectorsText(policies, { model: vectors?.model, remedy: GIVE_VECTORS }));
    return { measured: result, learning };
  } finally {
    progress.end();
    await vectors?.close();
  }
}

/** Scores are of answers as they were given: a shape's effect is in them only where the data was collected with it. */
function shapesText({ tiers }: Config, policies: readonly PolicyOnTrial[]): string {
  const ofTiers = tiers.filter(({ shape }) => shape !== undefined).map(({ name }) => `tier ${name}`);
  const ofPolicies = policies.filter(({ policy }) => mayShape(policy.needs.params)).map(({ name }) => name);
  const shaping = [...ofTiers, ...ofPolicies];
  if (shaping.length === 0) return "";
  const adding = `${shaping.join(", ")} ${shaping.length === 1 ? "adds" : "add"} instructions to requests (\`shape\`)`;
  return `${adding}: in the scores they are only where the data was collected with them\n`;
}

/** `examples`: those that are read, once all is known of them. */
interface Prepared {
  readonly reading: ExampleReading;
  readonly examples: AsyncIterable<Example>;
}

async function takeAll(
  { reading, examples }: Prepared,
  evaluation: Evaluation,
  data: readonly string[],
  learning?: Learning,
): Promise<void> {
  for await (const example of examples) {
    const problem = evaluation.add(example);
    if (problem !== undefined) reading.refuse(example, problem);
    else learning?.add(example);
  }
  if (evaluation.rows === 0) throw new SluiceError("data-empty", `${data.join(", ")}: no rows left: ${reading.counts.skipped} skipped`);
}

/** What of the data is not in the figures, and why; empty where all is. */
export function leftOut({ excluded, skipped, skippedByKind, firstSkipped }: ReadCounts, exclude: readonly string[]): string {
  const lines = excluded === 0 ? [] : [`left out ${rows(excluded)} whose prompt is in ${exclude.join(", ")}`];
  if (skipped > 0) {
    lines.push(`skipped ${rows(skipped)}: ${[...skippedByKind].map(([kind, count]) => `${count} ${kind}`).join(", ")}`);
    lines.push(...firstSkipped.map(({ place, message }) => `  ${place}: ${message}`));
    if (skipped > firstSkipped.length) lines.push(`  and ${skipped - firstSkipped.length} more`);
  }
  return lines.map((line) => `${line}\n`).join("");
}

function rows(count: number): string {
  return `${count.toLocaleString("en-US")} ${count === 1 ? "row" : "rows"}`;
}

/** Charts are loaded only when asked for: they are the largest part of the program. */
async function writeHtml(file: string, page: string): Promise<void> {
  try {
    await writeFile(file, page);
  } catch (cause) {
    throw new SluiceError("output-unwritable", `${file}: cannot be written`, { cause });
  }
  note(`the page is in ${file}\n`);
}

function note(text: string): void {
  if (text !== "") process.stderr.write(text);
}
