// What a node does with the pods placed on it: a process for each, its status told to the API server, and its end when it is deleted.
import type { KubernetesApi } from "./kubernetes-api.ts";
import type { ConfigMap, Pod } from "./kubernetes-kinds.ts";
import { NODE_NAME, type PodState, podStatus } from "./pod-object.ts";
import { configMapsOf, graceSecondsOf, type PodProcess, startPodProcess } from "./pod-process.ts";

export interface Kubelet {
  /** Brings processes and statuses in line with the pods that there are now. */
  sync(pods: readonly Pod[], configMaps: readonly ConfigMap[]): Promise<void>;
  /** Undefined until it runs. */
  process(pod: Pod): PodProcess | undefined;
  killAll(): Promise<void>;
}

interface Entry {
  readonly process: Promise<PodProcess>;
  running?: PodProcess;
  ending?: Promise<void>;
  reported?: string; // the status last written
}

/** `onChange`: something is to be reported, or synced. */
export function createKubelet(api: KubernetesApi, onChange: () => void): Kubelet {
  const entries = new Map<string, Entry>(); // by uid

  function start(pod: Pod, configMaps: readonly ConfigMap[]): void {
    const mounted = mountedBy(pod, configMaps);
    if (mounted === undefined) return; // waits for a ConfigMap
    const entry: Entry = { process: startPodProcess({ pod, configMaps: mounted, onChange }) };
    entries.set(pod.metadata.uid, entry);
    entry.process.then(
      (process) => {
        entry.running = process;
        onChange();
      },
      (error: unknown) => process.stderr.write(`pod ${pod.metadata.name}: ${error}\n`),
    );
  }

  async function report(pod: Pod, entry: Entry, state: PodState): Promise<void> {
    const status = podStatus(pod, state);
    if (entry.reported === JSON.stringify(status)) return;
    entry.reported = JSON.stringify(status);
    await api.merge(`${pathOf(pod)}/status`, { status });
  }

  function end(pod: Pod, entry: Entry): void {
    entry.ending ??= entry.process
      .then((process) => process.end(graceSecondsOf(pod)))
      .then(() => remove(pod))
      .finally(onChange);
  }

  /** From the API server, once nothing of it runs here. */
  function remove(pod: Pod): Promise<void> {
    return api.remove(pathOf(pod), { gracePeriodSeconds: 0, preconditions: { uid: pod.metadata.uid } });
  }

  return {
    async sync(pods, configMaps) {
      const here = pods.filter(({ spec }) => spec.nodeName === NODE_NAME);
      for (const pod of here) {
        const entry = entries.get(pod.metadata.uid);
        const deleted = pod.metadata.deletionTimestamp !== undefined;
        if (entry === undefined) await (deleted ? remove(pod) : start(pod, configMaps));
        else if (deleted) end(pod, entry);
        else if (entry.running !== undefined) {
          for (const [name, data] of mountedBy(pod, configMaps) ?? []) entry.running.updateConfigMap(name, data);
          await report(pod, entry, stateOf(entry.running));
        }
      }
      const known = new Set(here.map(({ metadata }) => metadata.uid));
      for (const [uid, entry] of entries) {
        if (known.has(uid)) continue;
        entries.delete(uid);
        if (entry.ending === undefined) await (await entry.process).end(0); // deleted by force
      }
    },
    process: (pod) => entries.get(pod.metadata.uid)?.running,
    async killAll() {
      for (const { process, ending } of entries.values()) {
        (await process).signal("SIGKILL"); // the end of one that is ending in order, too
        await (ending ?? (await process).end(0));
      }
    },
  };
}

function stateOf(process: PodProcess): PodState {
  return { address: process.address, ready: process.ready(), restarts: process.restarts() };
}

/** By name; undefined when one that it mounts does not exist. */
function mountedBy(
  { metadata, spec }: Pod,
  configMaps: readonly ConfigMap[],
): ReadonlyMap<string, Readonly<Record<string, string>>> | undefined {
  const found = configMapsOf(spec).map((name) =>
    configMaps.find((each) => each.metadata.name === name && each.metadata.namespace === metadata.namespace),
  );
  if (found.includes(undefined)) return undefined;
  return new Map(found.flatMap((each) => (each === undefined ? [] : [[each.metadata.name, each.data ?? {}]])));
}

function pathOf({ metadata }: Pod): string {
  return `/api/v1/namespaces/${metadata.namespace}/pods/${metadata.name}`;
}
