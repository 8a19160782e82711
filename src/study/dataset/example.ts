// One labelled request, as every data set gives it.

/** Which tier was needed: said by a person (`label`), or told by how well each tier answered (`scores`, 0 to 1). */
export type Truth =
  | { readonly kind: "label"; readonly needed: "weak" | "strong" }
  | {
      readonly kind: "scores";
      readonly weak: number;
      readonly strong: number;
      readonly tiers?: Readonly<Record<string, number>>; // of all tiers, cheapest first, where the row scores more than two
    };

/** One turn of a recorded session; its quality may not be known. */
export interface SessionExample {
  readonly body: Uint8Array; // as an example's, as are the next and the last
  readonly path: string | undefined;
  readonly session: string | undefined; // undefined: the request's own session id is meant
  readonly turn: number | undefined; // ascending in a session; undefined: as they stand in the file
  readonly atMs: number | undefined; // when it was sent, on a clock of the session's own
  readonly inputTokens: number | undefined; // as the model server counted; undefined: to be estimated, as is the next
  readonly outputTokens: number | undefined;
  readonly truth: Truth | undefined;
  readonly place: string;
}

/** A labelled request, and what the tiers answered. */
export interface AnsweredExample extends Example {
  readonly weakAnswer: string;
  readonly weakFinish: string | undefined; // as its server said; undefined: not known
  readonly strongAnswer: string | undefined;
}

export interface Example {
  readonly body: Uint8Array; // the request as JSON, as a client would send it: what the scanner reads
  readonly path: string | undefined; // the request's path, where the row gives one
  readonly group: string | undefined;
  readonly truth: Truth;
  readonly weight?: number; // requests that it stands for, where it was drawn with a known chance
  readonly place: string; // file and line, for messages: `week-12.jsonl.gz:481`
}
