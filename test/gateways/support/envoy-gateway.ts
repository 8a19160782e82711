// The real Envoy Gateway: its controller with the Kubernetes provider against an API server, and for the Gateway a real Envoy with the
// literal arguments, secrets and ConfigMap of the Deployment that the controller made. Nobody else runs that Deployment: its status, its
// endpoints and the load balancer's address are reported from here.
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { gatewayTools } from "../../../scripts/gateway-tools.ts";
import type { Child } from "../../../src/setup/stack/child.ts";
import { waitFor } from "../../support/wait-for.ts";
import type { ApiServer } from "./api-server.ts";
import { type MountedFiles, startWithFiles } from "./container.ts";
import { ENVOY_GATEWAY_ENVOY, gatewayEnvoy } from "./gateway-envoy.ts";
import type { GatewayEnvoy, GatewayName } from "./kgateway.ts";
import { serviceAddress } from "./service-address.ts";

const READY_MS = 60_000;
const SYSTEM = "envoy-gateway-system";
const POD_ADDRESS = "10.254.0.10"; // of Envoy, as far as the API server is told: an EndpointSlice may not name loopback
const CONTROLLER_HOST = `envoy-gateway.${SYSTEM}.svc.cluster.local`;

// As the Helm chart has it, but for ports that the controller would have to itself in a pod of its own, and that Envoy wants here.
const controllerConfig = ({ patches = false }: EnvoyGatewayOptions) =>
  JSON.stringify({
    apiVersion: "gateway.envoyproxy.io/v1alpha1",
    kind: "EnvoyGateway",
    gateway: { controllerName: "gateway.envoyproxy.io/gatewayclass-controller" },
    provider: { type: "Kubernetes", kubernetes: { leaderElection: { disable: true } } },
    extensionApis: { enableBackend: true, ...(patches && { enableEnvoyPatchPolicy: true }) },
    admin: { address: { host: "127.0.0.1", port: 19100 } },
    telemetry: { metrics: { prometheus: { disable: true } } },
  });

export interface EnvoyGatewayOptions {
  readonly patches?: boolean; // EnvoyPatchPolicies take effect
}

/** What DNS would say: addresses by name. Asked once the Gateway is applied. */
export type Hosts = () => Promise<Readonly<Record<string, string>>>;

export interface EnvoyGateway {
  /** Resolves when Envoy serves the Gateway; call it once the Gateway is applied, or before. */
  startGateway(gateway: GatewayName, hosts: Hosts): Promise<GatewayEnvoy>;
  lastLines(): readonly string[];
  stop(): Promise<void>;
}

/** Installs the controller, as its Helm chart does for a cluster. */
export async function startEnvoyGateway(api: ApiServer, options: EnvoyGatewayOptions = {}): Promise<EnvoyGateway> {
  const tool = (await gatewayTools(["envoy-gateway"]))["envoy-gateway"];
  const env = { ...process.env, KUBECONFIG: api.kubeconfig, ENVOY_GATEWAY_NAMESPACE: SYSTEM };
  await api.kubectl("create", "namespace", SYSTEM);
  await promisify(execFile)(tool, ["certgen", "--disable-topology-injector"], { env });
  const files = { ...(await mounted(api, "secret", "envoy-gateway", "/certs")), "/config/envoy-gateway.yaml": controllerConfig(options) };
  const controller = startWithFiles(files, tool, ["server", "--config-path", "/config/envoy-gateway.yaml"], { env });
  const gateways: GatewayEnvoy[] = [];
  return {
    async startGateway(gateway, hosts) {
      const envoy = await startGatewayEnvoy(api, gateway, hosts);
      gateways.push(envoy);
      return envoy;
    },
    lastLines: () => controller.lastLines(),
    async stop() {
      for (const envoy of gateways) await envoy.stop();
      controller.signal("SIGKILL"); // nothing here is worth an orderly end
      await controller.exited;
    },
  };
}

interface List<T> {
  readonly items: readonly T[];
}

interface Deployment {
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly template: { readonly spec: { readonly containers: readonly { readonly name: string; readonly args: readonly string[] }[] } };
  };
}

interface Service {
  readonly metadata: { readonly labels: Readonly<Record<string, string>> };
  readonly spec: { readonly ports: readonly { readonly name: string; readonly port: number; readonly targetPort: number }[] };
}

async function startGatewayEnvoy(api: ApiServer, gateway: GatewayName, hosts: Hosts): Promise<GatewayEnvoy> {
  const deployment = await waitFor(`the Deployment of gateway ${gateway.name}`, () => deploymentOf(api, gateway), READY_MS);
  const { name } = deployment.metadata;
  const service = JSON.parse(await api.kubectl("-n", SYSTEM, "get", "service", name, "-o", "json")) as Service;
  await giveEndpoints(api, name, service);
  const child = await startEnvoy(api, deployment, await hosts());
  const port = service.spec.ports.find((one) => one.port === gateway.port)?.targetPort ?? gateway.port;
  const entrance = await serviceAddress(gateway, () => ({ address: "127.0.0.1", port }));
  const adminUrl = "http://127.0.0.1:19000";
  const ask = async (path: string) => (await fetch(`${adminUrl}${path}`)).text();
  try {
    await waitFor(`Envoy to serve gateway ${gateway.name}`, async () => (await ask("/listeners")).includes(`:${port}`), READY_MS);
  } catch (error) {
    throw new Error([String(error), ...child.lastLines().slice(-10)].join("\n  "), { cause: error });
  }
  await giveAddress(api, name, gateway.address);
  return {
    url: `http://${gateway.address}:${gateway.port}`,
    adminUrl,
    child,
    stats: async (filter) => readStats(await ask(`/stats?filter=${encodeURIComponent(filter)}`)),
    async stop() {
      entrance.close();
      await child.stop();
    },
  };
}

async function deploymentOf(api: ApiServer, { namespace, name }: GatewayName): Promise<Deployment | undefined> {
  const owner = `gateway.envoyproxy.io/owning-gateway-namespace=${namespace},gateway.envoyproxy.io/owning-gateway-name=${name}`;
  return (JSON.parse(await api.kubectl("-n", SYSTEM, "get", "deployments", "-l", owner, "-o", "json")) as List<Deployment>).items[0];
}

async function startEnvoy(api: ApiServer, { metadata, spec }: Deployment, hosts: Readonly<Record<string, string>>): Promise<Child> {
  const container = spec.template.spec.containers.find(({ name }) => name === "envoy");
  const env: Readonly<Record<string, string>> = { ENVOY_POD_NAME: "envoy-1", ENVOY_POD_NAMESPACE: SYSTEM, ENVOY_SERVICE_ZONE: "" };
  const args = (container?.args ?? []).map((arg) => arg.replace(/\$\((\w+)\)/g, (_, name: string) => env[name] ?? ""));
  const files: MountedFiles = {
    ...(await mounted(api, "secret", "envoy", "/certs")),
    ...(await mounted(api, "configmap", metadata.name, "/sds")),
    // The bootstrap's name for the controller ends in a dot.
    "/etc/hosts": Object.entries({ localhost: "127.0.0.1", [CONTROLLER_HOST]: "127.0.0.1", ...hosts })
      .map(([host, address]) => `${address} ${host} ${host}.\n`)
      .join(""),
  };
  return startWithFiles(files, await gatewayEnvoy(ENVOY_GATEWAY_ENVOY), [...args, "--disable-hot-restart"]);
}

/** What a Deployment's controller and a load balancer report once Envoy is ready: the Gateway becomes programmed by it. */
async function giveAddress(api: ApiServer, name: string, address: string): Promise<void> {
  const status = (kind: string, what: object) =>
    api.kubectl("-n", SYSTEM, "patch", kind, name, "--subresource=status", "--type=merge", "-p", JSON.stringify({ status: what }));
  await status("deployment", { replicas: 1, readyReplicas: 1, availableReplicas: 1, updatedReplicas: 1 });
  await status("service", { loadBalancer: { ingress: [{ ip: address }] } });
}

/** Envoy's own, for which it waits 15 seconds at its start. */
async function giveEndpoints(api: ApiServer, name: string, { metadata, spec }: Service): Promise<void> {
  const slice = {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    // With the Service's labels, as Kubernetes does it: by those the controller knows it.
    metadata: { name: `${name}-1`, namespace: SYSTEM, labels: { ...metadata.labels, "kubernetes.io/service-name": name } },
    addressType: "IPv4",
    ports: spec.ports.map((port) => ({ name: port.name, port: port.targetPort, protocol: "TCP" })),
    endpoints: [{ addresses: [POD_ADDRESS], conditions: { ready: true } }],
  };
  await api.apply(JSON.stringify(slice));
}

/** The files that a volume of a Secret or ConfigMap would show at a path. */
async function mounted(api: ApiServer, kind: "secret" | "configmap", name: string, path: string): Promise<MountedFiles> {
  const { data } = JSON.parse(await api.kubectl("-n", SYSTEM, "get", kind, name, "-o", "json")) as { data: Record<string, string> };
  const encoding = kind === "secret" ? "base64" : "utf8";
  return Object.fromEntries(Object.entries(data).map(([file, content]) => [`${path}/${file}`, Buffer.from(content, encoding)]));
}

function readStats(text: string): ReadonlyMap<string, number> {
  return new Map([...text.matchAll(/^(\S+): (\d+)$/gm)].map(([, name = "", value]) => [name, Number(value)]));
}
