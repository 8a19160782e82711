// What tiers change in a request's body, as far as it matters to a fallback: what one server is asked for may be no use to the next.
import type { TierModel } from "./finding.ts";

/** Alike for tiers that ask their servers for the same. */
export function editsKey({ model, keepModel = false, params = [] }: TierModel): string {
  return JSON.stringify([keepModel ? true : (model ?? false), params.toSorted()]);
}

/** In which keys they differ, as `model`, `params` or both; undefined: in none. */
export function differingEdits(tiers: readonly TierModel[]): string | undefined {
  const count = (keyOf: (tier: TierModel) => string) => new Set(tiers.map(keyOf)).size;
  const names = [
    ...(count((tier) => editsKey({ ...tier, params: [] })) > 1 ? ["`model`"] : []),
    ...(count(({ params = [] }) => JSON.stringify(params.toSorted())) > 1 ? ["`params`"] : []),
  ];
  return names.length === 0 ? undefined : names.join(" and ");
}
