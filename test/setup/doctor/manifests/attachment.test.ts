// Which policy holds for what: by namespace, by place, by port, by label, by gateway.
import { describe, expect, test } from "vitest";
import { documentOf, edited, findingsIn, fixture } from "./broken-manifest.ts";

const GOOD = fixture("kgateway.yaml");
const idsIn = (text: string) => findingsIn(text).map(({ id }) => id);
const placesIn = (text: string) => findingsIn(text).map(({ id, where }) => `${id} ${where.split(" ").slice(1).join(" ")}`);

describe("policies of kgateway", () => {
  test("count in their target's namespace only", () => {
    const policy = documentOf(GOOD, "TrafficPolicy", "tiers");
    const moved = edited(GOOD, [policy, policy.replace("namespace: llm", "namespace: other")]);
    expect(idsIn(moved)).toEqual(["route-timeout-cuts-streams", "retry-missing"]);
  });

  test("that switch external processors off on the rule are what is wrong", () => {
    const off = `apiVersion: gateway.kgateway.dev/v1alpha1
kind: TrafficPolicy
metadata: { name: off, namespace: llm }
spec:
  targetRefs: [{ group: gateway.networking.k8s.io, kind: HTTPRoute, name: llm, sectionName: undecided }]
  extProc: { disable: {} }
`;
    const onRoute = edited(GOOD, ["      sectionName: undecided\n", ""]);
    expect(placesIn(`${onRoute}---\n${off}`)).toEqual(["ext-proc-off-on-route TrafficPolicy llm/off spec.extProc.disable"]);
  });

  test("may choose their target by labels", () => {
    const labelled = edited(GOOD, ["kind: HTTPRoute\nmetadata:\n", "kind: HTTPRoute\nmetadata:\n  labels: { app: llm }\n"]);
    const selector = (app: string) =>
      labelled.replace(
        "    - group: gateway.networking.k8s.io\n      kind: HTTPRoute\n      name: llm\n      sectionName: undecided",
        `    - { group: gateway.networking.k8s.io, kind: HTTPRoute, matchLabels: { app: ${app} }, sectionName: undecided }`,
      );
    const bySelector = (app: string) => selector(app).replace(/targetRefs:(\n {4}- \{ group.*matchLabels)/, "targetSelectors:$1");
    expect(idsIn(bySelector("llm"))).toEqual([]);
    expect(idsIn(bySelector("web"))).toEqual(["ext-proc-off-on-route"]);
  });

  test("may have settings for a port, which are then what counts", () => {
    const policy = documentOf(GOOD, "ListenerPolicy", "llm");
    const perPort = (port: number) =>
      edited(GOOD, [policy, `${policy}  perPort:\n    - port: ${port}\n      listener: { perConnectionBufferLimitBytes: 1000 }\n`]);
    expect(placesIn(perPort(9000))).toEqual([]);
    expect(placesIn(perPort(8080))).toContain(
      "body-limit-small ListenerPolicy llm/llm spec.perPort[0].listener.perConnectionBufferLimitBytes",
    );
  });

  test("of the older kind have their settings directly in the spec", () => {
    const older = `apiVersion: gateway.kgateway.dev/v1alpha1
kind: HTTPListenerPolicy
metadata: { name: older, namespace: llm }
spec:
  targetRefs: [{ group: gateway.networking.k8s.io, kind: Gateway, name: llm }]
  earlyRequestHeaderModifier: { remove: [x-sluice-tier] }
`;
    const kept = edited(GOOD, ["        remove: [X-Sluice-Tier]\n", "        remove: []\n"]).replace(
      "      earlyRequestHeaderModifier:\n        remove: []\n",
      "",
    );
    expect(idsIn(kept)).toEqual(["client-headers-kept"]);
    expect(idsIn(`${kept}---\n${older}`)).toEqual([]);
  });
});

test("a grant counts in the namespace that is referred to only", () => {
  const grant = documentOf(GOOD, "ReferenceGrant", "from-llm");
  expect(idsIn(edited(GOOD, [grant, grant.replace("namespace: sluice", "namespace: llm")]))).toEqual(["reference-not-granted"]);
});

test("of a namespace of which nothing is there nothing is said", () => {
  const rest = GOOD.split("---\n").filter((text) => !text.includes("\n  namespace: sluice\n"));
  expect(idsIn(rest.join("---\n"))).toEqual(["ext-proc-few-requests", "rapid-reset"]);
});

test("merge keys are what they stand for", () => {
  const modes =
    "      requestTrailerMode: SKIP\n      responseHeaderMode: SKIP\n      responseBodyMode: NONE\n      responseTrailerMode: SKIP\n";
  const merged = edited(GOOD, [modes, "      <<: &rest { responseHeaderMode: SKIP, responseBodyMode: NONE }\n"]);
  expect(idsIn(merged)).toEqual([]);
});

test("each Gateway is judged by its own gateway's rules", () => {
  const other = fixture("envoy-gateway.yaml")
    .split("---\n")
    .filter((text) => !/kind: (?:Service|GatewayClass)\n/.test(text.split("metadata")[0] ?? ""))
    .join("---\n")
    .replaceAll("namespace: llm", "namespace: eg")
    .replace("name: from-llm", "name: from-eg")
    .replace("gatewayClassName: public", "gatewayClassName: eg");
  expect(idsIn(`${GOOD}---\n${other}`)).toEqual([]);
  const both = `${GOOD.replace("[429, 502, 503, 529]", "[429]")}---\n${other.replace("bufferLimit: 32Mi", "bufferLimit: 32Ki")}`;
  expect(placesIn(both)).toEqual([
    "retry-without-429 TrafficPolicy llm/tiers spec.retry",
    "body-limit-small ClientTrafficPolicy eg/llm spec.connection.bufferLimit",
  ]);
});

test("a Gateway of another class is none of the doctor's business", () => {
  const others = edited(GOOD, ["gatewayClassName: kgateway", "gatewayClassName: istio"]).replaceAll("gateway.kgateway.dev", "example.com");
  expect(idsIn(others)).toEqual([]);
});
