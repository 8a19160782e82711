// Where things stand in the shipped envoy.yaml, and changes to it, for the tables of mistakes.
import { CLUSTERS, type Edit, FILTER, HOST, MANAGER, type Path } from "./edited-config.ts";

export const set = (at: Path, to: unknown): Edit => ({ at, to });
export const remove = (at: Path): Edit => ({ at, to: undefined });
export const inFilter = (field: string, to: unknown): readonly Edit[] => [set([...FILTER, field], to)];
export const mode = (field: string, to: unknown): Edit => set([...FILTER, "processing_mode", field], to);

export const SLUICE: Path = [...CLUSTERS, 0];
export const LOG: Path = [...CLUSTERS, 1];
export const WEAK: Path = [...CLUSTERS, 2];
export const STRONG: Path = [...CLUSTERS, 3];
export const WEAK_THEN_STRONG: Path = [...CLUSTERS, 4];
export const STRONG_THEN_WEAK: Path = [...CLUSTERS, 5];
export const OPTIONS = ["typed_extension_protocol_options", "envoy.extensions.upstreams.http.v3.HttpProtocolOptions"];
export const ENDPOINTS = ["load_assignment", "endpoints", 0, "lb_endpoints"];
/** To a tier alone, for what the other one cannot take. */
export const WEAK_ALONE: Path = [...HOST, "routes", 1];
export const STRONG_ALONE: Path = [...HOST, "routes", 2];
export const WEAK_ROUTE: Path = [...HOST, "routes", 3];
export const STRONG_ROUTE: Path = [...HOST, "routes", 4];
export const CATCH_ALL: Path = [...HOST, "routes", 5];
export const RETRY: Path = [...HOST, "retry_policy"];
export const EARLY: Path = [...MANAGER, "early_header_mutation_extensions"];
export const STRIP: Path = [...EARLY, 0, "typed_config", "mutations", 0];

export const IN_LISTENER = "listener llm";
export const IN_FILTER = "listener llm > filter envoy.filters.http.ext_proc";
export const IN_HOST = "listener llm > virtual host llm";
export const LAST_ROUTE = `${IN_HOST} > route 6 (prefix /)`;
export const TWO_PROCESSES = set([...SLUICE, ...ENDPOINTS], (endpoints: unknown[]) => [...endpoints, ...endpoints]);
export const tierMatch = (matcher: object) => ({ prefix: "/", headers: [{ name: "X-Sluice-Tier", ...matcher }] });
