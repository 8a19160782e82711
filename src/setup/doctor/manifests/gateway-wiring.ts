// What the checks look at: manifests of either gateway, reduced to what has to do with sluice. Every value knows where it stands.
import type { Gateway } from "../envoy-wiring.ts";
import type { Setting } from "./manifest.ts";

export interface GatewayWiring {
  readonly gateway: Gateway;
  /** How sluice is asked: one, or none. More are several Gateways' or versions'. */
  readonly askings: readonly Asking[];
  readonly entries: readonly Entry[];
  readonly tables: readonly RouteTable[];
  /** Extensions that policies name and that are not there. */
  readonly missingExtensions: readonly Setting<string>[];
  readonly references: readonly Reference[];
}

export type BodyMode = "NONE" | "STREAMED" | "BUFFERED" | "BUFFERED_PARTIAL" | "FULL_DUPLEX_STREAMED";

/** An external processor that is sluice. Undefined: left out, and a mistake of its own; else the gateway's default is filled in. */
export interface Asking {
  readonly where: string;
  readonly object: ObjectName;
  readonly service: ServiceName;
  /** Whether any policy hands requests to it. */
  readonly used: boolean;
  readonly requestHeaders: Setting<boolean>;
  readonly requestBody: Setting<BodyMode | undefined>;
  readonly responseHeaders: Setting<boolean>;
  readonly responseBody: Setting<BodyMode>;
  readonly failOpen: Setting<boolean | undefined>;
  readonly messageTimeoutMs: Setting<number>;
  readonly routeCacheKept: Setting<boolean>;
  readonly afterRouting: Setting<boolean>;
  readonly onlyObserves: Setting<boolean>;
  /** How often a request is handed to another process of sluice. Undefined where the gateway cannot be told to. */
  readonly retries: Setting<number> | undefined;
  /** What the port says, when the gateway does not take it for HTTP/2. Undefined where it does, or the Service is not among the files. */
  readonly protocol: Setting<string> | undefined;
  readonly maxRequests: Setting<number>;
  readonly maxRequestsPerConnection: Setting<number | undefined>;
}

export interface ObjectName {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

export interface ServiceName extends ObjectName {
  readonly port: number | undefined;
}

/** A Gateway whose requests sluice decides, as its clients meet it. */
export interface Entry {
  readonly object: ObjectName;
  readonly clientHeadersRemoved: Setting<boolean>;
  readonly bufferLimitBytes: Setting<number>;
  /** What holds for HTTP/2 clients instead. Undefined: it is no less. */
  readonly streamWindowBytes: Setting<number> | undefined;
  /** The request headers in the access log that sluice gets; undefined when it gets none. */
  readonly loggedHeaders: Setting<readonly string[] | undefined>;
}

/** Rules among which Envoy chooses: those of all routes with the same host names on the same Gateway. */
export interface RouteTable {
  readonly gateway: ObjectName;
  readonly rules: readonly Rule[];
}

export interface Rule {
  readonly route: ObjectName;
  readonly name: string;
  readonly where: string;
  readonly matches: readonly Match[];
  /** Whether sluice is asked about requests that match here first; where that is set, or should be. */
  readonly asks: Setting<boolean>;
  readonly timeoutMs: Setting<number>; // 0: no limit
  readonly retry: Setting<Retry | undefined>;
  /** Whether servers are not told how clients take answers encoded. */
  readonly plainAnswers: boolean;
  readonly backends: readonly RuleBackend[];
}

/** Servers behind a rule. */
export interface RuleBackend {
  readonly where: string;
  readonly object: ObjectName;
  /** Only for requests that the rule's other servers did not answer. */
  readonly isFallback: boolean;
  /** How many retries may be under way at a time. */
  readonly retryRoom: Setting<number>;
  readonly references: readonly Reference[];
}

export interface Match {
  readonly where: string;
  readonly path: { readonly type: string; readonly value: string };
  /** Of the header x-sluice-tier. */
  readonly tier: { readonly type: string; readonly value: string } | undefined;
  /** All other conditions, each as text. */
  readonly others: readonly string[];
}

export interface Retry {
  readonly attempts: number;
  readonly on: readonly string[];
  readonly statusCodes: readonly number[];
}

/** A reference to an object in another namespace, and whether a ReferenceGrant allows it. */
export interface Reference {
  readonly where: string;
  readonly from: { readonly group: string; readonly kind: string; readonly namespace: string };
  readonly to: ObjectName;
  readonly granted: boolean;
}
