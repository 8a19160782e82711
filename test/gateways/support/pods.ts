// Stands in for kubelet, scheduler and controllers: runs what the Deployments say as processes, each pod in a network namespace of its own,
// and reports through the API server what those would: Pods, EndpointSlices, Deployment status.

export interface PodsOptions {
  readonly kubeconfig: string;
  /** Deployments, Services and ConfigMaps of these are looked at. Containers of other images than sluice's are left alone. */
  readonly namespaces: readonly string[];
}

export interface Pods {
  /** Those that exist now, terminating ones included, oldest first. */
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
export async function startPods(_options: PodsOptions): Promise<Pods> {
  throw new Error("only its shape is there yet");
}
