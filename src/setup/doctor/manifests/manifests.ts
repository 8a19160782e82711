// The doctor's look at manifests of kgateway or Envoy Gateway, before they are applied or as `kubectl get -o yaml` prints them.
import { inGatewaysWords } from "../checks/gateway-lines.ts";
import { type Finding, finding, type SluiceSettings } from "../finding.ts";
import { checkAsking } from "./check-asking.ts";
import { checkEntry } from "./check-entry.ts";
import { checkKinds, checkReferences, withKnownGroups } from "./check-references.ts";
import { checkRoutes } from "./check-routes.ts";
import { controlPlaneOf, ENVOY_GATEWAY, KGATEWAY } from "./control-plane.ts";
import type { GatewayWiring } from "./gateway-wiring.ts";
import { type ManifestFile, readManifests, whereIs } from "./manifest.ts";
import { byName, GATEWAY_API, type ManifestSet, ofKind } from "./manifest-set.ts";
import { readEnvoyGateway } from "./read-envoy-gateway.ts";
import { readKgateway } from "./read-kgateway.ts";

/** Every mistake found. Throws `manifest-invalid`. */
export function diagnoseManifests(files: readonly ManifestFile[], settings: SluiceSettings): readonly Finding[] {
  const given = readManifests(files);
  const set = withKnownGroups(given);
  return [...checkKinds(given), ...wiringsOf(set).flatMap((wiring) => checkWiring(set, wiring, settings))];
}

function wiringsOf(set: ManifestSet): readonly GatewayWiring[] {
  const isPresent = (group: string, gateway: GatewayWiring["gateway"]) =>
    set.some((manifest) => manifest.group === group || (manifest.kind === "Gateway" && controlPlaneOf(set, manifest) === gateway));
  return [
    ...(isPresent(KGATEWAY, "kgateway") ? [readKgateway(set)] : []),
    ...(isPresent(ENVOY_GATEWAY, "envoy-gateway") ? [readEnvoyGateway(set)] : []),
  ];
}

function checkWiring(set: ManifestSet, wiring: GatewayWiring, settings: SluiceSettings): readonly Finding[] {
  const { gateway, askings, entries, tables } = wiring;
  const limits = entries.map(({ bufferLimitBytes }) => bufferLimitBytes.value);
  const limitBytes = limits.length === 0 ? settings.maxBodyBytes : Math.max(...limits);
  const findings = [
    ...checkAsks(set, wiring),
    ...askings.flatMap((asking) => checkAsking(asking, gateway, limitBytes, settings)),
    ...checkReferences(wiring),
    ...entries.flatMap((entry) => checkEntry(entry, settings)),
    ...tables.flatMap((table) => checkRoutes(wiring, table, settings)),
  ];
  const mended = findings.flatMap((each) => (each.fix === "" ? inGatewaysWords([each], gateway) : [each]));
  return [...new Map(mended.map((each) => [`${each.id} ${each.where}`, each])).values()];
}

/** Only where there are routes: without them it is not known who asks. */
function checkAsks(set: ManifestSet, { gateway, askings, missingExtensions }: GatewayWiring): readonly Finding[] {
  const route = ofKind(set, GATEWAY_API, "HTTPRoute")[0];
  if (route === undefined || askings.some(({ used }) => used) || missingExtensions.length > 0) return [];
  const unused = askings[0];
  const fix =
    gateway === "kgateway"
      ? `# TrafficPolicy in namespace ${route.namespace}, on the rule without a condition on x-sluice-tier
spec:
  targetRefs:
  - { group: gateway.networking.k8s.io, kind: HTTPRoute, name: ${route.name} }
  extProc:
    extensionRef: { name: ${unused?.object.name ?? "sluice"} }`
      : `apiVersion: gateway.envoyproxy.io/v1alpha1
kind: EnvoyExtensionPolicy
metadata: { name: sluice, namespace: ${route.namespace} }
spec:
  targetRefs:
  - { group: gateway.networking.k8s.io, kind: HTTPRoute, name: ${route.name} }
  extProc:
  - backendRefs:
    - { group: "", kind: Service, name: sluice, namespace: sluice, port: 9002 }
    failOpen: true
    messageTimeout: 2s
    processingMode:
      request: { body: Buffered }`;
  const what = unused === undefined ? "No manifest names an external processor that is sluice." : "No TrafficPolicy names this extension.";
  return [finding("ext-proc-missing", { where: unused?.where ?? whereIs(route), what, fix })];
}

/** What was looked at, and what could not be told from these files: a sentence each. */
export function manifestsLookedAt(files: readonly ManifestFile[]): readonly string[] {
  const set = withKnownGroups(readManifests(files));
  const wirings = wiringsOf(set);
  const counts = new Map<string, number>();
  for (const { kind } of set.filter(({ group, kind }) => group.startsWith("gateway.") || (group === "" && kind === "Service"))) {
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  const objects = [...counts].map(([kind, count]) => `${count} ${kind}`).join(", ");
  const known = wirings.map(({ gateway }) => (gateway === "kgateway" ? "kgateway" : "Envoy Gateway")).join(" and ");
  const what = known === "" ? "nothing of kgateway or Envoy Gateway" : `for ${known}: ${objects}`;
  const read = `${files.length} ${files.length === 1 ? "file" : "files"}, ${set.length} ${set.length === 1 ? "object" : "objects"}`;
  return [`${read}, ${what}`, ...wirings.flatMap((wiring) => unknowns(set, wiring))];
}

function unknowns(set: ManifestSet, { askings, tables, gateway }: GatewayWiring): readonly string[] {
  const services = askings
    .filter(({ service }) => gateway === "kgateway" && service.kind === "Service" && byName(set, "", service) === undefined)
    .map(
      ({ service }) =>
        `not looked at: whether Service ${service.namespace}/${service.name} says that it is HTTP/2; it is not among the files`,
    );
  const gateways = tables
    .filter((table) => byName(set, GATEWAY_API, table.gateway) === undefined)
    .map((table) => `not looked at: what holds for Gateway ${table.gateway.namespace}/${table.gateway.name}; it is not among the files`);
  const routes = tables.length > 0 ? [] : ["not looked at: routes; none of an HTTPRoute here has to do with sluice"];
  return [...new Set([...services, ...gateways, ...routes])];
}

export type { ManifestFile } from "./manifest.ts";
