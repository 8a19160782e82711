// What tiers change in a request's body, as far as it matters to a fallback: what one server is asked for may be no use to the next.
import type { TierModel } from "./finding.ts";

/** Alike for tiers that ask their servers for the same. */
export function editsKey({ model, keepModel = false, params = [], shape }: TierModel): string {
  return JSON.stringify([keepModel ? true : (model ?? false), params.toSorted(), shape]);
}

/** In which keys they differ, as `model`, `params`, `shape` or several; undefined: in none. */
export function differingEdits(tiers: readonly TierModel[]): string | undefined {
  const count = (keyOf: (tier: TierModel) => string | undefined) => new Set(tiers.map(keyOf)).size;
  const names = [
    ...(count((tier) => editsKey({ ...tier, params: [], shape: undefined })) > 1 ? ["`model`"] : []),
    ...(count(({ params = [] }) => JSON.stringify(params.toSorted())) > 1 ? ["`params`"] : []),
    ...(count(({ shape }) => shape) > 1 ? ["`shape`"] : []),
  ];
  return names.length === 0 ? undefined : names.join(" and ");
}
