// From Envoy's own words to what the checks look at: a running Envoy's GET /config_dump?include_eds, or the file it starts with.
import { SluiceError } from "../../errors.ts";
import { parseEnvoyYaml } from "../envoy-yaml.ts";
import { at, inSnakeCase, isObject, isOfType, listOf, numberOf, objectOf, objectsOf, textOf, typedConfig } from "./envoy-json.ts";
import type { Cluster, EnvoyWiring, Gateway, Json, JsonObject } from "./envoy-wiring.ts";
import { type Delivered, readManagers } from "./read-managers.ts";

/** Of a file in YAML or JSON: what Envoy starts with, or a config dump that was saved. Throws `envoy-config-invalid`. */
export function readEnvoyFile(text: string, name: string): EnvoyWiring {
  const config = inSnakeCase(parseEnvoyYaml(text, name));
  if (isObject(config) && Array.isArray(config["configs"])) return readConfigDump(config, undefined);
  if (isObject(config) && isObject(config["static_resources"])) return readBootstrap(config);
  throw new SluiceError("envoy-config-invalid", `${name}: holds neither static_resources nor a config dump's configs`);
}

/** Of a running Envoy. `stats`: its counters and gauges by name. */
export function readConfigDump(dump: unknown, stats: ReadonlyMap<string, number> | undefined): EnvoyWiring {
  const configs = objectsOf(objectOf(inSnakeCase(dump))["configs"]);
  const ofType = (type: string) => configs.filter((config) => isOfType(config, type));
  const resources = (type: string, fields: readonly string[], field: string) =>
    ofType(type).flatMap((config) =>
      fields.flatMap((list) => objectsOf(config[list]).flatMap((entry) => objectsOf([at(current(entry), field) ?? null]))),
    );
  const delivered = {
    routes: byName(resources("RoutesConfigDump", ["static_route_configs", "dynamic_route_configs"], "route_config")),
    filters: new Map(resources("EcdsConfigDump", ["ecds_filters"], "ecds_filter").map((filter) => [nameOf(filter), typedConfig(filter)])),
  };
  const assignments = resources("EndpointsConfigDump", ["static_endpoint_configs", "dynamic_endpoint_configs"], "endpoint_config");
  const endpoints = endpointCounts(assignments);
  const graded = new Set(assignments.filter(hasPriorities).map((assignment) => textOf(assignment["cluster_name"]) ?? ""));
  const listeners = resources("ListenersConfigDump", ["static_listeners", "dynamic_listeners"], "listener");
  const clusters = resources("ClustersConfigDump", ["static_clusters", "dynamic_active_clusters", "dynamic_warming_clusters"], "cluster");
  const bootstrap = objectOf(ofType("BootstrapConfigDump")[0]?.["bootstrap"]);
  return {
    version: versionOf(bootstrap),
    gateway: gatewayOf(bootstrap, [...listeners, ...delivered.routes.values()]),
    managers: listeners.flatMap((listener) => readManagers(listener, delivered)),
    clusters: clustersByName(
      clusters,
      (cluster) => endpoints.get(assignmentOf(cluster)) ?? 0,
      (cluster) => graded.has(assignmentOf(cluster)),
    ),
    moreClusters: false,
    stats,
  };
}

/** A listener that came from a control plane stands one level deeper than the others. */
function current(entry: JsonObject): JsonObject {
  return objectOf(entry["active_state"] ?? entry["warming_state"] ?? entry);
}

function readBootstrap(bootstrap: JsonObject): EnvoyWiring {
  const { listeners, clusters } = objectOf(bootstrap["static_resources"]);
  const dynamic = objectOf(bootstrap["dynamic_resources"]);
  const nothing: Delivered = { routes: new Map(), filters: new Map() };
  return {
    version: undefined,
    gateway: gatewayOf(bootstrap, []),
    managers: objectsOf(listeners).flatMap((listener) => readManagers(listener, nothing)),
    clusters: clustersByName(objectsOf(clusters), endpointsInPlace, (cluster) => hasPriorities(objectOf(cluster["load_assignment"]))),
    moreClusters: dynamic["cds_config"] !== undefined,
    stats: undefined,
  };
}

function nameOf(message: JsonObject): string {
  return textOf(message["name"]) ?? "";
}

function byName(messages: readonly JsonObject[]): ReadonlyMap<string, JsonObject> {
  return new Map(messages.map((message) => [nameOf(message), message]));
}

function clustersByName(
  configs: readonly JsonObject[],
  endpointsOf: (config: JsonObject) => number | undefined,
  isGraded: (config: JsonObject) => boolean,
): ReadonlyMap<string, Cluster> {
  return new Map(
    configs.map((config) => {
      const name = nameOf(config);
      return [name, { where: `cluster ${name}`, name, config, endpoints: endpointsOf(config), hasPriorities: isGraded(config) }];
    }),
  );
}

/** By what its endpoints are called where they are delivered on their own. */
function assignmentOf(cluster: JsonObject): string {
  return textOf(at(cluster, "eds_cluster_config", "service_name")) || nameOf(cluster);
}

function endpointCounts(assignments: readonly JsonObject[]): ReadonlyMap<string, number> {
  return new Map(assignments.map((assignment) => [textOf(assignment["cluster_name"]) ?? "", countOf(assignment)]));
}

function hasPriorities(assignment: JsonObject): boolean {
  return objectsOf(assignment["endpoints"]).some(({ priority }) => (numberOf(priority) ?? 0) > 0);
}

function countOf(assignment: JsonObject): number {
  return objectsOf(assignment["endpoints"]).reduce((sum, locality) => sum + listOf(locality["lb_endpoints"]).length, 0);
}

/** Addresses are counted; how many servers a name stands for, or EDS brings, is not in the file. */
function endpointsInPlace(cluster: JsonObject): number | undefined {
  const type = cluster["type"] ?? "STATIC";
  const inPlace = (type === "STATIC" || type === 0) && cluster["cluster_type"] === undefined;
  return inPlace ? countOf(objectOf(cluster["load_assignment"])) : undefined;
}

/** "1.40.0", as Envoy says of itself. */
function versionOf(bootstrap: JsonObject): string | undefined {
  const version = objectOf(at(bootstrap, "node", "user_agent_build_version", "version"));
  if (Object.keys(version).length === 0) return undefined;
  return [version["major_number"], version["minor_number"], version["patch"]].map((part) => numberOf(part) ?? 0).join(".");
}

/** Both gateways leave marks: kgateway in the node and where its policies were merged, Envoy Gateway on what it made. */
function gatewayOf(bootstrap: JsonObject, resources: readonly JsonObject[]): Gateway | undefined {
  if (textOf(at(bootstrap, "node", "metadata", "role"))?.startsWith("kgateway")) return "kgateway";
  const marks = resources.flatMap((resource) => metadataNames(resource));
  if (marks.some((name) => name.endsWith("gateway.kgateway.dev"))) return "kgateway";
  return marks.includes("envoy-gateway") ? "envoy-gateway" : undefined;
}

function metadataNames(value: Json | undefined): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(metadataNames);
  if (!isObject(value)) return [];
  return [...Object.keys(objectOf(value["filter_metadata"])), ...Object.values(value).flatMap(metadataNames)];
}
