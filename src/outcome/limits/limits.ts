// Limits beside the request path: decisions are charged, outcomes settle them, and who watches is told. The counting itself is
// request/guard/limits.
import type { LimitBook, LimitStanding } from "../../request/guard/limits/book.ts";
import type { ChargeListener, LimitMark, Settlement } from "../../request/guard/limits/charges.ts";
import { type Limit, MICRO_DOLLARS } from "../../request/guard/limits/limit.ts";
import type { DecidedRequest } from "../../request/routing/decided-request.ts";
import type { Outcome } from "../join/outcome.ts";
import type { Logger } from "../telemetry/log.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import { settlementOf } from "./settlement.ts";

export interface LimitsDeps {
  readonly book: () => LimitBook | undefined; // of the configuration in force; undefined: nothing is limited
  readonly isHeard: () => boolean; // Envoy's access log reaches this process
  readonly metrics: Metrics;
}

export interface Limits {
  /** On the request path, behind whoever may still settle the same request id. */
  decided(request: DecidedRequest): void;
  outcome(outcome: Outcome): void;
  standings(): readonly LimitStanding[];
  /** Something has been charged since this was last asked. */
  hasChanged(): boolean;
}

export function createLimits({ book, isHeard, metrics }: LimitsDeps): Limits {
  let changed = false;
  const standings = () => book()?.standings() ?? [];
  metrics.limitsStand(() => book()?.limits ?? [], standings);
  return {
    decided(request) {
      const limits = book();
      if (limits === undefined) return;
      const { refused, changes, detail = "" } = request.decision;
      if (refused !== undefined) return metrics.limitRefused(detail);
      if (changes !== undefined) {
        for (const { by, from, to } of changes) if (by === "quota" || by === "budget") metrics.limitDegraded(by, from, to);
      }
      limits.decided(request);
      changed = true;
    },
    outcome(outcome) {
      const limits = book();
      const settlement = limits && settlementOf(outcome, isHeard());
      if (limits === undefined || settlement === undefined) return;
      metrics.limitSettled(outcome.decided?.decision.cached === undefined ? basisOf(settlement) : "cached");
      limits.settled(outcome.requestId, settlement, outcome.decided?.measured?.limits);
      changed = true;
    },
    standings,
    hasChanged() {
      const was = changed;
      changed = false;
      return was;
    },
  };
}

function basisOf(settlement: Settlement): Parameters<Metrics["limitSettled"]>[0] {
  switch (settlement.kind) {
    case "answered":
      return settlement.isExact ? "exact" : "estimated";
    case "failed":
      return "failed";
    case "unknown":
      return settlement.asHeld ? "unheard" : "unknown";
    default:
      return settlement satisfies never;
  }
}

/** Counts, and logs each mark once a window. */
export function limitListener(metrics: Metrics, log: Logger): ChargeListener {
  return {
    onMark(mark) {
      const { slot, scope, figures, share } = mark;
      const { name: limit, per } = slot.limit;
      metrics.limitMarked(limit, String(share));
      const { key: window, endMs } = figures.window;
      const fields = { limit, ...(scope !== "" && { scope }), per, window, until: new Date(endMs), ...amounts(mark), share };
      log.warn(fields, share < 1 ? "near a limit" : "a limit is used up");
    },
    onUnpriced: ({ limit }) => metrics.limitUnpriced(limit.name),
  };
}

function amounts({ slot, figures }: LimitMark): object {
  const inUnits = ({ measure }: Limit, amount: number) => (measure === "usd" ? amount / MICRO_DOLLARS : amount);
  const { limit } = slot;
  return { measure: limit.measure, amount: inUnits(limit, limit.amount), used: inUnits(limit, figures.used) };
}

/** Of the store that replicas share limits through. */
export function storeReporter(metrics: Metrics, log: Logger) {
  metrics.limitStoreIsUp(1);
  return {
    onAway(err: unknown) {
      metrics.limitStoreIsUp(0);
      log.warn({ err }, "the store of limits is away: each replica goes on by itself (`ledger.away`)");
    },
    onBack() {
      metrics.limitStoreIsUp(1);
      log.info("the store of limits is back");
    },
    onLost(charges: number) {
      metrics.limitChargesLost(charges);
      log.warn({ charges }, "the store of limits was away for too long: these charges are in no account of it");
    },
  };
}
