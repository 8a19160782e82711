// Which control plane a Gateway belongs to, as far as its manifests say, and which kinds there are.
import { at, textOf } from "../envoy-json.ts";
import type { Gateway } from "../envoy-wiring.ts";
import type { ObjectName } from "./gateway-wiring.ts";
import { byName, GATEWAY_API, type ManifestSet } from "./manifest-set.ts";

export const KGATEWAY = "gateway.kgateway.dev";
export const ENVOY_GATEWAY = "gateway.envoyproxy.io";

const GROUPS: Readonly<Record<Gateway, string>> = { kgateway: KGATEWAY, "envoy-gateway": ENVOY_GATEWAY };

/** By its class, else by whose policies are among the files. Undefined: another's, or not to be told. */
export function controlPlaneOf(set: ManifestSet, gateway: ObjectName): Gateway | undefined {
  const className = textOf(at(byName(set, GATEWAY_API, gateway)?.body ?? {}, "spec", "gatewayClassName"));
  const named = className === undefined ? undefined : ofClass(set, className);
  if (named !== undefined) return named;
  const present = (Object.keys(GROUPS) as Gateway[]).filter((name) => set.some(({ group }) => group === GROUPS[name]));
  return present.length === 1 ? present[0] : undefined;
}

function ofClass(set: ManifestSet, className: string): Gateway | undefined {
  const gatewayClass = set.find(({ kind, name }) => kind === "GatewayClass" && name === className);
  const controller = textOf(at(gatewayClass?.body ?? {}, "spec", "controllerName")) ?? className;
  if (controller.startsWith("kgateway")) return "kgateway";
  return controller.startsWith(ENVOY_GATEWAY) || controller === "eg" ? "envoy-gateway" : undefined;
}
