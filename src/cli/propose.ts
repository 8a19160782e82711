// `sluice propose`: from labels to a change that is proven to be one: the changed configuration with its rollout, a report, and the text
// of a pull request. Or the word that nothing should be changed.
import { mkdir } from "node:fs/promises";
import { basename, dirname, join, relative } from "node:path";
import { Command, InvalidArgumentError, Option } from "commander";
import type { Config } from "../config/config.ts";
import { type Loaded, loadWithFile, parseConfig } from "../config/load.ts";
import { type ModelRead, modelsIn } from "../config/model-source.ts";
import { policyNamed } from "../config/routing-of.ts";
import { SluiceError } from "../errors.ts";
import { canGuard } from "../request/guard/can.ts";
import type { NewModel } from "../request/policy/learned/model-file.ts";
import { encodeModel, parseModel } from "../request/policy/learned/model-file.ts";
import { type Additions, withAdditions } from "../setup/proposal/with-policies.ts";
import { readLoop } from "../study/loop/read-loop.ts";
import type { Place } from "../study/propose/asked-rows.ts";
import { FAMILIES, type FamilyName, type LearnedChange } from "../study/propose/families.ts";
import { type ReadRows, readRows } from "../study/propose/labelled-rows.ts";
import { type Proposal, type ProposalListener, propose } from "../study/propose/proposal.ts";
import { proposalPage } from "../study/propose/proposal-page.ts";
import { type ProposalReport, type ProposedConfiguration, pullRequestText, terminalText } from "../study/propose/proposal-text.ts";
import { type RatedRule, ratedRules } from "../study/propose/rules.ts";
import { USUAL_NEW_TOPICS } from "../study/train/settings.ts";
import { withoutVectorsText } from "./evaluate-vectors.ts";
import { commitOnBranch, requireBranch } from "./proposal-branch.ts";
import { additionsFor, policiesOf, type Seats, seatsOf } from "./proposed-config.ts";
import { aboutRun, commandOf, runConfiguration, today } from "./run-account.ts";
import { writeWhole } from "./whole-file.ts";

interface Options {
  readonly data: readonly string[];
  readonly config?: string;
  readonly out: string;
  readonly branch?: string;
  readonly try: readonly FamilyName[];
  readonly weakShare?: number;
  readonly newTopics: number;
  readonly seed: number;
  readonly resamples: number;
  readonly outputTokens: number;
  readonly date: string;
  readonly json: boolean;
}

const QUIET_MS = 20_000;
const MODEL_FILE = "proposed-model.json";
const WORDS: Readonly<Record<string, readonly FamilyName[]>> = {
  keywords: ["keywords", "keywords and thresholds"],
  thresholds: ["thresholds", "keywords and thresholds", "thresholds per step"],
  rules: ["rules"],
  trained: ["learned"],
};

export function proposeCommand(words: readonly string[] = process.argv.slice(2)): Command {
  return new Command("propose")
    .description("from labels to a change of the routing that is proven to be one, or to none")
    .requiredOption("--data <file...>", "labelled rows, as sluice collect, judge and label write them; .gz too")
    .requiredOption("--out <folder>", "where the changed configuration, the report and the text of a pull request go")
    .option("--config <file>", "the configuration in force; without it, the defaults")
    .option("--branch <name>", "commit the change on this new git branch, too; nothing is checked out or pushed")
    .addOption(new Option("--try <kinds...>", "kinds of changes").choices(Object.keys(WORDS)).default(Object.keys(WORDS)))
    .option(
      "--weak-share <share>",
      "what the first tier shall serve: of a trained policy, by default as now; of thresholds at least, 0.6",
      share,
    )
    .option("--new-topics <share>", "share of the requests that is of topics not in the data", part, USUAL_NEW_TOPICS)
    .option("--seed <number>", "of everything random", whole(0), 1)
    .option("--resamples <number>", "for the 95 % intervals", whole(100), 2000)
    .option("--output-tokens <number>", "of an answer, for the costs", whole(0), 300)
    .option("--date <date>", "written into the report", date, today())
    .option("--json", "print one JSON object", false)
    .action((options: Omit<Options, "try"> & { readonly try: readonly string[] }) =>
      run({ ...options, try: FAMILIES.filter((family) => isTried(family, options.try)) }, words),
    );
}

/** A change of two kinds needs both. */
function isTried(family: FamilyName, kinds: readonly string[]): boolean {
  return Object.entries(WORDS).every(([kind, families]) => !families.includes(family) || kinds.includes(kind));
}

async function run(options: Options, words: readonly string[]): Promise<void> {
  const { out, branch } = options;
  const loaded = await loadWithFile(options.config);
  if (branch !== undefined) await requireBranch(branch, options.config);
  await madeFolder(out);
  const { config } = loaded;
  const rows = await readRows(
    readLoop(options.data),
    config.tiers.map(({ name }) => name),
  );
  const active = policyNamed(config, config.active);
  process.stderr.write(withoutVectorsText([{ name: config.active, policy: active.policy }]));
  const proposal = await proposedFor(loaded, rows, options);
  const changed = proposal.use === "change" ? changedConfiguration(loaded, proposal) : undefined;
  const model = proposal.change?.kind === "learned" ? proposal.change.model : undefined;
  const files = filesFor(changed, model);
  const report: ProposalReport = {
    proposal,
    data: options.data,
    active: active.id,
    files: files.map(({ name }) => join(out, name)),
    configuration: changed && textOf(options, changed, model !== undefined),
    about: aboutRun(words, options.date, runConfiguration(config, options.config, [config.active])),
  };
  for (const { name, content } of files) await writeWhole(join(out, name), content(report));
  process.stdout.write(options.json ? jsonOf(report) : terminalText(report));
  if (branch !== undefined && changed !== undefined && options.config !== undefined) {
    const folder = dirname(options.config);
    await commitOnBranch(branch, pullRequestText(report).replace("\n", "\n\n"), [
      { path: options.config, content: changed.text },
      ...(model === undefined ? [] : [{ path: join(folder, MODEL_FILE), content: encodeModel(model) }]),
    ]);
    process.stderr.write(`committed on the branch ${branch}; nothing is checked out or pushed\n`);
  }
}

interface WrittenFile {
  readonly name: string;
  readonly content: (report: ProposalReport) => string | Uint8Array;
}

function filesFor(changed: ChangedConfiguration | undefined, model: NewModel | undefined): readonly WrittenFile[] {
  return [
    ...(changed === undefined ? [] : [{ name: changed.name, content: () => changed.text }]),
    ...(model === undefined ? [] : [{ name: MODEL_FILE, content: () => encodeModel(model) }]),
    { name: "report.html", content: proposalPage },
    ...(changed === undefined ? [] : [{ name: "pull-request.md", content: pullRequestText }]),
    { name: "proposal.json", content: jsonOf },
  ];
}

async function madeFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true }).catch((cause: unknown) => {
    throw new SluiceError("output-unwritable", `${folder}: cannot be made`, { cause });
  });
}

/** Where labels contradict what ratings say of rules, it is looked for other changes beside the rules as they are. */
async function proposedFor(loaded: Loaded, rows: ReadRows, options: Options): Promise<Proposal> {
  const { config } = loaded;
  const place = placeOf(config);
  const seats = seatsOf(config);
  const mended = options.try.includes("rules") ? ratedRules(rows.rated, seats.ruled, place) : [];
  const proposal = await proposalWith(loaded, { rows, place, seats, mended }, options);
  if (!proposal.contradicted) return proposal;
  const other = await proposalWith(loaded, { rows, place, seats, mended: [] }, options);
  return other.use === "change" ? other : proposal;
}

interface Studying {
  readonly rows: ReadRows;
  readonly place: Place;
  readonly seats: Seats;
  readonly mended: readonly RatedRule[];
}

function proposalWith(loaded: Loaded, { rows, place, seats, mended }: Studying, options: Options): Promise<Proposal> {
  const { config } = loaded;
  const base = mended.length === 0 ? seats : mendedSeats(loaded, mended);
  return propose(
    rows,
    {
      place,
      prices: config.tiers.map(({ name, price }) => ({ tier: name, ...price })),
      outputTokens: options.outputTokens,
      present: seats.ruled,
      base: base.ruled,
      seat: base.threshold,
      learned: seats.learned && { before: policiesOf(config, seats.learned.behind), old: seats.learned.old },
      mended,
      families: options.try,
      weakShare: options.weakShare,
      newTopics: options.newTopics,
      seed: options.seed,
      resamples: options.resamples,
      date: options.date,
    },
    listener(),
  );
}

/** The same policies with the rules' tiers mended, as a configuration of its own. */
function mendedSeats(loaded: Loaded, mended: readonly RatedRule[]): Seats {
  const { additions, text } = withChange(loaded, undefined, mended);
  return seatsOf({ ...parsedBeside(loaded, text, undefined), active: additions.candidate });
}

function placeOf(config: Config): Place {
  const tiers = config.tiers.map(({ name }) => name);
  return {
    tiers,
    defaultTier: config.defaultTier,
    can: canGuard(config.tiers),
    envelopes: config.envelopes,
    cascadeFirst: config.cascade?.steps[0],
  };
}

interface ChangedConfiguration {
  readonly name: string; // of the file
  readonly text: string;
  readonly before: string;
  readonly config: Config;
  readonly candidate: string;
}

function changedConfiguration(loaded: Loaded, { change, mended }: Proposal): ChangedConfiguration {
  const { additions, text, before } = withChange(loaded, change, mended);
  const model = change?.kind === "learned" ? change.model : undefined;
  const name = basename(loaded.source?.path ?? "sluice.yaml");
  return { name, text, before, config: parsedBeside(loaded, text, model), candidate: additions.candidate };
}

function withChange(loaded: Loaded, change: Proposal["change"], mended: readonly RatedRule[]) {
  const model = change?.kind === "learned" ? { file: MODEL_FILE, weakShare: change.model.weakShare } : undefined;
  const additions = additionsFor(loaded, {
    change,
    mended: mended.map(({ policy, rule, to }) => ({ policy, rule, to: to.tier })),
    model,
  });
  const before = loaded.source?.text ?? "";
  const only: Additions = { policies: additions.policies, rollout: additions.rollout };
  return { additions, before, text: withAdditions(before, loaded.source?.path ?? "sluice.yaml", only) };
}

/** As it would be read in the place of the present file, the new model beside it. */
function parsedBeside({ source }: Loaded, text: string, model: NewModel | undefined): Config {
  const others = modelsIn(dirname(source?.path ?? "sluice.yaml"));
  const read: ModelRead | undefined = model && { kind: "model", model: parseModel(encodeModel(model)) };
  return parseConfig(text, source?.path ?? "sluice.yaml", (file) => (read !== undefined && file === MODEL_FILE ? read : others(file)));
}

function textOf({ out, config }: Options, changed: ChangedConfiguration, hasModel: boolean): ProposedConfiguration {
  const { name, text, before, candidate } = changed;
  const old = new Set(before.split(/\r?\n/));
  const plan = changed.config.rollout;
  if (plan === undefined) throw new Error("invariant: what is proposed is rolled out");
  const { stages, guards, onHarm } = plan.settings;
  const target = config ?? "sluice.yaml";
  return {
    candidate,
    lines: text.split(/\r?\n/).filter((line) => line !== "" && !old.has(line)),
    rollout: {
      stages: stages.map(({ share: part, atLeastMs }) => ({ share: part, hours: atLeastMs / 3_600_000 })),
      guards: guards.map(({ name: guard, margin }) => ({ name: guard, margin })),
      onHarm,
    },
    next: [
      ...(hasModel ? [`cp ${relative("", join(out, MODEL_FILE))} ${dirname(target)}/`] : []),
      `cp ${relative("", join(out, name))} ${target}`,
      commandOf(["rollout"]),
    ],
  };
}

/** The report as data; of a model only what training says of it. */
function jsonOf({ proposal, ...report }: ProposalReport): string {
  const { change, ...rest } = proposal;
  const shown = change?.kind === "learned" ? learnedShown(change) : change;
  return `${JSON.stringify({ ...report, proposal: { ...rest, change: shown } })}\n`;
}

function learnedShown({ kind, model, advice, kept, unused }: LearnedChange): object {
  return { kind, advice, summary: model.summary, leftOut: kept.leftOut, unused };
}

function listener(): ProposalListener {
  const { isTTY } = process.stderr;
  let said = performance.now();
  /** Where nothing is seen to change, a line now and then. */
  const say = (text: string) => {
    if (isTTY) process.stderr.write(`\r\x1b[K${text}`);
    else if (performance.now() - said > QUIET_MS) {
      said = performance.now();
      process.stderr.write(`${text}\n`);
    }
  };
  return {
    step(done, of) {
      if (done < of) say(`${done} of ${of - 1} parts of the labels studied`);
      else if (isTTY) process.stderr.write("\r\x1b[K");
    },
    training: {
      rows: () => {},
      models(done, of) {
        say(`a trained policy: ${done} of ${of} models`);
      },
      refuse: () => {},
    },
  };
}

function whole(least: number): (text: string) => number {
  return (text) => {
    if (/^\d{1,9}$/.test(text) && Number(text) >= least) return Number(text);
    throw new InvalidArgumentError(`It must be a whole number from ${least} up.`);
  };
}

function share(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !(value > 0 && value < 1)) throw new InvalidArgumentError("A share is a number between 0 and 1, such as 0.65.");
  return value;
}

function part(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !(value >= 0 && value <= 1)) throw new InvalidArgumentError("A share is a number from 0 to 1, such as 0.2.");
  return value;
}

function date(text: string): string {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text) || Number.isNaN(Date.parse(text))) throw new InvalidArgumentError("A date is written 2026-01-31.");
  return text;
}
