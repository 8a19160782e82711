// The clusters a route leads to.
import { at, objectOf, objectsOf, textOf } from "../envoy-json.ts";
import type { Cluster, EnvoyWiring, JsonObject } from "../envoy-wiring.ts";
import type { Route } from "./routes.ts";

/** What a route does with a request: its RouteAction. Empty for one that answers itself. */
export function actionOf(route: Route): JsonObject {
  return objectOf(route.config["route"]);
}

/** By name. None where a header or a plugin names it. */
export function clusterNamesOf(route: Route): readonly string[] {
  const action = actionOf(route);
  const one = textOf(action["cluster"]);
  const weighted = objectsOf(at(action, "weighted_clusters", "clusters")).map((cluster) => textOf(cluster["name"]) ?? "");
  return [...(one === undefined ? [] : [one]), ...weighted].filter((name) => name !== "");
}

/** Of several routes, each cluster once. One that the configuration does not hold is left out. */
export function clustersOf(routes: readonly Route[], wiring: EnvoyWiring): readonly Cluster[] {
  const names = new Set(routes.flatMap(clusterNamesOf));
  return [...names].map((name) => wiring.clusters.get(name)).filter((cluster) => cluster !== undefined);
}

/** HttpProtocolOptions of a cluster. */
export function protocolOptionsOf(cluster: Cluster): JsonObject {
  return objectOf(at(cluster.config, "typed_extension_protocol_options", "envoy.extensions.upstreams.http.v3.HttpProtocolOptions"));
}

/** The circuit breaker for requests of a priority: Envoy's own defaults hold for what it does not say. */
export function thresholdsOf(cluster: Cluster, priority: "DEFAULT" | "HIGH"): JsonObject {
  const thresholds = objectsOf(at(cluster.config, "circuit_breakers", "thresholds"));
  const isHigh = (threshold: JsonObject) => threshold["priority"] === "HIGH" || threshold["priority"] === 1;
  return thresholds.find((threshold) => isHigh(threshold) === (priority === "HIGH")) ?? {};
}
