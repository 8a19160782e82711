// The real kgateway: its controller against an API server, and for the Gateway a real Envoy with the bootstrap that the controller's
// deployer rendered for it. It does what the Gateway's Deployment and a load balancer would do: nobody else runs that Deployment.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gatewayTools } from "../../../scripts/gateway-tools.ts";
import { type Child, startChild } from "../../../src/setup/stack/child.ts";
import { waitFor } from "../../support/wait-for.ts";
import type { ApiServer } from "./api-server.ts";
import { gatewayEnvoy, KGATEWAY_ENVOY } from "./gateway-envoy.ts";

const READY_MS = 120_000; // from before the Gateway is applied
const SYSTEM = "kgateway-system";
const TOKEN_FILE = "xds-token";
const TOKENS_FILE = "xds_service_account_token.json"; // points Envoy at the other

export interface Kgateway {
  /** Resolves when Envoy serves the Gateway; call it once the Gateway is applied, or before. */
  startGateway(gateway: GatewayName): Promise<GatewayEnvoy>;
  lastLines(): readonly string[];
  stop(): Promise<void>;
}

export interface GatewayName {
  readonly namespace: string;
  readonly name: string;
  readonly address: string; // of this machine: what the load balancer gives it
  readonly port: number; // of its listener
}

export interface GatewayEnvoy {
  readonly url: string;
  readonly adminUrl: string;
  readonly child: Child;
  /** Counters and gauges whose name matches the regular expression. */
  stats(filter: string): Promise<ReadonlyMap<string, number>>;
  stop(): Promise<void>;
}

/** Installs the controller, as its Helm chart does for a cluster. */
export async function startKgateway(api: ApiServer): Promise<Kgateway> {
  const tools = await gatewayTools(["kgateway"]);
  await api.kubectl("create", "namespace", SYSTEM);
  const env = {
    ...process.env,
    KUBECONFIG: api.kubeconfig,
    POD_NAMESPACE: SYSTEM,
    KGW_XDS_AUTH: "false", // no service account's token to show
    KGW_XDS_SERVICE_HOST: "127.0.0.1",
    KGW_DISABLE_LEADER_ELECTION: "true",
    KGW_LISTENER_BIND_IPV6: "false",
    DISABLE_POD_LOCALITY_XDS: "true", // there are no pods to look at
  };
  const controller = startChild(tools.kgateway, [], { env });
  const gateways: GatewayEnvoy[] = [];
  return {
    async startGateway(gateway) {
      const envoy = await startGatewayEnvoy(api, gateway);
      gateways.push(envoy);
      return envoy;
    },
    lastLines: () => controller.lastLines(),
    async stop() {
      for (const envoy of gateways) await envoy.stop();
      controller.signal("SIGKILL"); // it waits long for its watches otherwise
      await controller.exited;
    },
  };
}

async function startGatewayEnvoy(api: ApiServer, gateway: GatewayName): Promise<GatewayEnvoy> {
  const { namespace, name, address, port } = gateway;
  await waitFor(
    `the bootstrap of gateway ${name}`,
    () => api.kubectl("-n", namespace, "wait", "--for=create", `configmap/${name}`, "--timeout=60s"),
    READY_MS,
  );
  const rendered = JSON.parse(await api.kubectl("-n", namespace, "get", "configmap", name, "-o", "json")) as {
    data: Record<string, string>;
  };
  const folder = mkdtempSync(join(tmpdir(), "sluice-kgateway-"));
  writeFileSync(join(folder, "envoy.yaml"), (rendered.data["envoy.yaml"] ?? "").replaceAll("/etc/envoy/", `${folder}/`));
  writeFileSync(join(folder, TOKENS_FILE), (rendered.data[TOKENS_FILE] ?? "").replaceAll("/var/run/secrets/tokens/", `${folder}/`));
  writeFileSync(join(folder, TOKEN_FILE), "none"); // without a newline: it becomes a header
  const args = ["-c", join(folder, "envoy.yaml"), "--service-node", `${name}.${namespace}`, "--disable-hot-restart", "-l", "warn"];
  const child = startChild(await gatewayEnvoy(KGATEWAY_ENVOY), [...args, "--concurrency", "2"]);
  const adminUrl = "http://127.0.0.1:19000";
  const url = `http://${address}:${port}`;
  await waitFor(`Envoy to serve gateway ${name}`, async () => (await listenersOf(adminUrl)).includes(`:${port}`), READY_MS);
  await announce(api, gateway);
  return {
    url,
    adminUrl,
    child,
    stats: (filter) => readStats(adminUrl, filter),
    async stop() {
      await child.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** What a load balancer and the Deployment's controller report, now that Envoy serves. */
async function announce(api: ApiServer, { namespace, name, address }: GatewayName): Promise<void> {
  const report = async (kind: string, status: object) =>
    api.kubectl("-n", namespace, "patch", kind, name, "--subresource=status", "--type=merge", "-p", JSON.stringify({ status }));
  await report("service", { loadBalancer: { ingress: [{ ip: address }] } });
  await report("deployment", { observedGeneration: 1, replicas: 1, updatedReplicas: 1, readyReplicas: 1, availableReplicas: 1 });
}

async function listenersOf(adminUrl: string): Promise<string> {
  return (await fetch(`${adminUrl}/listeners`)).text();
}

async function readStats(adminUrl: string, filter: string): Promise<ReadonlyMap<string, number>> {
  const lines = (await (await fetch(`${adminUrl}/stats?filter=${encodeURIComponent(filter)}`)).text()).split("\n");
  return new Map(lines.flatMap((line) => (/^(\S+): (\d+)$/.test(line) ? [[line.split(": ")[0] ?? "", Number(line.split(": ")[1])]] : [])));
}
