// The shape of Envoy's bootstrap configuration, as far as the local stack changes it.

export interface EnvoyCluster {
  readonly name: string;
  readonly [field: string]: unknown;
}

export interface EnvoyListener {
  readonly name: string;
  readonly [field: string]: unknown;
}

/** Of Envoy's bootstrap, what is changed here. */
export interface EnvoyConfig {
  readonly admin: unknown;
  readonly static_resources: { readonly listeners: readonly EnvoyListener[]; readonly clusters: readonly EnvoyCluster[] };
  readonly [field: string]: unknown;
}
