// Whether sluice is asked at all: a filter that hands it requests, its replies heeded, on the route that requests match first.
import type { EnvoyWiring, Processor } from "../envoy-wiring.ts";
import { type Finding, finding } from "../finding.ts";
import type { Wired } from "./sluice-filter.ts";

const FILTER = `# first of http_filters, before envoy.filters.http.router
- name: envoy.filters.http.ext_proc
  typed_config:
    "@type": type.googleapis.com/envoy.extensions.filters.http.ext_proc.v3.ExternalProcessor
    failure_mode_allow: true
    message_timeout: 2s
    processing_mode:
      request_header_mode: SEND
      request_body_mode: BUFFERED
      response_header_mode: SKIP
      response_body_mode: NONE
      request_trailer_mode: SKIP
      response_trailer_mode: SKIP
    grpc_service: { envoy_grpc: { cluster_name: sluice }, timeout: 0s }`;

/** Of an Envoy that knows nothing of sluice; the processors that are there may be somebody else's. */
export function checkAnyFilter(wiring: EnvoyWiring, wired: readonly Wired[]): readonly Finding[] {
  if (wired.length > 0) return [];
  const what = othersSeen(wiring.managers.flatMap((manager) => manager.processors));
  return [finding("ext-proc-missing", { where: wiring.managers.map(({ where }) => where).join(", ") || "listeners", what, fix: FILTER })];
}

export function checkFilterPresent({ manager, filter, observing }: Wired): readonly Finding[] {
  if (filter !== undefined) return [];
  const [observer] = observing;
  if (observer === undefined) {
    const what = `Its routes choose by x-sluice-tier, and no filter of it asks sluice. ${othersSeen(manager.processors)}`;
    return [finding("ext-proc-missing", { where: manager.where, what, fix: FILTER })];
  }
  const what = "Its observability_mode is true, and there is no other filter that asks sluice.";
  const fix = "# in this filter's typed_config (a filter that observes may stand beside one that decides)\nobservability_mode: false";
  return [finding("ext-proc-only-observes", { where: observer.where, what, fix })];
}

function othersSeen(processors: readonly Processor[]): string {
  if (processors.length === 0) return "There is no external processor at all.";
  const seen = processors.map((processor) => `${processor.where} (cluster ${processor.cluster ?? "none"})`);
  return `External processors there are: ${seen.join(", ")}. If one of them is sluice, name its cluster with --cluster.`;
}

export function checkFilterOn({ filter }: Wired): readonly Finding[] {
  const [route] = filter?.offOn ?? [];
  if (filter === undefined || route === undefined) return [];
  const what = `A request without a tier matches ${countOfRoutes(filter.offOn.length)} first; ${filter.processor.name} is off there.`;
  const fix = `# in this route, instead of what switches the filter off
typed_per_filter_config:
  ${filter.processor.name}:
    "@type": type.googleapis.com/envoy.extensions.filters.http.ext_proc.v3.ExtProcPerRoute
    overrides: {}`;
  return [finding("ext-proc-off-on-route", { where: route.where, what, fix })];
}

function countOfRoutes(count: number): string {
  return count === 1 ? "this route" : `this route or ${count - 1} more`;
}
