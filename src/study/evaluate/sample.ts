// Rows as columns: what every figure is computed from. All rows of a data set, or those of one group or language.

export interface Sample {
  readonly rows: number;
  readonly weak: Float64Array; // quality of the weak tier's answer; for labels 1 where weak would do, else 0
  readonly gains: Float64Array; // what strong adds to it; for labels 1 where strong was needed, else 0
  readonly chars: Uint32Array; // code points of the whole conversation: what the length baseline goes by
  readonly weights?: Float64Array | undefined; // requests that each row stands for; undefined: one each
  readonly policies: readonly PolicyColumns[];
}

export interface PolicyColumns {
  readonly scores: Float32Array | Uint8Array; // high asks for strong; of a policy without scores its tiers
  readonly tiers: Uint8Array; // 0: weak; every other counts as strong
}

/** The rows with these numbers. */
export function pick(sample: Sample, rows: Uint32Array): Sample {
  return {
    rows: rows.length,
    weak: new Float64Array(rows.length).map((_, at) => sample.weak[rows[at] ?? 0] ?? 0),
    gains: new Float64Array(rows.length).map((_, at) => sample.gains[rows[at] ?? 0] ?? 0),
    chars: new Uint32Array(rows.length).map((_, at) => sample.chars[rows[at] ?? 0] ?? 0),
    weights: sample.weights && new Float64Array(rows.length).map((_, at) => sample.weights?.[rows[at] ?? 0] ?? 0),
    policies: sample.policies.map(({ scores, tiers }) => ({
      scores: new Float32Array(rows.length).map((_, at) => scores[rows[at] ?? 0] ?? 0),
      tiers: new Uint8Array(rows.length).map((_, at) => tiers[rows[at] ?? 0] ?? 0),
    })),
  };
}
