// Every finding there is: how bad it is, and in a line what it says. The checks fill in where, what and the lines that mend it.
import { MANIFEST_FINDINGS } from "./catalogue-manifests.ts";
import type { FindingKind } from "./finding-kind.ts";

export type { Severity } from "./finding-kind.ts";

export const FINDINGS = {
  // The filter
  "ext-proc-missing": {
    severity: "error",
    title: "no ext_proc filter hands requests to sluice",
    why: "No request is decided on: each takes the route for requests without a tier, unchanged.",
  },
  "ext-proc-only-observes": {
    severity: "error",
    title: "the filter only observes: Envoy ignores every reply",
    why: "Every request takes the route for requests without a tier: Envoy neither waits for sluice's reply nor reads it.",
  },
  "request-headers-not-sent": {
    severity: "error",
    title: "request headers are not sent to sluice",
    why:
      "Envoy loses the headers and the choice of a new route in the reply to the body, in silence: no request is routed, with " +
      "no error counted.",
  },
  "request-body-not-buffered": {
    severity: "error",
    title: "sluice does not get the whole body before the route is chosen",
    why: "The headers go on before sluice has read the body: without it, every request goes to the default tier, the dearest.",
  },
  "response-body-buffered": {
    severity: "note",
    title: "answers may be held back until they are complete",
    why:
      "Envoy holds an answer back until it is complete, for as long as the call to sluice lasts. Sluice ends it with its " +
      "decision, so that a stream still began after 10 ms; any other server in its place holds it back to its end.",
  },
  "response-processed": {
    severity: "note",
    title: "answers pass through sluice",
    why:
      "With bodies STREAMED every piece of an answer goes through sluice and waits for its reply: 4 messages for a short " +
      "answer instead of 2. Headers alone cost nothing, since sluice ends the call with its decision.",
  },
  "fails-closed": {
    severity: "warning",
    title: "without sluice every request fails",
    why:
      "With sluice gone every request is answered 500, with sluice hanging 504 after message_timeout. With failure_mode_allow " +
      "they pass to the last route.",
  },
  "failure-mode-implicit": {
    severity: "note",
    title: "what happens without sluice is left to a default",
    why: "kgateway's lets requests pass unrouted. Envoy Gateway's answers 500 when sluice is gone and 504 when it hangs.",
  },
  "message-timeout-short": {
    severity: "warning",
    title: "too little time for the bodies that are let in",
    why:
      "A body that takes longer passes unrouted (failure_mode_allow) or is answered 504. 5 MB took 60 to 140 ms to sluice and " +
      "back, 16 MiB half a second on a busy machine; message_timeout 0s gave up on every request.",
  },
  "route-cache-kept": {
    severity: "error",
    title: "the route chosen before sluice's reply stays",
    why:
      "Every request is served by the route it matched first, whatever was decided: x-sluice-tier says weak, and strong " +
      "answers. Counted as clear_route_cache_disabled.",
  },
  "header-mutation-refused": {
    severity: "error",
    title: "Envoy is told to refuse the headers sluice sets",
    why:
      "Without x-sluice-tier no request is routed. Without content-length every request whose body sluice changed is answered " +
      "500, failure_mode_allow or not. Counted as rejected_header_mutations.",
  },
  "ext-proc-off-on-route": {
    severity: "error",
    title: "the route that requests match first has the filter switched off",
    why:
      "Envoy takes the filter's setting from the route that matches first, before there is a tier: sluice is never asked, and " +
      "nothing is counted.",
  },
  "decompressor-late": {
    severity: "warning",
    title: "requests are unpacked behind sluice",
    why: "Sluice cannot read what is compressed: such a request goes to the default tier, with its model, and only then is it unpacked.",
  },
  "decompressor-unbounded": {
    severity: "warning",
    title: "a small request may take all of Envoy's memory",
    why: "32 KB of zstd became 1 GB in Envoy 1.37, before it answered 413. From 1.38 Envoy stops at a hundred times the size.",
  },
  // Listener and routes
  "websocket-refused": {
    severity: "note",
    title: "clients that try a websocket first get 403",
    why:
      "Envoy answers 403 to every upgrade that is not configured, which clients take for a wrong key. 426 sends them to HTTP at once. " +
      "With upgrades configured and no such route, sluice passes them on to the default tier.",
  },
  "client-headers-kept": {
    severity: "error",
    title: "clients can choose their own tier",
    why:
      "A client that sends x-sluice-tier gets that tier whenever sluice has not decided: when it is down or late, and where " +
      "it leaves a request alone. Logs then show a decision that nobody made.",
  },
  "body-limit-small": {
    severity: "warning",
    title: "Envoy refuses bodies that sluice would route",
    why:
      "A body over the listener's limit (Envoy's default 1 MiB, Envoy Gateway's 32 KiB) is answered 413. Over the limit of " +
      "its route or virtual host, and before Envoy 1.38 over half of it, a body passes but is not retried: 503 at attempt 1.",
  },
  "catch-all-missing": {
    severity: "error",
    title: "a request without a tier matches no route",
    why:
      "Where a route switches the filter on, as gateways do, every request is 404 and sluice is not asked. Where the filter " +
      "is always on, requests are 404 when sluice is down or late, in spite of failure_mode_allow.",
  },
  "tier-without-route": {
    severity: "error",
    title: "a tier has no route",
    why:
      "Its requests take the route for requests without a tier: decided weak, they were served, and paid, as strong. Without " +
      "such a route they are 404.",
  },
  "route-without-tier": {
    severity: "warning",
    title: "a route is for a tier that does not exist",
    why: "No request ever takes it. Most often it is a name that was changed on one side only.",
  },
  "route-timeout-cuts-streams": {
    severity: "error",
    title: "answers are cut off by the route's timeout",
    why:
      "Envoy's default is 15 s from the request's end to the answer's: an answer not begun by then is 504, and a streamed one " +
      "breaks off in the middle.",
  },
  "retry-missing": {
    severity: "warning",
    title: "no retry: a 503 or 429 of one server reaches the client",
    why: "A 503 or 429 of one server goes to the client at attempt 1, though another server, or the other tier, could have answered.",
  },
  "retry-without-429": {
    severity: "warning",
    title: "a status of a full or failing server is not retried",
    why:
      "A server that is full says 429 (Anthropic's 529), one that goes (a Spot interruption) 503, the proxy before it 502: what is not " +
      "named goes to the client at attempt 1. 5xx does not cover 429, gateway-error not 529, and retriable-4xx covers 409 alone.",
  },
  "retry-same-host": {
    severity: "note",
    title: "a retry may ask the server that just failed",
    why: "The load balancer may choose the server that has just failed once more, and the attempt is spent on it.",
  },
  "retry-room-small": {
    severity: "warning",
    title: "only three retries at a time",
    why:
      "Of 60 requests at a time that met one 503 each, 54 to 57 stayed 503 with Envoy's default of 3 retries at a time; with " +
      "100, all were answered.",
  },
  "lone-server-asked-again": {
    severity: "note",
    title: "a tier's only server is asked again before the other tier",
    why: "It said a moment ago that it is full or going, and when to come again (Retry-After): the second attempt is lost on it.",
  },
  "tier-left-early": {
    severity: "note",
    title: "a request leaves its tier while other servers of it may be free",
    why: "When one of the tier's servers is full, its requests are served, and paid, by the other tier, though another server could.",
  },
  "retries-beyond-tiers": {
    severity: "warning",
    title: "more attempts than the composite cluster has entries",
    why: "For an attempt without an entry Envoy answers 503 itself: the server's own 429 and its Retry-After never reach the client.",
  },
  "fallback-budgeted": {
    severity: "warning",
    title: "a retry budget stops the fallback to the other tier",
    why:
      "A full tier makes a retry of every request. Of 10,000 from 50 clients at a time 9,338 got its 503 with a budget of 20 %, though " +
      "the other tier was free; without one all were answered.",
  },
  "fallback-keeps-model": {
    severity: "warning",
    title: "a fallback asks the other tier for what the first one was to do",
    why:
      "The other tier gets the body as it was made for the first, with that one's model and params: it says 404 or 400, and a 503 that " +
      "a retry would have mended becomes a final failure.",
  },
  "fallback-to-unable": {
    severity: "warning",
    title: "a fallback leads to a tier that cannot take the request",
    why:
      "Sluice keeps requests from a tier by `can` and `contextTokens`; a fallback does not. That tier says 400, and a 503 that the " +
      "client would have tried again becomes a final failure.",
  },
  "attempt-tiers-wrong": {
    severity: "error",
    title: "sluice is told another tier than the one that serves an attempt",
    why: "It sets the model of the tier that is named: the server that is asked says 404 for it.",
  },
  "attempt-not-edited": {
    severity: "warning",
    title: "the filter for each attempt changes nothing",
    why: "On a fallback the other tier is asked for the first one's model, as if there were no such filter, and says 404.",
  },
  "cascade-not-judged": {
    severity: "error",
    title: "the answers of the cascade are not judged",
    why: "Its requests go to the first tier alone, whatever that answers: no bad answer is asked for again, and nothing says so.",
  },
  "cascade-not-retried": {
    severity: "error",
    title: "a bad answer is thrown away, and the next tier not asked",
    why: "The client gets the 503 that sluice put in the place of the answer.",
  },
  "answers-may-be-compressed": {
    severity: "warning",
    title: "answers may come compressed, and then cannot be read",
    why:
      "Most clients take compressed answers, and hosted servers send them: each is estimated then, though it says what was used. " +
      "Without accept-encoding servers answer in plain JSON.",
  },
  // The way to sluice
  "ext-proc-cluster-missing": {
    severity: "error",
    title: "the filter names a cluster that does not exist",
    why: "Envoy starts all the same, and every call fails: requests pass unrouted, or are answered 500 where failure_mode_allow is false.",
  },
  "ext-proc-not-http2": {
    severity: "error",
    title: "Envoy does not speak HTTP/2 to sluice",
    why:
      "Every call fails: requests pass unrouted without a word (failure_mode_allow), or are answered 500. Gateways show the " +
      "policy as accepted all the same.",
  },
  "ext-proc-few-requests": {
    severity: "warning",
    title: "few requests at a time may be with sluice",
    why:
      "Each request is a call of its own; those over the limit (Envoy's default is 1024 at a time) are not handed over: with " +
      "a limit of 4, 51 of 60 requests at a time passed unrouted.",
  },
  "rapid-reset": {
    severity: "warning",
    title: "a connection to sluice lives through a thousand resets",
    why:
      "Envoy resets every answered call. HTTP/2 servers that count resets close the connection after 1000: 0.1 to 2 % of " +
      "requests went unrouted, or were answered 500. Sluice's own server does not count them; what stands between may.",
  },
  "replica-not-retried": {
    severity: "warning",
    title: "when one of several sluice processes goes, its requests go unrouted",
    why:
      "Envoy hands a request to the process that has gone and does not try the next: about 100 of 16,000 requests went " +
      "unrouted at a restart, with retries and ROUND_ROBIN none or one.",
  },
  // The access log
  "access-log-missing": {
    severity: "warning",
    title: "sluice never learns what was served",
    why:
      "No outcomes: sluice cannot say who served a request, after how many attempts, at what cost; decisions wait for an " +
      "entry until they are given up. Breakers and service levels do nothing.",
  },
  "access-log-headers-missing": {
    severity: "warning",
    title: "the access log lacks headers that sluice needs",
    why:
      "What was logged without x-sluice-tier counts as unrouted, whatever was decided. Without all three headers another of " +
      "several sluice processes, which gets the entry, cannot say what was decided.",
  },
  "access-log-not-http2": {
    severity: "warning",
    title: "Envoy does not speak HTTP/2 to the access log service",
    why: "Envoy cannot open the log's stream: every entry is lost, every outcome unknown. Requests are not affected.",
  },
  "request-id-off": {
    severity: "warning",
    title: "Envoy makes no request ids",
    why:
      "A decision and its access log entry are joined by x-request-id: without one there are no outcomes at all, and no " +
      "answer can be rated.",
  },
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
    why:
      "They passed unrouted at once, or were answered 500 where failure_mode_allow is false: 4 of 5 concurrent ones with " +
      "max_requests 1.",
  },
  "control-flood": {
    severity: "warning",
    title: "Envoy closed connections to sluice that read too slowly",
    why: "Requests in flight on such a connection pass unrouted, or are answered 500 where failure_mode_allow is false.",
  },
  goaways: {
    severity: "warning",
    title: "the server closed connections under Envoy",
    why:
      "A server that takes Envoy's resets for an attack goes after about 1,000 requests: 0.1 to 2 % of all pass unrouted, or " +
      "fail with 500.",
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
  ...MANIFEST_FINDINGS,
} as const satisfies Readonly<Record<string, FindingKind>>;

export type FindingId = keyof typeof FINDINGS;
