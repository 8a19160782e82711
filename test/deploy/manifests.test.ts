// Every manifest under deploy/ is put together as a user would, and holds against the schemas and CEL rules of Kubernetes, Gateway API,
// kgateway, Envoy Gateway and the Prometheus operator. What they do in a running control plane is shown by test/gateways.
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { parseAllDocuments } from "yaml";
import { manifestTools } from "./manifest-tools.ts";

const DEPLOY = fileURLToPath(new URL("../../deploy", import.meta.url));
const tools = await manifestTools();

const kustomizations = globSync("**/kustomization.yaml", { cwd: DEPLOY }).map((file) => dirname(file));
const isComponent = (folder: string) => readFileSync(join(DEPLOY, folder, "kustomization.yaml"), "utf8").includes("kind: Component");
const sets = kustomizations.filter((folder) => !isComponent(folder));
const components = kustomizations.filter(isComponent);

/** Also what belongs to no set: it is applied by name. */
const files = globSync("**/*.yaml", { cwd: DEPLOY }).filter((file) => {
  const documents = parseAllDocuments(readFileSync(join(DEPLOY, file), "utf8"));
  const version = documents[0]?.get("apiVersion");
  return documents[0]?.has("kind") && typeof version === "string" && !version.startsWith("kustomize.");
});

describe.skipIf(tools === undefined)("manifests", () => {
  it("are found", () => {
    expect(sets).toEqual(
      expect.arrayContaining(["kubernetes", "kubernetes/stand-ins", "kgateway", "envoy-gateway", "prometheus/kubernetes"]),
    );
    expect(components).toContain("kubernetes/service-monitor");
    expect(files.length).toBeGreaterThan(20);
  });

  it("are valid, file by file", async () => {
    const texts = Object.fromEntries(files.map((file) => [file, readFileSync(join(DEPLOY, file), "utf8")]));
    expect(await tools?.problems(texts)).toEqual(Object.fromEntries(files.map((file) => [file, []])));
  });

  it.each(sets)("are valid as the set deploy/%s", async (set) => {
    const built = await tools?.build(join(DEPLOY, set));
    expect(built).toContain("kind: ");
    expect(await tools?.problems({ it: built ?? "" })).toEqual({ it: [] });
  });

  it.each(components)("are valid as the set around the component deploy/%s", async (component) => {
    const built = await overlay(dirname(component), component, async (folder) => tools?.build(folder));
    expect(built).toContain("kind: Deployment");
    expect(await tools?.problems({ it: built ?? "" })).toEqual({ it: [] });
  });
});

/** A user's own set on top of `base`, with the component: in a folder elsewhere, as long as `use` runs. */
async function overlay<T>(base: string, component: string, use: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "sluice-overlay-"));
  const to = (path: string) => relative(folder, join(DEPLOY, path));
  try {
    writeFileSync(join(folder, "kustomization.yaml"), JSON.stringify({ resources: [to(base)], components: [to(component)] }));
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const EXTENSION = `
apiVersion: gateway.kgateway.dev/v1alpha1
kind: GatewayExtension
metadata: { name: sluice, namespace: llm }
spec:
  extProc:
    grpcService: { backendRef: { name: sluice, namespace: sluice, port: 9002 } }
    failOpen: true
    messageTimeout: 1500ms
`;
const POLICY = `
apiVersion: gateway.kgateway.dev/v1alpha1
kind: TrafficPolicy
metadata: { name: llm, namespace: llm }
spec:
  targetRefs: [{ group: gateway.networking.k8s.io, kind: HTTPRoute, name: llm }]
  timeouts: { request: 60s }
  retry: { attempts: 2, perTryTimeout: 30s, statusCodes: [429, 503] }
`;
const ROUTE = `
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: llm, namespace: llm }
spec:
  parentRefs: [{ name: llm }]
  rules:
  - matches: [{ path: { type: PathPrefix, value: /v1 } }]
    backendRefs: [{ name: strong, port: 80 }]
`;
const EXTENSION_POLICY = `
apiVersion: gateway.envoyproxy.io/v1alpha1
kind: EnvoyExtensionPolicy
metadata: { name: sluice, namespace: llm }
spec:
  targetRefs: [{ group: gateway.networking.k8s.io, kind: HTTPRoute, name: llm }]
  extProc:
  - backendRefs: [{ name: sluice, namespace: sluice, port: 9002 }]
    failOpen: true
    processingMode: { request: { body: Buffered } }
`;
const SERVICE = `
apiVersion: v1
kind: Service
metadata: { name: sluice, namespace: sluice }
spec: { ports: [{ name: grpc, port: 9002, appProtocol: kubernetes.io/h2c }] }
`;
const SERVICE_MONITOR = `
apiVersion: monitoring.coreos.com/v1
kind: ServiceMonitor
metadata: { name: sluice, namespace: sluice }
spec: { selector: {}, endpoints: [{ port: admin, interval: 15s }] }
`;

/** What, the manifest that is right, the change that breaks it, and words of the answer. */
const BROKEN: readonly (readonly [string, string, string, string, string])[] = [
  ["a duration that Gateway API does not know", EXTENSION, "1500ms", "1.5s", "spec.extProc.messageTimeout"],
  [
    "a field that does not exist",
    EXTENSION,
    "failOpen",
    "failedOpen",
    "spec.extProc.failedOpen: Invalid value: value provided for unknown field",
  ],
  ["a try that may take longer than the request", POLICY, "30s", "90s", "retry.perTryTimeout must be less than timeouts.request"],
  ["a policy on a Service", POLICY, "kind: HTTPRoute", "kind: Service", "targetRefs"],
  ["a path that is none", ROUTE, "value: /v1", "value: v1", "value must be an absolute path"],
  ["a body mode of another vendor", EXTENSION_POLICY, "Buffered", "BUFFERED", 'Unsupported value: "BUFFERED"'],
  ["a port that is no number", SERVICE, "9002", "grpc", "spec.ports[0].port"],
  ["an interval without a unit", SERVICE_MONITOR, "15s", "'15'", "spec.endpoints[0].interval"],
];

describe.skipIf(tools === undefined)("what judges the manifests", () => {
  let problems: Readonly<Record<string, readonly string[]>> = {};

  beforeAll(async () => {
    const right = BROKEN.map(([name, manifest]) => [`without ${name}`, manifest]);
    const broken = BROKEN.map(([name, manifest, from, to]) => [name, manifest.replace(from, to)]);
    problems = (await tools?.problems(Object.fromEntries([...right, ...broken]))) ?? {};
  });

  it.each(BROKEN)("refuses %s", (name, _manifest, _from, _to, words) => {
    expect(problems[`without ${name}`]).toEqual([]);
    expect(problems[name]?.join()).toContain(words);
  });
});
