// The programs by which manifests are tested: the control planes themselves, compiled from their Go modules on first use, and their CRDs.
// What they are and at which version stands in gateway-tools/*/go.mod. `node scripts/gateway-tools.ts [all | NAME...]` makes them by hand.
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { chmod, copyFile, mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { fillCache } from "../src/setup/stack/fill-cache.ts";
import { type Go, provideGo } from "./gateway-tools/go.ts";

interface Program {
  readonly module: string; // folder under gateway-tools, with a go.mod of its own: what it holds must agree on its dependencies
  readonly package: string;
  readonly takes: string; // the first time, on 2 cores
}

interface Crds {
  readonly module: string;
  readonly package: string; // the Go module that carries them
  readonly folder: string; // in it
  readonly names: RegExp;
}

const PROGRAMS = {
  etcd: { module: "control-planes", package: "go.etcd.io/etcd/server/v3", takes: "half a minute" },
  "kube-apiserver": { module: "control-planes", package: "k8s.io/kubernetes/cmd/kube-apiserver", takes: "4 minutes" },
  kubectl: { module: "control-planes", package: "k8s.io/kubernetes/cmd/kubectl", takes: "a minute" },
  kgateway: { module: "control-planes", package: "github.com/kgateway-dev/kgateway/v2/cmd/kgateway", takes: "4 minutes" },
  "envoy-gateway": { module: "envoy-gateway", package: "github.com/envoyproxy/gateway/cmd/envoy-gateway", takes: "3 minutes" },
  kustomize: { module: "kustomize", package: "sigs.k8s.io/kustomize/kustomize/v5", takes: "a minute" },
  helm: { module: "helm", package: "helm.sh/helm/v4/cmd/helm", takes: "3 minutes" },
  "kubectl-validate": { module: "kubectl-validate", package: "sigs.k8s.io/kubectl-validate", takes: "2 minutes" },
} as const satisfies Readonly<Record<string, Program>>;

/** Gateway API without the one file that is no CRD, kgateway, Envoy Gateway, and what `deploy/prometheus` needs of the operator's. */
const CRDS: readonly Crds[] = [
  {
    module: "control-planes",
    package: "sigs.k8s.io/gateway-api",
    folder: "config/crd/experimental",
    names: /^gateway\.networking\.(?!.*_vap_)/,
  },
  {
    module: "control-planes",
    package: "github.com/kgateway-dev/kgateway/v2",
    folder: "install/helm/kgateway-crds/templates",
    names: /^gateway\.kgateway\.dev_/,
  },
  {
    module: "envoy-gateway",
    package: "github.com/envoyproxy/gateway",
    folder: "charts/gateway-helm/charts/crds/crds/generated",
    names: /^gateway\.envoyproxy\.io_/,
  },
  {
    module: "crds",
    package: "github.com/prometheus-operator/prometheus-operator",
    folder: "example/prometheus-operator-crd",
    names: /_(?:servicemonitors|prometheusrules)\.yaml$/,
  },
];

/** A program, or `crds`: a folder of CustomResourceDefinitions, one YAML file each. */
export type Tool = keyof typeof PROGRAMS | "crds";

const SOURCES = fileURLToPath(new URL("gateway-tools/", import.meta.url));
const CACHE = fileURLToPath(new URL("../.cache/gateways/", import.meta.url));

/**
 * The paths of the tools wanted, by name. Those not in the cache of the checkout are made one after the other, with progress on standard
 * error: that takes minutes, and a network. Throws when there is neither Go nor a way to fetch it, or a build fails.
 */
export async function gatewayTools<T extends Tool>(want: readonly T[]): Promise<Readonly<Record<T, string>>> {
  let go: Promise<Go> | undefined; // looked for only when something is missing
  const found: [T, string][] = [];
  for (const tool of want) {
    const make = async (work: string) => {
      go ??= provideGo(CACHE, progress);
      return tool === "crds" ? copyCrds(await go, work) : build(tool, await go, work);
    };
    found.push([tool, await fillCache(cachePath(tool), make)]);
  }
  return Object.fromEntries(found) as Record<T, string>;
}

/** Whether `gatewayTools` would answer at once. */
export function haveGatewayTools(want: readonly Tool[]): boolean {
  return want.every((tool) => existsSync(cachePath(tool)));
}

/** Named after what decides its content, so that a new version is a new file. */
function cachePath(tool: Tool): string {
  const modules = tool === "crds" ? [...new Set(CRDS.map(({ module }) => module))] : [PROGRAMS[tool].module];
  const what = tool === "crds" ? CRDS.map((crds) => ({ ...crds, names: crds.names.source })) : PROGRAMS[tool].package;
  const hash = createHash("sha256").update(JSON.stringify(what));
  for (const module of modules) for (const file of ["go.mod", "go.sum"]) hash.update(readFileSync(join(SOURCES, module, file)));
  return join(CACHE, `${process.platform}-${process.arch}`, hash.digest("hex").slice(0, 12), tool);
}

async function build(tool: Exclude<Tool, "crds">, go: Go, work: string): Promise<string> {
  const { module, package: path, takes }: Program = PROGRAMS[tool];
  const startedAt = Date.now();
  progress(`building ${tool} from ${path} (the first time about ${takes} on 2 cores) ...`);
  const version = /k8s\.io\/kubernetes (v\S+)/.exec(readFileSync(join(SOURCES, module, "go.mod"), "utf8"))?.[1];
  const named = version === undefined ? "" : ` -X k8s.io/component-base/version.gitVersion=${version}`; // the API server refuses to guess
  const made = join(work, tool);
  await go(["build", "-mod=readonly", "-ldflags", `-s -w${named}`, "-o", made, path], join(SOURCES, module));
  progress(`${tool} is here after ${((Date.now() - startedAt) / 1000).toFixed(0)} s`);
  return made;
}

async function copyCrds(go: Go, work: string): Promise<string> {
  progress("fetching the CRDs of Gateway API, kgateway, Envoy Gateway and the Prometheus operator ...");
  const made = join(work, "crds");
  await mkdir(made);
  for (const { module, package: path, folder, names } of CRDS) {
    const { Dir } = JSON.parse(await go(["mod", "download", "-json", path], join(SOURCES, module))) as { Dir: string };
    for (const file of (await readdir(join(Dir, folder))).filter((name) => names.test(name))) {
      await copyFile(join(Dir, folder, file), join(made, file));
      await chmod(join(made, file), 0o644); // Go's own copies may not be written, nor removed
    }
  }
  return made;
}

function progress(line: string): void {
  process.stderr.write(`${line}\n`);
}

if (import.meta.main) {
  const all: readonly Tool[] = [...(Object.keys(PROGRAMS) as (keyof typeof PROGRAMS)[]), "crds"];
  const names = process.argv.slice(2);
  const unknown = names.filter((name) => name !== "all" && !all.some((tool) => tool === name));
  if (unknown.length > 0) throw new Error(`no such tool: ${unknown.join(", ")}; there are ${all.join(", ")}`);
  const want = names.length === 0 || names.includes("all") ? all : all.filter((tool) => names.includes(tool));
  for (const [name, path] of Object.entries(await gatewayTools(want))) process.stdout.write(`${name}\t${path}\n`);
}
