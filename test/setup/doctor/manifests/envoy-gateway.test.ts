import { describe, expect, test } from "vitest";
import { type Broken, documentOf, edited, expectFoundAlone, findingsIn, fixture } from "./broken-manifest.ts";

const GOOD = fixture("envoy-gateway.yaml");
const processor = (field: string) => `EnvoyExtensionPolicy llm/sluice spec.extProc[0].${field}`;
const UNDECIDED_RULE = GOOD.slice(GOOD.indexOf("    - name: undecided\n"), GOOD.indexOf("---", GOOD.indexOf("    - name: undecided\n")));

/** One edit each; exactly that finding, on that line. */
const BROKEN: Readonly<Record<string, Broken>> = {
  "nothing of the request is sent": {
    edit: ["        request:\n          body: Buffered\n", "        allowModeOverride: false\n"],
    id: "request-headers-not-sent",
    line: "processingMode:",
    field: processor("processingMode.request"),
  },
  "only the request's headers are sent": {
    edit: ["        request:\n          body: Buffered\n", "        request: {}\n"],
    id: "request-body-not-buffered",
    line: "request: {}",
    field: processor("processingMode.request.body"),
  },
  "the body goes both ways in pieces": {
    edit: ["body: Buffered", "body: FullDuplexStreamed"],
    id: "request-body-not-buffered",
    line: "body: FullDuplexStreamed",
    field: processor("processingMode.request.body"),
  },
  "answers' headers are sent": {
    edit: ["        request:\n", "        response: {}\n        request:\n"],
    id: "response-processed",
    line: "response: {}",
    field: processor("processingMode.response"),
  },
  "answers are held back": {
    edit: ["        request:\n", "        response: { body: Buffered }\n        request:\n"],
    id: "response-body-buffered",
    line: "response: {",
    field: processor("processingMode.response.body"),
  },
  "sluice only watches": {
    edit: ["failOpen: true", "failOpen: true\n      shadowMode: true"],
    id: "ext-proc-only-observes",
    line: "shadowMode: true",
    field: processor("shadowMode"),
  },
  "requests fail without sluice, by default": {
    edit: ["      failOpen: true\n", ""],
    id: "failure-mode-implicit",
    line: "- backendRefs:",
    after: "  extProc:",
    field: processor("failOpen"),
  },
  "the message timeout is Envoy's default": {
    edit: ["      messageTimeout: 2s\n", ""],
    id: "message-timeout-short",
    line: "- backendRefs:",
    after: "  extProc:",
    field: processor("messageTimeout"),
  },
  "another sluice is not asked": {
    edit: ["        retry:\n          numRetries: 2\n        circuit", "        circuit"],
    id: "replica-not-retried",
    line: "backendSettings:",
    field: processor("backendSettings.retry"),
  },
  "few requests may be with sluice": {
    edit: ["          maxParallelRequests: 16384\n", ""],
    id: "ext-proc-few-requests",
    line: "circuitBreaker:",
    field: processor("backendSettings.circuitBreaker.maxParallelRequests"),
  },
  "connections to sluice live for ever": {
    edit: ["          maxRequestsPerConnection: 900\n", ""],
    id: "rapid-reset",
    line: "circuitBreaker:",
    field: processor("backendSettings.circuitBreaker.maxRequestsPerConnection"),
  },
  "the policy is on another route": {
    edit: ["kind: HTTPRoute\n      name: llm\n  extProc", "kind: HTTPRoute\n      name: chat\n  extProc"],
    id: "ext-proc-off-on-route",
    line: "targetRefs:",
    after: "kind: EnvoyExtensionPolicy",
    field: "EnvoyExtensionPolicy llm/sluice spec.targetRefs",
  },
  "there is no policy": {
    edit: [documentOf(GOOD, "EnvoyExtensionPolicy", "sluice"), ""],
    id: "ext-proc-missing",
    line: "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute",
    field: "HTTPRoute llm/llm",
  },
  "nothing takes a request without a tier": {
    edit: [UNDECIDED_RULE, ""],
    id: "catch-all-missing",
    line: "- headers:",
    field: "HTTPRoute llm/llm spec.rules[0].matches[0]",
  },
  "clients' headers are not removed": {
    edit: ["value: x-sluice-\n", "value: x-sluice-tiers\n"],
    id: "client-headers-kept",
    line: "earlyRequestHeaders:",
    field: "ClientTrafficPolicy llm/llm spec.headers.earlyRequestHeaders",
  },
  "the buffer limit is 32 KiB by default": {
    edit: ["  connection:\n    bufferLimit: 32Mi\n", ""],
    id: "body-limit-small",
    line: "spec:",
    after: "kind: ClientTrafficPolicy",
    field: "ClientTrafficPolicy llm/llm spec.connection.bufferLimit",
  },
  "the window of HTTP/2 clients is 64 KiB by default": {
    edit: ["  http2:\n    initialStreamWindowSize: 32Mi\n", ""],
    id: "body-limit-small",
    line: "spec:",
    after: "kind: ClientTrafficPolicy",
    field: "ClientTrafficPolicy llm/llm spec.http2.initialStreamWindowSize",
  },
  "a Service stands beside a fallback": {
    edit: [
      "value: strong\n      backendRefs:\n",
      "value: strong\n      backendRefs:\n        - { group: gateway.envoyproxy.io, kind: Backend, name: weak-as-fallback }\n",
    ],
    id: "fallback-shares",
    line: "- name: strong\n          port: 80",
    field: "HTTPRoute llm/llm spec.rules[0].backendRefs[1]",
  },
  "the Gateway does not name the EnvoyProxy": {
    edit: [GOOD.slice(GOOD.indexOf("  infrastructure:"), GOOD.indexOf("  listeners:")), ""],
    id: "access-log-missing",
    line: "spec:",
    after: "kind: Gateway\n",
    field: "Gateway llm/llm spec.infrastructure.parametersRef",
  },
  "the access log lacks headers": {
    edit: ["[x-sluice-tier, x-sluice-policy, x-sluice-reason]", "[x-request-id]"],
    id: "access-log-headers-missing",
    line: "requestHeaders:",
    field: "EnvoyProxy llm/llm spec.telemetry.accessLog.settings[0].sinks[0].als.http.requestHeaders",
  },
  "the route's timeout is left to Envoy": {
    edit: ["  timeout:\n    http:\n      requestTimeout: 0s\n", ""],
    id: "route-timeout-cuts-streams",
    line: "- name: strong",
    after: "kind: HTTPRoute",
    field: "HTTPRoute llm/llm spec.rules[0]",
  },
  "nothing is retried": {
    edit: [GOOD.slice(GOOD.indexOf("  retry:\n    numRetries"), GOOD.indexOf("  circuitBreaker:\n    maxParallelRetries")), ""],
    id: "retry-missing",
    line: "- name: strong",
    after: "kind: HTTPRoute",
    field: "HTTPRoute llm/llm spec.rules[0]",
  },
  "retries are left to the defaults": {
    edit: [GOOD.slice(GOOD.indexOf("    retryOn:"), GOOD.indexOf("  circuitBreaker:\n    maxParallelRetries")), ""],
    id: "retry-without-429",
    line: "retry:",
    after: "kind: BackendTrafficPolicy",
    field: "BackendTrafficPolicy llm/llm spec.retry",
  },
  "status codes without the condition on them": {
    edit: ["[connect-failure, reset, retriable-status-codes]", "[connect-failure, reset]"],
    id: "retry-without-429",
    line: "retry:",
    after: "kind: BackendTrafficPolicy",
    field: "BackendTrafficPolicy llm/llm spec.retry",
  },
  "few retries at a time": {
    edit: ["maxParallelRetries: 16384", "maxParallelRetries: 3"],
    id: "retry-room-small",
    line: "maxParallelRetries: 3",
    field: "BackendTrafficPolicy llm/llm spec.circuitBreaker.maxParallelRetries",
  },
  "the access log's reference is not granted": {
    edit: ["    - group: gateway.envoyproxy.io\n      kind: EnvoyProxy\n      namespace: llm\n", ""],
    id: "reference-not-granted",
    line: "- name: sluice",
    after: "logName: sluice",
    field: "EnvoyProxy llm/llm spec.telemetry.accessLog.settings[0].sinks[0].als.backendRefs[0]",
  },
  "a version that does not exist": {
    edit: [
      "apiVersion: gateway.envoyproxy.io/v1alpha1\nkind: ClientTrafficPolicy",
      "apiVersion: gateway.envoyproxy.io/v1\nkind: ClientTrafficPolicy",
    ],
    id: "unknown-kind",
    line: "apiVersion: gateway.envoyproxy.io/v1\n",
    field: "ClientTrafficPolicy llm/llm apiVersion",
  },
};

const NEARER = `apiVersion: gateway.envoyproxy.io/v1alpha1
kind: EnvoyExtensionPolicy
metadata: { name: lua, namespace: llm }
spec:
  targetRefs: [{ group: gateway.networking.k8s.io, kind: HTTPRoute, name: llm, sectionName: undecided }]
  lua: []
`;

describe("Envoy Gateway's manifests", () => {
  test("that are right give no finding", () => {
    expect(findingsIn(GOOD)).toEqual([]);
  });

  test.each(Object.entries(BROKEN))("%s: one finding, where it stands, with the lines that mend it", (_, broken) =>
    expectFoundAlone(GOOD, broken),
  );

  test("a policy nearer to the rule replaces sluice's, unless it says that it is merged", () => {
    const both = `${GOOD}---\n${NEARER}`;
    expect(findingsIn(both).map(({ id }) => id)).toEqual(["ext-proc-off-on-route"]);
    expect(findingsIn(both.replace("  lua: []", "  mergeType: StrategicMerge\n  lua: []"))).toEqual([]);
  });

  test.each<readonly [string, readonly [string, string]]>([
    ["the class may name the EnvoyProxy", [GOOD.slice(GOOD.indexOf("  infrastructure:"), GOOD.indexOf("  listeners:")), ""]],
    ["a header may be removed by its name", ["        - type: Prefix\n          value: x-sluice-\n", "        - value: X-Sluice-Tier\n"]],
    ["a quantity may be a number", ["bufferLimit: 32Mi", "bufferLimit: 33554432"]],
    [
      "the older backendRef counts",
      [
        "    - backendRefs:\n        - name: sluice\n          namespace: sluice\n          port: 9002\n      failOpen",
        "    - backendRef: { name: sluice, namespace: sluice, port: 9002 }\n      failOpen",
      ],
    ],
    ["a rule's own timeout comes first", ["      requestTimeout: 0s\n", "      requestTimeout: 15s\n"]],
  ])("%s: no finding", (_, edit) => {
    expect(findingsIn(completed(edited(GOOD, edit)))).toEqual([]);
  });
});

/** What the edit took away, said elsewhere: that must do. */
function completed(text: string): string {
  const proxy = "\n  parametersRef: { group: gateway.envoyproxy.io, kind: EnvoyProxy, name: llm, namespace: llm }";
  const controller = "controllerName: gateway.envoyproxy.io/gatewayclass-controller";
  const withProxy = text.includes("infrastructure:") ? text : text.replace(controller, controller + proxy);
  return text.includes("requestTimeout: 15s")
    ? withProxy.replaceAll("      backendRefs:\n        - name: ", "      timeouts: { request: 0s }\n      backendRefs:\n        - name: ")
    : withProxy;
}

test("tiers that differ in name: a rule with a fallback is found, where the fallback stands", () => {
  const models = ["weak", "strong"].map((name) => ({ name, model: `${name}-model`, clusters: [name] }));
  const fallback = BROKEN["a Service stands beside a fallback"]?.edit ?? ["", ""];
  const text = edited(GOOD, fallback);
  expect(findingsIn(GOOD, { models })).toEqual([]);
  expect(findingsIn(text, { models: models.map((tier) => ({ ...tier, model: "chat" })) }).map(({ id }) => id)).toEqual(["fallback-shares"]);
  const inParams = models.map((tier, at) => ({ ...tier, model: "chat", params: at === 0 ? ["temperature 0.3"] : [] }));
  expect(findingsIn(text, { models: inParams }).find(({ id }) => id === "fallback-keeps-model")?.what).toMatch(/differ in `params`\.$/);
  const found = findingsIn(text, { models }).find(({ id }) => id === "fallback-keeps-model");
  expect(found?.what).toMatch(/^Rule \S+ falls back to weak-as-fallback/);
  expect(found?.where).toMatch(/^gw\.yaml:\d+ HTTPRoute llm\/llm spec\.rules\[0\]\.backendRefs\[0\]$/);
  expect(found?.fix).toMatch(/drop `model`/);
});

test("a rule that falls back to a tier which cannot take some requests is found, unless these have a rule of their own", () => {
  const models = [
    { name: "weak", model: undefined, clusters: ["weak"], can: { images: false }, contextTokens: 32_000 },
    { name: "strong", model: undefined, clusters: ["strong"], contextTokens: 200_000 },
  ];
  const fallback = BROKEN["a Service stands beside a fallback"]?.edit ?? ["", ""];
  const falling = edited(GOOD, fallback);
  const unable = (text: string, settings: object) => findingsIn(text, settings).filter(({ id }) => id === "fallback-to-unable");
  expect(unable(GOOD, { models })).toEqual([]);
  expect(unable(falling, { models: models.map(({ name, model, clusters }) => ({ name, model, clusters })) })).toEqual([]);
  const [found, ...more] = unable(falling, { models });
  expect(more).toEqual([]);
  expect(found?.what).toMatch(
    /^Rule \S+ falls back to weak-as-fallback, also with requests that weak cannot take \(images, more than 32000 tokens\)\.$/,
  );
  const rule = `    - name: alone
      matches:
      - path: { type: PathPrefix, value: / }
        headers: [{ name: x-sluice-tier, value: strong }, { name: x-sluice-cannot, value: weak }]
      backendRefs: [{ group: gateway.envoyproxy.io, kind: Backend, name: strong }]
`;
  expect(unable(falling.replace("    - name: undecided\n", `${rule}    - name: undecided\n`), { models })).toEqual([]);
});
