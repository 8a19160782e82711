// Stands in for the controller that ends namespaces: one that is deleted loses what is in it, and is then gone itself.
import type { ApiServer } from "./api-server.ts";
import { connectKubernetes, type KubeObject, type WatchedKind } from "./kubernetes-api.ts";

/** What the gateways and deploy/kubernetes leave in one. Asking for every kind there is takes kubectl a quarter of a minute. */
const KINDS = [
  "deployments,pods,services,endpointslices.discovery.k8s.io,configmaps,secrets,serviceaccounts",
  "horizontalpodautoscalers,poddisruptionbudgets,networkpolicies",
].join(",");

interface Namespace extends KubeObject {
  readonly spec: { readonly finalizers?: readonly string[] };
}

export interface Namespaces {
  stop(): Promise<void>;
}

/** Resolves when it watches. */
export async function watchNamespaces(api: ApiServer): Promise<Namespaces> {
  const kubernetes = await connectKubernetes(api.kubeconfig);
  const ending = new Map<string, Promise<void>>(); // by uid
  const end = async ({ metadata: { name } }: Namespace) => {
    await api.kubectl("-n", name, "delete", KINDS, "--all"); // waits for each to be gone: pods take their time
    const namespace = JSON.parse(await api.kubectl("get", "namespace", name, "-o", "json")) as Namespace;
    await kubernetes.replace(`/api/v1/namespaces/${name}/finalize`, { ...namespace, spec: { finalizers: [] } });
  };
  let watched: WatchedKind<Namespace> | undefined;
  const look = () => {
    for (const namespace of watched?.all() ?? []) {
      const { uid, deletionTimestamp } = namespace.metadata;
      if (deletionTimestamp !== undefined && !ending.has(uid)) ending.set(uid, end(namespace));
    }
  };
  watched = await kubernetes.watch<Namespace>("/api/v1/namespaces", look);
  return {
    async stop() {
      await Promise.allSettled(ending.values());
      await kubernetes.close();
    },
  };
}
