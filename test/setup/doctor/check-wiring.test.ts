import { describe, expect, test } from "vitest";
import { FINDINGS } from "../../../src/setup/doctor/catalogue.ts";
import { checkWiring } from "../../../src/setup/doctor/check-wiring.ts";
import type { EnvoyWiring } from "../../../src/setup/doctor/envoy-wiring.ts";
import { ATTEMPT_MISTAKES } from "./attempt-mistakes.ts";
import { CASCADE_MISTAKES } from "./cascade-mistakes.ts";
import { ACCESS_LOG_MISTAKES, CLUSTER_MISTAKES } from "./cluster-mistakes.ts";
import {
  CLUSTERS,
  type Edit,
  FILTER,
  findingsOf,
  fromGateway,
  type Mistake,
  NAMED,
  SETTINGS,
  shipped,
  shippedWithCascade,
  shippedWithUsageFilter,
} from "./edited-config.ts";
import { FALLBACK_MISTAKES } from "./fallback-mistakes.ts";
import { FILTER_MISTAKES } from "./filter-mistakes.ts";
import { KEPT_MISTAKES } from "./kept-mistakes.ts";
import { set } from "./places.ts";
import { ROUTE_MISTAKES } from "./route-mistakes.ts";
import { UNABLE_MISTAKES } from "./unable-mistakes.ts";
import { USAGE_MISTAKES } from "./usage-mistakes.ts";

const ALL = [
  ...FILTER_MISTAKES,
  ...ROUTE_MISTAKES,
  ...FALLBACK_MISTAKES,
  ...ATTEMPT_MISTAKES,
  ...UNABLE_MISTAKES,
  ...CASCADE_MISTAKES,
  ...CLUSTER_MISTAKES,
  ...ACCESS_LOG_MISTAKES,
  ...USAGE_MISTAKES,
  ...KEPT_MISTAKES,
];

function isFoundAlone(mistake: Mistake, configured = shipped): void {
  const findings = findingsOf(mistake, configured);
  expect(findings.map(({ id }) => id)).toEqual([mistake.found]);
  const [found] = findings;
  if (mistake.where !== undefined) expect(found?.where).toBe(mistake.where);
  if (mistake.what !== undefined) expect(found?.what).toMatch(mistake.what);
  expect(found?.severity).toBe(mistake.severity ?? (mistake.found && FINDINGS[mistake.found].severity));
  expect(found?.why).not.toBe("");
  expect(found?.fix).toMatch(/^# /);
}

describe.each([
  ["the filter", FILTER_MISTAKES, shipped],
  ["listener and routes", ROUTE_MISTAKES, shipped],
  ["the order of attempts", FALLBACK_MISTAKES, shipped],
  ["attempts on other tiers", ATTEMPT_MISTAKES, shipped],
  ["fallbacks to tiers that cannot take a request", UNABLE_MISTAKES, shipped],
  ["a cascade", CASCADE_MISTAKES, shippedWithCascade],
  ["answers that are read", USAGE_MISTAKES, shippedWithUsageFilter],
  ["answers that are kept", KEPT_MISTAKES, shippedWithUsageFilter],
  ["the way to sluice", CLUSTER_MISTAKES, shipped],
  ["the access log", ACCESS_LOG_MISTAKES, shipped],
] as const)("%s", (_, mistakes, configured) => {
  test.each(mistakes.filter(({ found }) => found !== undefined))("$name: $found, and nothing else", (mistake) => {
    isFoundAlone(mistake, configured);
  });

  test.each(mistakes.filter(({ found }) => found === undefined))("$name: nothing", (mistake) => {
    expect(findingsOf(mistake, configured)).toEqual([]);
  });
});

test("a gateway names clusters by its own rules: the tiers that a cascade's metadata names are believed there, and there alone", () => {
  const wiring = shippedWithCascade([
    set([...CLUSTERS, 7, "cluster_type", "typed_config", "clusters", 0, "name"], "httproute/llm/llm/rule/3"),
  ]);
  const found = (gateway: EnvoyWiring["gateway"]) => {
    const findings = checkWiring({ ...wiring, gateway }, { ...SETTINGS, cascade: ["weak", "strong"] });
    return findings.filter(({ id }) => id === "attempt-tiers-wrong").length;
  };
  expect([found("envoy-gateway"), found(undefined)]).toEqual([0, 1]);
});

test.each([
  ["kgateway", "docs/cascade.md"],
  ["envoy-gateway", "deploy/envoy-gateway/cascade"],
] as const)("under %s the answers of a cascade are not judged, and the finding names %s", (gateway, named) => {
  const findings = checkWiring(fromGateway(gateway), { ...SETTINGS, cascade: ["weak", "strong"] });
  const found = findings.filter(({ id }) => id === "cascade-not-judged");
  expect(found).not.toEqual([]);
  expect(found[0]?.fix).toContain(named);
});

describe("the shipped configuration", () => {
  test("has no finding, with the filter for exact usage and without it", () => {
    expect(checkWiring(shipped(), SETTINGS)).toEqual([]);
    expect(checkWiring(shippedWithUsageFilter(), SETTINGS)).toEqual([]);
    expect(checkWiring(shippedWithCascade(), { ...SETTINGS, models: NAMED })).toEqual([]);
    expect(checkWiring(shipped(), { ...SETTINGS, models: NAMED })).toEqual([]);
  });

  test("on an Envoy that keeps half of a body for retries has none either, and one with limits half as large has", () => {
    const halved: readonly Edit[] = [
      { at: ["static_resources", "listeners", 0, "per_connection_buffer_limit_bytes"], to: 16_777_216 },
      { at: [...FILTER.slice(0, -3), "route_config", "virtual_hosts", 0, "request_body_buffer_limit"], to: 16_777_216 },
    ];
    const ids = (version: string, edits: readonly Edit[]) => checkWiring({ ...shipped(edits), version }, SETTINGS).map(({ id }) => id);
    expect(ids("1.37.0", [])).toEqual([]);
    expect(ids("1.37.0", halved)).toEqual(["body-limit-small"]);
    expect(ids("1.38.3", halved)).toEqual([]);
  });
});

describe("which processor is sluice", () => {
  const renamed: Edit = { at: [...FILTER, "grpc_service", "envoy_grpc", "cluster_name"], to: "router" };

  test("the only one, whatever it is called", () => {
    const ids = checkWiring(shipped([renamed]), SETTINGS).map(({ id }) => id);
    expect(ids).toEqual(["ext-proc-cluster-missing"]); // looked at, that is
  });

  test("the one that was named: another is not looked at", () => {
    const [found, ...others] = checkWiring(shipped(), { ...SETTINGS, cluster: "router" });
    expect(found).toMatchObject({ id: "ext-proc-missing", where: "listener llm" });
    expect(others).toEqual([]);
  });
});

test("every finding of Envoy's configuration has a mistake here that shows it", () => {
  const ids = Object.keys(FINDINGS);
  const ofConfiguration = ids.slice(0, ids.indexOf("sluice-unreachable"));
  const shown = new Set<string | undefined>(ALL.map(({ found }) => found));
  // What is not set and what is false are the same to Envoy: only manifests can leave it implicit.
  expect(ofConfiguration.filter((id) => !shown.has(id) && id !== "failure-mode-implicit")).toEqual([]);
});
