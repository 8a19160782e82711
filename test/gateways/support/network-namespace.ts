// The gateways listen on fixed ports and pods have addresses of their own: all tests of this folder run in a network namespace, without a
// way out. Its process namespace sees to it that nothing which a test started outlives it.
import { execFileSync, spawnSync } from "node:child_process";
import { delimiter, dirname } from "node:path";
import { gatewayTools } from "../../../scripts/gateway-tools.ts";
import { ENVOY_GATEWAY_ENVOY, gatewayEnvoy, KGATEWAY_ENVOY } from "./gateway-envoy.ts";

const INSIDE = "SLUICE_GATEWAYS_INSIDE";

/**
 * Called by the tests' configuration: starts this process again inside a namespace, once everything that comes from the network is here,
 * and ends with it. Returns when it is inside; or with what is missing on this machine.
 */
export async function enterNetworkNamespace(): Promise<{ readonly missing: string | undefined }> {
  if (process.env[INSIDE] !== undefined) {
    execFileSync("ip", ["link", "set", "lo", "up"]);
    return { missing: undefined };
  }
  const missing = namespacesMissing();
  if (missing !== undefined) return { missing };
  let kubectl: string;
  try {
    kubectl = await fetchAll();
  } catch (error) {
    return { missing: error instanceof Error ? error.message : String(error) };
  }
  const env = { ...process.env, [INSIDE]: "1", PATH: [dirname(kubectl), process.env["PATH"]].join(delimiter) };
  const again = [...namespaceFlags(), process.execPath, ...process.execArgv, ...process.argv.slice(1)];
  const { status } = spawnSync("unshare", again, { stdio: "inherit", env });
  process.exit(status ?? 1);
}

function namespacesMissing(): string | undefined {
  if (process.platform !== "linux") return "network namespaces, which only Linux has";
  const { status, stderr, error } = spawnSync("unshare", [...namespaceFlags(), "ip", "link"], { encoding: "utf8" });
  return status === 0 ? undefined : `network namespaces (${error?.message ?? stderr.trim()})`;
}

/** The path of kubectl. */
async function fetchAll(): Promise<string> {
  const { kubectl } = await gatewayTools(["kubectl", "etcd", "kube-apiserver", "kgateway", "envoy-gateway", "crds"]);
  await gatewayEnvoy(KGATEWAY_ENVOY);
  await gatewayEnvoy(ENVOY_GATEWAY_ENVOY);
  return kubectl;
}

/** Root may make namespaces; others as root of a user namespace. */
function namespaceFlags(): readonly string[] {
  const user = process.getuid?.() === 0 ? [] : ["--user", "--map-root-user"];
  return [...user, "--net", "--pid", "--fork", "--mount-proc", "--kill-child"];
}
