// How long an answer may take: a streamed one lasts as long as it lasts.
import { millisecondsOf } from "../envoy-json.ts";
import { type Finding, finding, type SluiceSettings } from "../finding.ts";
import { actionOf } from "./route-clusters.ts";
import type { Route } from "./routes.ts";
import type { Wired } from "./sluice-filter.ts";
import { servingRoutes } from "./tier-routes.ts";

const DEFAULT_TIMEOUT_MS = 15_000; // Envoy's
/** Clients of OpenAI wait ten minutes: who allows an answer that long has thought about it. */
const PATIENCE_MS = 600_000;
/** An answer of a few thousand tokens lasts longer. */
const SURELY_SHORT_MS = 60_000;

export function checkRouteTimeouts(wired: Wired, settings: SluiceSettings): readonly Finding[] {
  const cutting = servingRoutes(wired, settings).filter((route) => cuts(timeoutMs(route)));
  const [first] = cutting;
  if (first === undefined) return [];
  const least = Math.min(...cutting.map(timeoutMs));
  const set = cutting.some((route) => actionOf(route)["timeout"] === undefined) ? "not set, so 15 s" : `${least / 1000} s`;
  const more = cutting.length > 1 ? ` So it is on ${cutting.length - 1} more.` : "";
  return [
    finding("route-timeout-cuts-streams", {
      where: `${first.where} > timeout`,
      what: `The timeout is ${set}.${more}`,
      fix: "# in `route` of each: no limit; stream_idle_timeout of the HttpConnectionManager still ends what has gone silent\ntimeout: 0s",
      ...(least >= SURELY_SHORT_MS ? { severity: "warning" } : {}),
    }),
  ];
}

function timeoutMs(route: Route): number {
  return millisecondsOf(actionOf(route)["timeout"]) ?? DEFAULT_TIMEOUT_MS;
}

function cuts(ms: number): boolean {
  return ms > 0 && ms < PATIENCE_MS;
}
