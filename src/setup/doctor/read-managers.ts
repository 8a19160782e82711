// The HTTP connection managers of a listener, with their external processors: plain filters, filters within kgateway's composite ones, and
// filters delivered on their own (ECDS).
import { at, isObject, isOfType, messagesWithin, numberOf, objectOf, objectsOf, textOf, typedConfig } from "./envoy-json.ts";
import type { HttpManager, JsonObject, Processor } from "./envoy-wiring.ts";

const DEFAULT_BUFFER_LIMIT = 1_048_576; // bytes: Envoy's

/** What listeners name and a control plane delivers beside them. */
export interface Delivered {
  readonly routes: ReadonlyMap<string, JsonObject>; // RouteConfiguration messages by name
  readonly filters: ReadonlyMap<string, JsonObject>; // filters' configurations by the filter's name
}

export function readManagers(listener: JsonObject, delivered: Delivered): readonly HttpManager[] {
  const name = textOf(listener["name"]) ?? "without a name";
  const defaultChain = objectOf(listener["default_filter_chain"]);
  const chains = [...objectsOf(listener["filter_chains"]), ...(isObject(listener["default_filter_chain"]) ? [defaultChain] : [])];
  return chains.flatMap((chain, at) => {
    const chainName = textOf(chain["name"]) ?? (chain === defaultChain ? "default" : String(at + 1));
    const where = chains.length > 1 ? `listener ${name} > filter chain ${chainName}` : `listener ${name}`;
    const bufferLimitBytes = numberOf(listener["per_connection_buffer_limit_bytes"]) ?? DEFAULT_BUFFER_LIMIT;
    const managers = objectsOf(chain["filters"]).map(typedConfig).filter(isManager);
    return managers.map((config) => readManager(config, { where, bufferLimitBytes, delivered }));
  });
}

function isManager(config: JsonObject): boolean {
  return isOfType(config, "HttpConnectionManager");
}

interface Place {
  readonly where: string;
  readonly bufferLimitBytes: number;
  readonly delivered: Delivered;
}

function readManager(config: JsonObject, { where, bufferLimitBytes, delivered }: Place): HttpManager {
  const processors = objectsOf(config["http_filters"]).flatMap((filter) => readProcessors(filter, where, delivered.filters));
  return {
    where,
    statPrefix: textOf(config["stat_prefix"]) ?? "",
    config,
    bufferLimitBytes,
    processors,
    routes: routesOf(config, delivered),
  };
}

function routesOf(config: JsonObject, { routes }: Delivered): JsonObject | undefined {
  if (isObject(config["route_config"])) return config["route_config"];
  return routes.get(textOf(at(config, "rds", "route_config_name")) ?? "");
}

function readProcessors(filter: JsonObject, where: string, delivered: ReadonlyMap<string, JsonObject>): readonly Processor[] {
  const name = textOf(filter["name"]) ?? "";
  const discovered = delivered.get(name) ?? objectOf(at(filter, "config_discovery", "default_config"));
  const config = isObject(filter["config_discovery"]) ? discovered : typedConfig(filter);
  return messagesWithin(config, "ExternalProcessor").map((processor) => ({
    where: `${where} > filter ${name}`,
    name,
    config: processor,
    cluster: clusterOf(processor),
    offByDefault: filter["disabled"] === true,
  }));
}

/** The cluster that an external processor is reached by. */
export function clusterOf(processor: JsonObject): string | undefined {
  return textOf(at(processor, "grpc_service", "envoy_grpc", "cluster_name"));
}
