// Kinds of requests: which of them are new against what was known, and which have grown. Pure.

export interface SliceCounts {
  add(slice: string, requests: number): void;
  readonly all: number;
  of(slice: string): { readonly requests: number; readonly rows: number };
  readonly names: readonly string[];
  readonly rows: number;
}

export function sliceCounts(): SliceCounts {
  const counts = new Map<string, { requests: number; rows: number }>();
  let [all, rows] = [0, 0];
  return {
    add(slice, requests) {
      const count = counts.get(slice) ?? { requests: 0, rows: 0 };
      count.requests += requests;
      count.rows++;
      counts.set(slice, count);
      all += requests;
      rows++;
    },
    of: (slice) => counts.get(slice) ?? { requests: 0, rows: 0 },
    get all() {
      return all;
    },
    get rows() {
      return rows;
    },
    get names() {
      return [...counts.keys()];
    },
  };
}

const GROWN = 1.5; // times its share
const SURE = 3; // standard errors of the difference between two shares, of rows: no accident among many slices

/** Slices of `now` that `known` had none of, or clearly less: by requests for how much less, by rows for how sure that is. */
export function freshSlices(now: SliceCounts, known: SliceCounts): ReadonlySet<string> {
  if (known.rows === 0 || now.rows === 0) return new Set();
  return new Set(
    now.names.filter((name) => {
      const [is, was] = [now.of(name), known.of(name)];
      if (was.rows === 0) return true;
      const [share, before] = [is.requests / now.all, was.requests / known.all];
      if (share < GROWN * before) return false;
      const [rows, rowsBefore] = [is.rows / now.rows, was.rows / known.rows];
      const pooled = (is.rows + was.rows) / (now.rows + known.rows);
      const error = Math.sqrt(pooled * (1 - pooled) * (1 / now.rows + 1 / known.rows));
      return rows - rowsBefore > SURE * error;
    }),
  );
}
