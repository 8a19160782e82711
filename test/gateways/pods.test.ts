// What stands in for a cluster's nodes and controllers, with the shipped manifests: the tests of the gateways rest on it.
import { beforeAll, describe, expect, test } from "vitest";
import { isServing } from "../support/grpc-health.ts";
import { stopAtEnd } from "../support/teardown.ts";
import { waitFor } from "../support/wait-for.ts";
import { type ApiServer, startApiServer } from "./support/api-server.ts";
import { type Pods, type RunningPod, startPods } from "./support/pods.ts";

const WHILE_MS = 60_000; // of a busy machine

let api: ApiServer;
let pods: Pods;
const sluice = () => pods.of("sluice", "sluice");
const names = () => sluice().map(({ name }) => name);
const staying = () => sluice().filter((pod) => !pod.terminating());

beforeAll(async () => {
  api = await startApiServer();
  stopAtEnd(api.stop);
  pods = await startPods({ kubeconfig: api.kubeconfig, namespaces: ["sluice", "llm"] });
  stopAtEnd(pods.stop);
  await api.kubectl("apply", "-k", "deploy/kubernetes");
  await api.kubectl("apply", "-k", "deploy/kubernetes/stand-ins");
});

interface Endpoint {
  readonly addresses: readonly string[];
  readonly conditions: { readonly ready: boolean; readonly terminating: boolean };
}

async function slice(namespace: string, service: string): Promise<{ readonly endpoints: readonly Endpoint[]; readonly ports: unknown }> {
  const found = await api.kubectl("-n", namespace, "get", "endpointslices", "-l", `kubernetes.io/service-name=${service}`, "-o", "json");
  const { items } = JSON.parse(found) as { items: readonly { endpoints: readonly Endpoint[]; ports: unknown }[] };
  expect(items).toHaveLength(1);
  return { endpoints: items[0]?.endpoints ?? [], ports: items[0]?.ports }; // an empty list is null
}

const readyAddresses = async () =>
  (await slice("sluice", "sluice")).endpoints.filter(({ conditions }) => conditions.ready).flatMap(({ addresses }) => addresses);

describe("the shipped manifests", () => {
  test("come up: two replicas of sluice, because the autoscaler asks for them, and the stand-ins", async () => {
    for (const [namespace, name] of [
      ["sluice", "sluice"],
      ["llm", "weak"],
      ["llm", "strong"],
    ] as const) {
      await api.kubectl("-n", namespace, "wait", "--for=condition=Available", `deployment/${name}`, "--timeout=60s");
      await api.kubectl("-n", namespace, "rollout", "status", `deployment/${name}`, "--timeout=60s");
    }
    expect(sluice().filter((pod) => pod.ready())).toHaveLength(2);
    const shown = await api.kubectl("-n", "sluice", "get", "pods");
    expect(shown.match(/1\/1 +Running/g)).toHaveLength(2);
  });

  test("answer on the ports of the Service, on every interface of the pod", async () => {
    const { ports } = await slice("sluice", "sluice");
    expect(ports).toMatchObject([
      { name: "grpc", port: 9002, appProtocol: "kubernetes.io/h2c" },
      { name: "admin", port: 9003 },
    ]);
    for (const address of await readyAddresses()) {
      expect(await isServing(`${address}:9002`, "envoy.service.ext_proc.v3.ExternalProcessor", 2000)).toBe(true);
      expect((await fetch(`http://${address}:9003/readyz`)).status).toBe(200);
    }
    const weak = await slice("llm", "weak");
    expect(weak.ports).toMatchObject([{ name: "http", port: 8080 }]);
  });

  test("can be asked through the API server, without a way into the pods' network", async () => {
    for (const name of names()) {
      expect(await api.kubectl("get", "--raw", `/api/v1/namespaces/sluice/pods/${name}:9003/proxy/readyz`)).toBe("ready\n");
    }
  });

  test("let no pod into sluice's namespace that is less tight than its own", async () => {
    const loose = api.kubectl("-n", "sluice", "run", "loose", "--image=sluice:0.2.0", "--dry-run=server");
    await expect(loose).rejects.toThrow('violates PodSecurity "restricted');
  });

  test("take a changed ConfigMap without a restart", async () => {
    const defaultTier = async ({ address }: RunningPod) =>
      ((await (await fetch(`http://${address}:9003/config`)).json()) as { defaultTier: string }).defaultTier;
    expect(await Promise.all(sluice().map(defaultTier))).toEqual(["strong", "strong"]);
    const before = names();
    const changed = JSON.parse(await api.kubectl("-n", "sluice", "get", "configmap", "sluice", "-o", "json")) as {
      data: Record<string, string>;
    };
    const file = changed.data["sluice.yaml"]?.replace("defaultTier: strong", "defaultTier: weak");
    await api.kubectl("-n", "sluice", "patch", "configmap", "sluice", "-p", JSON.stringify({ data: { "sluice.yaml": file } }));
    await waitFor("both pods to have it", async () => (await Promise.all(sluice().map(defaultTier))).every((tier) => tier === "weak"));
    expect(names()).toEqual(before);
    expect(sluice().map((pod) => pod.restarts())).toEqual([0, 0]);
  });
});

describe("a pod", () => {
  test("that hangs leaves the endpoints, and comes back when it goes on", async () => {
    const [pod] = sluice();
    pod?.signal("SIGSTOP");
    await waitFor("one endpoint left", async () => (await readyAddresses()).length === 1, WHILE_MS);
    expect(await readyAddresses()).not.toContain(pod?.address);
    pod?.signal("SIGCONT");
    await waitFor("both endpoints back", async () => (await readyAddresses()).length === 2, WHILE_MS);
    expect(pod?.restarts()).toBe(0);
  });

  test("whose process is killed gets a new one at the same address", async () => {
    const [pod] = sluice();
    pod?.signal("SIGKILL");
    await waitFor("it has restarted and is ready", () => pod?.restarts() === 1 && pod.ready(), WHILE_MS);
    await waitFor("both endpoints back", async () => (await readyAddresses()).length === 2, WHILE_MS);
  });

  test("that is deleted serves on through preStop, ends in order, and another takes its place", async () => {
    const [pod] = sluice();
    const { name = "", address = "" } = pod ?? {};
    await api.kubectl("-n", "sluice", "delete", "pod", name, "--wait=false");
    await waitFor("it is out of the ready endpoints", async () => !(await readyAddresses()).includes(address));
    expect((await fetch(`http://${address}:9003/readyz`)).status).toBe(200);
    await waitFor("it is gone", () => !names().includes(name), WHILE_MS);
    expect(pod?.lastLines().some((line) => line.includes('"stopped"'))).toBe(true);
    await waitFor("two endpoints", async () => (await readyAddresses()).length === 2, WHILE_MS);
  });
});

describe("a Deployment", () => {
  test("restarts its pods one after the other, never with fewer than two ready", async () => {
    const before = staying().map(({ name }) => name);
    let fewest = 2;
    let most = 0;
    let watching = true;
    const watched = (async () => {
      while (watching) {
        fewest = Math.min(fewest, staying().filter((pod) => pod.ready()).length);
        most = Math.max(most, staying().length);
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    })();
    await api.kubectl("-n", "sluice", "rollout", "restart", "deployment/sluice");
    await api.kubectl("-n", "sluice", "rollout", "status", "deployment/sluice", "--timeout=60s");
    watching = false;
    await watched;
    expect({ fewest, most }).toEqual({ fewest: 2, most: 3 });
    expect(staying().filter(({ name }) => before.includes(name))).toEqual([]);
  });

  test("scaled to nothing ends all, and the Service has no endpoints", async () => {
    await api.kubectl("-n", "sluice", "scale", "deployment/sluice", "--replicas=0");
    await waitFor("no pod left", () => sluice().length === 0, WHILE_MS);
    await waitFor("no endpoints", async () => (await slice("sluice", "sluice")).endpoints.length === 0);
  });
});

test("what is deleted is gone: pods with their Deployments", async () => {
  await api.kubectl("-n", "llm", "delete", "deployment", "weak", "strong");
  await waitFor("no pods", async () => (await api.kubectl("-n", "llm", "get", "pods", "-o", "name")) === "", WHILE_MS);
});
