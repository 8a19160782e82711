// What `sluice init` writes for a gateway, applied as it says, for model servers whose Services are called what the user called them; and
// that requests are then routed.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { initInto, newFolder } from "../../support/init.ts";
import { metric } from "../../support/metrics.ts";
import { ask, chat } from "../../support/requests.ts";
import { stopAtEnd } from "../../support/teardown.ts";
import { waitFor } from "../../support/wait-for.ts";
import type { ApiServer } from "./api-server.ts";
import { inEnvoy } from "./found.ts";
import type { GatewayEnvoy } from "./kgateway.ts";
import { watchNamespaces } from "./namespaces.ts";
import { type Pods, startPods } from "./pods.ts";

/** The user's name for a server, and the stand-in behind it. */
export const SERVICES = { qwen: "weak", glm: "strong" } as const;
export const SERVICE_PORT = 8000;
const ROUTED_MS = 30_000;

/** Services in front of the stand-ins, as a user's model servers would have. */
const SERVICE_MANIFESTS = Object.entries(SERVICES)
  .map(([name, standIn]) => {
    const spec = { selector: { app: standIn }, ports: [{ name: "http", port: SERVICE_PORT, targetPort: "http" }] };
    return JSON.stringify({ apiVersion: "v1", kind: "Service", metadata: { name, namespace: "llm" }, spec });
  })
  .join("\n---\n");

/** With the control plane running: applies what was written for servers that are there, and waits for the pods. */
export async function applyWritten(api: ApiServer, gateway: "kgateway" | "envoy-gateway"): Promise<Pods> {
  const namespaces = await watchNamespaces(api);
  stopAtEnd(namespaces.stop);
  const pods = await startPods({ kubeconfig: api.kubeconfig, namespaces: ["sluice", "llm"] });
  stopAtEnd(pods.stop);
  const folder = newFolder();
  const servers = ["--weak", `http://qwen.llm:${SERVICE_PORT}`, "--strong", `http://glm.llm.svc.cluster.local:${SERVICE_PORT}`];
  await initInto(folder, [...servers, "--strong-model", "glm-5", "--traffic", "chat", "--gateway", gateway]);
  await api.kubectl("apply", "-k", "deploy/kubernetes/stand-ins");
  await api.apply(SERVICE_MANIFESTS);
  if (gateway === "envoy-gateway") await api.apply(readFileSync(join(folder, "envoy-gateway/gatewayclass.yaml"), "utf8"));
  await api.kubectl("apply", "-k", folder);
  await api.kubectl("-n", "sluice", "rollout", "status", "deployment/sluice", "--timeout=60s");
  await api.kubectl("-n", "llm", "wait", "--for=condition=Available", "deployment/weak", "deployment/strong", "--timeout=60s");
  return pods;
}

export interface RunningGateway {
  readonly envoy: GatewayEnvoy;
  readonly pods: Pods;
}

/** The tests, the same for both gateways. */
export function itRoutes(running: () => RunningGateway): void {
  const outcomes = async (decided: string) => {
    const sluices = running().pods.of("sluice", "sluice");
    const labels = { decided, served: decided, status: "2xx" };
    const counts = await Promise.all(sluices.map(({ address }) => metric(`http://${address}:9003`, "sluice_outcomes_total", labels)));
    return counts.reduce((total, count) => total + count, 0);
  };

  it("routes easy requests to one Service and hard ones to the other, which is asked for its model", async () => {
    const { envoy } = running();
    await waitFor("requests to be routed", async () => (await ask(envoy.url, chat("hello"))).tier === "weak", ROUTED_MS);
    expect(await ask(envoy.url, chat("hello"))).toMatchObject({ tier: "weak", servedBy: "weak" });
    expect(await ask(envoy.url, chat("design it"))).toMatchObject({ tier: "strong", servedBy: "strong", echo: { model: "glm-5" } });
  });

  it("tells sluice which tier served, by the Service's name", async () => {
    await waitFor("outcomes of both tiers", async () => (await outcomes("weak")) > 0 && (await outcomes("strong")) > 0);
  });

  it("leaves the doctor nothing to find in Envoy", async () => {
    expect(await inEnvoy(running().envoy)).toEqual([]);
  });
}
