// What the checks on listener and routes must find, and must not: changes to the shipped envoy.yaml, one mistake each.
import { HOST, LISTENER, MANAGER, type Mistake } from "./edited-config.ts";
import {
  CATCH_ALL,
  EARLY,
  IN_HOST,
  IN_LISTENER,
  RETRY,
  remove,
  STRIP,
  STRONG_ALONE,
  STRONG_ROUTE,
  STRONG_THEN_WEAK,
  set,
  tierMatch,
  WEAK,
  WEAK_ALONE,
  WEAK_ROUTE,
  WEAK_THEN_STRONG,
} from "./places.ts";

const UPGRADES = `${IN_LISTENER} > upgrade_configs`;

export const ROUTE_MISTAKES: readonly Mistake[] = [
  {
    name: "nothing strips clients' headers",
    edits: [remove(EARLY)],
    found: "client-headers-kept",
    where: `${IN_LISTENER} > early_header_mutation_extensions`,
  },
  { name: "websockets get 403", edits: [remove([...MANAGER, "upgrade_configs"])], found: "websocket-refused", where: UPGRADES },
  {
    name: "other upgrades are configured",
    edits: [set([...MANAGER, "upgrade_configs", 0, "upgrade_type"], "CONNECT")],
    found: "websocket-refused",
    where: UPGRADES,
  },
  { name: "websockets are served", edits: [remove([...HOST, "routes", 0])] },
  {
    name: "a route takes websockets by itself",
    edits: [remove([...MANAGER, "upgrade_configs"]), set([...STRONG_ROUTE, "route", "upgrade_configs"], [{ upgrade_type: "Websocket" }])],
  },
  {
    name: "another header is stripped",
    edits: [set(STRIP, { remove: "x-tier" })],
    found: "client-headers-kept",
    what: /but not x-sluice-tier/,
  },
  { name: "the tier header alone is stripped", edits: [set(STRIP, { remove: "X-Sluice-Tier" })] },
  {
    name: "it is stripped by a regex",
    edits: [set(STRIP, { remove_on_match: { key_matcher: { safe_regex: { regex: "x-sluice-(tier|policy)" } } } })],
  },
  {
    name: "requests have no id",
    edits: [set([...MANAGER, "generate_request_id"], false)],
    found: "request-id-off",
    where: `${IN_LISTENER} > generate_request_id`,
  },
  {
    name: "no buffer limit anywhere",
    edits: [remove([...LISTENER, "per_connection_buffer_limit_bytes"]), remove([...HOST, "request_body_buffer_limit"])],
    found: "body-limit-small",
    where: `${IN_LISTENER} > per_connection_buffer_limit_bytes`,
    what: /1048576 bytes; sluice routes bodies up to 16777216/,
  },
  { name: "the listener's limit left to the virtual host's", edits: [remove([...LISTENER, "per_connection_buffer_limit_bytes"])] },
  {
    name: "a virtual host that keeps little for a retry",
    edits: [set([...HOST, "request_body_buffer_limit"], 1_048_576)],
    found: "body-limit-small",
    where: `${IN_HOST} > request_body_buffer_limit`,
    what: /not kept for a retry/,
  },
  {
    name: "a small window of HTTP/2 clients",
    edits: [
      remove([...HOST, "request_body_buffer_limit"]),
      set([...MANAGER, "http2_protocol_options"], { initial_stream_window_size: 65_536 }),
    ],
    found: "body-limit-small",
    where: `${IN_LISTENER} > http2_protocol_options`,
    what: /HTTP\/2 clients are held to 65536 bytes/,
  },
  {
    name: "a small window of HTTP/2 clients, for which the virtual host makes up",
    edits: [set([...MANAGER, "http2_protocol_options"], { initial_stream_window_size: 65_536 })],
  },
  {
    name: "limits as small as sluice's own",
    edits: [remove([...LISTENER, "per_connection_buffer_limit_bytes"]), remove([...HOST, "request_body_buffer_limit"])],
    settings: { maxBodyBytes: 1_048_576 },
  },
  { name: "no catch-all", edits: [remove(CATCH_ALL)], found: "catch-all-missing", where: IN_HOST, severity: "warning" },
  {
    name: "a catch-all for one path alone",
    edits: [set([...CATCH_ALL, "match"], { path: "/health" })],
    found: "catch-all-missing",
    severity: "warning",
    what: /\/v1\/messages/,
  },
  {
    name: "a catch-all that may match, by a header",
    edits: [set([...CATCH_ALL, "match"], { prefix: "/", headers: [{ name: "x-team", present_match: true }] })],
  },
  { name: "no route for weak", edits: [remove(WEAK_ROUTE)], found: "tier-without-route", where: IN_HOST, severity: "error" },
  { name: "no route for strong, which the catch-all serves", edits: [remove(STRONG_ROUTE)], found: "tier-without-route", severity: "note" },
  {
    name: "no route for strong, and a catch-all to another tier",
    edits: [set([...CATCH_ALL, "route", "cluster"], "weak_then_strong"), remove(STRONG_ROUTE)],
    found: "tier-without-route",
    severity: "error",
  },
  {
    name: "no route for any tier",
    edits: [remove(WEAK_ROUTE), remove(WEAK_ROUTE)],
    found: "tier-without-route",
    what: /weak or strong/,
    severity: "error",
  },
  {
    name: "a tier misspelt",
    edits: [set([...WEAK_ROUTE, "match", "headers", 0, "string_match", "exact"], "week")],
    found: "tier-without-route",
    what: /There are routes for: week, strong/,
  },
  {
    name: "the catch-all first",
    edits: [set([...HOST, "routes"], (routes: unknown[]) => [routes[5], routes[3], routes[4]])],
    found: "tier-without-route",
    what: /route 1 \(prefix \/\) takes them/,
  },
  {
    name: "a tier's route for one path alone",
    edits: [set([...WEAK_ROUTE, "match", "prefix"], "/v1/messages")],
    found: "tier-without-route",
  },
  {
    name: "three tiers and routes for two",
    edits: [],
    settings: { tiers: ["weak", "middle", "strong"] },
    found: "tier-without-route",
    what: /x-sluice-tier middle/,
  },
  {
    name: "one tier and routes for two",
    edits: [],
    settings: { tiers: ["weak"] },
    found: "route-without-tier",
    where: `${IN_HOST} > route 5 (prefix /, x-sluice-tier exact strong)`,
  },
  { name: "tiers by prefix", edits: [set([...WEAK_ROUTE, "match"], tierMatch({ string_match: { prefix: "we" } }))] },
  { name: "tiers by regex", edits: [set([...WEAK_ROUTE, "match"], tierMatch({ string_match: { safe_regex: { regex: "weak|tiny" } } }))] },
  { name: "tiers in the older form", edits: [set([...WEAK_ROUTE, "match"], tierMatch({ exact_match: "weak" }))] },
  { name: "tiers in the older form of a regex", edits: [set([...WEAK_ROUTE, "match"], tierMatch({ safe_regex_match: { regex: "w.*" } }))] },
  {
    name: "a regex that is not the whole name",
    edits: [set([...WEAK_ROUTE, "match"], tierMatch({ string_match: { safe_regex: { regex: "wea" } } }))],
    found: "tier-without-route",
  },
  {
    name: "a catch-all for the tiers' path as a segment prefix",
    edits: [WEAK_ALONE, STRONG_ALONE, WEAK_ROUTE, STRONG_ROUTE, CATCH_ALL].flatMap((route) => [
      remove([...route, "match", "prefix"]),
      set([...route, "match", route === CATCH_ALL ? "path_separated_prefix" : "path"], "/v1/chat/completions"),
    ]),
  },
  {
    name: "paths in any case",
    edits: [set([...WEAK_ROUTE, "match", "prefix"], "/V1/"), set([...WEAK_ROUTE, "match", "case_sensitive"], false)],
  },
  { name: "paths by segment", edits: [set([...CATCH_ALL, "match"], { path_separated_prefix: "/v1" })] },
  {
    name: "a second virtual host without tiers",
    edits: [
      set([...MANAGER, "route_config", "virtual_hosts"], (hosts: unknown[]) => [
        ...hosts,
        { name: "site", domains: ["example.org"], routes: [] },
      ]),
    ],
  },
  {
    name: "a second virtual host whose catch-all is missing",
    edits: [
      set([...MANAGER, "route_config", "virtual_hosts"], ([host]: [{ routes: unknown[] }]) => [
        host,
        { ...host, name: "second", domains: ["example.org"], routes: host.routes.slice(0, 5) },
      ]),
    ],
    found: "catch-all-missing",
    severity: "warning",
    where: "listener llm > virtual host second",
  },
  {
    name: "a timeout not set",
    edits: [remove([...WEAK_ROUTE, "route", "timeout"])],
    found: "route-timeout-cuts-streams",
    where: `${IN_HOST} > route 4 (prefix /, x-sluice-tier exact weak) > timeout`,
    severity: "error",
  },
  {
    name: "all timeouts two minutes",
    edits: [WEAK_ROUTE, STRONG_ROUTE, CATCH_ALL].map((route) => set([...route, "route", "timeout"], "120s")),
    found: "route-timeout-cuts-streams",
    severity: "warning",
    what: /2 more/,
  },
  { name: "a timeout of ten minutes", edits: [set([...WEAK_ROUTE, "route", "timeout"], "600s")] },
  {
    name: "a route that answers itself, without a timeout",
    edits: [set([...CATCH_ALL, "route"], undefined), set([...CATCH_ALL, "direct_response"], { status: 503 })],
  },
  { name: "no retry policy", edits: [remove(RETRY)], found: "retry-missing", where: IN_HOST },
  { name: "no retries", edits: [set([...RETRY, "num_retries"], 0)], found: "retry-missing" },
  {
    name: "a route's own retry policy without 429",
    edits: [
      set([...WEAK_ROUTE, "route", "retry_policy"], {
        retry_on: "5xx",
        retry_host_predicate: [{ name: "envoy.retry_host_predicates.previous_hosts" }],
      }),
    ],
    found: "retry-without-429",
    where: `${IN_HOST} > route 4 (prefix /, x-sluice-tier exact weak) > retry_policy`,
    what: /^429 is not retried/,
  },
  {
    name: "no 429",
    edits: [set([...RETRY, "retriable_status_codes"], [502, 503, 529])],
    found: "retry-without-429",
    what: /^429 is/,
    where: `${IN_HOST} > retry_policy`,
  },
  { name: "no 503", edits: [set([...RETRY, "retriable_status_codes"], [429, 502, 529])], found: "retry-without-429", what: /^503 is/ },
  {
    name: "503 and 429 alone",
    edits: [set([...RETRY, "retriable_status_codes"], [503, 429])],
    found: "retry-without-429",
    severity: "note",
    what: /^529 and 502 are not retried/,
  },
  {
    name: "codes without the condition",
    edits: [set([...RETRY, "retry_on"], "connect-failure")],
    found: "retry-without-429",
    what: /^503, 429, 529 and 502 are/,
  },
  {
    name: "502 and 503 by gateway-error",
    edits: [set([...RETRY, "retry_on"], "gateway-error,retriable-status-codes"), set([...RETRY, "retriable_status_codes"], [429, 529])],
  },
  {
    name: "no previous_hosts",
    edits: [remove([...RETRY, "retry_host_predicate"])],
    found: "retry-same-host",
    where: `${IN_HOST} > retry_policy`,
  },
  {
    name: "another priority instead of previous_hosts",
    edits: [
      remove([...RETRY, "retry_host_predicate"]),
      set([...RETRY, "retry_priority"], { name: "envoy.retry_priorities.previous_priorities" }),
    ],
  },
  {
    name: "no breaker on a composite cluster",
    edits: [remove([...WEAK_THEN_STRONG, "circuit_breakers"])],
    found: "retry-room-small",
    where: "cluster weak_then_strong",
  },
  {
    name: "few retries on both",
    edits: [WEAK_THEN_STRONG, STRONG_THEN_WEAK].map((cluster) => set([...cluster, "circuit_breakers", "thresholds", 0, "max_retries"], 5)),
    found: "retry-room-small",
    where: "cluster weak_then_strong, cluster strong_then_weak",
    what: /max_retries is 5\./,
  },
  {
    name: "a retry budget instead, where retries stay in the tier",
    edits: [
      set([...WEAK_THEN_STRONG, "circuit_breakers", "thresholds", 0], { retry_budget: {} }),
      set([...WEAK_THEN_STRONG, "cluster_type", "typed_config", "clusters"], [{ name: "weak" }, { name: "weak" }]),
    ],
  },
  {
    name: "room for high priority alone",
    edits: [set([...WEAK_THEN_STRONG, "circuit_breakers", "thresholds", 0, "priority"], "HIGH")],
    found: "retry-room-small",
  },
  {
    name: "weighted clusters, one without room",
    edits: [
      remove([...WEAK, "circuit_breakers", "thresholds", 0, "max_retries"]),
      set([...WEAK_ROUTE, "route"], {
        timeout: "0s",
        weighted_clusters: {
          clusters: [
            { name: "weak", weight: 1 },
            { name: "weak_then_strong", weight: 9 },
          ],
        },
      }),
    ],
    found: "retry-room-small",
    where: "cluster weak",
  },
  { name: "a cluster named by a header", edits: [set([...WEAK_ROUTE, "route"], { timeout: "0s", cluster_header: "x-cluster" })] },
];
