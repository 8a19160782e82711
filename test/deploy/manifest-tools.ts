// What judges manifests without a cluster: kustomize or helm puts a set together, kubectl-validate holds it against the schemas and CEL
// rules that the API server would. In CI they must be there.
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { gatewayTools, haveGatewayTools } from "../../scripts/gateway-tools.ts";

export interface ManifestTools {
  /** The objects of a folder with a kustomization.yaml, as YAML. Throws with what kustomize says. */
  build(folder: string): Promise<string>;
  /** What helm prints. Throws with what it says when it refuses. */
  helm(...args: readonly string[]): Promise<string>;
  /** What is wrong with each of the YAML texts, by its name; an empty list where nothing is. */
  problems(manifests: Readonly<Record<string, string>>): Promise<Readonly<Record<string, readonly string[]>>>;
}

const NEEDED = ["kustomize", "helm", "kubectl-validate", "crds"] as const;

/** Without a kubeconfig, or they would ask the user's own cluster. */
const NO_CLUSTER = { ...process.env, KUBECONFIG: "/dev/null" };

/** Undefined, with a word on standard error, where they were not made yet: that takes minutes, during which no test could measure time. */
export async function manifestTools(): Promise<ManifestTools | undefined> {
  if (!haveGatewayTools(NEEDED) && process.env["CI"] !== "true") {
    process.stderr.write(`manifests go unchecked; once: npm exec -- node scripts/gateway-tools.ts ${NEEDED.join(" ")}\n`);
    return undefined;
  }
  const tools = await gatewayTools(NEEDED);
  return {
    build: async (folder) => (await promisify(execFile)(tools.kustomize, ["build", folder], { maxBuffer: 2 ** 24 })).stdout,
    helm: async (...args) => (await promisify(execFile)(tools.helm, args, { env: NO_CLUSTER, maxBuffer: 2 ** 24 })).stdout,
    problems: (manifests) => problems(tools, manifests),
  };
}

async function problems(tools: Readonly<Record<"kubectl-validate" | "crds", string>>, manifests: Readonly<Record<string, string>>) {
  const folder = mkdtempSync(join(tmpdir(), "sluice-manifests-"));
  try {
    const files = Object.entries(manifests).map(([name, text], at) => {
      mkdirSync(join(folder, String(at)));
      const path = join(folder, String(at), "manifest.yaml");
      writeFileSync(path, text);
      return { name, path };
    });
    const args = ["--local-crds", tools.crds, "--output", "json", ...files.map(({ path }) => path)];
    const statuses = JSON.parse(await run(tools["kubectl-validate"], args)) as Readonly<Record<string, readonly Status[]>>;
    return Object.fromEntries(files.map(({ name, path }) => [name, (statuses[path] ?? [NOT_READ]).flatMap(inWords)]));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

interface Status {
  readonly status?: string;
  readonly message?: string;
}

const NOT_READ: Status = { status: "Failure", message: "kubectl-validate says nothing about it" };

function inWords(status: Status): readonly string[] {
  return status.status === "Success" ? [] : [status.message ?? JSON.stringify(status)];
}

/** Its output: it ends with 1 when a manifest is wrong. */
async function run(program: string, args: readonly string[]): Promise<string> {
  try {
    return (await promisify(execFile)(program, args, { env: NO_CLUSTER, maxBuffer: 2 ** 24 })).stdout;
  } catch (error) {
    const { stdout, code } = error as { readonly stdout?: string; readonly code?: unknown };
    if (code === 1 && stdout) return stdout;
    throw error;
  }
}
