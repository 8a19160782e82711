// What limits count, as this process keeps it: by itself, in a file that outlives it, or through a store that it shares with others.
import { randomUUID } from "node:crypto";
import type { LedgerConfig } from "../config/capabilities/ledger.ts";
import type { LimitsOption } from "../config/routing-of.ts";
import { openLedgerFile } from "../outcome/limits/ledger-file.ts";
import { createLimits, type Limits, storeReporter } from "../outcome/limits/limits.ts";
import { type SlicesDeps, shareLimits } from "../outcome/limits/slices.ts";
import type { Logger } from "../outcome/telemetry/log.ts";
import type { Metrics } from "../outcome/telemetry/metrics.ts";
import type { LimitBook } from "../request/guard/limits/book.ts";
import type { LimitStore } from "../state/limit-store.ts";

export interface LimitsWiring {
  readonly book: () => LimitBook | undefined; // of the configuration in force; undefined: nothing is limited
  readonly settings: () => LedgerConfig; // likewise
  readonly kept: LimitsOption;
  readonly store: LimitStore | undefined; // undefined: nobody shares them
  readonly isHeard: () => boolean; // Envoy's access log reaches this process
  readonly metrics: Metrics;
  readonly log: Logger;
}

export interface OpenLimits extends Limits {
  close(): Promise<void>;
}

/** With what a process before this one has used, where that is kept. */
export async function openLimits({ book, settings, kept, store, isHeard, metrics, log }: LimitsWiring): Promise<OpenLimits> {
  const limits = createLimits({ book, isHeard, metrics });
  const { ledger, now } = kept;
  const { file: path } = settings();
  if (store === undefined) {
    const deps = { ledger, hasChanged: limits.hasChanged, metrics, log, now };
    const file = path === undefined ? undefined : await openLedgerFile({ path, ...deps });
    return { ...limits, close: async () => file?.close() };
  }
  if (path !== undefined) log.warn({ path }, "ledger.file is not used: what limits count is kept where others share it");
  const windowAt: SlicesDeps["windowAt"] = (per, atMs) => book()?.windowAt(per, atMs);
  const inForce = { limits: () => book()?.limits ?? [], windowAt, away: () => settings().away };
  const slices = shareLimits({ store, replica: randomUUID(), ledger, now, ...inForce, ...storeReporter(metrics, log) });
  return { ...limits, close: slices.close };
}
