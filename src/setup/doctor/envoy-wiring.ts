// What the checks look at: an Envoy's configuration, wherever it was read from, reduced to what has to do with sluice.

/** A part of Envoy's configuration as JSON, field names as in Envoy's own YAML (snake_case), durations as "1.5s", enums by name. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [field: string]: Json | undefined;
}

/** What made a configuration, where it shows: its own manifests mend what is wrong. */
export type Gateway = "kgateway" | "envoy-gateway";

export interface EnvoyWiring {
  /** "1.40.0"; undefined where only files were read. */
  readonly version: string | undefined;
  readonly gateway: Gateway | undefined;
  readonly managers: readonly HttpManager[];
  readonly clusters: ReadonlyMap<string, Cluster>;
  /** Whether there are other clusters than these: they come from a control plane, and only the file was read. */
  readonly moreClusters: boolean;
  /** Of a running Envoy: counters and gauges by name. */
  readonly stats: ReadonlyMap<string, number> | undefined;
}

/** One HTTP connection manager. */
export interface HttpManager {
  readonly where: string; // `listener llm`
  readonly statPrefix: string;
  readonly config: JsonObject; // the HttpConnectionManager message
  readonly bufferLimitBytes: number; // of its listener, Envoy's default filled in
  /** External processors among its filters, within composite filters too, in the order they run. */
  readonly processors: readonly Processor[];
  /** Of its route configuration, given in place or by RDS. Undefined: by RDS, and what was read does not hold it. */
  readonly routes: JsonObject | undefined; // the RouteConfiguration message
}

export interface Processor {
  readonly where: string; // `listener llm > filter envoy.filters.http.ext_proc`
  readonly name: string; // by which routes override it
  readonly config: JsonObject; // the ExternalProcessor message
  readonly cluster: string | undefined; // that its grpc_service names; none when it does not go by a cluster
  /** Off unless a route switches it on, as gateways configure it. */
  readonly offByDefault: boolean;
}

export interface Cluster {
  readonly where: string; // `cluster sluice`
  readonly name: string;
  readonly config: JsonObject; // the Cluster message
  /** Undefined where only the servers themselves tell: names to be looked up, or EDS that was not read. */
  readonly endpoints: number | undefined;
  /** Whether some of its servers are only for when the others fail. */
  readonly hasPriorities?: boolean;
}
