// What a cluster's controllers do, as far as sluice's manifests need them: Deployments, autoscalers' lower bounds, and
// EndpointSlices of Services.
import { randomBytes } from "node:crypto";
import { isSluiceImage } from "./container-command.ts";
import { endpointSlice, selects, sliceName } from "./endpoint-slice.ts";
import type { KubeObject, KubernetesApi, WatchedKind } from "./kubernetes-api.ts";
import type { ConfigMap, Deployment, HorizontalPodAutoscaler, Pod, Service } from "./kubernetes-kinds.ts";
import { HASH_LABEL, podObject } from "./pod-object.ts";
import type { PodProcess } from "./pod-process.ts";
import { deploymentStatus, nextStep } from "./rollout.ts";

export interface Kinds {
  readonly deployments: WatchedKind<Deployment>;
  readonly autoscalers: WatchedKind<HorizontalPodAutoscaler>;
  readonly services: WatchedKind<Service>;
  readonly configMaps: WatchedKind<ConfigMap>;
  readonly pods: WatchedKind<Pod>;
}

const PATHS = {
  deployments: "/apis/apps/v1/deployments",
  autoscalers: "/apis/autoscaling/v2/horizontalpodautoscalers",
  services: "/api/v1/services",
  configMaps: "/api/v1/configmaps",
  pods: "/api/v1/pods",
} as const;

export async function watchKinds(api: KubernetesApi, onChange: () => void): Promise<Kinds> {
  return {
    deployments: await api.watch(PATHS.deployments, onChange),
    autoscalers: await api.watch(PATHS.autoscalers, onChange),
    services: await api.watch(PATHS.services, onChange),
    configMaps: await api.watch(PATHS.configMaps, onChange),
    pods: await api.watch(PATHS.pods, onChange),
  };
}

export interface Controllers {
  sync(): Promise<void>;
}

export interface ControllerSettings {
  readonly api: KubernetesApi;
  readonly kinds: Kinds;
  readonly namespaces: readonly string[];
  readonly process: (pod: Pod) => PodProcess | undefined;
}

export function createControllers({ api, kinds, namespaces, process }: ControllerSettings): Controllers {
  const written = new Map<string, string>(); // statuses and slices, by uid of what they belong to
  const isOurs = ({ metadata }: KubeObject) => namespaces.includes(metadata.namespace ?? "");

  async function writeOnce(key: string, value: unknown, write: () => Promise<unknown>): Promise<void> {
    if (written.get(key) === JSON.stringify(value)) return;
    await write();
    written.set(key, JSON.stringify(value));
  }

  async function syncDeployment(deployment: Deployment): Promise<void> {
    const { name, namespace, uid } = deployment.metadata;
    const path = pathIn(namespace, PATHS.deployments);
    const scaler = kinds.autoscalers
      .all()
      .find(({ metadata, spec }) => metadata.namespace === namespace && spec.scaleTargetRef.name === name);
    const { replicas } = deployment.spec;
    // An autoscaler leaves a Deployment alone that was scaled to nothing.
    if (scaler !== undefined && replicas > 0 && replicas < scaler.spec.minReplicas) {
      kinds.deployments.note(await api.merge(`${path}/${name}`, { spec: { replicas: scaler.spec.minReplicas } }));
      return;
    }
    const owned = kinds.pods.all().filter(({ metadata }) => metadata.ownerReferences?.some((owner) => owner.uid === uid));
    const pods = owned.map((pod) => ({
      name: pod.metadata.name,
      hash: pod.metadata.labels?.[HASH_LABEL] ?? "",
      ready: process(pod)?.ready() ?? false,
      terminating: pod.metadata.deletionTimestamp !== undefined,
    }));
    const { create, end } = nextStep(deployment, pods);
    const podsPath = pathIn(namespace, PATHS.pods);
    for (let at = 0; at < create; at++) {
      kinds.pods.note(await api.create(podsPath, podObject(deployment, randomBytes(3).toString("hex"))));
    }
    for (const pod of end) await api.remove(`${podsPath}/${pod}`);
    const status = deploymentStatus(deployment, pods);
    await writeOnce(uid, status, () => api.merge(`${path}/${name}/status`, { status }));
  }

  /** Of Deployments that are gone. */
  async function removeOrphans(): Promise<void> {
    const owners = new Set(kinds.deployments.all().map(({ metadata }) => metadata.uid));
    for (const { metadata } of kinds.pods.all().filter(isOurs)) {
      const orphaned = metadata.ownerReferences?.some(({ kind, uid }) => kind === "Deployment" && !owners.has(uid));
      if (orphaned && metadata.deletionTimestamp === undefined)
        await api.remove(`${pathIn(metadata.namespace, PATHS.pods)}/${metadata.name}`);
    }
  }

  async function syncService(service: Service): Promise<void> {
    const { namespace, name, uid } = service.metadata;
    const pods = kinds.pods.all().filter((pod) => pod.metadata.namespace === namespace && selects(service, pod));
    const endpoints = pods.flatMap((pod) => {
      const running = process(pod);
      return running === undefined ? [] : [{ pod, address: running.address, ready: running.ready() }];
    });
    if (endpoints.length === 0 && pods.length > 0 && !written.has(uid)) return; // until the first one runs
    const slice = endpointSlice(service, endpoints);
    await writeOnce(uid, slice, () =>
      api.apply(`${pathIn(namespace, "/apis/discovery.k8s.io/v1/endpointslices")}/${sliceName(name)}`, slice),
    );
  }

  return {
    async sync() {
      for (const deployment of kinds.deployments.all().filter(isOurs)) {
        const known = deployment.spec.template.spec.containers.every(({ image }) => isSluiceImage(image));
        if (known && deployment.metadata.deletionTimestamp === undefined) await syncDeployment(deployment);
      }
      await removeOrphans();
      for (const service of kinds.services.all().filter(isOurs)) {
        // Only of pods that run here: other Services' endpoints are written by whoever runs what is behind them.
        const known = written.has(service.metadata.uid);
        if (known || kinds.pods.all().some((pod) => isOurs(pod) && selects(service, pod))) await syncService(service);
      }
    },
  };
}

function pathIn(namespace: string | undefined, path: string): string {
  const at = path.lastIndexOf("/");
  return `${path.slice(0, at)}/namespaces/${namespace}${path.slice(at)}`;
}
