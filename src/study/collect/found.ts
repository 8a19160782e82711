// What a source hands over: requests, what was said of them later, and what it left out and why. And how it goes on where it was left.
import type { LoopRow } from "../loop/loop-row.ts";

export const DROPS = [
  "bad line",
  "bad request",
  "no request",
  "no text",
  "no prompt kept",
  "prompt cut off",
  "not routed",
  "already there",
] as const;
export type Drop = (typeof DROPS)[number];

export type Found =
  | {
      readonly kind: "row";
      readonly row: LoopRow;
      readonly partly?: boolean; // the last message of a conversation that may have been longer
      readonly unnamed?: boolean; // its id is made of what it is: another with that id is another request that is the same
    }
  | { readonly kind: "word"; readonly of: string; readonly rating: number | undefined; readonly signal: string | undefined }
  | { readonly kind: "dropped"; readonly why: Drop; readonly place: string; readonly message: string };

/** How far the rows of a file were taken. Its name may change and it may be packed: it is known by its rows. */
export interface FileMark {
  readonly first: string; // hash of its first row
  readonly last: string; // of the last row that was taken
  readonly rows: number; // up to that one
}

/** A span of time of a server's that is read page by page. */
export interface PageMark {
  readonly from: string | undefined; // ISO 8601
  readonly to: string;
  readonly cursor: string | undefined; // of the next page; undefined: of the first, or all is read
  readonly done: boolean;
}

/** One thing that is read. In batches: `mark` holds behind the whole batch that was handed over last. */
export interface Reading<M> {
  readonly batches: AsyncIterable<readonly Found[]>;
  mark(): M | undefined; // undefined: nothing was read
}
