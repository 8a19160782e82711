import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { checkWiring } from "../../../src/setup/doctor/check-wiring.ts";
import type { EnvoyWiring } from "../../../src/setup/doctor/envoy-wiring.ts";
import { readConfigDump, readEnvoyFile } from "../../../src/setup/doctor/read-envoy.ts";
import { readEnvoyYaml } from "../../../src/setup/stack/envoy-config.ts";
import { FILTER, fromGateway, LISTENER, MANAGER, SETTINGS, shipped } from "./edited-config.ts";

const summary = ({ managers }: EnvoyWiring) =>
  managers.map(({ where, statPrefix, bufferLimitBytes, processors }) => ({
    where,
    statPrefix,
    bufferLimitBytes,
    processors: processors.map(({ name, cluster, offByDefault }) => ({ name, cluster, offByDefault })),
  }));

describe("a file", () => {
  test("as shipped, in YAML, gives its listener, its filter, its routes and its clusters", () => {
    const wiring = readEnvoyFile(readEnvoyYaml(), "envoy.yaml");
    expect(summary(wiring)).toEqual([
      {
        where: "listener llm",
        statPrefix: "llm",
        bufferLimitBytes: 33_554_432,
        processors: [{ name: "envoy.filters.http.ext_proc", cluster: "sluice", offByDefault: false }],
      },
    ]);
    expect(wiring).toMatchObject({ version: undefined, gateway: undefined, moreClusters: false });
    expect([...wiring.clusters.keys()]).toEqual(["sluice", "sluice_log", "weak", "strong", "weak_then_strong", "strong_then_weak"]);
    expect(wiring.clusters.get("sluice")?.endpoints).toBe(1);
    expect(wiring.clusters.get("weak_then_strong")?.endpoints).toBeUndefined();
    expect(wiring.managers[0]?.routes?.["virtual_hosts"]).toHaveLength(1);
  });

  test("with field names in camel case is the same, and names that users gave stay", () => {
    const wiring = readEnvoyFile(JSON.stringify(inCamelCase(parse(readEnvoyYaml()))), "envoy.json");
    expect(wiring).toEqual(readEnvoyFile(readEnvoyYaml(), "envoy.yaml"));
    expect(checkWiring(wiring, SETTINGS)).toEqual([]);
  });

  test("with enums by number and numbers as text is understood", () => {
    const wiring = shipped([
      { at: [...FILTER, "processing_mode"], to: { request_header_mode: 1, request_body_mode: 2, response_header_mode: 2 } },
      { at: [...LISTENER, "per_connection_buffer_limit_bytes"], to: "33554432" },
      { at: ["static_resources", "clusters", 0, "type"], to: 0 },
    ]);
    expect(checkWiring(wiring, SETTINGS)).toEqual([]);
  });

  test("whose routes come from a control plane gives no routes, and no finding about them", () => {
    const wiring = shipped([
      { at: [...MANAGER, "rds"], to: { route_config_name: "llm" } },
      { at: [...MANAGER, "route_config"], to: undefined },
    ]);
    expect(wiring.managers[0]?.routes).toBeUndefined();
    expect(checkWiring(wiring, SETTINGS)).toEqual([]);
  });

  test.each([
    ["a: [", /envoy\.yaml:1:\d+: /],
    ["just text", /envoy\.yaml: holds neither/],
    ["[]", /envoy\.yaml: holds neither/],
    ["", /envoy\.yaml: holds neither/],
    ["listen: { extProc: 127.0.0.1:9002 }", /envoy\.yaml: holds neither/],
  ])("that is not Envoy's, %j, is refused in a sentence", (text, message) => {
    expect(() => readEnvoyFile(text, "envoy.yaml")).toThrow(
      expect.objectContaining({ code: "envoy-config-invalid", message: expect.stringMatching(message) }),
    );
  });
});

describe("a real config dump", () => {
  test("of kgateway gives the processor within the composite filter, routes by RDS and endpoints by EDS", () => {
    const wiring = fromGateway("kgateway");
    expect(wiring).toMatchObject({ version: "1.38.3", gateway: "kgateway" });
    expect(summary(wiring).filter(({ processors }) => processors.length > 0)).toEqual([
      {
        where: "listener listener~8080",
        statPrefix: "http",
        bufferLimitBytes: 33_554_432,
        processors: [{ name: "ext_proc/llm/sluice", cluster: "kube_sluice_sluice_9002", offByDefault: true }],
      },
    ]);
    expect(wiring.clusters.get("kube_sluice_sluice_9002")?.endpoints).toBe(2);
    expect(wiring.managers.map(({ where }) => where)).toContain("listener readiness_listener");
    expect(wiring.managers.every(({ routes }) => routes !== undefined)).toBe(true);
  });

  test("of Envoy Gateway gives its disabled filter, in the default filter chain", () => {
    const wiring = fromGateway("envoy-gateway");
    expect(wiring).toMatchObject({ version: "1.39.3", gateway: "envoy-gateway" });
    const name = "envoy.filters.http.ext_proc/envoyextensionpolicy/llm/sluice/extproc/0";
    expect(summary(wiring).find(({ processors }) => processors.length > 0)).toEqual({
      where: "listener llm/llm/http",
      statPrefix: "http-10080",
      bufferLimitBytes: 33_554_432,
      processors: [{ name, cluster: "envoyextensionpolicy/llm/sluice/extproc/0", offByDefault: true }],
    });
    expect(wiring.clusters.get("httproute/llm/llm/rule/0")?.endpoints).toBe(2);
  });

  test("that was saved to a file is read from there", () => {
    const dump = { configs: [{ "@type": "type.googleapis.com/envoy.admin.v3.ListenersConfigDump" }] };
    expect(readEnvoyFile(JSON.stringify(dump), "dump.json")).toEqual(readConfigDump(dump, undefined));
  });

  test("of a filter delivered on its own has its configuration from there", () => {
    const manager = {
      "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
      http_filters: [{ name: "sluice", config_discovery: { config_source: { ads: {} } } }],
    };
    const processor = {
      "@type": "type.googleapis.com/envoy.extensions.filters.http.ext_proc.v3.ExternalProcessor",
      grpc_service: { envoy_grpc: { cluster_name: "router" } },
    };
    const listener = { name: "in", filter_chains: [{ filters: [{ typed_config: manager }] }] };
    const wiring = readConfigDump(
      {
        configs: [
          { "@type": "x/envoy.admin.v3.ListenersConfigDump", dynamic_listeners: [{ active_state: { listener } }] },
          { "@type": "x/envoy.admin.v3.EcdsConfigDump", ecds_filters: [{ ecds_filter: { name: "sluice", typed_config: processor } }] },
        ],
      },
      undefined,
    );
    expect(summary(wiring)[0]?.processors).toEqual([{ name: "sluice", cluster: "router", offByDefault: false }]);
  });
});

function inCamelCase(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inCamelCase);
  if (typeof value !== "object" || value === null) return value;
  const camel = (name: string) => name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [/^[a-z0-9_]+$/.test(name) ? camel(name) : name, inCamelCase(member)]),
  );
}
