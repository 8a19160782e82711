// Whether the conservative policy decides at the moment: looked at every second, told to whoever runs sluice, and asked on the way of
// each request.

import type { Logger } from "../outcome/telemetry/log.ts";
import type { Metrics } from "../outcome/telemetry/metrics.ts";
import type { Breakers } from "../request/guard/health/breakers.ts";
import { type TakeoverCause, type TakeoverSettings, takeoverCauses } from "../request/guard/takeover.ts";
import type { Routing } from "../request/routing/routing.ts";

export interface RunningTakeover {
  /** On the request path. */
  stands(): boolean;
  /** Undefined: none is configured. */
  standing(): { readonly policy: string; readonly causes: readonly TakeoverCause[] } | undefined;
  /** They are in force from now on. */
  takesEffect(settings: TakeoverSettings | undefined, routing: Routing): void;
  close(): void;
}

export interface TakeoverDeps {
  readonly breakers: Pick<Breakers, "areClosed">;
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly everyMs?: number; // in tests
}

const EVERY_MS = 1000;

export function runTakeover({ breakers, metrics, log, everyMs = EVERY_MS }: TakeoverDeps): RunningTakeover {
  let settings: TakeoverSettings | undefined;
  let routing: Routing | undefined;
  let causes: readonly TakeoverCause[] = [];
  metrics.takeoverStands(() => (settings === undefined ? undefined : causes));

  const look = (): void => {
    const now = settings === undefined ? [] : takeoverCauses(settings, strainOf(breakers, routing), causes);
    for (const cause of now.filter((each) => !causes.includes(each))) metrics.tookOver(cause);
    const policy = routing?.takeover?.link.id;
    if (now.length > 0 && causes.length === 0) log.warn({ policy, causes: now }, "the conservative policy takes over");
    else if (now.length === 0 && causes.length > 0) log.info({ policy, causes }, "the conservative policy decides no more");
    causes = now;
  };
  const timer = setInterval(look, everyMs);
  timer.unref();
  return {
    stands: () => causes.length > 0,
    standing() {
      const policy = routing?.takeover?.link.id;
      return settings === undefined || policy === undefined ? undefined : { policy, causes };
    },
    takesEffect(nextSettings, nextRouting) {
      settings = nextSettings;
      routing = nextRouting;
      look();
    },
    close: () => clearInterval(timer),
  };
}

function strainOf({ areClosed }: Pick<Breakers, "areClosed">, routing: Routing | undefined) {
  return { areBreakersClosed: areClosed, budgets: routing?.limits?.usedBudgets() ?? [] };
}
