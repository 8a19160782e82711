// What the checks look at: an Envoy's configuration, wherever it was read from, reduced to what has to do with sluice.

/** A part of Envoy's configuration as JSON, field names as in Envoy's own YAML (snake_case), durations as "1.5s", enums by name. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [field: string]: Json | undefined;
}

export interface EnvoyWiring {
  /** "1.40.0"; undefined where only files were read. */
  readonly version: string | undefined;
  readonly managers: readonly HttpManager[];
  readonly clusters: ReadonlyMap<string, Cluster>;
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
  readonly virtualHosts: readonly JsonObject[]; // of its route configuration, given in place or by RDS
}

export interface Processor {
  readonly where: string; // `listener llm > filter envoy.filters.http.ext_proc`
  readonly name: string; // by which routes override it
  readonly config: JsonObject; // the ExternalProcessor message
  readonly cluster: string | undefined; // that its grpc_service names
  /** Off unless a route switches it on, as gateways configure it. */
  readonly offByDefault: boolean;
}

export interface Cluster {
  readonly where: string; // `cluster sluice`
  readonly name: string;
  readonly config: JsonObject; // the Cluster message
  readonly endpoints: number; // known from the configuration or from EDS
}
