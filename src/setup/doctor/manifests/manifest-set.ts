// Finds what belongs together among manifests: objects by name, the policies of an object, and what ReferenceGrants allow.
import { at, objectOf, objectsOf, textOf } from "../envoy-json.ts";
import type { Json, JsonObject } from "../envoy-wiring.ts";
import type { ObjectName, Reference } from "./gateway-wiring.ts";
import { type Manifest, type Path, whereIs } from "./manifest.ts";

export const GATEWAY_API = "gateway.networking.k8s.io";

export type ManifestSet = readonly Manifest[];

export function ofKind(set: ManifestSet, group: string, kind: string): readonly Manifest[] {
  return set.filter((manifest) => manifest.group === group && manifest.kind === kind);
}

export function byName(set: ManifestSet, group: string, { kind, namespace, name }: ObjectName): Manifest | undefined {
  return ofKind(set, group, kind).find((manifest) => manifest.namespace === namespace && manifest.name === name);
}

/** What a reference names; its namespace is that of the object it stands in, its kind a Service, where it says nothing else. */
export function referred(reference: JsonObject, from: Manifest): ObjectName {
  return {
    kind: textOf(reference["kind"]) ?? "Service",
    namespace: textOf(reference["namespace"]) ?? from.namespace,
    name: textOf(reference["name"]) ?? "",
  };
}

/** What a policy may be attached to, from the widest. Some are attached to a part: a listener or a rule. */
export interface Target {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly labels: JsonObject;
  readonly section?: string | undefined;
}

export function targetOf(manifest: Manifest, section?: string): Target {
  const { kind, namespace, name, body } = manifest;
  return { kind, namespace, name, labels: objectOf(at(body, "metadata", "labels")), section };
}

/** The policies attached to any of the targets, those of the last target first, those of a part before those of the whole. */
export function policiesFor(policies: readonly Manifest[], targets: readonly Target[]): readonly Manifest[] {
  const ordered = [...targets].reverse().flatMap((target) => {
    const whole = policies.filter((policy) => isAttached(policy, target, undefined));
    const part = target.section === undefined ? [] : policies.filter((policy) => isAttached(policy, target, target.section));
    return [...part, ...whole];
  });
  return [...new Set(ordered)];
}

function isAttached(policy: Manifest, target: Target, section: string | undefined): boolean {
  if (policy.namespace !== target.namespace) return false;
  const spec = objectOf(policy.body["spec"]);
  const references = [...objectsOf(spec["targetRefs"]), ...objectsOf([spec["targetRef"] ?? null])];
  const sectionFits = (reference: JsonObject) => textOf(reference["sectionName"]) === section && reference["kind"] === target.kind;
  return (
    references.some((reference) => sectionFits(reference) && reference["name"] === target.name) ||
    objectsOf(spec["targetSelectors"]).some((selector) => sectionFits(selector) && hasLabels(target, objectOf(selector["matchLabels"])))
  );
}

function hasLabels({ labels }: Target, wanted: JsonObject): boolean {
  return Object.keys(wanted).length > 0 && Object.entries(wanted).every(([name, value]) => labels[name] === value);
}

/** The reference at `path`, when it leads to another namespace of which any object is among the files: else nothing can be said. */
export function crossReference(set: ManifestSet, from: Manifest, path: Path, value: Json | undefined): readonly Reference[] {
  const to = referred(objectOf(value), from);
  if (to.name === "" || to.namespace === from.namespace || !set.some(({ namespace }) => namespace === to.namespace)) return [];
  const { group, kind, namespace } = from;
  const toGroup = textOf(objectOf(value)["group"]) ?? "";
  const granted = ofKind(set, GATEWAY_API, "ReferenceGrant").some(
    (grant) =>
      grant.namespace === to.namespace &&
      objectsOf(at(grant.body, "spec", "from")).some(
        (entry) => entry["group"] === group && entry["kind"] === kind && entry["namespace"] === namespace,
      ) &&
      objectsOf(at(grant.body, "spec", "to")).some(
        (entry) =>
          (textOf(entry["group"]) ?? "") === toGroup &&
          entry["kind"] === to.kind &&
          (entry["name"] === undefined || entry["name"] === to.name),
      ),
  );
  return [{ where: whereIs(from, path), from: { group, kind, namespace }, to, granted }];
}
