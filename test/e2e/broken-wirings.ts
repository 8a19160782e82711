// Ways to wire Envoy to sluice wrongly: each an edit of envoy.yaml, what the doctor must say of it, and what comes of it for a request.
import type { FindingId } from "../../src/setup/doctor/catalogue.ts";
import { chat, chatOfBytes } from "../support/requests.ts";

export interface BrokenWiring {
  readonly name: string;
  readonly edit: (yaml: string) => string;
  /** Another process of sluice than the one that is there, which is not. */
  readonly secondProcess?: true;
  /** Of the configuration: from a file, too. */
  readonly findings: readonly FindingId[];
  /** What the statistics say besides, once the request was sent. */
  readonly signs?: readonly FindingId[];
  readonly request?: WiringRequest;
  /** So many at once: one of the answers must be `answer`. */
  readonly times?: number;
  /** Sluice is not there when it is sent. */
  readonly withoutSluice?: true;
  readonly answer?: WiringAnswer;
}

export interface WiringRequest {
  readonly body?: string; // a chat that is weak when not given
  readonly headers?: Readonly<Record<string, string>>;
}

/** A healthy one is `{ status: 200, tier: "weak", servedBy: "weak" }`. */
export interface WiringAnswer {
  readonly status: number;
  readonly tier?: string | null; // null: nothing was decided
  readonly servedBy?: string | null;
}

const UNROUTED: WiringAnswer = { status: 200, tier: null, servedBy: "strong" };
const TO_STRONG: WiringAnswer = { status: 200, tier: "weak", servedBy: "strong" };
const FORGED: WiringRequest = { headers: { "x-sluice-tier": "weak" } };

const scripted = (script: string): WiringRequest => ({ headers: { "x-stand-in-script": script } });

/** An edit that finds nothing to change is a mistake of the test. */
export function change(from: string | RegExp, to: string): (yaml: string) => string {
  return (yaml) => {
    const changed = yaml.replace(from, to);
    if (changed === yaml) throw new Error(`envoy.yaml has no ${from}`);
    return changed;
  };
}

function allOf(...edits: readonly ((yaml: string) => string)[]): (yaml: string) => string {
  return (yaml) => edits.reduce((edited, edit) => edit(edited), yaml);
}

const inFilter = (lines: string) => change("failure_mode_allow: true\n", `failure_mode_allow: true\n              ${lines}\n`);
const FILTER = / {10}- name: envoy\.filters\.http\.ext_proc\n(?: {12}.*\n)+/;
const WEAK_ROUTE = / +- match: \{ prefix: \/, headers: \[\{ name: x-sluice-tier, string_match: \{ exact: weak \} \}\] \}\n.*\n/;
const CATCH_ALL = / +- match: \{ prefix: \/ \}\n +route: \{ cluster: strong_then_weak, timeout: 0s \}\n/;

const filter: readonly BrokenWiring[] = [
  { name: "no filter", edit: change(FILTER, ""), findings: ["ext-proc-missing"], answer: UNROUTED },
  {
    name: "a filter that only observes",
    edit: allOf(inFilter("observability_mode: true"), change("request_body_mode: BUFFERED", "request_body_mode: STREAMED")),
    findings: ["ext-proc-only-observes"],
    answer: UNROUTED,
  },
  {
    name: "request headers skipped",
    edit: change("request_header_mode: SEND", "request_header_mode: SKIP"),
    findings: ["request-headers-not-sent"],
    answer: UNROUTED,
  },
  {
    name: "no request body",
    edit: change("request_body_mode: BUFFERED", "request_body_mode: NONE"),
    findings: ["request-body-not-buffered"],
    answer: { status: 200, tier: "strong", servedBy: "strong" },
  },
  {
    name: "request body streamed",
    edit: change("request_body_mode: BUFFERED", "request_body_mode: STREAMED"),
    findings: ["request-body-not-buffered"],
    answer: { status: 200, tier: "strong", servedBy: "strong" },
  },
  {
    name: "request body perhaps in part",
    edit: change("request_body_mode: BUFFERED", "request_body_mode: BUFFERED_PARTIAL"),
    findings: ["request-body-not-buffered"],
  },
  {
    name: "answers buffered",
    edit: allOf(
      change("response_header_mode: SKIP", "response_header_mode: SEND"),
      change("response_body_mode: NONE", "response_body_mode: BUFFERED"),
    ),
    findings: ["response-body-buffered"],
  },
  {
    name: "answers' headers sent",
    edit: change("response_header_mode: SKIP", "response_header_mode: SEND"),
    findings: ["response-processed"],
  },
  {
    name: "failing closed",
    edit: change("failure_mode_allow: true", "failure_mode_allow: false"),
    findings: ["fails-closed"],
    withoutSluice: true,
    signs: ["requests-failed", "sluice-unreachable"],
    answer: { status: 500 },
  },
  { name: "failure mode left out", edit: change(/ +failure_mode_allow: true\n/, ""), findings: ["fails-closed"] },
  { name: "Envoy's own message timeout", edit: change("message_timeout: 2s", ""), findings: ["message-timeout-short"] },
  {
    name: "the route cache kept",
    edit: inFilter("route_cache_action: RETAIN"),
    findings: ["route-cache-kept"],
    signs: ["route-cache-clear-ignored"],
    answer: TO_STRONG,
  },
  {
    name: "the older switch for the route cache",
    edit: inFilter("disable_clear_route_cache: true"),
    findings: ["route-cache-kept"],
    signs: ["route-cache-clear-ignored"],
    answer: TO_STRONG,
  },
  {
    name: "headers refused",
    edit: inFilter("mutation_rules: { disallow_expression: { regex: x-.* } }"),
    findings: ["header-mutation-refused"],
    signs: ["header-mutations-rejected"],
    answer: UNROUTED,
  },
  {
    name: "off on the last route",
    edit: change(
      CATCH_ALL,
      `              - match: { prefix: / }
                route: { cluster: strong_then_weak, timeout: 0s }
                typed_per_filter_config:
                  envoy.filters.http.ext_proc: { "@type": ${"type.googleapis.com/envoy.extensions.filters.http.ext_proc.v3.ExtProcPerRoute"}, disabled: true }
`,
    ),
    findings: ["ext-proc-off-on-route"],
    signs: ["sluice-not-asked"],
    answer: UNROUTED,
  },
];

const routes: readonly BrokenWiring[] = [
  {
    name: "clients' headers kept",
    edit: change(/ {10}early_header_mutation_extensions:\n(?: {10}- .*\n| {12}.*\n)+/, ""),
    findings: ["client-headers-kept"],
    withoutSluice: true,
    signs: ["passed-unrouted", "sluice-unreachable"],
    request: FORGED,
    answer: { status: 200, tier: "weak", servedBy: "weak" },
  },
  {
    name: "Envoy's own buffer limit",
    edit: allOf(change(/ +per_connection_buffer_limit_bytes: 33554432\n/, ""), change(/ +request_body_buffer_limit: 33554432.*\n/, "")),
    findings: ["body-limit-small"],
    request: { body: chatOfBytes(2 << 20) },
    answer: { status: 413 },
  },
  {
    name: "no route for a request without a tier",
    edit: change(CATCH_ALL, ""),
    findings: ["catch-all-missing"],
    withoutSluice: true,
    signs: ["passed-unrouted", "sluice-unreachable"],
    answer: { status: 404 },
  },
  { name: "no route for a tier", edit: change(WEAK_ROUTE, ""), findings: ["tier-without-route"], answer: TO_STRONG },
  {
    name: "a route with a tier's name misspelt",
    edit: change("exact: weak } }] }", "exact: week } }] }"),
    findings: ["tier-without-route"],
    answer: TO_STRONG,
  },
  {
    name: "a route for no tier",
    edit: change(
      "              routes:\n",
      `              routes:
              - match: { prefix: /, headers: [{ name: x-sluice-tier, string_match: { exact: medium } }] }
                route: { cluster: weak_then_strong, timeout: 0s }
`,
    ),
    findings: ["route-without-tier"],
  },
  {
    name: "routes with a short timeout",
    edit: change(/timeout: 0s \}\n/g, "timeout: 0.2s }\n"),
    findings: ["route-timeout-cuts-streams"],
    request: scripted("delay=400"),
    answer: { status: 504 },
  },
  { name: "Envoy's own route timeout", edit: change(/, timeout: 0s \}\n/g, " }\n"), findings: ["route-timeout-cuts-streams"] },
  {
    name: "no retries",
    edit: change(/ {14}retry_policy:\n(?: {16}.*\n)+/, ""),
    findings: ["retry-missing"],
    request: scripted("503,200"),
    answer: { status: 503 },
  },
  {
    name: "429 not retried",
    edit: change("retriable_status_codes: [502, 503, 529, 429]", "retriable_status_codes: [502, 503, 529]"),
    findings: ["retry-without-429"],
    request: scripted("429,200"),
    answer: { status: 429 },
  },
  {
    name: "a retry may go to the same server",
    edit: change(/ {16}host_selection_retry_max_attempts: 5\n {16}retry_host_predicate:\n(?: {16}[- ].*\n){2}/, ""),
    findings: ["retry-same-host"],
  },
  {
    name: "Envoy's own room for retries",
    times: 60,
    request: scripted("503,200"),
    signs: ["retries-refused"],
    answer: { status: 503 },
    edit: change(/ {4}circuit_breakers: \{ thresholds: \[\{ max_retries: 16384 \}\] \}\n/g, ""),
    findings: ["retry-room-small"],
  },
];

const sluiceCluster: readonly BrokenWiring[] = [
  {
    name: "HTTP/1 to sluice",
    edit: change(
      "explicit_http_config: { http2_protocol_options: {} } # gRPC",
      "explicit_http_config: { http_protocol_options: {} } # gRPC",
    ),
    findings: ["ext-proc-not-http2"],
    signs: ["passed-unrouted"],
    answer: UNROUTED,
  },
  {
    name: "Envoy's own limit of requests with sluice",
    edit: change("max_requests: 16384, max_pending_requests: 16384, max_retries: 1024", "max_pending_requests: 16384, max_retries: 1024"),
    findings: ["ext-proc-few-requests"],
  },
  {
    name: "connections to sluice without end",
    edit: change("common_http_protocol_options: { max_requests_per_connection: 900 }", ""),
    findings: ["rapid-reset"],
  },
  {
    name: "no retry with another process of sluice",
    edit: change(/ {16}retry_policy:\n(?: {18}.*\n)+/, ""),
    secondProcess: true,
    findings: ["replica-not-retried"],
    signs: ["passed-unrouted"],
    times: 8,
    answer: UNROUTED,
  },
  {
    name: "a cluster for sluice that is not there",
    edit: change("cluster_name: sluice }\n                timeout: 0s", "cluster_name: router }\n                timeout: 0s"),
    findings: ["ext-proc-cluster-missing"],
    signs: ["passed-unrouted"],
    answer: UNROUTED,
  },
];

const accessLog: readonly BrokenWiring[] = [
  {
    name: "no access log to sluice",
    edit: change(/ {10}- name: envoy\.access_loggers\.http_grpc\n(?: {12}.*\n)+/, ""),
    findings: ["access-log-missing"],
  },
  {
    name: "an access log without the tier",
    edit: change("[x-request-id, x-sluice-tier, x-sluice-policy, x-sluice-reason]", "[x-request-id]"),
    findings: ["access-log-headers-missing"],
  },
  {
    name: "HTTP/1 to the access log",
    edit: change("explicit_http_config: { http2_protocol_options: {} }\n", "explicit_http_config: { http_protocol_options: {} }\n"),
    findings: ["access-log-not-http2"],
  },
  {
    name: "no request ids",
    edit: change("use_remote_address: true", "use_remote_address: true\n          generate_request_id: false"),
    findings: ["request-id-off"],
  },
];

export const BROKEN_WIRINGS: readonly BrokenWiring[] = [...filter, ...routes, ...sluiceCluster, ...accessLog];

export const WEAK_CHAT = chat("hello", { model: "glm-5" });
