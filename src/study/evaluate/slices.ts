// The same measures on parts of the rows: by group, by language.
import { certainEstimate, estimateOf, type Judged, type JudgeSettings, judge } from "./judge.ts";
import type { Slice } from "./result.ts";
import type { TruthKind } from "./rows.ts";
import { pick, type Sample } from "./sample.ts";

/** Slices are many, and their intervals wide: fewer resamples tell these well enough. */
const MOST_RESAMPLES = 400;
const LEAST_RESAMPLES = 100;
const DRAW_BUDGET = 100_000_000;

/** `whole`: the judgement on all rows, which a slice that holds them all shares. Largest first; one list for each policy. */
export function slicesOf(
  sample: Sample,
  ids: Uint8Array | Uint16Array,
  names: readonly string[],
  whole: Judged,
  truth: TruthKind,
  settings: JudgeSettings,
): readonly (readonly Slice[])[] {
  const enough = Math.max(LEAST_RESAMPLES, Math.min(MOST_RESAMPLES, Math.floor(DRAW_BUDGET / sample.rows)));
  const sliceSettings = { ...settings, resamples: Math.min(settings.resamples, enough), shares: [] };
  const slices = partsOf(ids, names.length)
    .map((rows, id) => ({ name: names[id] ?? "", rows }))
    .filter(({ rows }) => rows.length > 0)
    .sort((a, b) => b.rows.length - a.rows.length)
    .map(({ name, rows }) => {
      const judged = rows.length === sample.rows ? whole : judge(pick(sample, rows), sliceSettings);
      return judged.policies.map((policy): Slice => {
        const scored = truth === "scores";
        return {
          name,
          rows: rows.length,
          weakShare: policy.measures.weakShare,
          misroute: certainEstimate(policy, "misroute"),
          gapRecovered: scored ? estimateOf(policy, "gapRecovered") : undefined,
          apgr: scored ? estimateOf(policy, "apgr") : undefined,
        };
      });
    });
  return sample.policies.map((_, policy) => slices.flatMap((slice) => slice[policy] ?? []));
}

/** Row numbers by id. */
function partsOf(ids: Uint8Array | Uint16Array, count: number): readonly Uint32Array[] {
  const sizes = new Uint32Array(count);
  for (const id of ids) sizes[id] = (sizes[id] ?? 0) + 1;
  const parts = Array.from(sizes, (size) => new Uint32Array(size));
  const filled = new Uint32Array(count);
  for (let row = 0; row < ids.length; row++) {
    const id = ids[row] ?? 0;
    const at = filled[id] ?? 0;
    const part = parts[id];
    if (part !== undefined) part[at] = row;
    filled[id] = at + 1;
  }
  return parts;
}
