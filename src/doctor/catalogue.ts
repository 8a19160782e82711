// Every finding there is: how bad it is, and in a line what it says. The checks fill in where, what and the lines that mend it.

/** `error`: requests fail or are not routed. `warning`: they will, under load or when a server is gone. `note`: it costs, or hides something. */
export type Severity = "error" | "warning" | "note";

interface FindingKind {
  readonly severity: Severity;
  readonly title: string;
  /** What comes of it, as measured on a real Envoy. */
  readonly why: string;
}

export const FINDINGS = {
  // The filter
  "ext-proc-missing": { severity: "error", title: "no ext_proc filter hands requests to sluice", why: "" },
  "ext-proc-only-observes": { severity: "error", title: "the filter only observes: Envoy ignores every reply", why: "" },
  "request-headers-not-sent": { severity: "error", title: "request headers are not sent to sluice", why: "" },
  "request-body-not-buffered": { severity: "error", title: "sluice does not get the whole body before the route is chosen", why: "" },
  "response-body-buffered": { severity: "error", title: "answers are held back until they are complete", why: "" },
  "response-processed": { severity: "note", title: "answers pass through sluice for nothing", why: "" },
  "fails-closed": { severity: "warning", title: "without sluice every request fails", why: "" },
  "failure-mode-implicit": { severity: "note", title: "what happens without sluice is left to a default", why: "" },
  "message-timeout-short": { severity: "warning", title: "too little time for the bodies that are let in", why: "" },
  "route-cache-kept": { severity: "error", title: "the route chosen before sluice's reply stays", why: "" },
  "header-mutation-refused": { severity: "error", title: "Envoy is told to refuse the headers sluice sets", why: "" },
  "ext-proc-off-on-route": { severity: "error", title: "the route that requests match first has the filter switched off", why: "" },
  // Listener and routes
  "client-headers-kept": { severity: "error", title: "clients can choose their own tier", why: "" },
  "body-limit-small": { severity: "warning", title: "Envoy refuses bodies that sluice would route", why: "" },
  "catch-all-missing": { severity: "error", title: "a request without a tier matches no route", why: "" },
  "tier-without-route": { severity: "error", title: "a tier has no route", why: "" },
  "route-without-tier": { severity: "warning", title: "a route is for a tier that does not exist", why: "" },
  "route-timeout-cuts-streams": { severity: "error", title: "answers are cut off by the route's timeout", why: "" },
  "retry-missing": { severity: "warning", title: "no retry: a 503 or 429 of one server reaches the client", why: "" },
  "retry-without-429": { severity: "warning", title: "a full server's 429 or 503 is not retried", why: "" },
  "retry-same-host": { severity: "note", title: "a retry may ask the server that just failed", why: "" },
  "retry-room-small": { severity: "warning", title: "only three retries at a time", why: "" },
  // The way to sluice
  "ext-proc-cluster-missing": { severity: "error", title: "the filter names a cluster that does not exist", why: "" },
  "ext-proc-not-http2": { severity: "error", title: "Envoy does not speak HTTP/2 to sluice", why: "" },
  "ext-proc-few-requests": { severity: "warning", title: "few requests at a time may be with sluice", why: "" },
  "rapid-reset": { severity: "warning", title: "a connection to sluice lives through a thousand resets", why: "" },
  "replica-not-retried": { severity: "warning", title: "when one of several sluice processes goes, its requests go unrouted", why: "" },
  // The access log
  "access-log-missing": { severity: "warning", title: "sluice never learns what was served", why: "" },
  "access-log-headers-missing": { severity: "warning", title: "the access log lacks headers that sluice needs", why: "" },
  "access-log-not-http2": { severity: "error", title: "Envoy does not speak HTTP/2 to the access log service", why: "" },
  "request-id-off": { severity: "error", title: "Envoy makes no request ids", why: "" },
  // Live signs
  "sluice-unreachable": {
    severity: "error",
    title: "Envoy cannot connect to sluice",
    why: "Every request passes unrouted to the last route, or is answered 500 where failure_mode_allow is false.",
  },
  "sluice-not-asked": {
    severity: "error",
    title: "requests pass, and sluice is never asked",
    why: "No tier is decided: each request takes the first route it matches, and nothing in its answer says so.",
  },
  "passed-unrouted": {
    severity: "warning",
    title: "requests passed unrouted, because asking sluice failed",
    why: "They took the route for requests without a tier, at its price, with the body as the client sent it; no answer said so.",
  },
  "requests-failed": {
    severity: "error",
    title: "requests failed, because asking sluice failed",
    why: "Each was answered 500 by Envoy, though a model server could have served it.",
  },
  "message-timeouts": {
    severity: "warning",
    title: "sluice was too late for some requests",
    why: "Each waited the whole message_timeout first; then it passed unrouted, or was answered 504 where failure_mode_allow is false.",
  },
  "spurious-messages": {
    severity: "error",
    title: "Envoy got replies it did not expect",
    why: "Envoy ended the call: the request passed unrouted, or was answered 500 where failure_mode_allow is false.",
  },
  "route-cache-clear-ignored": {
    severity: "error",
    title: "Envoy ignored that the route is to be chosen again",
    why: "The tier's header was set, and the request stayed on the route it had matched before it was decided.",
  },
  "header-mutations-rejected": {
    severity: "error",
    title: "Envoy rejected headers that sluice set",
    why: "The request went on without the tier's header, with status 200: it was decided, and not routed.",
  },
  "ext-proc-overflow": {
    severity: "warning",
    title: "requests were not handed to sluice, for too many were with it",
    why: "They passed unrouted at once, or were answered 500 where failure_mode_allow is false: 4 of 5 concurrent ones with max_requests 1.",
  },
  "control-flood": {
    severity: "warning",
    title: "Envoy closed connections to sluice that read too slowly",
    why: "Requests in flight on such a connection pass unrouted, or are answered 500 where failure_mode_allow is false.",
  },
  goaways: {
    severity: "warning",
    title: "the server closed connections under Envoy",
    why: "A server that takes Envoy's resets for an attack goes after about 1,000 requests: 0.1 to 2 % of all pass unrouted, or fail with 500.",
  },
  "retries-refused": {
    severity: "warning",
    title: "retries were not made, for too many were under way",
    why: "Clients got the 503 or 429 that another attempt would have spared them: 54 to 57 of 60 concurrent ones with the default of 3.",
  },
  "access-log-dropped": {
    severity: "warning",
    title: "Envoy dropped access log entries",
    why: "sluice has no outcome, tokens or costs for these requests. The requests themselves are unaffected.",
  },
  // The gateway's manifests alone
  "app-protocol-missing": { severity: "error", title: "the Service of sluice does not say that it is HTTP/2", why: "" },
  "extension-missing": { severity: "error", title: "a policy names a GatewayExtension that is not there", why: "" },
  "processing-mode-implicit": { severity: "error", title: "processing modes are left to the gateway's defaults", why: "" },
  "reference-not-granted": { severity: "error", title: "a reference to another namespace has no ReferenceGrant", why: "" },
  "route-stage-late": { severity: "error", title: "the filter runs after the route is final", why: "" },
  "unknown-kind": { severity: "error", title: "a manifest is of a kind that no gateway knows", why: "" },
} as const satisfies Readonly<Record<string, FindingKind>>;

export type FindingId = keyof typeof FINDINGS;
