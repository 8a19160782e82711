// Kubernetes objects out of files, each with the line on which every field stands. Knows nothing of gateways.
import { posix } from "node:path";
import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, type ParsedNode, parseAllDocuments } from "yaml";
import { SluiceError } from "../../../errors.ts";
import { at, objectOf, objectsOf, textOf } from "../envoy-json.ts";
import type { Json, JsonObject } from "../envoy-wiring.ts";

export interface ManifestFile {
  readonly name: string; // as the user gave it: findings name it
  readonly text: string;
}

export interface Manifest {
  readonly file: string;
  readonly group: string; // "" for Kubernetes' own
  readonly version: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly body: JsonObject;
  /** The line, from 1, of a field or of the nearest one around it that is there. */
  line(path: Path): number;
}

export type Path = readonly (string | number)[];

/** A value, and where it stands or would stand. */
export interface Setting<T> {
  readonly value: T;
  readonly where: string;
}

/** `deploy/llm.yaml:12 GatewayExtension llm/sluice spec.extProc.failOpen` */
export function whereIs(manifest: Manifest, path: Path = []): string {
  const field = path.map((step) => (typeof step === "number" ? `[${step}]` : `.${step}`)).join("");
  const object = `${manifest.file}:${manifest.line(path)} ${manifest.kind} ${manifest.namespace}/${manifest.name}`;
  return field === "" ? object : `${object} ${field.slice(1)}`;
}

export function fieldOf(manifest: Manifest, path: Path): Setting<Json | undefined> {
  return { value: valueAt(manifest.body, path), where: whereIs(manifest, path) };
}

export function mapped<From, To>({ value, where }: Setting<From>, read: (value: From) => To): Setting<To> {
  return { value: read(value), where };
}

function valueAt(body: Json | undefined, path: Path): Json | undefined {
  return path.reduce<Json | undefined>((value, step) => {
    if (typeof step === "string") return objectOf(value)[step];
    return Array.isArray(value) ? value[step] : undefined;
  }, body);
}

/** All Kubernetes objects of the files, members of lists one by one. Throws `manifest-invalid`. */
export function readManifests(files: readonly ManifestFile[]): readonly Manifest[] {
  const manifests = files.flatMap(readFile);
  const namespaces = kustomizeNamespaces(manifests);
  const placed = manifests.map((manifest) => {
    const namespace = namespaces.get(posix.dirname(manifest.file));
    return namespace === undefined ? manifest : { ...manifest, namespace };
  });
  refuseRepeated(placed);
  return placed;
}

/** A kustomization's `namespace` is that of all objects beside it: in the files themselves it may not stand. */
function kustomizeNamespaces(manifests: readonly Manifest[]): ReadonlyMap<string, string> {
  return new Map(
    manifests.flatMap(({ kind, file, body }) => {
      const namespace = textOf(body["namespace"]);
      return kind === "Kustomization" && namespace !== undefined ? [[posix.dirname(file), namespace] as const] : [];
    }),
  );
}

function refuseRepeated(manifests: readonly Manifest[]): void {
  const seen = new Map<string, Manifest>();
  for (const manifest of manifests.filter(({ name }) => name !== "")) {
    const key = [manifest.group, manifest.kind, manifest.namespace, manifest.name].join(" ");
    const first = seen.get(key);
    if (first !== undefined) {
      throw new SluiceError("manifest-invalid", `${whereIs(manifest)} is also in ${first.file}:${first.line([])}`);
    }
    seen.set(key, manifest);
  }
}

function readFile(file: ManifestFile): readonly Manifest[] {
  const lines = new LineCounter();
  const documents = parseAllDocuments(file.text, { lineCounter: lines, merge: true, prettyErrors: false });
  if (!Array.isArray(documents)) return []; // an empty file
  return documents.flatMap((document) => {
    const error = document.errors[0];
    if (error !== undefined) throw invalid(file, lines.linePos(error.pos[0]).line, error.message);
    return readObjects(file, document, lines);
  });
}

function readObjects(file: ManifestFile, document: Document.Parsed<ParsedNode>, lines: LineCounter): readonly Manifest[] {
  const body = toJson(file, document, lines);
  const lineOf = (path: Path) => lines.linePos(offsetOf(document, path)).line;
  const root = objectOf(body);
  if (textOf(root["kind"]) === undefined) return []; // nothing but comments, or a file that is there for something else
  if (!(textOf(root["kind"]) ?? "").endsWith("List") || !Array.isArray(root["items"])) return [toManifest(file, root, lineOf)];
  return objectsOf(root["items"]).map((item, index) => toManifest(file, item, (path) => lineOf(["items", index, ...path])));
}

function toJson(file: ManifestFile, document: Document.Parsed<ParsedNode>, lines: LineCounter): Json {
  try {
    return document.toJS() as Json;
  } catch (error) {
    // An alias without its anchor, or aliases of aliases that unfold to something huge.
    throw invalid(file, lines.linePos(document.range[0]).line, error instanceof Error ? error.message : String(error));
  }
}

function invalid(file: ManifestFile, line: number, problem: string): SluiceError {
  return new SluiceError("manifest-invalid", `${file.name}:${line}: ${problem}`);
}

function toManifest(file: ManifestFile, body: JsonObject, line: (path: Path) => number): Manifest {
  const apiVersion = textOf(body["apiVersion"]) ?? "";
  const slash = apiVersion.indexOf("/");
  return {
    file: file.name,
    group: slash === -1 ? "" : apiVersion.slice(0, slash),
    version: apiVersion.slice(slash + 1),
    kind: textOf(body["kind"]) ?? "",
    namespace: textOf(at(body, "metadata", "namespace")) ?? "default",
    name: textOf(at(body, "metadata", "name")) ?? "",
    body,
    line,
  };
}

/** Where in the text a field's name stands, or a list's entry; where it is missing, what is around it. */
function offsetOf(document: Document.Parsed<ParsedNode>, path: Path): number {
  let node: Node | null | undefined = document.contents;
  let offset = node?.range?.[0] ?? 0;
  for (const step of path) {
    if (isAlias(node)) node = node.resolve(document);
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && key.value === step);
      const key = pair?.key;
      if (!isScalar(key)) return offset;
      offset = key.range?.[0] ?? offset;
      node = pair?.value as Node | null;
    } else if (isSeq(node) && typeof step === "number") {
      node = node.items[step] as Node | undefined;
      if (node === undefined) return offset;
      offset = node.range?.[0] ?? offset;
    } else {
      return offset;
    }
  }
  return offset;
}
