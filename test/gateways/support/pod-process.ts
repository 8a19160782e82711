// One pod as its node runs it: sandbox, volumes, the container's process with its probes, started anew when it ends, and an orderly end.
import { setTimeout as sleep } from "node:timers/promises";
import { type Child, startChild } from "../../../src/setup/stack/child.ts";
import { type ConfigMapData, type ConfigMapVolume, mountConfigMap } from "./config-map-volume.ts";
import { containerCommand } from "./container-command.ts";
import type { Container, Pod, PodSpec } from "./kubernetes-kinds.ts";
import { probeContainer } from "./pod-probe.ts";
import { createPodSandbox, type PodSandbox } from "./pod-sandbox.ts";

const QUICK_MS = 1000; // a container that ends sooner than this after its start is started anew only after this long
const DEFAULT_GRACE_S = 30;

export interface PodProcess {
  readonly address: string;
  ready(): boolean;
  restarts(): number;
  signal(name: NodeJS.Signals): void;
  lastLines(): readonly string[];
  updateConfigMap(name: string, data: ConfigMapData): void;
  /** preStop, SIGTERM, the grace period, SIGKILL. Resolves when nothing of it is left. */
  end(graceSeconds: number): Promise<void>;
}

export interface PodProcessSettings {
  readonly pod: Pod;
  readonly configMaps: ReadonlyMap<string, ConfigMapData>; // all that the pod mounts
  readonly onChange: () => void; // its readiness, or the number of its restarts
}

export async function startPodProcess({ pod, configMaps, onChange }: PodProcessSettings): Promise<PodProcess> {
  const [container] = pod.spec.containers;
  if (container === undefined || pod.spec.containers.length > 1) throw new Error("only pods of one container are run");
  const sandbox = await createPodSandbox();
  const volumes = mountVolumes(pod, configMaps);
  const running = keepRunning(container, sandbox, foldersOf(pod, container, volumes), onChange);
  let data = configMaps;
  return {
    address: sandbox.address,
    ready: running.ready,
    restarts: running.restarts,
    signal: (name) => running.child().signal(name),
    lastLines: () => running.child().lastLines(),
    updateConfigMap(name, next) {
      const volume = volumes.get(name);
      if (volume === undefined || JSON.stringify(data.get(name)) === JSON.stringify(next)) return;
      data = new Map([...data, [name, next]]);
      volume.update(next);
    },
    async end(graceSeconds) {
      await endContainer(running, container, graceSeconds);
      await sandbox.remove();
      for (const volume of volumes.values()) volume.remove();
    },
  };
}

interface RunningContainer {
  child(): Child;
  ready(): boolean;
  restarts(): number;
  /** From now on its end is its end. */
  last(): void;
}

function keepRunning(
  container: Container,
  sandbox: PodSandbox,
  folders: ReadonlyMap<string, string>,
  onChange: () => void,
): RunningContainer {
  const { command, folder, env } = containerCommand(container, folders);
  let restarts = -1;
  let ready = false;
  let stopping = false;
  let child: Child;
  const setReady = (now: boolean) => {
    if (now === ready) return;
    ready = now;
    onChange();
  };
  const start = () => {
    restarts++;
    ready = false;
    const gone = new AbortController();
    const startedAt = performance.now();
    const [enter = "", ...args] = sandbox.enter;
    // Only what the image gives, not the test's own environment, but for PATH, by which `nsenter` itself is found.
    child = startChild(enter, [...args, "env", `--chdir=${folder}`, ...command], { env: { PATH: process.env.PATH, ...env } });
    watchContainer({ container, address: sandbox.address, child, signal: gone.signal, setReady });
    onChange();
    void child.exited.then(async () => {
      gone.abort();
      setReady(false);
      if (performance.now() - startedAt < QUICK_MS) await sleep(QUICK_MS);
      if (!stopping) start();
    });
    return child;
  };
  child = start();
  const last = () => {
    stopping = true;
  };
  return { child: () => child, ready: () => ready, restarts: () => restarts, last };
}

interface WatchedContainer {
  readonly container: Container;
  readonly address: string;
  readonly child: Child;
  readonly signal: AbortSignal;
  readonly setReady: (ready: boolean) => void;
}

/** The startup probe first; once it has succeeded, readiness and liveness. */
function watchContainer({ container, address, child, signal, setReady }: WatchedContainer): void {
  const { startupProbe, readinessProbe, livenessProbe } = container;
  const kill = () => child.signal("SIGKILL");
  const about = { container, address };
  const started = () => {
    if (livenessProbe !== undefined) {
      void probeContainer({ ...about, signal, probe: livenessProbe, onSuccess: () => {}, onFailure: kill });
    }
    if (readinessProbe === undefined) return setReady(true);
    const onSuccess = () => setReady(true);
    void probeContainer({ ...about, signal, probe: readinessProbe, onSuccess, onFailure: () => setReady(false) });
  };
  if (startupProbe === undefined) return started();
  const startup = new AbortController();
  const onSuccess = () => {
    startup.abort();
    started();
  };
  void probeContainer({ ...about, signal: AbortSignal.any([signal, startup.signal]), probe: startupProbe, onSuccess, onFailure: kill });
}

async function endContainer(running: RunningContainer, container: Container, graceSeconds: number): Promise<void> {
  running.last();
  const killed = setTimeout(() => running.child().signal("SIGKILL"), graceSeconds * 1000);
  const child = running.child();
  const preStopSeconds = container.lifecycle?.preStop?.sleep?.seconds ?? 0;
  if (graceSeconds > 0) await Promise.race([sleep(Math.min(preStopSeconds, graceSeconds) * 1000), child.exited]);
  if (!child.hasExited()) child.signal(graceSeconds > 0 ? "SIGTERM" : "SIGKILL");
  await child.exited;
  clearTimeout(killed);
}

export function graceSecondsOf(pod: Pod): number {
  return pod.metadata.deletionGracePeriodSeconds ?? pod.spec.terminationGracePeriodSeconds ?? DEFAULT_GRACE_S;
}

/** Names of the ConfigMaps that it mounts. */
export function configMapsOf({ volumes }: PodSpec): readonly string[] {
  return (volumes ?? []).flatMap(({ configMap }) => (configMap === undefined ? [] : [configMap.name]));
}

function mountVolumes(pod: Pod, configMaps: ReadonlyMap<string, ConfigMapData>): ReadonlyMap<string, ConfigMapVolume> {
  return new Map(configMapsOf(pod.spec).map((name) => [name, mountConfigMap(configMaps.get(name) ?? {})]));
}

function foldersOf(pod: Pod, container: Container, volumes: ReadonlyMap<string, ConfigMapVolume>): ReadonlyMap<string, string> {
  const folders = new Map<string, string>();
  for (const { name, mountPath } of container.volumeMounts ?? []) {
    const configMap = pod.spec.volumes?.find((volume) => volume.name === name)?.configMap;
    const volume = configMap === undefined ? undefined : volumes.get(configMap.name);
    if (volume !== undefined) folders.set(mountPath, volume.folder);
  }
  return folders;
}
