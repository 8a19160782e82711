// How quotas and budgets stand, as the page and the command line show it: in requests, tokens or US dollars, with how much of the window
// has passed. Of several processes it can be added up.
import type { LimitBook } from "../../request/guard/limits/book.ts";
import { type Limit, MICRO_DOLLARS } from "../../request/guard/limits/limit.ts";
import type { LiveLimit, LiveLimitScope } from "../live/view.ts";
import { shownStandings } from "../telemetry/limit-metrics.ts";

/** `nowMs`: since the epoch. Undefined: nothing is limited. */
export function liveLimits(book: Pick<LimitBook, "limits" | "standings"> | undefined, nowMs: number): readonly LiveLimit[] {
  if (book === undefined) return [];
  const scopes = Map.groupBy(shownStandings(book.standings()), ({ limit }) => limit);
  return book.limits.map((limit) => {
    const { name, kind, measure, per, tier = null, by = null, isHard, steering } = limit;
    return {
      ...{ name, kind, measure, per, tier, by, isHard, steering, amount: inUnits(limit, limit.amount) },
      scopes: (scopes.get(limit) ?? []).map((standing) => {
        const { scope, window, startMs, endMs, used, reserved, rest, unpriced, shift, isShared, forecast } = standing;
        const left = isShared ? limit.amount - used - reserved : rest;
        return {
          ...{ scope, window, unpriced, shift, isShared },
          used: inUnits(limit, used),
          reserved: inUnits(limit, reserved),
          left: inUnits(limit, left),
          forecast: forecast === undefined ? null : inUnits(limit, forecast),
          passed: (nowMs - startMs) / (endMs - startMs),
          endsInSeconds: Math.max(0, (endMs - nowMs) / 1000),
        };
      }),
    };
  });
}

function inUnits({ measure }: Limit, amount: number): number {
  return measure === "usd" ? amount / MICRO_DOLLARS : amount;
}

/** Of processes that count each for itself, sums; what replicas share is the same everywhere, but for the newest of it. */
export function addLimits(all: readonly (readonly LiveLimit[])[]): readonly LiveLimit[] {
  const [first = [], ...others] = all;
  return first.map((limit) => {
    const same = others.flatMap((limits) => limits.filter(({ name }) => name === limit.name));
    const scopes = Map.groupBy(
      [limit, ...same].flatMap((each) => each.scopes),
      ({ scope, window }) => `${window} ${scope}`,
    );
    return { ...limit, scopes: [...scopes.values()].flatMap((each) => each.slice(0, 1).map((one) => together(limit, one, each))) };
  });
}

function together({ amount }: LiveLimit, first: LiveLimitScope, all: readonly LiveLimitScope[]): LiveLimitScope {
  if (all.length === 1) return first;
  if (first.isShared) return all.reduce((most, each) => (each.used > most.used ? each : most));
  const sum = (of: (scope: LiveLimitScope) => number) => all.reduce((total, scope) => total + of(scope), 0);
  const [used, reserved] = [sum((scope) => scope.used), sum((scope) => scope.reserved)];
  const forecast = all.some((scope) => scope.forecast === null) ? null : sum((scope) => scope.forecast ?? 0);
  const shift = Math.max(...all.map((scope) => scope.shift));
  return { ...first, used, reserved, left: amount - used - reserved, forecast, shift, unpriced: sum((scope) => scope.unpriced) };
}
