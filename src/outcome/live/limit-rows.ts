// How limits stand, as rows of text for the terminal: all of them for `sluice budget`, the tightest in one row of `sluice top`. Pure.
import { FIGURES } from "./figure-text.ts";
import type { LiveLimit, LiveLimitScope } from "./view.ts";

/** `isBad`: it is used up, or will be before its window ends. */
export interface LimitRow {
  readonly cells: readonly string[];
  readonly isBad: boolean;
}

export const LIMIT_TITLES = ["limit", "scope", "window", "passed", "used", "held back", "left", "of", "at its end", "sent down"];

/** In the order of the configuration; of each the scopes that used most. */
export function limitRows(limits: readonly LiveLimit[]): readonly LimitRow[] {
  return limits.flatMap((limit) => {
    if (limit.scopes.length === 0)
      return [{ cells: [limit.name, "–", "–", "–", "–", "–", "–", amount(limit, limit.amount)], isBad: false }];
    return limit.scopes.map((scope) => ({ cells: cellsOf(limit, scope), isBad: isShort(limit, scope) }));
  });
}

function cellsOf(limit: LiveLimit, { scope, window, passed, used, reserved, left, forecast, shift }: LiveLimitScope): readonly string[] {
  const shifted = limit.steering === "off" || limit.kind === "quota" ? "–" : FIGURES.share(Math.min(shift, 1), 1);
  return [
    ...[limit.name, scope === "" ? "all" : scope, window, FIGURES.share(passed, 1)],
    ...[used, reserved, left, limit.amount, forecast].map((value) => amount(limit, value)),
    shifted,
  ];
}

/** Whose end will be the worst, and how many others there are: `day: $61.20 of $100.00, 47 % of the window passed, $98.10 at its end`. */
export function tightestLimit(limits: readonly LiveLimit[]): { readonly text: string; readonly isBad: boolean } | undefined {
  const all = limits.flatMap((limit) => limit.scopes.map((scope) => ({ limit, scope, tightness: tightnessOf(limit, scope) })));
  const [first] = all.toSorted((a, b) => b.tightness - a.tightness);
  if (first === undefined) return undefined;
  const { limit, scope } = first;
  const name = scope.scope === "" ? limit.name : `${limit.name} ${scope.scope}`;
  const used = `${amount(limit, scope.used + scope.reserved)} of ${amount(limit, limit.amount)}`;
  const end = scope.forecast === null ? "" : `, ${amount(limit, scope.forecast)} at its end`;
  const others = all.length === 1 ? "" : `; ${all.length - 1} more`;
  return { text: `${name}: ${used}, ${FIGURES.share(scope.passed, 1)} of the window passed${end}${others}`, isBad: isShort(limit, scope) };
}

function tightnessOf({ amount: most }: LiveLimit, { used, reserved, forecast }: LiveLimitScope): number {
  return Math.max(used + reserved, forecast ?? 0) / most;
}

function isShort(limit: LiveLimit, scope: LiveLimitScope): boolean {
  return scope.left <= 0 || tightnessOf(limit, scope) > 1.005;
}

function amount({ measure }: LiveLimit, value: number | null): string {
  return FIGURES.amount(value, measure);
}
