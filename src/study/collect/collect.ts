// One run of a collection: reads all sources, each from where it was left, and settles the file now and then, so that a run that is ended
// loses a minute at most and repeats nothing.
import { stat } from "node:fs/promises";
import { SluiceError } from "../../errors.ts";
import type { Columns } from "../dataset/columns.ts";
import type { TierNames } from "../dataset/row.ts";
import { announceState, type CollectState, confirmState, forgetState, NOTHING_READ, readState, type ServerMarks } from "./collect-state.ts";
import { hashOfFile } from "./collected-file.ts";
import { Collection, type CollectionCounts, type CollectionSettings } from "./collection.ts";
import { fileRows } from "./file-rows.ts";
import type { FileMark, Reading } from "./found.ts";
import { foundInData } from "./from-data.ts";
import { langfuseGenerations, langfuseScores } from "./from-langfuse.ts";
import { foundInLog } from "./from-log.ts";
import { foundInTraces } from "./from-otlp.ts";
import type { LangfuseAccess, PageWaits } from "./langfuse-pages.ts";

export interface Sources {
  readonly data: readonly string[];
  readonly columns: Columns;
  readonly tiers: TierNames;
  readonly logs: readonly string[];
  readonly traces: readonly string[];
  readonly langfuse: { readonly access: LangfuseAccess; readonly from: string | undefined; readonly to: string } | undefined;
  readonly waits?: PageWaits;
}

export interface CollectSettings extends Omit<CollectionSettings, "exists"> {
  readonly sources: Sources;
  readonly signal: AbortSignal; // ends the run with what there is
  readonly onBytes: (bytes: number) => void;
  readonly onPage: (observations: number) => void;
  readonly now: () => number; // milliseconds, monotonic
}

export interface Collected extends CollectionCounts {
  readonly rows: number; // in the file
  readonly stopped: boolean; // not all was read
}

const SETTLE_MS = 60_000;
const SETTLE_TIMES = 10; // as long at least as the last settling took
const MOST_CHANGES = 200_000;

export async function collect(settings: CollectSettings): Promise<Collected> {
  const { state, exists } = await openState(settings.out);
  const collection = await Collection.open({ ...settings, exists });
  const run = new Run(settings, collection, state);
  try {
    await run.readAll();
    await run.settle();
  } catch (error) {
    if (!settings.signal.aborted) throw await run.rescued(error);
    await run.settle();
  } finally {
    await collection.close();
  }
  return { ...collection.counts, rows: collection.rows, stopped: settings.signal.aborted };
}

async function openState(out: string): Promise<{ readonly state: CollectState; readonly exists: boolean }> {
  const there = await stat(out).catch(() => undefined);
  if (there === undefined) {
    await forgetState(out);
    return { state: NOTHING_READ, exists: false };
  }
  const state = there.isFile() ? await readState(out, await hashOfFile(out)) : undefined;
  if (state === undefined) throw new SluiceError("collect-output-taken", `${out}: is there already`);
  return { state, exists: true };
}

class Run {
  readonly #settings: CollectSettings;
  readonly #collection: Collection;
  readonly #servers: Record<string, ServerMarks>;
  #files: readonly FileMark[];
  #settledAt: number;
  #pauseMs = SETTLE_MS;

  constructor(settings: CollectSettings, collection: Collection, state: CollectState) {
    this.#settings = settings;
    this.#collection = collection;
    this.#files = state.files;
    this.#servers = { ...state.servers };
    this.#settledAt = settings.now();
  }

  async readAll(): Promise<void> {
    const { sources, onBytes } = this.#settings;
    const { data, logs, traces, columns, tiers } = sources;
    for (const file of data) await this.#readFile(fileRows({ file, marks: this.#files, onBytes }, foundInData(columns, tiers)));
    for (const file of logs) await this.#readFile(fileRows({ file, format: "json-lines", marks: this.#files, onBytes }, foundInLog));
    for (const file of traces) await this.#readFile(fileRows({ file, format: "json-lines", marks: this.#files, onBytes }, foundInTraces));
    if (sources.langfuse !== undefined) await this.#readLangfuse(sources.langfuse);
  }

  /** The file holds all that was taken, and the state says what that is. */
  async settle(): Promise<void> {
    const { out, now } = this.#settings;
    const startedAt = now();
    await this.#collection.settle((hash) => announceState(out, { output: hash, files: this.#files, servers: this.#servers }));
    await confirmState(out);
    this.#settledAt = now();
    this.#pauseMs = Math.max(SETTLE_MS, SETTLE_TIMES * (this.#settledAt - startedAt));
  }

  /** What was read before the error is kept. An error of the settling itself is the first one's shadow. */
  async rescued(error: unknown): Promise<unknown> {
    if (error instanceof SluiceError && error.code !== "output-unwritable") await this.settle().catch(() => undefined);
    return error;
  }

  async #readFile(reading: Reading<FileMark>): Promise<void> {
    const before = this.#files;
    await this.#takeAll(reading, (mark) => {
      this.#files = [...before.filter((each) => each.first !== mark.first || each.rows > mark.rows), mark];
    });
  }

  async #readLangfuse({ access, from, to }: NonNullable<Sources["langfuse"]>): Promise<void> {
    const { signal, onPage, sources } = this.#settings;
    const reading = { access, signal, onPage, ...(sources.waits !== undefined && { waits: sources.waits }) };
    const marks = () => this.#servers[access.url];
    const generations = langfuseGenerations(reading, { before: marks()?.observations, from, to });
    await this.#takeAll(generations, (observations) => {
      this.#servers[access.url] = { ...marks(), observations };
    });
    const scores = langfuseScores(reading, { before: marks()?.scores, from, to });
    await this.#takeAll(scores, (mark) => {
      this.#servers[access.url] = { ...marks(), scores: mark };
    });
  }

  async #takeAll<M>({ batches, mark }: Reading<M>, keep: (mark: M) => void): Promise<void> {
    const note = () => {
      const reached = mark();
      if (reached !== undefined) keep(reached);
    };
    try {
      for await (const batch of batches) {
        for (const found of batch) await this.#collection.take(found);
        this.#settings.signal.throwIfAborted();
        if (!this.#isDue()) continue;
        note();
        await this.settle();
      }
    } finally {
      note();
    }
  }

  #isDue(): boolean {
    return this.#settings.now() - this.#settledAt >= this.#pauseMs || this.#collection.changes >= MOST_CHANGES;
  }
}
