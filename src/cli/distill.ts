// `sluice distill`: strong's answers to what weak failed at, as lessons for weak's model, in the files that trainers of models read.
import { Command, Option } from "commander";
import { SluiceError } from "../errors.ts";
import { MASKS, type MaskCounts, masking } from "../study/collect/mask.ts";
import { REASONS } from "../study/distill/chosen.ts";
import { type Distilled, distill, LEAST_LESSONS } from "../study/distill/distill.ts";
import { LESSON_FORMATS, type LessonFormat, lessonLine } from "../study/distill/lesson-formats.ts";
import type { LoopRow } from "../study/loop/loop-row.ts";
import { readLoop } from "../study/loop/read-loop.ts";
import { scoreOption, tiersOption, wholeOption } from "./loop-options.ts";
import { requireWritable } from "./output-file.ts";
import { writeLines } from "./whole-file.ts";

interface Options {
  readonly data: readonly string[];
  readonly out: string;
  readonly validation?: string;
  readonly validationShare: number;
  readonly format: LessonFormat;
  readonly tiers: readonly [weak: string, strong: string];
  readonly weakAtMost: number;
  readonly strongAtLeast: number;
  readonly seed: number;
  readonly mask: readonly string[];
  readonly json: boolean;
}

export function distillCommand(): Command {
  return new Command("distill")
    .description("write strong's answers to what weak failed at as lessons, to train weak's model with")
    .requiredOption("--data <file...>", "rows with answers and labels or scores, as `sluice judge` or `sluice label --out` wrote them")
    .requiredOption("--out <file>", "where the lessons go, as JSON Lines")
    .option("--validation <file>", "where some are kept aside, to see by what is learnt")
    .option("--validation-share <share>", "how many of them", scoreOption, 0.1)
    .addOption(new Option("--format <format>", "OpenAI's, or one of Hugging Face's TRL").choices(LESSON_FORMATS).default("openai"))
    .option("--tiers <weak,strong>", "who learns, and whose answers are learnt", tiersOption, ["weak", "strong"])
    .option("--weak-at-most <score>", "of rows with scores: weak failed", scoreOption, 0.4)
    .option("--strong-at-least <score>", "of rows with scores: strong did not fail", scoreOption, 0.6)
    .option("--seed <number>", "of what is kept aside", wholeOption, 1)
    .option("--mask <pattern...>", "regular expressions of what else is private, in RE2's syntax", [])
    .option("--json", "print what was done as one JSON object", false)
    .action(runDistill);
}

async function runDistill(options: Options): Promise<void> {
  const { data, out, validation, validationShare, format, json } = options;
  const privacy = masking(options.mask);
  for (const file of [out, validation]) if (file !== undefined) await requireWritable(file);
  const asideShare = validation === undefined ? 0 : validationShare;
  const settings = { ...options, teacher: options.tiers[1], mask: privacy.value, validationShare: asideShare };
  const distilled = await distill(rowsOf(data), settings);
  process.stdout.write(json ? distilledJson(distilled, privacy.counts) : distilledText(distilled, privacy.counts, asideShare));
  if (distilled.train.length < LEAST_LESSONS) {
    throw new SluiceError("distill-too-few", `${distilled.train.length} lessons, ${LEAST_LESSONS} are the least`);
  }
  await writeLines(out, lines(distilled.train, format));
  if (validation !== undefined) await writeLines(validation, lines(distilled.validation, format));
  const aside = validation === undefined ? "" : ` and ${validation}`;
  process.stderr.write(`wrote ${out}${aside}\n`);
}

async function* rowsOf(files: readonly string[]): AsyncGenerator<LoopRow> {
  for await (const { row } of readLoop(files)) yield row;
}

function* lines(lessons: Distilled["train"], format: LessonFormat): Generator<string> {
  for (const lesson of lessons) yield lessonLine(lesson, format);
}

function distilledText({ rows, train, validation, leftOut }: Distilled, masked: Readonly<MaskCounts>, asideShare: number): string {
  const none = Math.round(asideShare * train.length) > 0 ? "; none kept aside, since they are all nearly the same request" : "";
  const aside = validation.length === 0 ? none : `, and ${validation.length} kept aside`;
  const left = REASONS.flatMap((reason) => {
    const count = leftOut.get(reason);
    return count === undefined ? [] : [`  left out ${count}: ${reason}`];
  });
  const found = MASKS.filter((mask) => masked[mask] > 0).map((mask) => `${masked[mask]} ${mask}`);
  const hidden = found.length === 0 ? [] : [`  masked ${found.join(", ")}`];
  return [`${rows} rows: ${train.length} lessons${aside}`, ...left, ...hidden].map((line) => `${line}\n`).join("");
}

function distilledJson({ rows, train, validation, leftOut }: Distilled, masked: Readonly<MaskCounts>): string {
  const counts = { rows, lessons: train.length, validation: validation.length, leftOut: Object.fromEntries(leftOut), masked };
  return `${JSON.stringify(counts)}\n`;
}
