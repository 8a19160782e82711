// Which rows there are: by id, by what they are, by what they are nearly the same as. About 200 bytes a row in memory, and no texts.
import { createHash } from "node:crypto";
import type { LoopRow } from "../loop/loop-row.ts";
import { Alike, type Text } from "./alike.ts";

export type Placed =
  | { readonly kind: "new"; readonly id: string }
  | { readonly kind: "same" | "alike"; readonly row: number; readonly sameTier: boolean } // answered by the same tier
  | { readonly kind: "there" }; // the very request: it was read before

export type RowText = Omit<Text, "rest"> & { readonly turns: number };

/** Requests without a row of their own of which it is known which one stands for them: the last so many at least. */
const REMEMBERED = 200_000; // ids, two or more a request

export class KnownRows {
  readonly #alike: Alike | undefined;
  readonly #byId = new Map<string, number>();
  readonly #byTrace = new Map<string, number>();
  readonly #byContent = new Map<number, number>();
  readonly #asked: number[] = []; // by row: a hash of the request alone
  readonly #tiers: (string | undefined)[] = []; // by row: that answered
  #newer = new Map<string, number>();
  #older = new Map<string, number>();

  constructor(nearDuplicates: boolean) {
    this.#alike = nearDuplicates ? new Alike() : undefined;
  }

  /** A row that is in the file, whatever else is in there. */
  takeOld(row: LoopRow, text: RowText): void {
    const hashes = hashesOf(row, text.turns);
    this.#alike?.remember({ ...text, rest: hashes.rest }, this.#asked.length);
    this.#take(row.id, row, hashes);
  }

  /** Where a row belongs; a new one is taken as the next. */
  place(row: LoopRow, text: RowText, unnamed: boolean): Placed {
    const hashes = hashesOf(row, text.turns);
    const { asked, content, rest } = hashes;
    const known = this.#byId.get(row.id);
    const wasRead = (known !== undefined && this.#asked[known] === asked) || this.#stoodFor(row.id, asked);
    if (wasRead && !unnamed) return { kind: "there" };
    const same = this.#byContent.get(content);
    if (same !== undefined) return this.#stands("same", row, same, asked);
    const next = this.#asked.length;
    const alike = this.#alike?.find({ ...text, rest }, next);
    if (alike !== undefined) return this.#stands("alike", row, alike, asked);
    const id = known === undefined ? row.id : `${row.id}~${asked.toString(36)}`;
    this.#take(id, row, hashes);
    return { kind: "new", id };
  }

  /** The row of a request, or the one that stands for it; by the id of a trace or of a span too. */
  rowOf(id: string): number | undefined {
    const row = this.#byId.get(id) ?? this.#newer.get(id) ?? this.#older.get(id) ?? this.#byTrace.get(id);
    return row === NOBODY ? undefined : row;
  }

  #take(id: string, { seen }: LoopRow, { asked, content }: RowHashes): void {
    const next = this.#asked.length;
    this.#byId.set(id, next);
    this.#byContent.set(content, next);
    this.#asked.push(asked);
    this.#tiers.push(seen?.tier);
    const trace = traceOf(id);
    if (trace === undefined) return;
    if (!this.#byTrace.has(trace.id)) this.#byTrace.set(trace.id, next);
    this.#byTrace.set(trace.span, next);
  }

  /** The very request: it was read before, and another row stands for it. */
  #stoodFor(id: string, asked: number): boolean {
    const key = `${id} ${asked}`;
    return this.#newer.has(key) || this.#older.has(key);
  }

  /** What is said of it later counts for the row where the same tier answered. */
  #stands(kind: "same" | "alike", { id, seen }: LoopRow, row: number, asked: number): Placed {
    const sameTier = this.#tiers[row] === seen?.tier;
    if (this.#newer.size >= REMEMBERED) [this.#older, this.#newer] = [this.#newer, new Map()];
    const stand = sameTier ? row : NOBODY;
    this.#newer.set(id, stand).set(`${id} ${asked}`, stand);
    const trace = traceOf(id);
    if (trace !== undefined) this.#newer.set(trace.span, stand).set(trace.id, stand);
    return { kind, row, sameTier };
  }
}

const NOBODY = -1;

/** Rows from traces are called `trace:span`. */
function traceOf(id: string): { readonly id: string; readonly span: string } | undefined {
  const [, trace, span] = /^([^:]+):([^:]+)$/.exec(id) ?? [];
  return trace === undefined || span === undefined ? undefined : { id: trace, span };
}

interface RowHashes {
  readonly asked: number; // of the request alone
  readonly content: number; // and of what is known to be right
  readonly rest: number; // of all that must be equal where texts are nearly so
}

function hashesOf({ request, path, group, weak, strong, reference, task }: LoopRow, turns: number): RowHashes {
  const judged = [group, weak, strong, reference, task];
  const asked = hash48([request, path]);
  const { tools, response_format, text: format } = request;
  return { asked, content: hash48([asked, ...judged]), rest: hash48([path, ...judged, tools, response_format, format, turns]) >>> 0 };
}

/** Of 10 million rows two have the same with a chance of 16 %: as numbers they take little room. */
function hash48(of: unknown): number {
  return createHash("sha256").update(JSON.stringify(of)).digest().readUIntBE(0, 6);
}
