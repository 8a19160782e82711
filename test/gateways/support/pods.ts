// Stands in for kubelet, scheduler and controllers: runs what the Deployments say as processes, each pod in a network namespace of its own,
// and reports through the API server what those would: Pods, EndpointSlices, Deployment status.
import { setTimeout as sleep } from "node:timers/promises";
import { createControllers, type Kinds, watchKinds } from "./controllers.ts";
import { createKubelet, type Kubelet } from "./kubelet.ts";
import { connectKubernetes } from "./kubernetes-api.ts";

const RETRY_MS = 200;

export interface PodsOptions {
  readonly kubeconfig: string;
  /** Deployments, Services and ConfigMaps of these are looked at. Containers of other images than sluice's are left alone. */
  readonly namespaces: readonly string[];
}

export interface Pods {
  /** Those that run now, terminating ones included, oldest first. */
  of(namespace: string, deployment: string): readonly RunningPod[];
  /** Ends every pod at once. */
  stop(): Promise<void>;
}

export interface RunningPod {
  readonly name: string;
  readonly address: string; // reached from the test's network namespace, as from every other pod
  ready(): boolean;
  terminating(): boolean;
  restarts(): number; // of its container, which is started anew when it ends
  /** To the container's process: SIGSTOP makes it hang, SIGKILL takes it away. Lost while no process runs. */
  signal(name: NodeJS.Signals): void;
  lastLines(): readonly string[]; // what it said
}

/** Resolves when it watches; pods come and go from then on. */
export async function startPods({ kubeconfig, namespaces }: PodsOptions): Promise<Pods> {
  const api = await connectKubernetes(kubeconfig);
  const loop = startLoop(async () => {
    await controllers.sync();
    await kubelet.sync(kinds.pods.all(), kinds.configMaps.all());
  });
  const kinds = await watchKinds(api, loop.wake);
  const kubelet = createKubelet(api, loop.wake);
  const controllers = createControllers({ api, kinds, namespaces, process: kubelet.process });
  loop.begin();
  return {
    of: (namespace, deployment) => runningPods(kinds, kubelet, namespace, deployment),
    async stop() {
      await loop.stop();
      await kubelet.killAll();
      await api.close();
    },
  };
}

function runningPods(kinds: Kinds, kubelet: Kubelet, namespace: string, deployment: string): readonly RunningPod[] {
  const owner = kinds.deployments.all().find(({ metadata }) => metadata.namespace === namespace && metadata.name === deployment);
  const owned = kinds.pods.all().filter(({ metadata }) => metadata.ownerReferences?.some(({ uid }) => uid === owner?.metadata.uid));
  return owned.flatMap((pod) => {
    const process = kubelet.process(pod);
    if (process === undefined) return [];
    const { uid, name } = pod.metadata;
    const terminating = () => kinds.pods.all().some(({ metadata }) => metadata.uid === uid && metadata.deletionTimestamp !== undefined);
    return [{ ...process, name, terminating }];
  });
}

/** Calls `sync` once after any number of wakes, never twice at a time; again after a while when it failed. */
function startLoop(sync: () => Promise<void>) {
  let woken = false;
  let stopping = false;
  let running: Promise<void> | undefined;
  let problem = "";
  const turn = async () => {
    while (woken && !stopping) {
      woken = false;
      try {
        await sync();
        problem = "";
      } catch (error) {
        // A pod refused, or an object changed by another at the same time.
        if (String(error) !== problem) process.stderr.write(`pods: ${error}\n`);
        problem = String(error);
        woken = true;
        await sleep(RETRY_MS);
      }
    }
    running = undefined;
  };
  let begun = false;
  const wake = () => {
    woken = true;
    if (begun && !stopping) running ??= turn();
  };
  return {
    wake,
    begin() {
      begun = true;
      wake();
    },
    async stop() {
      stopping = true;
      await running;
    },
  };
}
