// References that lead nowhere: to another namespace without a grant, to an extension that is not there; and kinds that no gateway knows.
import { type Finding, finding } from "../finding.ts";
import { ENVOY_GATEWAY, KGATEWAY } from "./control-plane.ts";
import type { GatewayWiring, Reference } from "./gateway-wiring.ts";
import { type Manifest, whereIs } from "./manifest.ts";
import { GATEWAY_API, type ManifestSet } from "./manifest-set.ts";

export function checkReferences({ references, missingExtensions }: GatewayWiring): readonly Finding[] {
  return [
    ...checkGrants(references.filter(({ granted }) => !granted)),
    ...missingExtensions.map(({ value, where }) =>
      finding("extension-missing", {
        where,
        what: `There is no GatewayExtension ${value} with extProc among these manifests.`,
        fix: `# TrafficPolicy: the name of the GatewayExtension, in its own namespace where no other is given
spec:
  extProc:
    extensionRef: { name: sluice }`,
      }),
    ),
  ];
}

/** One for each object that is referred to: one grant mends all references to it. */
function checkGrants(references: readonly Reference[]): readonly Finding[] {
  const targets = new Map<string, Reference[]>();
  for (const reference of references) {
    const target = `${reference.to.kind} ${reference.to.namespace}/${reference.to.name}`;
    targets.set(target, [...(targets.get(target) ?? []), reference]);
  }
  return [...targets].map(([target, of]) => {
    const from = [
      ...new Set(of.map((each) => `  - { group: ${each.from.group}, kind: ${each.from.kind}, namespace: ${each.from.namespace} }`)),
    ];
    const to = of[0]?.to;
    const fix = `apiVersion: gateway.networking.k8s.io/v1
kind: ReferenceGrant
metadata: { name: sluice-from-gateway, namespace: ${to?.namespace} }
spec:
  from:
${from.join("\n")}
  to:
  - { group: "", kind: ${to?.kind}, name: ${to?.name} }`;
    const kinds = [...new Set(of.map((each) => each.from.kind))].join(" and ");
    return finding("reference-not-granted", {
      where: of[0]?.where ?? "",
      what: `No ReferenceGrant lets a ${kinds} refer to ${target}.`,
      fix,
    });
  });
}

const KINDS: Readonly<Record<string, readonly string[]>> = {
  [KGATEWAY]: [
    ...["Backend", "BackendConfigPolicy", "DirectResponse", "GatewayExtension", "GatewayParameters", "HTTPListenerPolicy"],
    ...["ListenerPolicy", "TrafficPolicy"],
  ],
  [ENVOY_GATEWAY]: [
    ...["Backend", "BackendTrafficPolicy", "ClientTrafficPolicy", "EnvoyExtensionPolicy", "EnvoyGateway", "EnvoyPatchPolicy", "EnvoyProxy"],
    ...["HTTPRouteFilter", "SecurityPolicy"],
  ],
};
/** Kinds that stand for one group alone: elsewhere they are a slip of the apiVersion. */
const OWN_KINDS = ["GatewayExtension", "HTTPListenerPolicy", "ListenerPolicy", "TrafficPolicy", "BackendConfigPolicy"].map(
  (kind) => [kind, KGATEWAY] as const,
);
const OWN_KINDS_OF_ENVOY_GATEWAY = [
  "EnvoyExtensionPolicy",
  "BackendTrafficPolicy",
  "ClientTrafficPolicy",
  "EnvoyProxy",
  "EnvoyPatchPolicy",
];
const GROUP_OF = new Map<string, string>([...OWN_KINDS, ...OWN_KINDS_OF_ENVOY_GATEWAY.map((kind) => [kind, ENVOY_GATEWAY] as const)]);
const GROUPS_NEARBY = /(?:^|\.)(?:kgateway\.(?:dev|io)|envoyproxy\.io|networking\.k8s\.io)$/;
const KNOWN_VERSION = "v1alpha1"; // of both

/** Whose group, version or kind is none that the gateways have. */
export function checkKinds(set: ManifestSet): readonly Finding[] {
  return set.filter(isUnknown).map((manifest) => {
    const group = GROUP_OF.get(manifest.kind);
    const apiVersion = `${manifest.group}/${manifest.version}`;
    const what = `No gateway has a kind ${manifest.kind} in ${apiVersion}.`;
    const retries = "# retries are `retry` of a TrafficPolicy (kgateway) or a BackendTrafficPolicy (Envoy Gateway)";
    const fix =
      group === undefined ? (/retry/i.test(manifest.kind) ? retries : "# take the manifest away") : `apiVersion: ${group}/${KNOWN_VERSION}`;
    return finding("unknown-kind", { where: whereIs(manifest, ["apiVersion"]), what, fix });
  });
}

function isUnknown({ group, version, kind }: Manifest): boolean {
  const kinds = KINDS[group];
  if (kinds !== undefined) return !kinds.includes(kind) || version !== KNOWN_VERSION;
  return kind === "EnvoyRetry" || (GROUP_OF.has(kind) && GROUPS_NEARBY.test(group)) || (group === GATEWAY_API && GROUP_OF.has(kind));
}

/** As if they had the right apiVersion: the slip is one finding, and not also all that is missing without the object. */
export function withKnownGroups(set: ManifestSet): ManifestSet {
  return set.map((manifest) => (isUnknown(manifest) ? { ...manifest, group: GROUP_OF.get(manifest.kind) ?? manifest.group } : manifest));
}
