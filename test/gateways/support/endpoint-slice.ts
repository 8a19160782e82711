// What a Service's controller makes of the pods it selects. Pure.
import type { Pod, Service } from "./kubernetes-kinds.ts";
import { portNumber } from "./pod-probe.ts";

export interface EndpointPod {
  readonly pod: Pod;
  readonly address: string;
  readonly ready: boolean;
}

export function selects(service: Service, pod: Pod): boolean {
  const wanted = Object.entries(service.spec.selector ?? {});
  return wanted.length > 0 && wanted.every(([label, value]) => pod.metadata.labels?.[label] === value);
}

/** Terminating pods stay in it until they are gone, not ready from the first moment. */
export function endpointSlice({ metadata, spec }: Service, pods: readonly EndpointPod[]): unknown {
  const container = pods[0]?.pod.spec.containers[0];
  return {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: {
      name: sliceName(metadata.name),
      namespace: metadata.namespace,
      labels: { "kubernetes.io/service-name": metadata.name, "endpointslice.kubernetes.io/managed-by": "sluice-test-pods" },
      ownerReferences: [{ apiVersion: "v1", kind: "Service", name: metadata.name, uid: metadata.uid, controller: true }],
    },
    addressType: "IPv4",
    ports: (spec.ports ?? []).flatMap(({ name = "", targetPort, protocol = "TCP", appProtocol }) => {
      const port = container === undefined ? undefined : portNumber(container, targetPort);
      return port === undefined ? [] : [{ name, port, protocol, ...(appProtocol !== undefined && { appProtocol }) }];
    }),
    endpoints: pods.map(({ pod, address, ready }) => {
      const terminating = pod.metadata.deletionTimestamp !== undefined;
      return {
        addresses: [address],
        conditions: { ready: ready && !terminating, serving: ready, terminating },
        targetRef: { kind: "Pod", name: pod.metadata.name, namespace: pod.metadata.namespace, uid: pod.metadata.uid },
      };
    }),
  };
}

export function sliceName(service: string): string {
  return `${service}-pods`;
}
