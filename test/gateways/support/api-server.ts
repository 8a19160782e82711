// A Kubernetes API server without a cluster: etcd and kube-apiserver as plain processes on loopback, with the CRDs of the gateways.
import { execFile } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { gatewayTools } from "../../../scripts/gateway-tools.ts";
import { type Child, startChild } from "../../../src/setup/stack/child.ts";
import { freePort } from "../../support/free-port.ts";
import { waitFor } from "../../support/wait-for.ts";

const READY_MS = 120_000; // about 10 s on an idle machine
const KUBECTL_MS = 120_000;
const OUTPUT_BYTES = 64 << 20;
const TOKEN = "test";

export interface ApiServer {
  readonly kubeconfig: string; // path of a file, for an administrator
  readonly env: NodeJS.ProcessEnv; // for commands that call kubectl
  /** Runs kubectl; what it prints. Throws with what it says on standard error. */
  kubectl(...args: readonly string[]): Promise<string>;
  /** Applies manifests given as text (YAML or JSON). */
  apply(manifests: string): Promise<string>;
  stop(): Promise<void>;
}

/** Resolves when the server answers and the gateways' CRDs are established. */
export async function startApiServer(): Promise<ApiServer> {
  const tools = await gatewayTools(["etcd", "kube-apiserver", "kubectl", "crds"]);
  const folder = mkdtempSync(join(tmpdir(), "sluice-api-server-"));
  const etcd = await startEtcd(tools.etcd, join(folder, "etcd"));
  const port = await freePort();
  const server = startChild(tools["kube-apiserver"], serverArgs(folder, etcd.url, port));
  const kubeconfig = join(folder, "kubeconfig");
  writeFileSync(kubeconfig, kubeconfigFor(port));
  const kubectl = (...args: readonly string[]) => run(tools.kubectl, ["--kubeconfig", kubeconfig, ...args]);
  const stop = async () => {
    // Nothing here is worth an orderly end, and without etcd the server would not come to one.
    for (const child of [server, etcd.child]) {
      child.signal("SIGKILL");
      await child.exited;
    }
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await waitFor("the API server to be ready", async () => !server.hasExited() && (await kubectl("get", "--raw", "/readyz")), READY_MS);
    await kubectl("apply", "--server-side", "-f", tools.crds);
    await kubectl("wait", "--for=condition=Established", "crd", "--all", "--timeout=60s");
    await waitFor("the default namespace", () => kubectl("get", "namespace", "default"));
  } catch (error) {
    const lines = [...etcd.child.lastLines().slice(-5), ...server.lastLines().slice(-5)];
    await stop();
    throw new Error(["the API server did not start", ...lines].join("\n  "), { cause: error });
  }
  const apply = async (manifests: string) => {
    const file = join(folder, "applied.yaml");
    writeFileSync(file, manifests);
    return kubectl("apply", "--server-side", "-f", file);
  };
  const env = { ...process.env, KUBECONFIG: kubeconfig };
  return { kubeconfig, env, kubectl, apply, stop };
}

async function startEtcd(bin: string, dataFolder: string): Promise<{ readonly url: string; readonly child: Child }> {
  const url = `http://127.0.0.1:${await freePort()}`;
  const peers = `http://127.0.0.1:${await freePort()}`;
  const args = ["--data-dir", dataFolder, "--unsafe-no-fsync"];
  args.push("--listen-client-urls", url, "--advertise-client-urls", url, "--listen-peer-urls", peers);
  args.push("--initial-advertise-peer-urls", peers, "--initial-cluster", `default=${peers}`);
  return { url, child: startChild(bin, args) };
}

function serverArgs(folder: string, etcdUrl: string, port: number): readonly string[] {
  const keyFile = join(folder, "service-accounts.pem");
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  writeFileSync(keyFile, privateKey.export({ type: "pkcs1", format: "pem" }));
  const tokenFile = join(folder, "tokens.csv");
  writeFileSync(tokenFile, `${TOKEN},admin,1,"system:masters"\n`);
  return [
    `--etcd-servers=${etcdUrl}`,
    "--bind-address=127.0.0.1",
    `--secure-port=${port}`,
    "--advertise-address=10.254.0.1", // never used, but loopback is refused
    `--cert-dir=${join(folder, "certs")}`,
    `--token-auth-file=${tokenFile}`,
    "--authorization-mode=AlwaysAllow",
    `--service-account-key-file=${keyFile}`,
    `--service-account-signing-key-file=${keyFile}`,
    "--service-account-issuer=https://kubernetes.default.svc",
    "--service-cluster-ip-range=10.96.0.0/16",
    "--endpoint-reconciler-type=none",
    "--disable-admission-plugins=ServiceAccount", // no controller makes the accounts' defaults here
    "--enable-priority-and-fairness=false",
    "--profiling=false",
  ];
}

function kubeconfigFor(port: number): string {
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": "test",
    contexts: [{ name: "test", context: { cluster: "test", user: "admin" } }],
    clusters: [{ name: "test", cluster: { server: `https://127.0.0.1:${port}`, "insecure-skip-tls-verify": true } }],
    users: [{ name: "admin", user: { token: TOKEN } }],
  });
}

async function run(command: string, args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(command, args, { timeout: KUBECTL_MS, maxBuffer: OUTPUT_BYTES });
  return stdout;
}
