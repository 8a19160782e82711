// `sluice sample`: which of the collected requests to label, each with the chance with which it was drawn.
import { isUtf8 } from "node:buffer";
import { writeFile } from "node:fs/promises";
import { Command, InvalidArgumentError } from "commander";
import { loadConfig } from "../config/load.ts";
import { SluiceError } from "../errors.ts";
import { ChatScanner, MAX_BODY_BYTES } from "../request/chat/scanner.ts";
import { trialNeeds } from "../study/evaluate/trial.ts";
import { loopLine } from "../study/loop/read-loop.ts";
import { type Sampled, sample } from "../study/sample/sample.ts";
import { onTrial } from "./evaluate.ts";
import { requireWritable } from "./output-file.ts";

interface SampleOptions {
  readonly data: readonly string[];
  readonly out: string;
  readonly size: number;
  readonly policy?: string;
  readonly config?: string;
  readonly known: readonly string[];
  readonly suspectsFirst: boolean;
  readonly seed: number;
  readonly json: boolean;
}

export function sampleCommand(): Command {
  return new Command("sample")
    .description("which of the collected requests to label: near the threshold, of all kinds, and new ones; each with its chance")
    .requiredOption("--data <file...>", "what `sluice collect` wrote, .gz too")
    .requiredOption("--out <file>", "where the sample goes; a file that is there is left alone")
    .option("--size <number>", "rows to draw; 150 to 300 place a threshold, 1,000 train a policy", wholeNumber, 300)
    .option("--policy <name>", "near whose threshold half of them is drawn; without it, the active one")
    .option("--config <file>", "configuration, for policies and tiers; without it, the defaults")
    .option("--known <file...>", "earlier samples or collections: kinds that are not in them, or have grown since, are new", [])
    .option("--suspects-first", "up to half of them that look misrouted, by ratings, signals and cost, and before the others", false)
    .option("--seed <number>", "of the draw", wholeNumber, 1)
    .option("--json", "print one JSON object", false)
    .action(runSample);
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (/^\d{1,9}$/.test(text) && value >= 1) return value;
  throw new InvalidArgumentError("It must be a whole number from 1 up.");
}

async function runSample(options: SampleOptions): Promise<void> {
  const { data, out, size, known, suspectsFirst, seed, json } = options;
  await requireWritable(out);
  const config = await loadConfig(options.config);
  const policy = onTrial(config, options.policy ?? config.active);
  const sampled = await sample({
    files: data,
    known,
    size,
    seed,
    suspectsFirst,
    policy,
    scanner: new ChatScanner({ ...trialNeeds([policy]), envelopes: config.envelopes, maxBodyBytes: MAX_BODY_BYTES, isUtf8 }),
    tiers: config.tiers.map(({ name }) => name),
    defaultTier: config.defaultTier,
  });
  await writeNew(out, sampled.rows.map(loopLine).join(""));
  const { rows, ...told } = sampled;
  process.stdout.write(json ? `${JSON.stringify({ out, drawn: rows.length, seed, ...told })}\n` : text(options, policy.name, sampled));
}

/** Labels are work: no file that may hold some is written over. */
async function writeNew(out: string, lines: string): Promise<void> {
  try {
    await writeFile(out, lines, { flag: "wx", mode: 0o600 });
  } catch (cause) {
    const isThere = (cause as NodeJS.ErrnoException).code === "EEXIST";
    const hint = isThere ? { hint: "It may hold labels: choose another name, or move it away." } : {};
    throw new SluiceError("output-unwritable", isThere ? `${out}: is there already` : `${out}: cannot be written`, { cause, ...hint });
  }
}

function text({ out, known, suspectsFirst, seed }: SampleOptions, policy: string, sampled: Sampled): string {
  const { rows, frame, strata, fresh, byLength } = sampled;
  const unread = frame.unread === 0 ? "" : `; ${count(frame.unread)} rows cannot be read, and were left out`;
  const width = Math.max(...strata.map(({ stratum }) => stratum.length));
  const has = (word: string) => strata.some(({ stratum }) => stratum.includes(word));
  const lines = [
    `${out}: ${count(rows.length)} of ${count(frame.rows)} rows, which stand for ${count(frame.requests)} requests${unread}`,
    ...strata.map((each) => `  ${each.stratum.padEnd(width)}  ${count(each.drawn)} of ${count(each.rows)}`),
    ...(fresh.length > 0
      ? [`new, or grown: ${fresh.slice(0, SHOWN).join(", ")}${fresh.length > SHOWN ? ` and ${fresh.length - SHOWN} more` : ""}`]
      : []),
    ...(fresh.length === 0 ? [known.length === 0 ? "no --known: nothing is new, and its share is of all kinds" : "nothing is new"] : []),
    ...(suspectsFirst && !has("suspect") ? ["nothing looks misrouted: no ratings, signals or costs are known that say so"] : []),
    ...(byLength ? [`${policy} gives no score: near its threshold means near in length`] : []),
    `each row has its chance (\`inclusion\`), so that evaluate tells figures of all requests; seed ${seed}`,
  ];
  return lines.map((line) => `${line}\n`).join("");
}

const SHOWN = 5;

function count(number: number): string {
  return Math.round(number).toLocaleString("en-US");
}
