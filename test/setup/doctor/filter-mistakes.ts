// What the checks on the filter must find, and must not: changes to the shipped envoy.yaml, one mistake each.
import { FILTER, HOST, MANAGER, type Mistake, PER_ROUTE } from "./edited-config.ts";
import { CATCH_ALL, IN_FILTER, IN_LISTENER, inFilter, LAST_ROUTE, mode, remove, set, WEAK_ALONE, WEAK_ROUTE } from "./places.ts";

const FILTERS = [...MANAGER, "http_filters"];
const LIBRARY = "type.googleapis.com/envoy.extensions.compression";
const decompressor = (library: string, more: object = {}) => ({
  name: library,
  typed_config: {
    "@type": "type.googleapis.com/envoy.extensions.filters.http.decompressor.v3.Decompressor",
    decompressor_library: { name: library, typed_config: { "@type": `${LIBRARY}.${library.toLowerCase()}.decompressor.v3.${library}` } },
    ...more,
  },
});
const insert = (at: number, filter: object) => [set(FILTERS, (filters: object[]) => filters.toSpliced(at, 0, filter))];
const REQUESTS_OFF = { request_direction_config: { common_config: { enabled: { default_value: false, runtime_key: "x" } } } };

export const FILTER_MISTAKES: readonly Mistake[] = [
  { name: "no filter", edits: [remove([...MANAGER, "http_filters", 0])], found: "ext-proc-missing", where: IN_LISTENER },
  {
    name: "no filter, and no routes by tier either",
    edits: [remove([...MANAGER, "http_filters", 0]), ...[WEAK_ALONE, WEAK_ALONE, WEAK_ALONE, WEAK_ALONE].map(remove)],
    found: "ext-proc-missing",
    where: IN_LISTENER,
    what: /no external processor at all/,
  },
  {
    name: "only somebody else's processors, of two clusters",
    edits: [
      set([...FILTER, "grpc_service", "envoy_grpc", "cluster_name"], "auth"),
      set([...MANAGER, "http_filters", 1], (router: object) => ({
        ...router,
        name: "other",
        typed_config: {
          "@type": "type.googleapis.com/envoy.extensions.filters.http.ext_proc.v3.ExternalProcessor",
          grpc_service: { envoy_grpc: { cluster_name: "waf" } },
        },
      })),
    ],
    found: "ext-proc-missing",
    where: IN_LISTENER,
    what: /\(cluster auth\).*\(cluster waf\)/,
  },
  { name: "requests are unpacked before", edits: insert(0, decompressor("Gzip")), version: "1.37.0" },
  {
    name: "requests are unpacked behind it",
    edits: insert(1, decompressor("Gzip")),
    found: "decompressor-late",
    where: `${IN_LISTENER} > filter Gzip`,
  },
  { name: "answers alone are unpacked behind it", edits: insert(1, decompressor("Gzip", REQUESTS_OFF)) },
  {
    name: "zstd is unpacked by an Envoy without a limit for it",
    edits: insert(0, decompressor("Zstd")),
    version: "1.37.0",
    found: "decompressor-unbounded",
    where: `${IN_LISTENER} > filter Zstd`,
    what: /Envoy 1\.37\.0 has no limit/,
  },
  { name: "zstd is unpacked by one that has a limit", edits: insert(0, decompressor("Zstd")), version: "1.38.3" },
  { name: "observability_mode", edits: inFilter("observability_mode", true), found: "ext-proc-only-observes", where: IN_FILTER },
  {
    name: "request headers SKIP",
    edits: [mode("request_header_mode", "SKIP")],
    found: "request-headers-not-sent",
    where: `${IN_FILTER} > processing_mode`,
  },
  { name: "request headers SKIP, by number", edits: [mode("request_header_mode", 2)], found: "request-headers-not-sent" },
  {
    name: "neither headers nor body sent",
    edits: [mode("request_header_mode", "SKIP"), remove([...FILTER, "processing_mode", "request_body_mode"])],
    found: "request-headers-not-sent",
    what: /SKIP\. request_body_mode is NONE/,
  },
  { name: "request headers DEFAULT, which is SEND", edits: [mode("request_header_mode", "DEFAULT")] },
  { name: "no processing_mode", edits: [remove([...FILTER, "processing_mode"])], found: "request-body-not-buffered", severity: "error" },
  { name: "body NONE", edits: [mode("request_body_mode", "NONE")], found: "request-body-not-buffered", severity: "error" },
  { name: "body STREAMED", edits: [mode("request_body_mode", "STREAMED")], found: "request-body-not-buffered", severity: "error" },
  {
    name: "body BUFFERED_PARTIAL",
    edits: [mode("request_body_mode", "BUFFERED_PARTIAL")],
    found: "request-body-not-buffered",
    severity: "warning",
  },
  { name: "body FULL_DUPLEX_STREAMED", edits: [mode("request_body_mode", 4)], found: "request-body-not-buffered", severity: "warning" },
  { name: "response body BUFFERED", edits: [mode("response_body_mode", "BUFFERED")], found: "response-body-buffered" },
  {
    name: "response headers not set, which is SEND",
    edits: [remove([...FILTER, "processing_mode", "response_header_mode"])],
    found: "response-processed",
  },
  { name: "response body STREAMED", edits: [mode("response_body_mode", "STREAMED")], found: "response-processed" },
  { name: "response trailers SEND", edits: [mode("response_trailer_mode", "SEND")], found: "response-processed" },
  { name: "response trailers not set, which is SKIP", edits: [remove([...FILTER, "processing_mode", "response_trailer_mode"])] },
  { name: "failure_mode_allow false", edits: inFilter("failure_mode_allow", false), found: "fails-closed", where: IN_FILTER },
  { name: "failure_mode_allow not set", edits: [remove([...FILTER, "failure_mode_allow"])], found: "fails-closed" },
  {
    name: "message_timeout not set",
    edits: [remove([...FILTER, "message_timeout"])],
    found: "message-timeout-short",
    where: `${IN_FILTER} > message_timeout`,
    what: /200 ms; a body of 16 MiB, which is let in, may take 512 ms/,
  },
  { name: "message_timeout 0s", edits: inFilter("message_timeout", "0s"), found: "message-timeout-short", severity: "error" },
  {
    name: "message_timeout not set, where sluice takes 4 MiB",
    edits: [remove([...FILTER, "message_timeout"])],
    settings: { maxBodyBytes: 4 << 20 },
  },
  { name: "message_timeout just long enough", edits: inFilter("message_timeout", "0.512s") },
  { name: "route_cache_action RETAIN", edits: inFilter("route_cache_action", "RETAIN"), found: "route-cache-kept", where: IN_FILTER },
  { name: "disable_clear_route_cache", edits: inFilter("disable_clear_route_cache", true), found: "route-cache-kept" },
  { name: "route_cache_action CLEAR", edits: inFilter("route_cache_action", "CLEAR") },
  {
    name: "all mutations disallowed",
    edits: inFilter("mutation_rules", { disallow_all: true }),
    found: "header-mutation-refused",
    where: `${IN_FILTER} > mutation_rules`,
  },
  {
    name: "one header disallowed",
    edits: inFilter("mutation_rules", { disallow_expression: { regex: "x-sluice-tier|authorization" } }),
    found: "header-mutation-refused",
    what: /refuse x-sluice-tier\./,
  },
  {
    name: "a part of a name disallowed, which must be the whole",
    edits: inFilter("mutation_rules", { disallow_expression: { regex: "sluice" } }),
  },
  {
    name: "all disallowed but what sluice sets",
    edits: inFilter("mutation_rules", { disallow_all: true, allow_expression: { regex: "x-sluice-.*|content-length" } }),
  },
  { name: "routing headers allowed, too", edits: inFilter("mutation_rules", { allow_all_routing: true }) },
  {
    name: "off on the route that requests match first",
    edits: [set([...CATCH_ALL, "typed_per_filter_config"], { "envoy.filters.http.ext_proc": { "@type": PER_ROUTE, disabled: true } })],
    found: "ext-proc-off-on-route",
    where: LAST_ROUTE,
  },
  {
    name: "off on that route, with a filter whose name looks like a field's",
    edits: [
      set([...MANAGER, "http_filters", 0, "name"], "extProc"),
      set([...CATCH_ALL, "typed_per_filter_config"], { extProc: { "@type": PER_ROUTE, disabled: true } }),
    ],
    found: "ext-proc-off-on-route",
  },
  {
    name: "off on the virtual host",
    edits: [set([...HOST, "typed_per_filter_config"], { "envoy.filters.http.ext_proc": { "@type": PER_ROUTE, disabled: true } })],
    found: "ext-proc-off-on-route",
  },
  {
    name: "off on the virtual host, and on again on the route that requests match first",
    edits: [
      set([...HOST, "typed_per_filter_config"], { "envoy.filters.http.ext_proc": { "@type": PER_ROUTE, disabled: true } }),
      set([...CATCH_ALL, "typed_per_filter_config"], { "envoy.filters.http.ext_proc": { "@type": PER_ROUTE, overrides: {} } }),
    ],
  },
  {
    name: "off on the tiers' routes, which are chosen later",
    edits: [set([...WEAK_ROUTE, "typed_per_filter_config"], { "envoy.filters.http.ext_proc": { "@type": PER_ROUTE, disabled: true } })],
  },
  {
    name: "a mode changed by the route that requests match first",
    edits: [
      set([...CATCH_ALL, "typed_per_filter_config"], {
        "envoy.filters.http.ext_proc": {
          "@type": PER_ROUTE,
          overrides: { processing_mode: { request_header_mode: "SEND", response_header_mode: "SKIP" } },
        },
      }),
    ],
    found: "request-body-not-buffered",
  },
];
