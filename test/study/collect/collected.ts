// Runs a collection into a folder of its own, and reads what it wrote.
import { isUtf8 } from "node:buffer";
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ChatScanner, MAX_BODY_BYTES } from "../../../src/request/chat/scanner.ts";
import { type CollectSettings, collect, type Sources } from "../../../src/study/collect/collect.ts";
import { masking } from "../../../src/study/collect/mask.ts";
import { OWN_COLUMNS } from "../../../src/study/dataset/columns.ts";
import { trialNeeds } from "../../../src/study/evaluate/trial.ts";
import type { LoopRow } from "../../../src/study/loop/loop-row.ts";

const NO_SOURCES: Sources = { data: [], columns: OWN_COLUMNS, tiers: {}, logs: [], traces: [], langfuse: undefined };

export function newFolder(): string {
  return mkdtempSync(join(tmpdir(), "sluice-collect-"));
}

export async function collected(out: string, sources: Partial<Sources>, changes: Partial<CollectSettings> = {}) {
  return await collect({
    out,
    sources: { ...NO_SOURCES, ...sources },
    scanner: new ChatScanner({ ...trialNeeds([]), envelopes: [], maxBodyBytes: MAX_BODY_BYTES, isUtf8 }),
    masking: masking(),
    nearDuplicates: true,
    signal: new AbortController().signal,
    onBytes: () => {},
    onPage: () => {},
    now: () => performance.now(),
    ...changes,
  });
}

export function rowsIn(file: string): readonly LoopRow[] {
  return readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as LoopRow);
}

/** Lines of JSON. */
export function linesOf(...objects: readonly object[]): string {
  return objects.map((each) => `${JSON.stringify(each)}\n`).join("");
}

/** A question that is like no other of its kind. */
export function question(number: number): string {
  const words = ["whales", "taxes", "granite", "violins", "yeast", "glaciers", "verbs", "bridges", "copper", "ferns"];
  const word = (at: number) => words[Math.floor(number / words.length ** at) % words.length] ?? "";
  return `${number}: how do ${word(0)} matter to ${word(1)}, and what of ${word(2)} ${String(number * 7919).repeat(3)}?`;
}
