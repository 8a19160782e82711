// `sluice label`: a page on this machine to label rows on by keyboard; and what is made of the labels: rows with them, agreement, a
// spreadsheet there and back.
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Command, Option } from "commander";
import { SluiceError } from "../errors.ts";
import { listenError } from "../listen-address.ts";
import { agreementReport } from "../study/label/agreement.ts";
import { agreementText } from "../study/label/agreement-text.ts";
import { type DeskSettings, openDesk, rowsToLabel } from "../study/label/desk.ts";
import { deskListener, newToken } from "../study/label/desk-server.ts";
import { labelsIn, openJournal, standing } from "../study/label/journal.ts";
import type { LabelEntry, TierPair } from "../study/label/label-entry.ts";
import { labelledRow, TRUTHS, type TruthKind } from "../study/label/labelled-rows.ts";
import { sheetEntries, sheetLines } from "../study/label/sheet.ts";
import { loopLine, readLoop } from "../study/loop/read-loop.ts";
import { tiersOption, wholeOption } from "./loop-options.ts";
import { requireWritable } from "./output-file.ts";
import { writeLines } from "./whole-file.ts";

const LOOPBACK = "127.0.0.1";

interface Options {
  readonly data?: readonly string[];
  readonly labels?: readonly string[];
  readonly by?: string;
  readonly seed: number;
  readonly tiers: TierPair;
  readonly port: number;
  readonly out?: string;
  readonly truth: TruthKind;
  readonly agreement?: readonly string[];
  readonly export?: string;
  readonly import?: string;
  readonly json: boolean;
}

export function labelCommand(): Command {
  return new Command("label")
    .description("label requests by keyboard on a page of this machine, and say how far two people agree")
    .option("--data <file...>", "rows to label, as `sluice sample` or `sluice replay` wrote them")
    .option("--labels <file...>", "where labels are kept, a line each; one file, but for --out")
    .option("--by <name>", "who labels")
    .option("--seed <number>", "of the order in which two answers stand", wholeOption, 1)
    .option("--tiers <weak,strong>", "the two tiers whose answers are compared", tiersOption, ["weak", "strong"])
    .option("--port <number>", "of the page; 0 takes a free one", wholeOption, 0)
    .option("--out <file>", "open no page: write the rows with their labels there")
    .addOption(
      new Option(
        "--truth <kind>",
        "what rows of --out carry for evaluate and train: the tier needed, scores of the two answers, or nothing",
      )
        .choices(TRUTHS)
        .default("label"),
    )
    .option("--agreement <file...>", "open no page: say how far people agree in these files of labels, or rows with labels")
    .option("--export <file>", "open no page: write the rows as CSV, to be labelled in a spreadsheet")
    .option("--import <file>", "open no page: take the labels out of such a CSV")
    .option("--json", "print the agreement as one JSON object", false)
    .action(runLabel);
}

async function runLabel(options: Options): Promise<void> {
  const asked = (["out", "agreement", "export", "import"] as const).filter((name) => options[name] !== undefined);
  if (asked.length > 1) throw new SluiceError("label-usage", `${asked.map((name) => `--${name}`).join(" and ")}: one at a time`);
  if (options.agreement !== undefined) await sayAgreement(options.agreement, options.json);
  else if (options.out !== undefined) await writeLabelled(options, options.out);
  else if (options.export !== undefined) await exportSheet(options, options.export);
  else if (options.import !== undefined) await importSheet(options, options.import);
  else await labelByPage(options);
}

async function sayAgreement(files: readonly string[], json: boolean): Promise<void> {
  const report = agreementReport(standing(await labelsIn(files)));
  process.stdout.write(json ? `${JSON.stringify(report, null, 2)}\n` : agreementText(report));
}

async function writeLabelled({ data, labels, truth }: Options, out: string): Promise<void> {
  if (data === undefined || labels === undefined) throw new SluiceError("label-usage", "--out: it takes rows and their labels");
  await requireWritable(out);
  const said = standing(await labelsIn(labels));
  const counts = new Map<string, number>();
  const count = (what: string) => counts.set(what, (counts.get(what) ?? 0) + 1);
  async function* lines(files: readonly string[]): AsyncGenerator<string> {
    for await (const { row } of readLoop(files)) {
      const labelled = labelledRow(row, [...(said.get(row.id)?.values() ?? [])], truth);
      count(labelled.kind === "row" ? "written" : labelled.why);
      if (labelled.kind === "row") yield loopLine(labelled.row);
    }
  }
  await writeLines(out, lines(data));
  const { written = 0, ...left } = Object.fromEntries(counts);
  const leftOut = Object.entries(left).map(([why, rows]) => `, left out ${rows} ${why}`);
  process.stderr.write(`wrote ${out}: ${written} rows${leftOut.join("")}\n`);
}

async function exportSheet(options: Options, out: string): Promise<void> {
  if (options.data === undefined || options.by === undefined) throw new SluiceError("label-usage", "--export: it takes rows and --by");
  await requireWritable(out);
  const rows = await rowsToLabel(readLoop(options.data));
  const settings = settingsOf(options, options.by);
  await writeLines(out, sheetLines(rows, saidBy(options.by, await labelsIn(options.labels ?? [])), settings));
  process.stderr.write(`wrote ${out}: ${rows.length} rows; fill in the column choice, save it as CSV in UTF-8, and --import it\n`);
}

async function importSheet(options: Options, sheet: string): Promise<void> {
  const { data, by, file } = needed(options, "--import");
  const rows = await rowsToLabel(readLoop(data));
  const journal = await openJournal(file);
  try {
    const entries = await sheetEntries(sheet, rows, saidBy(by, journal.before), settingsOf(options, by));
    if (entries.length > 0) await journal.append(entries);
    process.stderr.write(`took ${entries.length} labels by ${by} into ${file}\n`);
  } finally {
    await journal.close();
  }
}

function saidBy(by: string, entries: readonly LabelEntry[]): ReadonlyMap<string, LabelEntry> {
  return new Map(
    [...standing(entries)].flatMap(([id, said]) => [...said.values()].filter((entry) => entry.by === by).map((entry) => [id, entry])),
  );
}

function settingsOf({ tiers, seed }: Options, by: string): DeskSettings {
  return { tiers, seed, by, now: () => new Date() };
}

/** Throws `label-usage` where something is missing. */
function needed({ data, labels, by }: Options, forWhat: string) {
  const [file, ...others] = labels ?? [];
  if (data !== undefined && by !== undefined && file !== undefined && others.length === 0) return { data, by, file };
  throw new SluiceError("label-usage", `${forWhat}: it takes rows, one file for the labels, and a name`);
}

async function labelByPage(options: Options): Promise<void> {
  const { data, by, file } = needed(options, "to label");
  await requireWritable(file);
  const rows = await rowsToLabel(readLoop(data));
  const journal = await openJournal(file);
  const desk = openDesk(rows, journal, settingsOf(options, by));
  const token = newToken();
  const server = createServer(deskListener(desk, token, (message) => process.stderr.write(`${message}\n`)));
  try {
    const bound = await listening(server, options.port);
    const before = desk.state().done.filter(Boolean).length;
    process.stderr.write(`${rows.length} rows, ${before} labelled by ${by}. Open this address, and end with Ctrl-C:\n`);
    process.stdout.write(`http://${LOOPBACK}:${bound}/${token}/\n`);
    await askedToEnd();
  } finally {
    server.close();
    server.closeAllConnections();
    await journal.close();
  }
  const done = desk.state().done.filter(Boolean).length;
  process.stderr.write(`${done} of ${rows.length} rows labelled by ${by}, in ${file}\n`);
}

function listening(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", (error) => reject(listenError({ kind: "tcp", host: LOOPBACK, port }, error)));
    server.listen({ host: LOOPBACK, port }, () => resolve((server.address() as AddressInfo).port));
  });
}

/** By Ctrl-C or a signal. */
function askedToEnd(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => resolve());
  });
}
