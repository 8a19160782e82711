// The chart says what the manifests beside it say: what helm renders equals what kustomize builds, holds against the schemas, and values
// that are none are refused.
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import { parseConfig } from "../../src/config/load.ts";
import { manifestTools } from "./manifest-tools.ts";

const DEPLOY = fileURLToPath(new URL("../../deploy", import.meta.url));
const CHART = `${DEPLOY}/helm/sluice`;
const read = (path: string) => readFileSync(`${CHART}/${path}`, "utf8");
const tools = await manifestTools();

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly labels?: unknown };
  readonly data?: Readonly<Record<string, string>>;
  readonly [key: string]: unknown;
}

/** By kind and name, without labels, which Helm has more of. */
function byName(yaml: string): Readonly<Record<string, unknown>> {
  const objects = parseAllDocuments(yaml).map((document) => document.toJS() as Manifest | null);
  const kept = objects.filter((object) => object !== null && object.kind !== "Namespace"); // helm install --create-namespace makes it
  return Object.fromEntries(kept.map((object) => [`${object?.kind} ${object?.metadata.name}`, bare(object)]));
}

function bare(object: Manifest | null): unknown {
  if (object === null) return null;
  const { labels: _, ...metadata } = object.metadata;
  if (object.data === undefined) return { ...object, metadata };
  return { ...object, metadata, data: Object.fromEntries(Object.entries(object.data).map(([key, text]) => [key, parse(text)])) };
}

const WHOLE = JSON.stringify({
  tiers: [{ name: "small" }, { name: "large" }],
  defaultTier: "large",
  active: "all",
  policies: { all: { type: "fixed", tier: "large" } },
});

/** Each is rendered and held against the schemas of the API server. */
const SETS: Readonly<Record<string, readonly string[]>> = {
  "the default values": [],
  kgateway: ["--set", "gateway.kind=kgateway"],
  "Envoy Gateway": ["--set", "gateway.kind=envoy-gateway"],
  "other namespaces, and a gateway that refuses without sluice": [
    ...["--namespace", "routing", "--set", "gateway.kind=kgateway,gateway.namespace=edge,gateway.className=ours,gateway.failOpen=false"],
  ],
  "a configuration of one's own": ["--set-json", `config=${WHOLE}`],
  "everything optional": [
    ...["--set", "autoscaling.enabled=false,replicas=3,serviceMonitor.enabled=true,serviceMonitor.labels.release=prometheus"],
    ...["--set", `image.digest=sha256:${"a".repeat(64)},image.repository=registry.example.com/sluice,imagePullSecrets[0].name=key`],
    ...["--set", "extraEnv[0].name=A,extraEnv[0].value=b,podAnnotations.a=b,nodeSelector.disk=ssd,tolerations[0].operator=Exists"],
    ...["--set-json", 'affinity={"nodeAffinity":{}}', "--set-json", 'networkPolicy.extraEgress=[{"ports":[{"port":4318}]}]'],
    ...["--set-json", 'networkPolicy.extraGateways=[{"podSelector":{"matchLabels":{"app":"envoy"}}}]'],
    ...["--set", "existingConfigMap=own,serviceAccount.name=own,serviceAccount.annotations.a=b"],
  ],
  TLS: ["--set", "tls.secretName=sluice-tls"],
  "TLS, scraped, with a configuration of one's own": [
    ...["--set", "tls.secretName=sluice-tls,serviceMonitor.enabled=true", "--set-json", `config=${WHOLE}`],
  ],
  "nothing optional": [
    ...["--set", "autoscaling.enabled=false,podDisruptionBudget.enabled=false,networkPolicy.enabled=false,serviceAccount.create=false"],
    ...["--set-json", "topologySpreadConstraints=[]"],
  ],
};

const REFUSED = [
  { what: "a key that does not exist", set: "replica=3", words: "additional properties 'replica' not allowed" },
  { what: "a key that does not exist, further in", set: "image.name=x", words: "additional properties 'name' not allowed" },
  { what: "a gateway that is none", set: "gateway.kind=istio", words: "/gateway/kind" },
  { what: "no replicas", set: "replicas=0", words: "/replicas" },
  { what: "a digest that is none", set: "image.digest=latest", words: "/image/digest" },
  { what: "a text for a switch", set: "autoscaling.enabled=maybe", words: "/autoscaling/enabled" },
  { what: "a gateway in plain text before TLS", set: "gateway.kind=kgateway,tls.secretName=x", words: "deploy/kgateway/tls" },
  { what: "an interval without a unit", set: "serviceMonitor.interval=15", words: "/serviceMonitor/interval" },
];

describe("the chart", () => {
  it("is of this version, as the image", () => {
    const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
    expect(parse(read("Chart.yaml"))).toMatchObject({ version, appVersion: version });
  });

  it("has every value and its default in the page's table, and nothing else", () => {
    const rows = [...read("README.md").matchAll(/^\| `([^`]+)` \| `([^`]+)` \|/gm)].map(([, key = "", value = ""]) => [key, parse(value)]);
    expect(Object.fromEntries(rows)).toEqual(Object.fromEntries(leaves(parse(read("values.yaml")))));
  });

  it("checks every value by its schema", () => {
    const schema = JSON.parse(read("values.schema.json"));
    const known = Object.keys(schema.properties).filter((key) => key !== "global"); // Helm's own
    expect(known.sort()).toEqual(Object.keys(parse(read("values.yaml"))).sort());
  });

  it.each(["kgateway", "envoy-gateway"])("links to every resource of deploy/%s", (gateway) => {
    const { resources } = parse(readFileSync(`${DEPLOY}/${gateway}/kustomization.yaml`, "utf8"));
    expect(globSync("*.yaml", { cwd: `${CHART}/files/${gateway}` }).sort()).toEqual([...resources].sort());
  });
});

describe.skipIf(tools === undefined)("helm", () => {
  let rendered: Readonly<Record<string, string>> = {};
  let problems: Readonly<Record<string, readonly string[]>> = {};

  beforeAll(async () => {
    if (tools === undefined) return;
    const render = async ([name, args]: [string, readonly string[]]) =>
      [name, await tools.helm("template", "sluice", CHART, "--namespace", "sluice", ...args)] as const;
    rendered = Object.fromEntries(await Promise.all(Object.entries(SETS).map(render)));
    problems = await tools.problems(rendered);
  }, 120_000);

  it("finds nothing to say about the chart", async () => {
    const said = await tools?.helm("lint", "--strict", CHART);
    expect(said).toContain("0 chart(s) failed");
    expect(said).not.toMatch(/\[(?:WARNING|ERROR)\]/);
  });

  it.each([
    ["the default values", ["kubernetes"]],
    ["kgateway", ["kubernetes", "kgateway"]],
    ["Envoy Gateway", ["kubernetes", "envoy-gateway"]],
  ])("renders with %s what kustomize builds of %j", async (set, folders) => {
    const built = await Promise.all(folders.map(async (folder) => (await tools?.build(`${DEPLOY}/${folder}`)) ?? ""));
    expect(byName(rendered[set] ?? "")).toEqual(byName(built.join("\n---\n")));
  });

  it.each(Object.keys(SETS))("renders with %s what the API server takes", (set) => {
    expect(problems[set]).toEqual([]);
  });

  it("puts namespaces, class and failOpen where they belong, and leaves none of the defaults", () => {
    const text = (rendered["other namespaces, and a gateway that refuses without sluice"] ?? "").replaceAll(/(^| )#.*$/gm, "");
    for (const is of ["namespace: routing", "namespace: edge", "gatewayClassName: ours", "failOpen: false"]) expect(text).toContain(is);
    for (const not of ["namespace: sluice", "namespace: llm", "failOpen: true"]) expect(text).not.toContain(not);
  });

  it("takes a configuration whole, and listens where Envoy can reach it", () => {
    const map = byName(rendered["a configuration of one's own"] ?? "")["ConfigMap sluice"] as { data: Record<string, unknown> };
    const config = parseConfig(JSON.stringify(map.data["sluice.yaml"]), "values");
    expect(config.listen.extProc).toContain("0.0.0.0:9002");
    expect(Object.keys(config.policies)).toEqual(["all"]);
  });

  it("names the image by its digest, and the ConfigMap that is there already", () => {
    const all = rendered["everything optional"] ?? "";
    expect(all).toContain(`image: registry.example.com/sluice@sha256:${"a".repeat(64)}`);
    expect(all).toContain("configMap: { name: own }");
    expect(all).toContain("replicas: 3");
    expect(all).not.toContain("kind: ConfigMap");
  });

  it("renders with TLS what kustomize builds with its component", async () => {
    const folder = mkdtempSync(join(tmpdir(), "sluice-overlay-"));
    const to = (path: string) => relative(folder, `${DEPLOY}/${path}`);
    const overlay = { resources: [to("kubernetes")], components: [to("kubernetes/tls")] };
    writeFileSync(join(folder, "kustomization.yaml"), JSON.stringify(overlay));
    const built = await tools?.build(folder);
    rmSync(folder, { recursive: true });
    expect(byName(rendered["TLS"] ?? "")).toEqual(byName(built ?? ""));
  });

  it("puts TLS into a configuration of one's own, and has it scraped over https", () => {
    const all = byName(rendered["TLS, scraped, with a configuration of one's own"] ?? "");
    const map = all["ConfigMap sluice"] as { data: Record<string, unknown> };
    const config = parseConfig(JSON.stringify(map.data["sluice.yaml"]), "values");
    expect(Object.keys(config.policies)).toEqual(["all"]);
    expect(config.listen.tls?.clientCaFile).toBe("/etc/sluice-tls/ca.crt");
    expect(JSON.stringify(all["ServiceMonitor sluice"])).toContain('"scheme":"https"');
  });

  it.each(REFUSED)("refuses $what", async ({ set, words }) => {
    await expect(tools?.helm("template", "sluice", CHART, "--set", set)).rejects.toThrow(words);
  });
});

/** Every value under its dotted name; what would not fit into a table stands for itself. */
function leaves(value: unknown, path = ""): readonly (readonly [string, unknown])[] {
  if (Array.isArray(value)) return [[path, value.some((item) => typeof item === "object") ? "see values.yaml" : value]];
  if (typeof value !== "object" || value === null || Object.keys(value).length === 0) return [[path, value]];
  return Object.entries(value).flatMap(([key, inner]) => leaves(inner, path === "" ? key : `${path}.${key}`));
}
