// A collection: takes what the sources hand over, masks it, counts the alike together, and writes the rest; and joins what is said later.

import { textIn } from "../../request/chat/facts.ts";
import type { ChatScanner } from "../../request/chat/scanner.ts";
import { ask } from "../evaluate/trial.ts";
import type { Json, LoopRow } from "../loop/loop-row.ts";
import { readLoop } from "../loop/read-loop.ts";
import type { Text } from "./alike.ts";
import { CollectedFile } from "./collected-file.ts";
import { DROPS, type Drop, type Found } from "./found.ts";
import { KnownRows } from "./known-rows.ts";
import type { Masking } from "./mask.ts";

export interface CollectionSettings {
  readonly out: string;
  readonly exists: boolean; // there is such a file, which goes on
  readonly scanner: ChatScanner; // with the scopes all and last_user
  readonly masking: Masking;
  readonly nearDuplicates: boolean; // rows that are nearly the same are one; those that are the same always are
}

export interface CollectionCounts {
  readonly written: number; // rows
  readonly same: number; // requests that are the same as one that is there
  readonly alike: number; // nearly
  readonly partly: number; // of the rows written: the last message of a longer conversation
  readonly words: number; // ratings and signals that were joined
  readonly strayWords: number; // of requests that are not here
  readonly dropped: Readonly<Record<Drop, number>>;
  readonly firstDropped: readonly DroppedRow[]; // the first of each reason
}

export type DroppedRow = Omit<Extract<Found, { kind: "dropped" }>, "kind">;

export class Collection {
  readonly #settings: CollectionSettings;
  readonly #file: CollectedFile;
  readonly #known: KnownRows;
  readonly #counts = { written: 0, same: 0, alike: 0, partly: 0, words: 0, strayWords: 0 };
  readonly #dropped = Object.fromEntries(DROPS.map((why) => [why, 0])) as Record<Drop, number>;
  readonly #firstDropped: DroppedRow[] = [];

  private constructor(settings: CollectionSettings, known: KnownRows, file: CollectedFile) {
    this.#settings = settings;
    this.#known = known;
    this.#file = file;
  }

  /** Throws `data-invalid` for a file that goes on and holds no rows of the loop. */
  static async open(settings: CollectionSettings): Promise<Collection> {
    const known = new KnownRows(settings.nearDuplicates);
    let rows = 0;
    if (settings.exists) {
      for await (const { row } of readLoop([settings.out])) {
        const read = textOf(settings.scanner, row);
        known.takeOld(row, read.kind === "text" ? read : { said: "", all: "", turns: 0 });
        rows++;
      }
    }
    return new Collection(settings, known, await CollectedFile.open(settings.out, rows));
  }

  get counts(): CollectionCounts {
    return { ...this.#counts, dropped: this.#dropped, firstDropped: this.#firstDropped };
  }

  /** In the file, and those that wait for it. */
  get rows(): number {
    return this.#file.rows;
  }

  /** Changes of rows that wait in memory. */
  get changes(): number {
    return this.#file.changes;
  }

  async take(found: Found): Promise<void> {
    switch (found.kind) {
      case "dropped":
        return this.#drop(found);
      case "word":
        return this.#hear(found);
      case "row":
        return await this.#takeRow(found);
      default:
        found satisfies never;
    }
  }

  /** The file holds all that was taken. `announce` is told its hash before it takes the old one's place. */
  async settle(announce: (hash: string) => Promise<void>): Promise<void> {
    await this.#file.settle(announce);
  }

  async close(): Promise<void> {
    await this.#file.close();
  }

  #drop({ why, place, message }: DroppedRow): void {
    this.#dropped[why]++;
    if (this.#dropped[why] === 1) this.#firstDropped.push({ why, place, message });
  }

  #hear({ of, rating, signal }: Extract<Found, { kind: "word" }>): void {
    const row = this.#known.rowOf(of);
    if (row === undefined) this.#counts.strayWords++;
    else {
      this.#counts.words++;
      this.#file.change(row, { ...(rating !== undefined && { rating }), ...(signal !== undefined && { signal }) });
    }
  }

  async #takeRow({ row: found, partly, unnamed }: Extract<Found, { kind: "row" }>): Promise<void> {
    const row = { ...(this.#settings.masking.value(found as unknown as Json) as unknown as LoopRow), id: found.id };
    const read = textOf(this.#settings.scanner, row);
    if (read.kind === "wrong") return this.#drop({ why: read.why, place: found.id, message: read.message });
    const placed = this.#known.place(row, read, unnamed === true);
    switch (placed.kind) {
      case "there":
        return this.#drop({ why: "already there", place: found.id, message: "it was collected before" });
      case "new":
        this.#counts.written++;
        if (partly === true) this.#counts.partly++;
        return await this.#file.add({ ...row, id: placed.id });
      case "same":
      case "alike": {
        this.#counts[placed.kind]++;
        const { rating, signals } = placed.sameTier ? (row.seen ?? {}) : {};
        this.#file.change(placed.row, { like: row.like ?? 1, ...(rating !== undefined && { rating }) });
        for (const signal of signals ?? []) this.#file.change(placed.row, { signal });
        return;
      }
      default:
        placed satisfies never;
    }
  }
}

type Read =
  | ({ readonly kind: "text"; readonly turns: number } & Omit<Text, "rest">)
  | { readonly kind: "wrong"; readonly why: Drop; readonly message: string };

const UTF8 = new TextDecoder("utf-8", { ignoreBOM: true });

/** As the filter would read it. */
function textOf(scanner: ChatScanner, { request, path, id }: LoopRow): Read {
  const asked = ask(scanner, { body: Buffer.from(JSON.stringify(request)), path, place: id });
  if (asked.kind === "wrong") return { kind: "wrong", why: "bad request", message: asked.problem };
  const { facts } = asked.request;
  if (textIn(facts, "all").chars === 0) return { kind: "wrong", why: "no text", message: "there is no text in the request" };
  const all = UTF8.decode(asked.request.text("all"));
  const said = UTF8.decode(asked.request.text("last_user"));
  return { kind: "text", said: said === "" ? all : said, all, turns: facts.turns };
}
