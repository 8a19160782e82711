// Model servers inside a Kubernetes cluster: the Service that a URL names, and what a gateway's access log calls it. Pure.
import { SluiceError } from "../../errors.ts";
import type { ServerUrl } from "../stack/server-url.ts";
import { type Answers, type Gateway, type KubernetesGateway, type Tier, urlText } from "./answers.ts";

export interface ClusterService {
  readonly name: string;
  readonly namespace: string;
  readonly port: number;
}

export type TierServices = Readonly<Record<Tier, ClusterService>>;

const DEFAULT_NAMESPACE = "llm";
const SERVICE_HOST = /^([a-z0-9](?:[a-z0-9-]*[a-z0-9])?)(?:\.([a-z0-9](?:[a-z0-9-]*[a-z0-9])?)(?:\.svc(?:\.cluster\.local)?)?)?$/;

/** `http://qwen.models.svc.cluster.local:8000`, down to `http://qwen`, which is in the namespace llm. Undefined: no Service's URL. */
export function serviceAt({ tls, host, port, basePath }: ServerUrl): ClusterService | undefined {
  const [, name, namespace = DEFAULT_NAMESPACE] = SERVICE_HOST.exec(host) ?? [];
  if (tls || basePath !== "/v1" || name === undefined || /^\d/.test(name)) return undefined;
  return { name, namespace, port };
}

export function hostOf({ name, namespace }: ClusterService): string {
  return `${name}.${namespace}.svc.cluster.local`;
}

/** Throws `init-server` where the gateway's manifests cannot say what the URLs do. */
export function tierServices({ tiers }: Answers, gateway: KubernetesGateway): TierServices {
  const service = (tier: Tier) => {
    const found = serviceAt(tiers[tier].url);
    if (found === undefined) throw new SluiceError("init-server", `--${tier} ${urlText(tiers[tier].url)} is not the URL of a Service`);
    return found;
  };
  const services = { weak: service("weak"), strong: service("strong") };
  if (hostOf(services.weak) === hostOf(services.strong)) {
    throw new SluiceError("init-server", `both tiers are the Service ${services.weak.name}: ${gateway} could not tell who served`, {
      hint: "Give each tier a Service of its own, or use --gateway envoy.",
    });
  }
  if (gateway === "kgateway" && services.weak.namespace !== services.strong.namespace) {
    const namespaces = `${services.weak.namespace} and ${services.strong.namespace}`;
    throw new SluiceError("init-server", `the two Services are in different namespaces, ${namespaces}`, {
      hint: "Put both into the gateway's namespace: a BackendConfigPolicy of kgateway reaches no further.",
    });
  }
  return services;
}

/** For `tiers[].cluster`; undefined: sluice finds it by the tier's name. */
export function servedAs(gateway: Gateway, tier: Tier, url: ServerUrl): string | undefined {
  const service = serviceAt(url);
  if (service === undefined || service.name === tier) return undefined;
  switch (gateway) {
    case "kgateway":
      return `kube_${service.namespace}_${service.name}_${service.port}`;
    case "envoy-gateway":
      return hostOf(service);
    case "envoy":
    case "none":
      return undefined;
    default:
      return gateway satisfies never;
  }
}
