// `sluice label`: a page on this machine to label rows on by keyboard; and what is made of the labels: rows with them, agreement, a
// spreadsheet there and back.
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Command, InvalidArgumentError } from "commander";
import { SluiceError } from "../errors.ts";
import { listenError } from "../listen-address.ts";
import { openDesk, rowsToLabel } from "../study/label/desk.ts";
import { deskListener, newToken } from "../study/label/desk-server.ts";
import { openJournal } from "../study/label/journal.ts";
import type { TierPair } from "../study/label/label-entry.ts";
import { readLoop } from "../study/loop/read-loop.ts";
import { requireWritable } from "./output-file.ts";

const LOOPBACK = "127.0.0.1";

interface Options {
  readonly data?: readonly string[];
  readonly labels?: readonly string[];
  readonly by?: string;
  readonly seed: number;
  readonly tiers: TierPair;
  readonly port: number;
}

export function labelCommand(): Command {
  return new Command("label")
    .description("label requests by keyboard on a page of this machine, and say how far two people agree")
    .option("--data <file...>", "rows to label, as `sluice sample` or `sluice replay` wrote them")
    .option("--labels <file...>", "where labels are kept, a line each; to label, one file")
    .option("--by <name>", "who labels")
    .option("--seed <number>", "of the order in which two answers stand", wholeOption, 1)
    .option("--tiers <weak,strong>", "the two tiers whose answers are compared", tiersOption, ["weak", "strong"])
    .option("--port <number>", "of the page; 0 takes a free one", wholeOption, 0)
    .action(runLabel);
}

async function runLabel(options: Options): Promise<void> {
  await labelByPage(options);
}

async function labelByPage({ data, labels, by, seed, tiers, port }: Options): Promise<void> {
  const [file, ...others] = labels ?? [];
  if (data === undefined || by === undefined || file === undefined || others.length > 0) {
    throw new SluiceError("label-usage", "to label, it takes rows, one file for the labels, and a name");
  }
  await requireWritable(file);
  const rows = await rowsToLabel(readLoop(data));
  const journal = await openJournal(file);
  const desk = openDesk(rows, journal, { by, seed, tiers, now: () => new Date() });
  const token = newToken();
  const server = createServer(deskListener(desk, token, (message) => process.stderr.write(`${message}\n`)));
  try {
    const bound = await listening(server, port);
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

function wholeOption(text: string): number {
  const number = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(number)) throw new InvalidArgumentError("It is a whole number from 0.");
  return number;
}

function tiersOption(text: string): TierPair {
  const [weak = "", strong = "", ...rest] = text.split(",").map((name) => name.trim());
  if (weak === "" || strong === "" || weak === strong || rest.length > 0) {
    throw new InvalidArgumentError("Write two names, the cheap tier first: weak,strong.");
  }
  return [weak, strong];
}
