// What the admin port says of several processes: sums of what they count and show, and of what the process of the port itself counts. A
// rating goes to the one that knows its request.

import type { AskHistory } from "../outcome/admin/history.ts";
import { overviewOf } from "../outcome/admin/overview.ts";
import type { AdminOptions } from "../outcome/admin/server.ts";
import type { ActionResult } from "../outcome/rollout/rollouts.ts";
import type { FeedbackResult } from "../outcome/signals/signals.ts";
import { type MetricDescription, PROCESS_METRICS } from "../outcome/telemetry/catalogue.ts";
import type { Metrics } from "../outcome/telemetry/metrics.ts";
import { type Families, formatMetrics, parseMetrics, sumMetrics } from "./summed-metrics.ts";
import type { Supervisor } from "./supervisor.ts";

type SharedAdmin = Pick<AdminOptions, "metrics" | "ready" | "notReloaded" | "config" | "live" | "feedback" | "rollout" | "history">;

/** `own`: of the process that has the port. */
export function sharedAdmin(supervisor: Supervisor, own: Metrics, history?: AskHistory): SharedAdmin {
  const figures = () => supervisor.ask({ about: "figures" });
  const statuses = async () => (await supervisor.ask({ about: "rollout" })).flat();
  return {
    metrics: {
      async expose(format) {
        const [ofAll, ofPort] = await Promise.all([supervisor.metrics(), own.expose("openmetrics")]);
        const families = sumMetrics([ofAll, parseMetrics(ofPort.text)]);
        addOwn(families, PROCESS_METRICS.processes, supervisor.extProc.length);
        addOwn(families, PROCESS_METRICS.processRestarts, supervisor.restarts());
        return formatMetrics(families, format);
      },
      connectionRefused: own.connectionRefused,
    },
    async ready() {
      const state = supervisor.ready();
      if (state !== true) return state;
      const all = await figures();
      if (all.length < supervisor.extProc.length) return "a process does not answer";
      return all.find(({ ready }) => ready !== true)?.ready ?? true;
    },
    notReloaded: async () => (await figures()).find(({ notReloaded }) => notReloaded !== null)?.notReloaded ?? undefined,
    config: async () => (await supervisor.ask({ about: "config" }))[0],
    async live() {
      const [first, ...others] = await figures();
      if (first === undefined) throw new Error("no process answers");
      const view = overviewOf(first, ...others);
      const state = supervisor.ready();
      return state === true ? view : { ...view, ready: state };
    },
    history,
    rollout: {
      statuses,
      async act(action) {
        const isTogether = (await statuses()).some(({ judged }) => judged === "together"); // a second one would go a stage further
        return done(await supervisor.ask({ about: "rolloutAction", action }, isTogether ? "first" : "all"));
      },
    },
    feedback: async (feedback) => told(await supervisor.ask({ about: "feedback", feedback })),
  };
}

/** By any: where each judges its own traffic, one may have done it before, and the others still do. */
function done(results: readonly ActionResult[]): ActionResult {
  return results.find(({ kind }) => kind === "done") ?? results[0] ?? { kind: "refused", why: "no process answers" };
}

/** By the process that knows the request. */
function told(results: readonly FeedbackResult[]): FeedbackResult {
  return results.find(({ kind }) => kind !== "unknown") ?? { kind: "unknown" };
}

function addOwn(families: Families, { name, help, kind }: MetricDescription, value: number): void {
  const family = name.replace(/_total$/, "");
  families.set(family, { name: family, help, kind, samples: new Map([[name, { value, count: 1, exemplar: "" }]]) });
}
