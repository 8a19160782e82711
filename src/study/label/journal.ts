// The file of labels: a line for each that is given or taken back, on the disk before anybody is told so. What a crash has left of a last
// line was never acknowledged, and is cut off.
import { type FileHandle, open } from "node:fs/promises";
import { SluiceError } from "../../errors.ts";
import { jsonLinesRows } from "../dataset/json-lines.ts";
import { dataError, shown } from "../dataset/problem.ts";
import type { Row } from "../dataset/request.ts";
import { openSource } from "../dataset/source.ts";
import type { LoopLabel } from "../loop/loop-row.ts";
import type { LabelEntry } from "./label-entry.ts";

const MAX_LINE_BYTES = 64 * 1024 * 1024; // rows of the loop hold labels too
const NEWLINE = 0x0a;

export interface Journal {
  readonly before: readonly LabelEntry[]; // what the file held
  /** Resolves when they are on the disk; those that wait keep their order. Throws `output-unwritable`. */
  append(entries: readonly LabelEntry[]): Promise<void>;
  close(): Promise<void>;
}

/** Makes the file where there is none. Throws `output-unwritable`, or `data-…` where it holds something else. */
export async function openJournal(path: string): Promise<Journal> {
  const file = await opened(path);
  try {
    await cutHalfLine(file);
    const before = await labelsIn([path]);
    let last: Promise<void> = Promise.resolve();
    return {
      before,
      append(entries) {
        const lines = entries.map((entry) => `${JSON.stringify(entry)}\n`).join("");
        last = last.catch(() => undefined).then(() => written(file, path, lines));
        return last;
      },
      async close() {
        await last.catch(() => undefined);
        await file.close();
      },
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** Prompts may stand in notes: for this user alone. */
async function opened(path: string): Promise<FileHandle> {
  try {
    return await open(path, "a+", 0o600);
  } catch (cause) {
    throw new SluiceError("output-unwritable", `${path}: cannot be written`, { cause });
  }
}

async function cutHalfLine(file: FileHandle): Promise<void> {
  const { size } = await file.stat();
  const piece = Buffer.alloc(64 * 1024);
  for (let end = size; end > 0; ) {
    const start = Math.max(0, end - piece.length);
    const { bytesRead } = await file.read(piece, 0, end - start, start);
    const newline = piece.subarray(0, bytesRead).lastIndexOf(NEWLINE);
    const kept = newline < 0 ? 0 : start + newline + 1;
    if (newline >= 0 || start === 0) {
      if (kept < size) await file.truncate(kept);
      return;
    }
    end = start;
  }
}

async function written(file: FileHandle, path: string, lines: string): Promise<void> {
  try {
    await file.appendFile(lines);
    await file.datasync();
  } catch (cause) {
    throw new SluiceError("output-unwritable", `${path}: the label is not on the disk`, { cause });
  }
}

/** Of files of labels, and of rows that carry labels. Throws `data-…` errors. */
export async function labelsIn(files: readonly string[]): Promise<readonly LabelEntry[]> {
  const entries: LabelEntry[] = [];
  for (const path of files) {
    const source = await openSource(path, { format: "json-lines" });
    for await (const rows of jsonLinesRows(source, MAX_LINE_BYTES)) {
      for (const row of rows) {
        if ("kind" in row) throw dataError(row);
        entries.push(...entriesOf(row));
      }
    }
  }
  return entries;
}

function entriesOf(row: Row): readonly LabelEntry[] {
  const id = row.value("id");
  if (typeof id !== "string" || id === "") throw wrong(row, "an id, text", id);
  if (row.names.includes("request")) {
    const labels = row.value("labels") ?? [];
    if (!Array.isArray(labels)) throw wrong(row, "labels, a list", labels);
    return labels.map((label: unknown) => entryOf(row, id, label));
  }
  return [entryOf(row, id, Object.fromEntries(row.names.map((name) => [name, row.value(name)])))];
}

const NEEDED: readonly unknown[] = [undefined, "weak", "strong"];
const BETTER: readonly unknown[] = [undefined, "weak", "strong", "tie"];

function entryOf(row: Row, id: string, value: unknown): LabelEntry {
  const label = (typeof value === "object" && value !== null ? value : {}) as Partial<LoopLabel>;
  if (typeof label.by !== "string" || label.by === "") throw wrong(row, "a label with `by`, who gave it", value);
  if (!NEEDED.includes(label.needed)) throw wrong(row, "`needed` to be weak or strong", label.needed);
  if (!BETTER.includes(label.better)) throw wrong(row, "`better` to be weak, strong or tie", label.better);
  return { ...(label as LoopLabel), id };
}

function wrong({ place }: Row, expected: string, found: unknown): SluiceError {
  const hint = "Give a file that `sluice label` wrote, or rows that carry labels.";
  return dataError({ place, message: `expected ${expected}, found ${shown(found)}`, hint });
}

/** What stands, by row and by person: the last that each said, unless it was taken back. */
export function standing(entries: readonly LabelEntry[]): ReadonlyMap<string, ReadonlyMap<string, LabelEntry>> {
  const rows = new Map<string, Map<string, LabelEntry>>();
  for (const entry of entries) {
    const said = rows.get(entry.id) ?? new Map<string, LabelEntry>();
    said.delete(entry.by);
    if (entry.undone !== true) said.set(entry.by, entry);
    rows.set(entry.id, said);
  }
  return rows;
}
