// When a log file is full or of another day, and how a new one is begun: `decisions.jsonl` becomes `decisions.1.jsonl`, that one
// `decisions.2.jsonl`, and so on. The ending, which says the format, stays last.
import { rename } from "node:fs/promises";
import { join, parse } from "node:path";

export interface RotationSettings {
  readonly maxBytes: number; // of one file
  readonly keep: number; // files beside the one being written; 0: it is never begun anew
}

/** By the host's clock and its time zone. */
export function dayOf(ms: number): string {
  const date = new Date(ms);
  return `${date.getFullYear()}-${date.getMonth()}-${date.getDate()}`;
}

export function isDue(
  file: { readonly size: number; readonly writtenAtMs: number },
  { maxBytes, keep }: RotationSettings,
  nowMs: number,
): boolean {
  return keep > 0 && file.size > 0 && (file.size >= maxBytes || dayOf(file.writtenAtMs) !== dayOf(nowMs));
}

/** Makes room for a new file at `path`. The oldest one goes. */
export async function shiftFiles(path: string, keep: number): Promise<void> {
  for (let index = keep; index > 0; index--) {
    await rename(index === 1 ? path : olderPath(path, index - 1), olderPath(path, index)).catch(unlessMissing);
  }
}

export function olderPath(path: string, index: number): string {
  const { dir, name, ext } = parse(path);
  return join(dir, `${name}.${index}${ext}`);
}

function unlessMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== "ENOENT") throw error;
}
