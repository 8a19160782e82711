// The scanner with its splice next to JSON.parse, delete and JSON.stringify on the same bodies: CPU time, both in turns within each round,
// the median of the rounds with the spread. The other side finds no keywords and counts nothing. Beside it what the estimate of a request's
// tokens adds, which routing asks for of every chat. Run: node bench/scanner.ts [rounds]
import { isUtf8 } from "node:buffer";
import { fileURLToPath } from "node:url";
import { PRESETS } from "../src/config/presets.ts";
import { withoutModel } from "../src/request/chat/body-edit.ts";
import { ChatScanner } from "../src/request/chat/scanner.ts";
import { chatBody, KINDS, type Kind } from "./chat-bodies.ts";
import { printTable, type Spread, shown, spreadOf } from "./table.ts";

export interface ScannerRow {
  readonly kind: Kind;
  readonly bytes: number;
  readonly scanMBs: Spread; // scan alone
  readonly spliceMBs: Spread; // scan, and the body without `model` copied into a buffer of its own
  readonly tokensUs: Spread; // to estimate its tokens behind the scan, a request
  readonly jsonMBs: Spread; // JSON.parse, delete, JSON.stringify: from bytes to bytes
  readonly ratio: Spread; // how many times as fast as JSON the splice is, round by round
}

const SIZES = [1 << 10, 16 << 10, 256 << 10];
const ESTIMATES = 20_000; // in one cell of one round
const CELL_BYTES = 40e6; // read in one cell of one round; the slower side reads a quarter

export function measureScanner(rounds = 7): readonly ScannerRow[] {
  const scanner = new ChatScanner({ keywords: PRESETS.v7.keywords, scopes: ["all"], params: [], maxBodyBytes: 16 << 20, isUtf8 });
  const cells = [...KINDS.flatMap((kind) => SIZES.map((size) => [kind, size] as const)), ["image", 4 << 20] as const];
  return cells.map(([kind, size]) => measureBody(scanner, kind, chatBody(kind, size), rounds));
}

function measureBody(scanner: ChatScanner, kind: Kind, body: Buffer, rounds: number): ScannerRow {
  const spliced = () => {
    const result = scanner.scan(body);
    if (result.kind !== "chat") throw new Error("not a chat");
    return Buffer.concat(withoutModel(body, result.model));
  };
  const serialised = () => {
    const request = JSON.parse(body.toString());
    delete request.model;
    return Buffer.from(JSON.stringify(request));
  };
  if (!spliced().equals(serialised())) throw new Error(`${kind}: the two bodies differ`);
  const rates = { scan: [] as number[], splice: [] as number[], json: [] as number[], tokensUs: [] as number[] };
  for (let round = -1; round < rounds; round++) {
    const scan = megabytesPerSecond(body, CELL_BYTES, () => scanner.scan(body));
    const splice = megabytesPerSecond(body, CELL_BYTES, spliced);
    const json = megabytesPerSecond(body, CELL_BYTES / 4, serialised);
    scanner.scan(body);
    const tokensUs = microsEach(ESTIMATES, () => scanner.inputTokens(body));
    if (round < 0) continue; // the first warms up
    rates.tokensUs.push(tokensUs);
    rates.scan.push(scan);
    rates.splice.push(splice);
    rates.json.push(json);
  }
  const ratio = spreadOf(rates.splice.map((rate, i) => rate / (rates.json[i] ?? Number.NaN)));
  return {
    kind,
    bytes: body.length,
    scanMBs: spreadOf(rates.scan),
    spliceMBs: spreadOf(rates.splice),
    tokensUs: spreadOf(rates.tokensUs),
    jsonMBs: spreadOf(rates.json),
    ratio,
  };
}

/** By CPU time of this process, so that a busy neighbour counts less. */
function megabytesPerSecond(body: Buffer, bytes: number, work: () => unknown): number {
  const runs = Math.max(3, Math.round(bytes / body.length));
  const before = process.cpuUsage();
  for (let run = 0; run < runs; run++) work();
  const { user, system } = process.cpuUsage(before);
  return (runs * body.length) / (user + system);
}

function microsEach(runs: number, work: () => unknown): number {
  const before = process.cpuUsage();
  for (let run = 0; run < runs; run++) work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / runs;
}

export function printScanner(rows: readonly ScannerRow[]): void {
  console.log(
    "\nThe scanner next to JSON.parse + delete + JSON.stringify on the same bodies, MB/s of CPU time; tokens in µs: median [min–max]",
  );
  printTable(
    ["body", "bytes", "scan", "scan + splice", "JSON", "times as fast", "tokens"],
    rows.map(({ kind, bytes, scanMBs, spliceMBs, jsonMBs, ratio, tokensUs }) => [
      kind,
      String(bytes),
      shown(scanMBs),
      shown(spliceMBs),
      shown(jsonMBs),
      shown(ratio),
      shown(tokensUs),
    ]),
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) printScanner(measureScanner(Number(process.argv[2] ?? 7)));
