// `sluice init --gateway envoy-gateway` on the real Envoy Gateway.
import { beforeAll, describe } from "vitest";
import { stopAtEnd } from "../support/teardown.ts";
import { type ApiServer, startApiServer } from "./support/api-server.ts";
import { startEnvoyGateway } from "./support/envoy-gateway.ts";
import { applyWritten, itRoutes, type RunningGateway, SERVICE_PORT, SERVICES } from "./support/init-routes.ts";
import type { Pods } from "./support/pods.ts";
import { serviceAddress } from "./support/service-address.ts";

describe("sluice init --gateway envoy-gateway", () => {
  let running: RunningGateway;

  beforeAll(async () => {
    const api = await startApiServer();
    stopAtEnd(api.stop);
    const controller = await startEnvoyGateway(api);
    stopAtEnd(controller.stop);
    const pods = await applyWritten(api, "envoy-gateway");
    const gateway = { namespace: "llm", name: "llm", address: "10.254.1.2", port: 80 };
    running = { pods, envoy: await controller.startGateway(gateway, () => hostAddresses(api, pods)) };
  });

  itRoutes(() => running);
});

/** By host name: each Service's address, which leads to a pod of the stand-in behind it. */
async function hostAddresses(api: ApiServer, pods: Pods): Promise<Readonly<Record<string, string>>> {
  const hosts: Record<string, string> = {};
  for (const [name, standIn] of Object.entries(SERVICES)) {
    const address = await api.kubectl("-n", "llm", "get", "service", name, "-o", "jsonpath={.spec.clusterIP}");
    const service = await serviceAddress({ address, port: SERVICE_PORT }, () => {
      const ready = pods.of("llm", standIn).find((pod) => pod.ready() && !pod.terminating());
      return ready === undefined ? undefined : { address: ready.address, port: 8080 };
    });
    stopAtEnd(async () => service.close());
    hosts[`${name}.llm.svc.cluster.local`] = address;
  }
  return hosts;
}
