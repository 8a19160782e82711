// Pods as the API server knows them: made from a Deployment's template, and the status their node reports. Pure.

import type { Deployment, Pod } from "./kubernetes-kinds.ts";
import { templateHash } from "./rollout.ts";

export const HASH_LABEL = "pod-template-hash";
export const NODE_NAME = "this-machine";

/** Placed on a node at once, in place of the scheduler. */
export function podObject(deployment: Deployment, suffix: string): unknown {
  const { name, namespace, uid } = deployment.metadata;
  const { metadata, spec } = deployment.spec.template;
  const hash = templateHash(deployment);
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name: `${name}-${hash}-${suffix}`,
      namespace,
      labels: { ...metadata.labels, [HASH_LABEL]: hash },
      annotations: metadata.annotations ?? {},
      ownerReferences: [{ apiVersion: "apps/v1", kind: "Deployment", name, uid, controller: true }],
    },
    spec: { ...spec, nodeName: NODE_NAME },
  };
}

export interface PodState {
  readonly address: string;
  readonly ready: boolean;
  readonly restarts: number;
}

export function podStatus({ metadata, spec }: Pod, { address, ready, restarts }: PodState): unknown {
  const startedAt = metadata.creationTimestamp;
  const condition = (type: string, isTrue: boolean) => ({ type, status: isTrue ? "True" : "False" });
  return {
    phase: "Running",
    podIP: address,
    podIPs: [{ ip: address }],
    startTime: startedAt,
    conditions: [
      condition("PodScheduled", true),
      condition("Initialized", true),
      condition("ContainersReady", ready),
      condition("Ready", ready),
    ],
    containerStatuses: spec.containers.map(({ name, image }) => ({
      name,
      image,
      imageID: image,
      ready,
      started: true,
      restartCount: restarts,
      state: { running: { startedAt } },
    })),
  };
}
