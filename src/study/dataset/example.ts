// One labelled request, as every data set gives it.

/** Which tier was needed: said by a person (`label`), or told by how well each tier answered (`scores`, 0 to 1). */
export type Truth =
  | { readonly kind: "label"; readonly needed: "weak" | "strong" }
  | { readonly kind: "scores"; readonly weak: number; readonly strong: number };

export interface Example {
  readonly body: Uint8Array; // the request as JSON, as a client would send it: what the scanner reads
  readonly path: string | undefined; // the request's path, where the row gives one
  readonly group: string | undefined;
  readonly truth: Truth;
  readonly place: string; // file and line, for messages: `week-12.jsonl.gz:481`
}
