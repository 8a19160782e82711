// A row of the learning loop: `sluice collect` writes it, `sample` draws it, `replay` adds answers, `judge` and `label` scores; each
// keeps what it does not know. `evaluate` and `train` read the same files as data sets: the columns `request`, `path`, `group`, `weak`
// and `strong` are theirs.

/** What a JSON value is. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [member: string]: Json };

/** What a tier answered when it was asked for the loop. */
export interface LoopAnswer {
  readonly text: string; // what it said, tool calls as JSON behind it
  readonly model?: string;
  readonly finish?: string; // as its server says: stop, length, tool_calls, end_turn …
  readonly inputTokens?: number;
  readonly outputTokens?: number;
  readonly cost?: number; // dollars
  readonly ms?: number;
  readonly error?: string; // it has none: why
}

/** What somebody, or a judge, thinks of a row. */
export interface LoopLabel {
  readonly by: string; // a person's name, or `judge`
  readonly needed?: "weak" | "strong"; // which tier it needed
  readonly better?: "weak" | "strong" | "tie"; // whose answer was better; a tie that needed none: neither was good enough
  readonly note?: string;
  readonly at?: string; // ISO 8601
}

/** What became of the request when it was served. */
export interface LoopSeen {
  readonly tier?: string; // that answered
  readonly status?: number;
  readonly cost?: number; // dollars
  readonly inputTokens?: number;
  readonly outputTokens?: number;
  readonly rating?: number; // 1 to 5
  readonly signals?: readonly string[]; // repeated, low-rating …: what looks misrouted
}

/** How the scores of a row came about. */
export interface LoopJudged {
  readonly by: string; // the judge's model, or the graders: exact, number, schema, tests
  readonly lengths: { readonly [tier: string]: number }; // of the answers, characters: judges like long ones
  readonly cost?: number; // dollars, of the judging
}

export interface LoopRow {
  readonly id: string; // the request's id, else a hash of the request; once in a file
  readonly request: { readonly [member: string]: Json }; // the whole body, masked
  readonly path?: string;
  readonly time?: string; // ISO 8601
  readonly group?: string;
  readonly decision?: { readonly policy?: string; readonly tier?: string; readonly score?: number; readonly threshold?: number };
  readonly seen?: LoopSeen;
  readonly like?: number; // requests that this one stands for: near-duplicates of it, itself too
  readonly inclusion?: number; // chance to be drawn, above 0, at most 1
  readonly stratum?: string; // drawn as: near-threshold, uniform, new, suspect …
  readonly reference?: { readonly [grader: string]: Json }; // what is right, for graders: exact, number, tests, schema
  readonly task?: string; // for the rubric
  readonly answers?: { readonly [tier: string]: LoopAnswer };
  readonly labels?: readonly LoopLabel[];
  readonly label?: "weak" | "strong"; // which tier it needed, on whom all agree; instead of `weak` and `strong`
  readonly weak?: number; // 0 to 1: how well each answered; what evaluate and train read
  readonly strong?: number;
  readonly scores?: { readonly [tier: string]: number }; // the same where there are more than two
  readonly judged?: LoopJudged;
}
