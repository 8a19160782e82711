// Real gateways' configurations: what is right gives nothing, what is wrong is mended in the gateway's own manifests.
import { describe, expect, test } from "vitest";
import { checkWiring } from "../../../src/setup/doctor/check-wiring.ts";
import { type Edit, fromGateway, NAMED, type Path, PER_ROUTE, SETTINGS } from "./edited-config.ts";

const LISTENERS = 3; // in the order of a config dump: bootstrap, clusters, endpoints, listeners, routes
const ROUTES = 4;
const CLUSTERS = 1;

const set = (at: Path, to: unknown): Edit => ({ at, to });
const remove = (at: Path): Edit => ({ at, to: undefined });

const KGATEWAY: Path = ["configs", LISTENERS, "dynamic_listeners", 0, "active_state", "listener"];
const KGATEWAY_MANAGER: Path = [...KGATEWAY, "filter_chains", 0, "filters", 0, "typed_config"];
const KGATEWAY_PROCESSOR: Path = [
  ...[...KGATEWAY_MANAGER, "http_filters", 1, "typed_config", "xds_matcher", "matcher_list", "matchers", 0, "on_match", "action"],
  ...["typed_config", "typed_config", "typed_config"],
];
const KGATEWAY_ROUTES: Path = ["configs", ROUTES, "dynamic_route_configs", 0, "route_config", "virtual_hosts", 0, "routes"];
const cluster = (name: string) => (entries: { cluster: { name: string } }[]) => entries.filter((entry) => entry.cluster.name !== name);
const KGATEWAY_CLUSTERS: Path = ["configs", CLUSTERS, "dynamic_active_clusters"];

const ENVOY_GATEWAY: Path = ["configs", LISTENERS, "dynamic_listeners", 1, "active_state", "listener"];
const ENVOY_GATEWAY_MANAGER: Path = [...ENVOY_GATEWAY, "default_filter_chain", "filters", 0, "typed_config"];
const ENVOY_GATEWAY_PROCESSOR: Path = [...ENVOY_GATEWAY_MANAGER, "http_filters", 0, "typed_config"];
const ENVOY_GATEWAY_ROUTES: Path = KGATEWAY_ROUTES;

test.each(["kgateway", "envoy-gateway"] as const)("%s as its manifests set it up has no finding", (gateway) => {
  expect(checkWiring(fromGateway(gateway), SETTINGS)).toEqual([]);
});

describe("kgateway", () => {
  const found = (edits: readonly Edit[]) => checkWiring(fromGateway("kgateway", edits), SETTINGS);

  test.each([
    [
      "headers skipped",
      [set([...KGATEWAY_PROCESSOR, "processing_mode", "request_header_mode"], "SKIP")],
      "request-headers-not-sent",
      /GatewayExtension/,
    ],
    ["failing closed", [remove([...KGATEWAY_PROCESSOR, "failure_mode_allow"])], "fails-closed", /failOpen: true/],
    [
      "modes left to the gateway",
      [remove([...KGATEWAY_PROCESSOR, "processing_mode", "response_header_mode"])],
      "response-processed",
      /responseHeaderMode: SKIP/,
    ],
    [
      "no policy on the catch-all",
      [remove([...KGATEWAY_ROUTES, 2, "typed_per_filter_config"])],
      "ext-proc-off-on-route",
      /sectionName: RULE/,
    ],
    [
      "all processors disabled on the catch-all",
      [
        set([...KGATEWAY_ROUTES, 2, "typed_per_filter_config", "global_disable/ext_proc"], {
          "@type": "x/envoy.config.route.v3.FilterConfig",
          config: {},
        }),
      ],
      "ext-proc-off-on-route",
      /TrafficPolicy/,
    ],
    ["no catch-all", [remove([...KGATEWAY_ROUTES, 2])], "catch-all-missing", /match: \{ prefix: \/ \}/],
    [
      "no timeouts",
      [0, 1, 2].map((route) => remove([...KGATEWAY_ROUTES, route, "route", "timeout"])),
      "route-timeout-cuts-streams",
      /timeouts: \{ request: 0s/,
    ],
    [
      "no retry",
      [0, 1, 2].map((route) => remove([...KGATEWAY_ROUTES, route, "route", "retry_policy"])),
      "retry-missing",
      /statusCodes: \[429, 502, 503, 529\]/,
    ],
    [
      "Envoy's buffer limit",
      [remove([...KGATEWAY, "per_connection_buffer_limit_bytes"])],
      "body-limit-small",
      /perConnectionBufferLimitBytes/,
    ],
    [
      "headers kept",
      [remove([...KGATEWAY_MANAGER, "early_header_mutation_extensions"])],
      "client-headers-kept",
      /earlyRequestHeaderModifier/,
    ],
    ["no access log", [remove([...KGATEWAY_MANAGER, "access_log"])], "access-log-missing", /ListenerPolicy/],
    [
      "sluice's cluster gone",
      [set(KGATEWAY_CLUSTERS, cluster("kube_sluice_sluice_9002"))],
      "ext-proc-cluster-missing",
      /kube_sluice_sluice_9002/,
    ],
  ] as const)("%s: found alone, with the lines of its manifest", (_, edits, id, fix) => {
    const findings = found(edits);
    expect(findings.map((finding) => finding.id)).toEqual([id]);
    expect(findings[0]?.fix).toMatch(fix);
  });

  test("a catch-all with the filter's own settings on the route is looked at with them", () => {
    const overrides = { processing_mode: { request_header_mode: "SKIP", request_body_mode: "BUFFERED", response_header_mode: "SKIP" } };
    const perRoute = { "ext_proc/llm/sluice": { "@type": PER_ROUTE, overrides } };
    expect(found([set([...KGATEWAY_ROUTES, 2, "typed_per_filter_config"], perRoute)]).map(({ id }) => id)).toEqual([
      "request-headers-not-sent",
    ]);
  });

  test("what it cannot be told is not reported: another server for a retry, another process when one goes", () => {
    const text = JSON.stringify(fromGateway("kgateway").managers);
    expect(text).not.toContain("previous_hosts");
    expect(text).not.toContain("unavailable");
    expect(found([])).toEqual([]);
  });
});

describe("Envoy Gateway", () => {
  const found = (edits: readonly Edit[]) => checkWiring(fromGateway("envoy-gateway", edits), SETTINGS);
  const perFilter = "envoy.filters.http.ext_proc/envoyextensionpolicy/llm/sluice/extproc/0";

  test.each([
    [
      "body not sent",
      [remove([...ENVOY_GATEWAY_PROCESSOR, "processing_mode", "request_body_mode"])],
      "request-body-not-buffered",
      /body: Buffered/,
    ],
    ["its default failure mode", [remove([...ENVOY_GATEWAY_PROCESSOR, "failure_mode_allow"])], "fails-closed", /EnvoyExtensionPolicy/],
    [
      "its default buffer limit",
      [set([...ENVOY_GATEWAY, "per_connection_buffer_limit_bytes"], 32_768)],
      "body-limit-small",
      /bufferLimit: 32Mi/,
    ],
    [
      "the policy not on the catch-all",
      [remove([...ENVOY_GATEWAY_ROUTES, 2, "typed_per_filter_config", perFilter])],
      "ext-proc-off-on-route",
      /HTTPRoute/,
    ],
    ["headers kept", [remove([...ENVOY_GATEWAY_MANAGER, "early_header_mutation_extensions"])], "client-headers-kept", /removeOnMatch/],
    ["no access log for sluice", [remove([...ENVOY_GATEWAY_MANAGER, "access_log", 1])], "access-log-missing", /type: ALS/],
  ] as const)("%s: found alone, with the lines of its manifest", (_, edits, id, fix) => {
    const findings = found(edits);
    expect(findings.map((finding) => finding.id)).toEqual([id]);
    expect(findings[0]?.fix).toMatch(fix);
  });

  test("tiers that differ in name: each fallback is found, with the remedies a gateway has", () => {
    const findings = checkWiring(fromGateway("envoy-gateway", []), { ...SETTINGS, models: NAMED });
    expect(new Set(findings.map(({ id }) => id))).toEqual(new Set(["fallback-keeps-model"]));
    expect(findings[0]?.fix).toMatch(/sluice's configuration: drop `model`.*\n.*same one/);
  });
});
