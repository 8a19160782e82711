// What a judge was asked and said, a line as it comes, beside the output: a run that was broken off goes on from it, and nothing is paid
// for twice.
import { createHash } from "node:crypto";
import { jsonLinesRows } from "../../dataset/json-lines.ts";
import { openSource } from "../../dataset/source.ts";
import { LinesFile } from "../lines-file.ts";
import type { Looks } from "./verdict.ts";

export interface JudgedPair {
  readonly tier: string; // the challenger
  readonly looks: Looks;
}

export type Entry =
  | { readonly kind: "judged"; readonly pairs: readonly JudgedPair[]; readonly cost?: number }
  | { readonly kind: "graded"; readonly by: string; readonly right: Readonly<Record<string, boolean>> };

interface Line {
  readonly id: string;
  readonly key: string; // of all that the verdict depends on
  readonly entry: Entry;
}

const MAX_LINE_BYTES = 1 << 20;

type Entries = Map<string, { readonly key: string; readonly entry: Entry }>; // by id

export class Journal {
  readonly #lines: LinesFile;
  readonly #entries: Entries;

  private constructor(lines: LinesFile, entries: Entries) {
    this.#lines = lines;
    this.#entries = entries;
  }

  /** Throws `output-unwritable`. Lines that are none of ours are passed over. */
  static async open(path: string): Promise<Journal> {
    const lines = await LinesFile.open(path);
    const entries: Entries = new Map();
    for await (const rows of jsonLinesRows(await openSource(path, { format: "json-lines" }), MAX_LINE_BYTES)) {
      for (const row of rows) {
        if ("kind" in row) continue;
        const [id, key, entry] = [row.value("id"), row.value("key"), row.value("entry")];
        if (typeof id === "string" && typeof key === "string" && isEntry(entry)) entries.set(id, { key, entry });
      }
    }
    return new Journal(lines, entries);
  }

  /** Undefined: not asked yet, or asked something else. */
  entry(id: string, key: string): Entry | undefined {
    const found = this.#entries.get(id);
    return found?.key === key ? found.entry : undefined;
  }

  async add(line: Line): Promise<void> {
    this.#entries.set(line.id, { key: line.key, entry: line.entry });
    await this.#lines.append(`${JSON.stringify(line)}\n`);
  }

  close(): Promise<void> {
    return this.#lines.close();
  }
}

function isEntry(value: unknown): value is Entry {
  return typeof value === "object" && value !== null && "kind" in value && (value.kind === "judged" || value.kind === "graded");
}

export function keyOf(parts: readonly unknown[]): string {
  return createHash("sha256").update(JSON.stringify(parts)).digest("base64url").slice(0, 16);
}
