// `sluice collect`: requests to learn from, out of decision logs, Langfuse, traces and data sets; without duplicates, and with what is
// private masked. Run again, it goes on where it was.
import { isUtf8 } from "node:buffer";
import { Command } from "commander";
import { ChatScanner, MAX_BODY_BYTES } from "../request/chat/scanner.ts";
import { type Collected, collect } from "../study/collect/collect.ts";
import { type MaskCounts, masking } from "../study/collect/mask.ts";
import { type Columns, OWN_COLUMNS, parseColumns } from "../study/dataset/columns.ts";
import { trialNeeds } from "../study/evaluate/trial.ts";
import { tierNames } from "./evaluate.ts";
import { isoTime, langfuseAccess } from "./langfuse-options.ts";
import { requireWritable } from "./output-file.ts";
import { bytesOf, Progress } from "./progress.ts";

interface CollectOptions {
  readonly out: string;
  readonly log: readonly string[];
  readonly langfuse?: string;
  readonly from?: string;
  readonly to?: string;
  readonly otlp: readonly string[];
  readonly data: readonly string[];
  readonly columns?: Columns;
  readonly labels?: readonly string[];
  readonly models?: readonly string[];
  readonly mask: readonly string[];
  readonly nearDuplicates: boolean;
  readonly json: boolean;
}

export function collectCommand(): Command {
  return new Command("collect")
    .description("requests to learn from, out of decision logs, Langfuse, traces and data sets: once each, what is private masked")
    .requiredOption("--out <file>", "where they go, JSON Lines; the same again goes on where it was")
    .option("--log <file...>", "decision logs with prompts (`capturePrompts`), rotated and .gz too", [])
    .option("--langfuse <url>", "its server; the keys come from LANGFUSE_PUBLIC_KEY and LANGFUSE_SECRET_KEY")
    .option("--from <time>", "with --langfuse: from when, 2026-01-31T09:00:00Z; without it, from the beginning", isoTime)
    .option("--to <time>", "with --langfuse: up to when; without it, up to five minutes ago", isoTime)
    .option("--otlp <file...>", "traces in OTLP's JSON, as the collector's file exporter writes them", [])
    .option("--data <file...>", "data sets, labelled or not: JSON Lines or CSV, .gz too; - for standard input", [])
    .option("--columns <names>", "of --data: which column holds what, as for evaluate", parseColumns)
    .option("--labels <values...>", "of --data: which labels mean which tier: weak=easy,0 strong=hard,1")
    .option("--models <names...>", "of an arena's rows, the models of each tier: weak=NAME,NAME strong=NAME")
    .option("--mask <pattern...>", "regular expressions of what else is private, in RE2's syntax", [])
    .option("--no-near-duplicates", "keep requests apart that are nearly the same; the very same are always one")
    .option("--json", "print one JSON object", false)
    .action(runCollect);
}

async function runCollect(options: CollectOptions, command: Command): Promise<void> {
  const { out, log, otlp, data, langfuse, mask, nearDuplicates } = options;
  const files = [...data, ...log, ...otlp];
  if (files.length === 0 && langfuse === undefined) command.error("error: give one of --log, --langfuse, --otlp and --data");
  const access = langfuse === undefined ? undefined : langfuseAccess(langfuse, process.env);
  const privacy = masking(mask);
  await requireWritable(out);
  const { signal, done } = stopOnSignal();
  const surroundings = { write: note, terminal: process.stderr.isTTY === true, now: () => performance.now() };
  const progress = new Progress(await bytesOf(files), surroundings);
  let observations = 0;
  try {
    const collected = await collect({
      out,
      sources: {
        data,
        columns: options.columns ?? OWN_COLUMNS,
        tiers: tierNames(options),
        logs: log,
        traces: otlp,
        langfuse: access && { access, from: options.from, to: options.to ?? new Date(Date.now() - LAG_MS).toISOString() },
      },
      scanner: new ChatScanner({ ...trialNeeds([]), envelopes: [], maxBodyBytes: MAX_BODY_BYTES, isUtf8 }),
      masking: privacy,
      nearDuplicates,
      signal,
      onBytes: (bytes) => progress.add(bytes),
      onPage: (items) => {
        observations += items;
        progress.say(`read ${count(observations)} observations and scores of Langfuse`);
      },
      now: () => performance.now(),
    });
    progress.end();
    report(options, collected, privacy.counts);
    if (collected.stopped) process.exitCode = 130;
  } finally {
    progress.end();
    done();
  }
}

/** What is younger may not all have arrived. */
const LAG_MS = 5 * 60_000;

/** The first Ctrl-C ends the reading, and what was read is written; the second ends the process. */
function stopOnSignal(): { readonly signal: AbortSignal; readonly done: () => void } {
  const controller = new AbortController();
  const stop = () => {
    if (controller.signal.aborted) process.exit(130);
    note("\nstopping: what was read is being written\n");
    controller.abort();
  };
  for (const name of ["SIGINT", "SIGTERM"] as const) process.on(name, stop);
  return {
    signal: controller.signal,
    done: () => {
      for (const name of ["SIGINT", "SIGTERM"] as const) process.off(name, stop);
    },
  };
}

function report({ out, json }: CollectOptions, collected: Collected, masked: Readonly<MaskCounts>): void {
  process.stdout.write(json ? `${JSON.stringify({ out, ...collected, masked })}\n` : text(out, collected, masked));
}

function text(out: string, collected: Collected, masked: Readonly<MaskCounts>): string {
  const { rows, written, same, alike, partly, words, strayWords, dropped, firstDropped, stopped } = collected;
  const drops = Object.entries(dropped).filter(([, times]) => times > 0);
  const masks = Object.entries(masked).filter(([, times]) => times > 0);
  const lines = [
    `${out}: ${count(rows)} rows, ${count(written)} of them new`,
    ...(same + alike > 0 ? [`counted with another row: ${count(same)} the same, ${count(alike)} nearly the same (\`like\`)`] : []),
    ...(words + strayWords > 0 ? [`ratings and signals: ${count(words)} joined, ${count(strayWords)} of requests that are not here`] : []),
    ...(masks.length > 0 ? [`masked: ${masks.map(([name, times]) => `${count(times)} ${name}`).join(", ")}`] : []),
    ...(partly > 0 ? [`${count(partly)} new rows are the last message alone, of a longer conversation perhaps: more is not kept`] : []),
    ...(drops.length > 0 ? [`left out: ${drops.map(([why, times]) => `${count(times)} ${why}`).join(", ")}`] : []),
    ...firstDropped.filter(({ why }) => why !== "already there").map(({ place, message }) => `  ${place}: ${message}`),
    ...(stopped ? ["stopped before the end: the same command goes on there"] : []),
  ];
  return lines.map((line) => `${line}\n`).join("");
}

function count(number: number): string {
  return number.toLocaleString("en-US");
}

function note(words: string): void {
  process.stderr.write(words);
}
