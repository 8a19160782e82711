// The same findings where a gateway wrote Envoy's configuration: they are mended in its manifests, and not reported where it has no field
// for it.
import type { FindingId } from "../catalogue.ts";
import type { Gateway } from "../envoy-wiring.ts";
import type { Finding } from "../finding.ts";

/** Neither gateway has a filter that is asked for each attempt. */
export const DIFFERENT_NAMES = `# sluice's configuration: drop \`model\` of both tiers, where their servers do without it,
# or give both the same one, and have the servers of each serve it (vLLM: --served-model-name); \`params\` likewise: none, or the same
tiers:
- { name: weak, model: chat }
- { name: strong, model: chat }`;

const PLAIN_ANSWERS = `# HTTPRoute, in each rule
filters:
- { type: RequestHeaderModifier, requestHeaderModifier: { remove: [accept-encoding] } }`;

/** A gateway's lines; null: it cannot be told. What is not in the table is mended by lines that depend on more than the finding. */
const LINES: Partial<Readonly<Record<FindingId, Readonly<Record<Gateway, string | null>>>>> = {
  "request-headers-not-sent": modes("requestHeaderMode: SEND", "request: { body: Buffered }"),
  "request-body-not-buffered": modes("requestBodyMode: BUFFERED", "request: { body: Buffered }"),
  "response-body-buffered": modes(
    "responseHeaderMode: SKIP\n      responseBodyMode: NONE\n      responseTrailerMode: SKIP",
    "request: { body: Buffered } # and no `response`",
  ),
  "response-processed": modes(
    "responseHeaderMode: SKIP\n      responseBodyMode: NONE\n      responseTrailerMode: SKIP",
    "request: { body: Buffered } # and no `response`",
  ),
  "fails-closed": extension("failOpen: true", "failOpen: true"),
  "message-timeout-short": extension("messageTimeout: 2000ms", "messageTimeout: 2s"),
  "route-cache-kept": extension("routeCacheAction: FromResponse", null),
  "header-mutation-refused": extension(null, null),
  "ext-proc-off-on-route": {
    kgateway: `# TrafficPolicy
spec:
  targetRefs:
  - { group: gateway.networking.k8s.io, kind: HTTPRoute, name: ROUTE, sectionName: RULE } # the rule without a condition on x-sluice-tier
  extProc:
    extensionRef: { name: sluice }`,
    "envoy-gateway": `# EnvoyExtensionPolicy
spec:
  targetRefs:
  - { group: gateway.networking.k8s.io, kind: HTTPRoute, name: ROUTE } # the one with the rule without a condition on x-sluice-tier`,
  },
  "decompressor-late": {
    kgateway:
      "# GatewayExtension: without filterStage, or with this one, it runs behind it\nfilterStage: { stage: AuthZ, predicate: After }",
    "envoy-gateway": null,
  },
  "decompressor-unbounded": {
    kgateway: "# TrafficPolicy\nspec:\n  compression: { requestDecompression: { libraries: [Gzip] } }",
    "envoy-gateway": null,
  },
  "websocket-refused": { kgateway: null, "envoy-gateway": null },
  "client-headers-kept": {
    kgateway: `# ListenerPolicy
spec:
  default:
    httpSettings:
      earlyRequestHeaderModifier: { remove: [x-sluice-tier, x-sluice-policy, x-sluice-reason] }`,
    "envoy-gateway": `# ClientTrafficPolicy
spec:
  headers:
    earlyRequestHeaders:
      removeOnMatch: [{ type: Prefix, value: x-sluice- }]`,
  },
  "body-limit-small": {
    kgateway: "# ListenerPolicy; Envoy's default is 1 MiB\nspec:\n  default:\n    perConnectionBufferLimitBytes: 33554432",
    "envoy-gateway": `# ClientTrafficPolicy; Envoy Gateway's defaults are 32 KiB, and 64 KiB for HTTP/2 clients
spec:
  connection:
    bufferLimit: 32Mi
  http2: { initialStreamWindowSize: 32Mi, initialConnectionWindowSize: 64Mi }`,
  },
  "route-timeout-cuts-streams": {
    kgateway: "# TrafficPolicy on the HTTPRoute\nspec:\n  timeouts: { request: 0s, streamIdle: 600s }",
    "envoy-gateway": "# BackendTrafficPolicy on the HTTPRoute\nspec:\n  timeout: { http: { requestTimeout: 0s } }",
  },
  "retry-missing": retry(),
  "retry-without-429": retry(),
  "retry-same-host": { kgateway: null, "envoy-gateway": null },
  "retry-room-small": {
    kgateway: `# BackendConfigPolicy on the tiers' Services
spec:
  circuitBreakers: { maxRetries: 16384, maxConnections: 16384, maxRequests: 16384, maxPendingRequests: 16384 }`,
    "envoy-gateway": "# BackendTrafficPolicy on the HTTPRoute\nspec:\n  circuitBreaker: { maxParallelRetries: 16384 }",
  },
  "fallback-keeps-model": { kgateway: DIFFERENT_NAMES, "envoy-gateway": DIFFERENT_NAMES },
  "answers-may-be-compressed": { kgateway: PLAIN_ANSWERS, "envoy-gateway": PLAIN_ANSWERS },
  "ext-proc-not-http2": {
    kgateway: "# Service of sluice\nspec:\n  ports:\n  - { name: grpc, port: 9002, appProtocol: kubernetes.io/h2c }",
    "envoy-gateway": "# Service of sluice\nspec:\n  ports:\n  - { name: grpc, port: 9002, appProtocol: kubernetes.io/h2c }",
  },
  "ext-proc-few-requests": {
    kgateway: "# BackendConfigPolicy on sluice's Service\nspec:\n  circuitBreakers: { maxRequests: 16384, maxPendingRequests: 16384 }",
    "envoy-gateway": settings("circuitBreaker: { maxParallelRequests: 16384, maxPendingRequests: 16384 }"),
  },
  "rapid-reset": {
    kgateway: "# BackendConfigPolicy on sluice's Service\nspec:\n  commonHttpProtocolOptions: { maxRequestsPerConnection: 900 }",
    "envoy-gateway": settings("circuitBreaker: { maxRequestsPerConnection: 900 }"),
  },
  "replica-not-retried": {
    // Its `retry` reaches Envoy without a word on when, so that nothing is retried.
    kgateway: null,
    "envoy-gateway": settings(`loadBalancer: { type: RoundRobin }
      retry:
        numRetries: 2
        retryOn: { triggers: [connect-failure, refused-stream, reset, unavailable] }`),
  },
  "access-log-missing": accessLog(),
  "access-log-headers-missing": accessLog(),
  "access-log-not-http2": {
    kgateway: "# Service of sluice\nspec:\n  ports:\n  - { name: grpc, port: 9002, appProtocol: kubernetes.io/h2c }",
    "envoy-gateway": "# Service of sluice\nspec:\n  ports:\n  - { name: grpc, port: 9002, appProtocol: kubernetes.io/h2c }",
  },
  "request-id-off": {
    kgateway: "# ListenerPolicy\nspec:\n  default:\n    httpSettings:\n      generateRequestId: true",
    "envoy-gateway": "# ClientTrafficPolicy\nspec:\n  headers:\n    requestID: Generate",
  },
};

export function inGatewaysWords(findings: readonly Finding[], gateway: Gateway | undefined): readonly Finding[] {
  if (gateway === undefined) return findings;
  return findings.flatMap((finding) => {
    const lines = LINES[finding.id];
    if (lines === undefined) return [finding];
    const fix = lines[gateway];
    return fix === null ? [] : [{ ...finding, fix }];
  });
}

function modes(kgateway: string, envoyGateway: string) {
  return extension(`processingMode:\n      ${kgateway}`, `processingMode:\n      ${envoyGateway}`);
}

function extension(kgateway: string | null, envoyGateway: string | null): Readonly<Record<Gateway, string | null>> {
  return {
    kgateway: kgateway === null ? null : `# GatewayExtension\nspec:\n  extProc:\n    ${kgateway}`,
    "envoy-gateway": envoyGateway === null ? null : `# EnvoyExtensionPolicy\nspec:\n  extProc:\n  - ${envoyGateway}`,
  };
}

function settings(lines: string): string {
  return `# EnvoyExtensionPolicy\nspec:\n  extProc:\n  - backendSettings:\n      ${lines}`;
}

function retry(): Readonly<Record<Gateway, string>> {
  return {
    kgateway: `# TrafficPolicy on the HTTPRoute
spec:
  retry:
    attempts: 2
    retryOn: [connect-failure, refused-stream, reset]
    statusCodes: [429, 502, 503, 529]`,
    "envoy-gateway": `# BackendTrafficPolicy on the HTTPRoute
spec:
  retry:
    numRetries: 2
    retryOn:
      triggers: [connect-failure, refused-stream, reset, retriable-status-codes]
      httpStatusCodes: [429, 502, 503, 529]`,
  };
}

function accessLog(): Readonly<Record<Gateway, string>> {
  const headers = "[x-request-id, x-sluice-tier, x-sluice-policy, x-sluice-reason]";
  return {
    kgateway: `# ListenerPolicy
spec:
  default:
    httpSettings:
      accessLog:
      - grpcService:
          logName: sluice
          backendRef: { name: sluice, namespace: sluice, port: 9002 }
          additionalRequestHeadersToLog: ${headers}`,
    "envoy-gateway": `# EnvoyProxy
spec:
  telemetry:
    accessLog:
      settings:
      - type: Route
        sinks:
        - type: ALS
          als:
            type: HTTP
            logName: sluice
            backendRefs: [{ group: "", kind: Service, name: sluice, namespace: sluice, port: 9002 }]
            http: { requestHeaders: ${headers} }`,
  };
}
