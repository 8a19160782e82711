// What `sluice init` has to know before it writes anything: the model servers, what the traffic is, and which gateway stands in front.
import type { ServerUrl } from "../stack/server-url.ts";

export const TRAFFICS = ["chat", "agents"] as const;
export type Traffic = (typeof TRAFFICS)[number];

export const GATEWAYS = ["envoy", "kgateway", "envoy-gateway", "none"] as const;
export type Gateway = (typeof GATEWAYS)[number];
export type KubernetesGateway = Extract<Gateway, "kgateway" | "envoy-gateway">;

export const TIERS = ["weak", "strong"] as const;
export type Tier = (typeof TIERS)[number];

export interface TierAnswer {
  readonly url: ServerUrl;
  readonly model: string | undefined; // to be set in requests; undefined: the server needs none
}

export interface Answers {
  readonly tiers: Readonly<Record<Tier, TierAnswer>>;
  readonly traffic: Traffic;
  readonly gateway: Gateway;
}

/** A file to write, its path from the folder it all goes to. */
export interface NewFile {
  readonly path: string;
  readonly text: string;
}

export function urlText({ tls, authority, basePath }: ServerUrl): string {
  return `${tls ? "https" : "http"}://${authority}${basePath}`;
}
