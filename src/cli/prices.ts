// `sluice prices`: takes the prices of the tiers' models over from a public list, shows them, and writes them when told to.
import { isUtf8 } from "node:buffer";
import { createReadStream } from "node:fs";
import { dirname } from "node:path";
import type { Readable, Writable } from "node:stream";
import { Command, InvalidArgumentError } from "commander";
import { parseConfig, readConfigFile } from "../config/load.ts";
import { modelsIn } from "../config/model-source.ts";
import { SluiceError } from "../errors.ts";
import { withPrices } from "../setup/prices/config-edit.ts";
import { parsePriceList } from "../setup/prices/price-list.ts";
import { type PricedTier, type TierPrices, tierPrices } from "../setup/prices/tier-prices.ts";
import { TOKEN_PRICES } from "../setup/prices/token-price.ts";
import { pricesText } from "./prices-text.ts";
import { replaceFile } from "./replace-file.ts";

interface PricesOptions {
  readonly from: readonly string[];
  readonly config?: string;
  readonly tier?: ReadonlyMap<string, string>;
  readonly write: boolean;
  readonly yes: boolean;
  readonly json: boolean;
}

const MOST_BYTES = 32 << 20; // LiteLLM's map is 1.6 MB
const INTERRUPTED = 130; // as a shell says it of Ctrl-C

export function pricesCommand(): Command {
  return new Command("prices")
    .description("take the tiers' prices over from LiteLLM's map of models or Portkey's pricing files")
    .requiredOption("--from <file...>", "price lists; of several, the first that knows a model counts; - is standard input")
    .option("--config <file>", "configuration with the tiers; without it, the defaults")
    .option(
      "--tier <name=model>",
      "the model to look up for a tier, where its `model` is not it; NAME= leaves the tier out",
      named,
      new Map(),
    )
    .option("--write", "write the prices into the configuration; nothing else in it changes", false)
    .option("--yes", "ask nothing before writing", false)
    .option("--json", "print one JSON object", false)
    .action(runPrices);
}

function named(text: string, before: ReadonlyMap<string, string> = new Map()): ReadonlyMap<string, string> {
  const at = text.indexOf("=");
  const [name, model] = [text.slice(0, at).trim(), text.slice(at + 1).trim()];
  if (at < 0 || name === "") throw new InvalidArgumentError("It must be NAME=MODEL.");
  if (before.has(name)) throw new InvalidArgumentError(`${name} is given twice.`);
  return new Map([...before, [name, model]]);
}

async function runPrices(options: PricesOptions): Promise<void> {
  const { config: path, from, json, tier = new Map(), write } = options;
  const terminal = process.stdin.isTTY === true && process.stderr.isTTY === true;
  if (write && path === undefined) throw new SluiceError("prices-not-confirmed", "--write without --config: no file to write to");
  if (write && !options.yes && !terminal) throw new SluiceError("prices-not-confirmed", "--write without --yes, and no terminal to ask on");
  const text = path === undefined ? "" : await readConfigFile(path);
  const source = path ?? "defaults";
  const readModel = modelsIn(path === undefined ? "." : dirname(path));
  const { tiers } = parseConfig(text, source, readModel);
  const lists = [];
  for (const file of from) lists.push(parsePriceList(await readList(file), file === "-" ? "standard input" : file));
  const prices = tierPrices(tiers, tier, lists);
  const changed = prices.priced.filter(isChanged);
  const after = write ? withPrices(text, source, changed.map(edited)) : text;
  if (!json) process.stdout.write(pricesText(prices));
  if (write && path !== undefined && changed.length > 0) {
    parseConfig(after, source, readModel);
    const ask = { input: process.stdin, output: process.stderr };
    const answer = options.yes ? "yes" : await mayWrite(path, ask);
    if (answer !== "yes") return stopped(answer, json, prices);
    await replaceFile(path, text, after);
  }
  const written = write && changed.length > 0;
  process.stdout.write(json ? asJson(prices, written) : `\n${outcome(changed.length, written, path)}\n`);
}

function isChanged({ before, after }: PricedTier): boolean {
  return TOKEN_PRICES.some((name) => before[name] !== after[name]);
}

function edited({ tier, index, after }: PricedTier) {
  return { tier, index, price: after };
}

function outcome(changed: number, written: boolean, path: string | undefined): string {
  if (changed === 0) return "all of these stand in the configuration already";
  if (written) return `wrote ${path}`;
  return `nothing was written; --write ${path === undefined ? "with --config FILE does" : `changes ${path}`}`;
}

function stopped(answer: Exclude<Answer, "yes">, json: boolean, prices: TierPrices): void {
  if (json) process.stdout.write(asJson(prices, false));
  process.stderr.write("nothing was written\n");
  if (answer === "cancelled") process.exitCode = INTERRUPTED;
}

function asJson({ priced, left }: TierPrices, written: boolean): string {
  const tiers = priced.map(({ index: _, ...tier }) => tier);
  return `${JSON.stringify({ written, tiers, left })}\n`;
}

export type Answer = "yes" | "no" | "cancelled";

/** Asks on a terminal. */
export async function mayWrite(path: string, terminal: { readonly input: Readable; readonly output: Writable }): Promise<Answer> {
  const { confirm, isCancel } = await import("@clack/prompts");
  const answer = await confirm({ ...terminal, message: `Write these prices into ${path}?` });
  return isCancel(answer) ? "cancelled" : answer ? "yes" : "no";
}

/** Throws `prices-unreadable`. */
async function readList(path: string): Promise<string> {
  const name = path === "-" ? "standard input" : path;
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of path === "-" ? process.stdin : createReadStream(path)) {
      chunks.push(chunk as Buffer);
      bytes += (chunk as Buffer).length;
      if (bytes > MOST_BYTES) break;
    }
  } catch (cause) {
    throw new SluiceError("prices-unreadable", `${name}: cannot be read`, { cause });
  }
  if (bytes > MOST_BYTES) throw new SluiceError("prices-unreadable", `${name}: larger than ${MOST_BYTES >> 20} MiB`);
  const text = Buffer.concat(chunks);
  if (!isUtf8(text)) throw new SluiceError("prices-unreadable", `${name}: not text in UTF-8`, { hint: "Save the file as UTF-8." });
  return text.toString();
}
