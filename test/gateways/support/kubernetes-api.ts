// The Kubernetes API as a controller uses it: lists and watches kept in memory, and a few ways to write. It goes through `kubectl proxy`,
// which knows how to log in.
import { gatewayTools } from "../../../scripts/gateway-tools.ts";
import { type Child, startChild } from "../../../src/setup/stack/child.ts";
import { waitFor } from "../../support/wait-for.ts";

/** Of what every object has, what is looked at here. */
export interface KubeObject {
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid: string;
    readonly resourceVersion: string;
    readonly generation?: number;
    readonly creationTimestamp: string;
    readonly deletionTimestamp?: string;
    readonly deletionGracePeriodSeconds?: number;
    readonly labels?: Readonly<Record<string, string>>;
    readonly ownerReferences?: readonly { readonly kind: string; readonly uid: string }[];
  };
}

export interface KubernetesApi {
  /** All objects of a kind, by its path (`/apis/apps/v1/deployments`), as they are now; `onChange` is called after each change. */
  watch<T extends KubeObject>(path: string, onChange: () => void): Promise<WatchedKind<T>>;
  create<T extends KubeObject>(path: string, object: unknown): Promise<T>;
  /** Server-side apply: makes it, or sets the fields given. */
  apply<T extends KubeObject>(path: string, object: unknown): Promise<T>;
  merge<T extends KubeObject>(path: string, changes: unknown): Promise<T>;
  replace(path: string, object: unknown): Promise<void>;
  /** Nothing when it is not there. */
  remove(path: string, options?: unknown): Promise<void>;
  close(): Promise<void>;
}

export interface WatchedKind<T> {
  all(): readonly T[];
  /** What a write has answered, which the watch would only tell a moment later. */
  note(object: T): void;
}

const APPLY = "application/apply-patch+yaml"; // JSON is YAML
const MERGE = "application/merge-patch+json";

export async function connectKubernetes(kubeconfig: string): Promise<KubernetesApi> {
  const { url, proxy } = await startProxy(kubeconfig);
  const closing = new AbortController();
  const send = async (method: string, path: string, body?: unknown, type = "application/json") => {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: { "content-type": type },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok && !(method === "DELETE" && response.status === 404)) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return JSON.parse(text) as unknown;
  };
  return {
    watch: (path, onChange) => startWatch(url, path, onChange, closing.signal),
    create: async <T>(path: string, object: unknown) => (await send("POST", path, object)) as T,
    apply: async <T>(path: string, object: unknown) => (await send("PATCH", `${path}?fieldManager=pods&force=true`, object, APPLY)) as T,
    merge: async <T>(path: string, changes: unknown) => (await send("PATCH", path, changes, MERGE)) as T,
    replace: async (path, object) => void (await send("PUT", path, object)),
    remove: async (path, options) => void (await send("DELETE", path, options)),
    async close() {
      closing.abort();
      await proxy.stop();
    },
  };
}

async function startProxy(kubeconfig: string): Promise<{ readonly url: string; readonly proxy: Child }> {
  const { kubectl } = await gatewayTools(["kubectl"]);
  let address: string | undefined;
  const proxy = startChild(kubectl, ["--kubeconfig", kubeconfig, "proxy", "--port=0"], {
    onLine(line) {
      address ??= /Starting to serve on (\S+)/.exec(line)?.[1];
    },
  });
  const url = `http://${await waitFor("kubectl proxy", () => address)}`;
  return { url, proxy };
}

/** Lists, then follows the changes; from the beginning again when the server ends the watch. */
async function startWatch<T extends KubeObject>(
  url: string,
  path: string,
  onChange: () => void,
  signal: AbortSignal,
): Promise<WatchedKind<T>> {
  const objects = new Map<string, T>(); // by uid
  const note = (object: T) => {
    const known = objects.get(object.metadata.uid);
    if (known !== undefined && Number(known.metadata.resourceVersion) >= Number(object.metadata.resourceVersion)) return;
    objects.set(object.metadata.uid, object);
  };
  const list = async () => {
    const answer = await (await fetch(`${url}${path}`, { signal })).json();
    const { items, metadata } = answer as { items: readonly T[]; metadata: { resourceVersion: string } };
    const there = new Set(items.map((item) => item.metadata.uid));
    for (const uid of objects.keys()) if (!there.has(uid)) objects.delete(uid);
    for (const item of items) note(item);
    onChange();
    return metadata.resourceVersion;
  };
  const follow = async (version: string) => {
    const response = await fetch(`${url}${path}?watch=1&resourceVersion=${version}`, { signal });
    for await (const event of linesOf(response)) {
      const { type, object } = JSON.parse(event) as { type: string; object: T };
      if (type === "ERROR") return; // the version is too old: list again
      if (type === "DELETED") objects.delete(object.metadata.uid);
      else note(object);
      onChange();
    }
  };
  let version = await list();
  void (async () => {
    while (!signal.aborted) {
      try {
        await follow(version);
        version = await list();
      } catch {
        if (!signal.aborted) await new Promise((resolve) => setTimeout(resolve, RETRY_MS)); // the API server is away for a moment
      }
    }
  })();
  return { all: () => [...objects.values()], note };
}

const RETRY_MS = 100;

async function* linesOf(response: Response): AsyncGenerator<string> {
  let rest = "";
  const decoder = new TextDecoder();
  for await (const piece of response.body ?? []) {
    const lines = (rest + decoder.decode(piece, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    yield* lines.filter((line) => line !== "");
  }
}
