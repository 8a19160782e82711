// Whom sluice's NetworkPolicy, as it stands in the API server, lets in of the pods that Deployments make: judged, not tried, since nothing
// here enforces it.
import { mayEnter, type NetworkPolicy } from "../../deploy/network-policy.ts";

interface Deployment {
  readonly metadata: { readonly name: string };
  readonly spec: { readonly template: { readonly metadata: { readonly labels: Readonly<Record<string, string>> } } };
}

export interface Kubectl {
  kubectl(...args: string[]): Promise<string>;
}

/** Of each Deployment of a namespace the ports of sluice that its pods reach, sorted by what the pods are called. */
export async function portsReached(
  api: Kubectl,
  namespace: string,
): Promise<readonly (readonly [name: string, ports: readonly string[]])[]> {
  const get = async (...what: string[]) => JSON.parse(await api.kubectl("get", ...what, "-o", "json"));
  const policy = (await get("-n", "sluice", "networkpolicy", "sluice")) as NetworkPolicy;
  const sluice = {
    namespace: "sluice",
    labels: ((await get("-n", "sluice", "deployment", "sluice")) as Deployment).spec.template.metadata.labels,
  };
  const { items } = (await get("-n", namespace, "deployments")) as { items: readonly Deployment[] };
  const ports = [
    { name: "grpc", number: 9002 },
    { name: "admin", number: 9003 },
  ];
  return items.map(({ metadata, spec }) => {
    const pod = { namespace, labels: spec.template.metadata.labels };
    return [metadata.name, ports.filter((port) => mayEnter(policy, pod, sluice, port)).map(({ name }) => name)] as const;
  });
}
