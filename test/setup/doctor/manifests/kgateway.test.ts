import { describe, expect, test } from "vitest";
import { type Broken, documentOf, edited, expectFoundAlone, findingsIn, fixture } from "./broken-manifest.ts";

const GOOD = fixture("kgateway.yaml");
const extension = (field: string) => `GatewayExtension llm/sluice spec.extProc.${field}`;
const without = (kind: string, name: string): readonly [string, string] => [documentOf(GOOD, kind, name), ""];
const STRONG_RULE = GOOD.slice(GOOD.indexOf("    - name: strong\n      matches"), GOOD.indexOf("    - name: weak\n      matches"));
const UNDECIDED_RULE = GOOD.slice(GOOD.indexOf("    - name: undecided\n"), GOOD.indexOf("    - name: status\n"));

const AUTH = `apiVersion: gateway.kgateway.dev/v1alpha1
kind: GatewayExtension
metadata: { name: auth, namespace: llm }
spec: { extProc: { grpcService: { backendRef: { name: auth, port: 9000 } } } }
`;

const ENVOY_RETRY = "apiVersion: gateway.kgateway.dev/v1alpha1\nkind: EnvoyRetry\nmetadata: { name: r, namespace: llm }\n";

/** One edit each; exactly that finding, on that line. */
const BROKEN: Readonly<Record<string, Broken>> = {
  "request headers are skipped": {
    edit: ["requestHeaderMode: SEND", "requestHeaderMode: SKIP"],
    id: "request-headers-not-sent",
    line: "requestHeaderMode: SKIP",
    field: extension("processingMode.requestHeaderMode"),
  },
  "the body is streamed": {
    edit: ["requestBodyMode: BUFFERED", "requestBodyMode: STREAMED"],
    id: "request-body-not-buffered",
    line: "requestBodyMode: STREAMED",
    field: extension("processingMode.requestBodyMode"),
  },
  "only the front of a large body is sent": {
    edit: ["requestBodyMode: BUFFERED", "requestBodyMode: BUFFERED_PARTIAL"],
    id: "request-body-not-buffered",
    line: "requestBodyMode: BUFFERED_PARTIAL",
    field: extension("processingMode.requestBodyMode"),
  },
  "the body's mode is left out": {
    edit: ["      requestBodyMode: BUFFERED\n", ""],
    id: "processing-mode-implicit",
    line: "processingMode:",
    field: extension("processingMode.requestBodyMode"),
  },
  "all modes are left out": {
    edit: [GOOD.slice(GOOD.indexOf("    processingMode:"), GOOD.indexOf("---", GOOD.indexOf("    processingMode:"))), ""],
    id: "processing-mode-implicit",
    line: "extProc:",
    field: extension("processingMode.requestBodyMode"),
  },
  "a policy's own modes replace the extension's": {
    edit: ["    extensionRef:\n", "    processingMode: { requestHeaderMode: SEND }\n    extensionRef:\n"],
    id: "processing-mode-implicit",
    line: "processingMode: {",
    field: "TrafficPolicy llm/sluice spec.extProc.processingMode.requestBodyMode",
  },
  "the answers' headers are sent by default": {
    edit: ["      responseHeaderMode: SKIP\n", ""],
    id: "response-processed",
    line: "processingMode:",
    field: extension("processingMode.responseHeaderMode"),
  },
  "answers are held back": {
    edit: ["responseBodyMode: NONE", "responseBodyMode: BUFFERED"],
    id: "response-body-buffered",
    line: "responseBodyMode: BUFFERED",
    field: extension("processingMode.responseBodyMode"),
  },
  "it is not said what happens without sluice": {
    edit: ["    failOpen: true\n", ""],
    id: "failure-mode-implicit",
    line: "extProc:",
    after: "kind: GatewayExtension",
    field: extension("failOpen"),
  },
  "requests fail without sluice": {
    edit: ["failOpen: true", "failOpen: false"],
    id: "fails-closed",
    line: "failOpen: false",
    field: extension("failOpen"),
  },
  "the message timeout is kgateway's default": {
    edit: ["    messageTimeout: 2000ms\n", ""],
    id: "message-timeout-short",
    line: "extProc:",
    after: "kind: GatewayExtension",
    field: extension("messageTimeout"),
  },
  "the route chosen first stays": {
    edit: ["failOpen: true", "failOpen: true\n    routeCacheAction: Retain"],
    id: "route-cache-kept",
    line: "routeCacheAction: Retain",
    field: extension("routeCacheAction"),
  },
  "the filter runs after the route is final": {
    edit: ["failOpen: true", "failOpen: true\n    filterStage: { stage: Route, predicate: After }"],
    id: "route-stage-late",
    line: "filterStage:",
    field: extension("filterStage"),
  },
  "the Service's port does not say HTTP/2": {
    edit: ["      appProtocol: kubernetes.io/h2c\n", ""],
    id: "app-protocol-missing",
    line: "- name: ext-proc",
    field: "Service sluice/sluice spec.ports[0].appProtocol",
  },
  "the Service's port says HTTP/1": {
    edit: ["appProtocol: kubernetes.io/h2c", "appProtocol: http"],
    id: "app-protocol-missing",
    line: "appProtocol: http",
    field: "Service sluice/sluice spec.ports[0].appProtocol",
  },
  "the policy names another extension": {
    edit: ["    extensionRef:\n      name: sluice", "    extensionRef:\n      name: slucie"],
    id: "extension-missing",
    line: "name: slucie",
    field: "TrafficPolicy llm/sluice spec.extProc.extensionRef.name",
  },
  "the extension is not there": {
    edit: without("GatewayExtension", "sluice"),
    id: "extension-missing",
    line: "name: sluice",
    after: "extensionRef:",
    field: "TrafficPolicy llm/sluice spec.extProc.extensionRef.name",
  },
  "no policy hands requests to the extension": {
    edit: ["  extProc:\n    extensionRef:\n      name: sluice\n", "  compression: {}\n"],
    id: "ext-proc-missing",
    line: "apiVersion: gateway.kgateway.dev/v1alpha1\nkind: GatewayExtension",
    field: "GatewayExtension llm/sluice",
  },
  "the policy is on the strong rule": {
    edit: ["sectionName: undecided", "sectionName: strong"],
    id: "ext-proc-off-on-route",
    line: "targetRefs:",
    after: "kind: TrafficPolicy",
    field: "TrafficPolicy llm/sluice spec.targetRefs",
  },
  "the policy names a rule that is not there": {
    edit: ["sectionName: undecided", "sectionName: catch-all"],
    id: "ext-proc-off-on-route",
    line: "targetRefs:",
    after: "kind: TrafficPolicy",
    field: "TrafficPolicy llm/sluice spec.targetRefs",
  },
  "the policy is in another namespace than the route": {
    edit: ["  name: sluice\n  namespace: llm\nspec:\n  targetRefs", "  name: sluice\n  namespace: other\nspec:\n  targetRefs"],
    id: "extension-missing",
    line: "name: sluice",
    after: "extensionRef:",
    field: "TrafficPolicy other/sluice spec.extProc.extensionRef.name",
  },
  "nothing takes a request without a tier": {
    edit: [UNDECIDED_RULE, ""],
    id: "catch-all-missing",
    line: "- path:",
    after: "- name: strong",
    field: "HTTPRoute llm/llm spec.rules[0].matches[0]",
  },
  "the catch-all is for other paths than the tiers": {
    edit: [UNDECIDED_RULE, UNDECIDED_RULE.replace("/v1", "/v2")],
    id: "catch-all-missing",
    line: "- path:",
    after: "- name: strong",
    field: "HTTPRoute llm/llm spec.rules[0].matches[0]",
  },
  "a tier has no rule": {
    edit: [STRONG_RULE, ""],
    id: "tier-without-route",
    line: "- name: weak",
    after: "kind: HTTPRoute",
    field: "HTTPRoute llm/llm spec.rules[0]",
  },
  "a tier's rule is misspelt": {
    edit: ["            value: weak\n", "            value: waek\n"],
    id: "tier-without-route",
    line: "- path:",
    after: "- name: weak\n      matches",
    field: "HTTPRoute llm/llm spec.rules[1].matches[0]",
  },
  "a rule is for a tier that does not exist": {
    edit: [
      UNDECIDED_RULE,
      UNDECIDED_RULE + STRONG_RULE.replace("- name: strong", "- name: medium").replace("value: strong", "value: medium"),
    ],
    id: "route-without-tier",
    line: "- path:",
    after: "- name: medium",
    field: "HTTPRoute llm/llm spec.rules[3].matches[0]",
  },
  "clients' headers are not removed": {
    edit: ["[X-Sluice-Tier]", "[x-sluice-policy]"],
    id: "client-headers-kept",
    line: "remove:",
    field: "ListenerPolicy llm/llm spec.default.httpSettings.earlyRequestHeaderModifier.remove",
  },
  "the buffer limit is Envoy's default": {
    edit: ["    perConnectionBufferLimitBytes: 33554432\n", ""],
    id: "body-limit-small",
    line: "default:",
    field: "ListenerPolicy llm/llm spec.default.perConnectionBufferLimitBytes",
  },
  "the access log goes elsewhere": {
    edit: [
      "            logName: sluice\n            backendRef:\n              name: sluice",
      "            logName: all\n            backendRef:\n              name: collector",
    ],
    id: "access-log-missing",
    line: "accessLog:",
    field: "ListenerPolicy llm/llm spec.default.httpSettings.accessLog",
  },
  "the access log lacks a header": {
    edit: ["[x-sluice-tier, x-sluice-policy, x-sluice-reason]", "[x-sluice-tier]"],
    id: "access-log-headers-missing",
    line: "accessLog:",
    field: "ListenerPolicy llm/llm spec.default.httpSettings.accessLog",
  },
  "the route's timeout is left to Envoy": {
    edit: ["  timeouts:\n    request: 0s\n    streamIdle: 600s\n", ""],
    id: "route-timeout-cuts-streams",
    line: "- name: strong",
    field: "HTTPRoute llm/llm spec.rules[0]",
  },
  "the route's timeout is a minute": {
    edit: ["request: 0s", "request: 1m"],
    id: "route-timeout-cuts-streams",
    line: "request: 1m",
    field: "TrafficPolicy llm/tiers spec.timeouts.request",
  },
  "a rule has a short timeout of its own": {
    edit: ["    - name: weak\n      matches", "    - name: weak\n      timeouts: { request: 30s }\n      matches"],
    id: "route-timeout-cuts-streams",
    line: "timeouts: { request: 30s }",
    field: "HTTPRoute llm/llm spec.rules[1].timeouts.request",
  },
  "nothing is retried": {
    edit: ["  retry:\n    attempts: 2\n    retryOn: [connect-failure, refused-stream, reset]\n    statusCodes: [429, 502, 503, 529]\n", ""],
    id: "retry-missing",
    line: "- name: strong",
    field: "HTTPRoute llm/llm spec.rules[0]",
  },
  "429 is not retried": {
    edit: ["[429, 502, 503, 529]", "[503]"],
    id: "retry-without-429",
    line: "retry:",
    field: "TrafficPolicy llm/tiers spec.retry",
  },
  "a rule's own retry replaces the policy's, status codes and all": {
    edit: ["    - name: weak\n      matches", "    - name: weak\n      retry: { attempts: 2, codes: [503] }\n      matches"],
    id: "retry-without-429",
    line: "retry: {",
    field: "HTTPRoute llm/llm spec.rules[1].retry",
  },
  "three retries at a time, for want of a line": {
    edit: ["    maxRetries: 16384\n", "    maxRequests: 16384\n"],
    id: "retry-room-small",
    line: "circuitBreakers:",
    after: "name: strong\n  circuitBreakers",
    field: "BackendConfigPolicy llm/tiers spec.circuitBreakers.maxRetries",
  },
  "three retries at a time, for want of a policy": {
    edit: without("BackendConfigPolicy", "tiers"),
    id: "retry-room-small",
    line: "- name: strong",
    after: "backendRefs:",
    field: "HTTPRoute llm/llm spec.rules[0].backendRefs[0]",
  },
  "few requests may be with sluice": {
    edit: ["    maxRequests: 16384\n", "    maxRetries: 100\n"],
    id: "ext-proc-few-requests",
    line: "circuitBreakers:",
    after: "name: to-sluice",
    field: "BackendConfigPolicy sluice/to-sluice spec.circuitBreakers.maxRequests",
  },
  "connections to sluice live for ever": {
    edit: ["  commonHttpProtocolOptions:\n    maxRequestsPerConnection: 900\n", ""],
    id: "rapid-reset",
    line: "spec:",
    after: "name: to-sluice",
    field: "BackendConfigPolicy sluice/to-sluice spec.commonHttpProtocolOptions.maxRequestsPerConnection",
  },
  "the grant is for another namespace": {
    edit: ["kind: GatewayExtension\n      namespace: llm", "kind: GatewayExtension\n      namespace: default"],
    id: "reference-not-granted",
    line: "backendRef:",
    after: "kind: GatewayExtension",
    field: extension("grpcService.backendRef"),
  },
  "there is no grant at all": {
    edit: without("ReferenceGrant", "from-llm"),
    id: "reference-not-granted",
    line: "backendRef:",
    after: "kind: GatewayExtension",
    field: extension("grpcService.backendRef"),
  },
  "a kind that does not exist": {
    edit: [documentOf(GOOD, "ReferenceGrant", "from-llm"), `${documentOf(GOOD, "ReferenceGrant", "from-llm")}---\n${ENVOY_RETRY}`],
    id: "unknown-kind",
    line: "apiVersion:",
    after: "---\napiVersion: gateway.kgateway.dev/v1alpha1\nkind: EnvoyRetry",
    field: "EnvoyRetry llm/r apiVersion",
  },
  "a kind of another group": {
    edit: [
      "apiVersion: gateway.kgateway.dev/v1alpha1\nkind: TrafficPolicy\nmetadata:\n  name: sluice",
      "apiVersion: gateway.networking.k8s.io/v1\nkind: TrafficPolicy\nmetadata:\n  name: sluice",
    ],
    id: "unknown-kind",
    line: "apiVersion:",
    after: "apiVersion: gateway.networking.k8s.io/v1\nkind: TrafficPolicy",
    field: "TrafficPolicy llm/sluice apiVersion",
  },
};

describe("kgateway's manifests", () => {
  test("that are right give no finding", () => {
    expect(findingsIn(GOOD)).toEqual([]);
  });

  test.each(Object.entries(BROKEN))("%s: one finding, where it stands, with the lines that mend it", (_, broken) =>
    expectFoundAlone(GOOD, broken),
  );

  test.each<readonly [string, readonly [string, string]]>([
    [
      "a port that is named grpc need not say h2c",
      ["    - name: ext-proc\n      port: 9002\n      appProtocol: kubernetes.io/h2c", "    - name: grpc\n      port: 9002"],
    ],
    ["the policy may be on the whole route", ["      sectionName: undecided\n", ""]],
    [
      "the policy may be on the Gateway",
      ["kind: HTTPRoute\n      name: llm\n      sectionName: undecided", "kind: Gateway\n      name: llm"],
    ],
    ["trailers' modes may be left out", ["      requestTrailerMode: SKIP\n", ""]],
    [
      "the tier may be matched by a regular expression",
      [
        "- name: x-sluice-tier\n              value: weak",
        "- name: x-sluice-tier\n              type: RegularExpression\n              value: weak|cheap",
      ],
    ],
    ["an answer may take ten minutes", ["request: 0s", "request: 10m"]],
    [
      "status codes may be conditions",
      [
        "retryOn: [connect-failure, refused-stream, reset]\n    statusCodes: [429, 502, 503, 529]",
        "retryOn: [gateway-error]\n    statusCodes: [429, 529]",
      ],
    ],
    ["the Gateway may be unknown", [documentOf(GOOD, "Gateway", "llm"), ""]],
    ["the Service may be elsewhere", [documentOf(GOOD, "Service", "sluice"), ""]],
    [
      "another external processor is not sluice",
      [documentOf(GOOD, "Service", "sluice"), `${documentOf(GOOD, "Service", "sluice")}---\n${AUTH}`],
    ],
  ])("%s: no finding", (_, edit) => {
    expect(findingsIn(edited(GOOD, edit))).toEqual([]);
  });

  test("answers that sluice reads are asked for in plain, by each rule or by a policy on the route", () => {
    const read = edited(GOOD, [
      "responseHeaderMode: SKIP\n      responseBodyMode: NONE",
      "responseHeaderMode: SEND\n      responseBodyMode: STREAMED",
    ]);
    const found = findingsIn(read).find(({ id }) => id === "answers-may-be-compressed");
    expect(found?.what).toMatch(/^Sluice reads answers, and 3 rules pass/);
    expect(found?.where).toMatch(/^gw\.yaml:\d+ HTTPRoute llm\/llm spec\.rules\[0\]$/);
    expect(found?.fix).toMatch(/RequestHeaderModifier/);
    const filter = `filters: [{ type: RequestHeaderModifier, requestHeaderModifier: { remove: [Accept-Encoding] } }]`;
    const ids = (text: string) => findingsIn(text).map(({ id }) => id);
    expect(ids(read.replaceAll("      backendRefs:\n", `      ${filter}\n      backendRefs:\n`))).toEqual(["response-processed"]);
    const inPolicy = "  headerModifiers:\n    request: { remove: [accept-encoding] }\n";
    expect(ids(read.replace("\n  retry:\n", `\n${inPolicy}  retry:\n`))).toEqual(["response-processed"]);
  });

  test("connections that live for ever are a warning for a server that counts resets", () => {
    const text = edited(GOOD, ["    maxRequestsPerConnection: 900\n", "    maxRequestsPerConnection: 2000\n"]);
    expect(findingsIn(text).map(({ severity }) => severity)).toEqual(["note"]);
    expect(findingsIn(text, { countsResets: true }).map(({ severity }) => severity)).toEqual(["warning"]);
  });

  test("sluice's own tiers and limits count", () => {
    expect(findingsIn(GOOD, { tiers: ["weak", "medium", "strong"] }).map(({ id }) => id)).toEqual(["tier-without-route"]);
    expect(findingsIn(GOOD, { maxBodyBytes: 67_108_864 }).map(({ id }) => id)).toEqual(["body-limit-small"]);
  });

  test("without anything of sluice on the routes that is all that is said", () => {
    const text = edited(GOOD, without("GatewayExtension", "sluice")).replace(documentOf(GOOD, "TrafficPolicy", "sluice"), "");
    expect(findingsIn(text).map(({ id }) => id)).toEqual(["ext-proc-missing"]);
  });
});
