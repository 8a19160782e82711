// What limits count, kept over a restart in a small file: written beside it and renamed, about once a second where something has changed.
// A file that cannot be read is put aside, and nothing counts as used: counters shall not keep a gateway from starting.
import { readFile, rename } from "node:fs/promises";
import { z } from "zod";
import type { KeptLimit, Ledger } from "../../request/guard/limits/ledger.ts";
import { replacedFile } from "../output/replaced-file.ts";
import type { Logger } from "../telemetry/log.ts";
import type { Metrics } from "../telemetry/metrics.ts";

export interface LedgerFileDeps {
  readonly path: string;
  readonly ledger: Ledger;
  readonly hasChanged: () => boolean; // since it was last asked
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly now: () => number; // milliseconds since the epoch
  readonly everyMs?: number; // in tests
}

export interface LedgerFile {
  /** Writes what has changed, and stops. */
  close(): Promise<void>;
}

const EVERY_MS = 1000;
/** Where writing takes long, a twentieth of the time goes into it. */
const REST = 20;

const amount = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
const amounts = z.array(z.number().min(0)).max(64);
const window = z.strictObject({ key: z.string().max(64), startMs: z.number(), endMs: z.number() });
const account = z.strictObject({
  scope: z.string().max(128),
  window,
  used: amount,
  reservedAtLeast: amount,
  unpriced: amount,
  told: amount,
  demand: amounts,
  before: amounts.nullable(),
});
const limit = z.strictObject({
  id: z.string(),
  bias: z.number().min(0),
  profile: z.array(z.number().min(-1)).max(24),
  accounts: z.array(account),
});
const file = z.strictObject({ version: z.literal(1), limits: z.array(limit) });

/** Restores what the file has; the ledger must know its limits by then. */
export async function openLedgerFile(deps: LedgerFileDeps): Promise<LedgerFile> {
  const { path, ledger, hasChanged, metrics, log, now, everyMs = EVERY_MS } = deps;
  const kept = await keptIn(deps);
  if (kept !== undefined) ledger.restore(kept, now());
  let isFailing = false;
  let isClosed = false;
  let timer: NodeJS.Timeout | undefined;
  let writing = Promise.resolve();

  const write = async (): Promise<void> => {
    try {
      await replacedFile(path, JSON.stringify({ version: 1, limits: ledger.kept(now()) }));
      if (isFailing) log.info({ path }, "the ledger's file is written again");
      isFailing = false;
      metrics.ledgerFile("written");
    } catch (err) {
      if (!isFailing) log.error({ path, err }, "the ledger's file cannot be written: what is used from now on is forgotten at a restart");
      isFailing = true;
      metrics.ledgerFile("failed");
    }
  };
  const again = (afterMs: number): void => {
    timer = setTimeout(() => {
      writing = turn();
    }, afterMs);
    timer.unref();
  };
  const turn = async (): Promise<void> => {
    const begun = performance.now();
    if (hasChanged() || isFailing) await write();
    if (!isClosed) again(Math.max(everyMs, REST * (performance.now() - begun)));
  };
  again(everyMs);
  return {
    async close() {
      isClosed = true;
      clearTimeout(timer);
      await writing;
      await write();
    },
  };
}

/** Undefined: there is none yet, or it will not do. */
async function keptIn({ path, metrics, log }: LedgerFileDeps): Promise<readonly KeptLimit[] | undefined> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (err) {
    if ((err as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    metrics.ledgerFile("bad");
    log.warn({ path, err }, "the ledger's file cannot be read: nothing counts as used");
    return undefined;
  }
  try {
    const { limits } = file.parse(JSON.parse(text));
    metrics.ledgerFile("read");
    return limits;
  } catch {
    const aside = `${path}.bad`;
    metrics.ledgerFile("bad");
    await rename(path, aside).catch(() => undefined);
    log.warn({ path, aside }, "the ledger's file is damaged and was put aside: nothing counts as used");
    return undefined;
  }
}
