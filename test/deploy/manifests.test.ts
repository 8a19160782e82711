// Every manifest under deploy/ is put together as a user would, and holds against the schemas and CEL rules of Kubernetes, Gateway API,
// kgateway, Envoy Gateway and the Prometheus operator. What they do in a running control plane is shown by test/gateways.
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { parseAllDocuments } from "yaml";
import { parseConfig } from "../../src/config/load.ts";
import { manifestTools } from "./manifest-tools.ts";

const DEPLOY = fileURLToPath(new URL("../../deploy", import.meta.url));
const tools = await manifestTools();

const kustomizations = globSync("**/kustomization.yaml", { cwd: DEPLOY }).map((file) => dirname(file));
const isComponent = (folder: string) => readFileSync(join(DEPLOY, folder, "kustomization.yaml"), "utf8").includes("kind: Component");
const sets = kustomizations.filter((folder) => !isComponent(folder));
const components = kustomizations.filter(isComponent);

/** Also what belongs to no set: it is applied by name. The chart's templates are no YAML yet: helm.test.ts renders them. */
const files = globSync("**/*.yaml", { cwd: DEPLOY, exclude: ["helm/**"] }).filter((file) => {
  const documents = parseAllDocuments(readFileSync(join(DEPLOY, file), "utf8"));
  const version = documents[0]?.get("apiVersion");
  const isPatch = dirname(file).endsWith("kubernetes/tls"); // no object in itself
  return !isPatch && documents[0]?.has("kind") && typeof version === "string" && !version.startsWith("kustomize.");
});

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

/** Each manifest is right, but for one change. */
const BROKEN = [
  {
    what: "a duration that Gateway API does not know",
    manifest: EXTENSION,
    from: "1500ms",
    to: "1.5s",
    words: "spec.extProc.messageTimeout",
  },
  {
    what: "a field that does not exist",
    manifest: EXTENSION,
    from: "failOpen",
    to: "failedOpen",
    words: "spec.extProc.failedOpen: Invalid value: value provided for unknown field",
  },
  {
    what: "a try that may take longer than the request",
    manifest: POLICY,
    from: "30s",
    to: "90s",
    words: "retry.perTryTimeout must be less than timeouts.request",
  },
  { what: "a policy on a Service", manifest: POLICY, from: "kind: HTTPRoute", to: "kind: Service", words: "targetRefs" },
  { what: "a path that is none", manifest: ROUTE, from: "value: /v1", to: "value: v1", words: "value must be an absolute path" },
  {
    what: "a body mode of another vendor",
    manifest: EXTENSION_POLICY,
    from: "Buffered",
    to: "BUFFERED",
    words: 'Unsupported value: "BUFFERED"',
  },
  { what: "a port that is no number", manifest: SERVICE, from: "9002", to: "grpc", words: "spec.ports[0].port" },
  { what: "an interval without a unit", manifest: SERVICE_MONITOR, from: "15s", to: "'15'", words: "spec.endpoints[0].interval" },
];

describe.skipIf(tools === undefined)("manifests", () => {
  let texts: Readonly<Record<string, string>> = {};
  let problems: Readonly<Record<string, readonly string[]>> = {};

  beforeAll(async () => {
    if (tools === undefined) return;
    texts = Object.fromEntries([
      ...files.map((file) => [file, readFileSync(join(DEPLOY, file), "utf8")]),
      ...(await Promise.all(sets.map(async (set) => [set, await tools.build(join(DEPLOY, set))]))),
      ...(await Promise.all(components.map(async (component) => [component, await withComponent(component, tools.build)]))),
      ...BROKEN.flatMap(({ what, manifest, from, to }) => [
        [`without ${what}`, manifest],
        [what, manifest.replace(from, to)],
      ]),
    ]);
    problems = await tools.problems(texts); // in one go: it reads 5 MB of CRDs
  }, 120_000);

  it("are found", () => {
    expect(sets).toEqual(
      expect.arrayContaining(["kubernetes", "kubernetes/stand-ins", "kgateway", "envoy-gateway", "prometheus/kubernetes"]),
    );
    expect(components).toEqual(
      expect.arrayContaining([
        "kubernetes/service-monitor",
        "kubernetes/tls",
        "kgateway/tls",
        "envoy-gateway/tls",
        "envoy-gateway/cascade",
      ]),
    );
    expect(files.length).toBeGreaterThan(20);
  });

  it.each(files)("are valid in deploy/%s", (file) => {
    expect(problems[file]).toEqual([]);
  });

  it.each(sets)("are valid as the set deploy/%s", (set) => {
    expect(texts[set]).toContain("kind: ");
    expect(problems[set]).toEqual([]);
  });

  it.each(components)("are valid as a set with the component deploy/%s", (component) => {
    expect(texts[component]).toContain(component.startsWith("kubernetes/") ? "kind: Deployment" : "kind: Gateway"); // of the base
    expect(problems[component]).toEqual([]);
  });

  it("have TLS with its component: on both ports of sluice, by its secret, with probes over https; and it may be read as configured", () => {
    const objects = parseAllDocuments(texts["kubernetes/tls"] ?? "").map((document) => document.toJS() as { kind: string; spec: unknown });
    const deployment = JSON.stringify(objects.find(({ kind }) => kind === "Deployment"));
    for (const path of ["/readyz", "/healthz"]) expect(deployment).toContain(`{"path":"${path}","port":"admin","scheme":"HTTPS"}`);
    expect(deployment.match(/"httpGet"/g)).toHaveLength(3);
    expect(deployment).not.toContain('"grpc":');
    expect(deployment).toContain('"secretName":"sluice-tls"');
    const { data } = objects.find(({ kind }) => kind === "ConfigMap") as unknown as { data: Record<string, string> };
    const { tls, adminTls, ...listen } = parseConfig(data["sluice.yaml"] ?? "", "sluice.yaml").listen;
    const plain = parseConfig(readFileSync(join(DEPLOY, "kubernetes/sluice.yaml"), "utf8"), "sluice.yaml");
    expect(listen).toEqual(plain.listen);
    expect({ ...parseConfig(data["sluice.yaml"] ?? "", "sluice.yaml"), listen }).toEqual({ ...plain, listen });
    const paths = [tls?.certFile, tls?.keyFile, tls?.clientCaFile, adminTls?.certFile, adminTls?.keyFile];
    for (const file of paths) expect(deployment).toContain(`"mountPath":"${dirname(file ?? "")}"`);
    expect([tls?.clientCaFile, adminTls?.clientCaFile]).toEqual(["/etc/sluice-tls/ca.crt", undefined]);
  });

  it.each(BROKEN)("are refused with $what", ({ what, words }) => {
    expect(problems[`without ${what}`]).toEqual([]);
    expect(problems[what]?.join()).toContain(words);
  });
});

/** What a user gets who puts the component on top of the set around it: in an overlay, elsewhere. */
async function withComponent(component: string, build: (folder: string) => Promise<string>): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "sluice-overlay-"));
  const to = (path: string) => relative(folder, join(DEPLOY, path));
  try {
    const overlay = { resources: [to(dirname(component))], components: [to(component)] };
    writeFileSync(join(folder, "kustomization.yaml"), JSON.stringify(overlay));
    return await build(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
