// Parameters of a request that a rule sets in the body: which member, to what, and whether the client's own value stands.

export interface ParamEdit {
  readonly name: string; // of a top-level member: `max_tokens`
  readonly json: string; // the value to set, as JSON
  readonly overwrite: boolean; // false: only where the client did not set it; null counts as not set
}

/** Where a member's value stands in the body: byte offsets. A repeated member has a place each. */
export interface ParamPlace {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}
