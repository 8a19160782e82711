import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { readManifests } from "../../../../src/setup/doctor/manifests/manifest.ts";
import { diagnoseManifests, type ManifestFile, manifestsLookedAt } from "../../../../src/setup/doctor/manifests/manifests.ts";
import { durationMs, quantityBytes } from "../../../../src/setup/doctor/manifests/values.ts";
import { fixture, SETTINGS } from "./broken-manifest.ts";

const ROOT = fileURLToPath(new URL("../../../..", import.meta.url));
const GOOD = fixture("kgateway.yaml");
const named = (text: string, name = "gw.yaml"): ManifestFile => ({ name, text });

describe("shipped manifests", () => {
  const files = (folder: string) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".yaml"))
      .map((name) => named(readFileSync(join(ROOT, folder, name), "utf8"), `${folder}/${name}`));

  test.each(["deploy/kgateway", "deploy/envoy-gateway"])("%s gives no finding, with sluice itself and without", (folder) => {
    expect(diagnoseManifests([...files(folder), ...files("deploy/kubernetes")], SETTINGS)).toEqual([]);
    expect(diagnoseManifests(files(folder), SETTINGS)).toEqual([]);
  });

  test("of both gateways at once are refused: they are the same objects", () => {
    const both = [...files("deploy/envoy-gateway"), ...files("deploy/kgateway")];
    expect(() => diagnoseManifests(both, SETTINGS)).toThrow(
      /^deploy\/kgateway\/gateway.yaml:\d+ Gateway llm\/llm is also in deploy\/envoy-gateway\/gateway.yaml:\d+$/,
    );
  });
});

describe("manifests", () => {
  test("may be JSON, and lists as kubectl prints them", () => {
    const items = GOOD.split("---\n");
    const list = `apiVersion: v1\nkind: List\nitems:\n${items.map((item) => `- ${item.trimEnd().replaceAll("\n", "\n  ")}\n`).join("")}`;
    expect(diagnoseManifests([named(list)], SETTINGS)).toEqual([]);
    const found = diagnoseManifests([named(list.replace("failOpen: true", "failOpen: false"))], SETTINGS);
    expect(found.map(({ where }) => where)).toEqual([
      `gw.yaml:${lineOf(list, "failOpen")} GatewayExtension llm/sluice spec.extProc.failOpen`,
    ]);

    const json = JSON.stringify(
      { kind: "HTTPRouteList", apiVersion: "v1", items: [{ kind: "HTTPRoute", metadata: { name: "a" } }] },
      null,
      2,
    );
    expect(readManifests([named(json)]).map(({ kind, namespace, name }) => `${kind} ${namespace}/${name}`)).toEqual([
      "HTTPRoute default/a",
    ]);
  });

  test("may be spread over files and refer to each other", () => {
    const files = GOOD.split("---\n").map((text, index) => named(text, `${index}.yaml`));
    expect(diagnoseManifests(files, SETTINGS)).toEqual([]);
  });

  test("may use anchors: a line is where the text stands", () => {
    const text = "kind: A\nmetadata: { name: x }\nspec:\n  one: &it\n    here: 1\n  two: *it\n";
    const [manifest] = readManifests([named(text)]);
    expect(manifest?.line(["spec", "two", "here"])).toBe(5);
    expect(manifest?.line(["spec", "two", "missing"])).toBe(6);
  });

  test("without a namespace take that of the kustomization beside them", () => {
    const kustomization = named("kind: Kustomization\nnamespace: sluice\n", "deploy/kubernetes/kustomization.yaml");
    const service = named("apiVersion: v1\nkind: Service\nmetadata: { name: sluice }\n", "deploy/kubernetes/service.yaml");
    const other = named("apiVersion: v1\nkind: Service\nmetadata: { name: other }\n", "deploy/other/service.yaml");
    expect(readManifests([kustomization, service, other]).map(({ name, namespace }) => `${namespace}/${name}`)).toEqual([
      "sluice/",
      "sluice/sluice",
      "default/other",
    ]);
  });

  test("that have nothing to do with it are passed over", () => {
    const files = [
      named(""),
      named("# only words\n"),
      named("listen: { admin: 127.0.0.1:9003 }\n"),
      named("[1, 2]"),
      named("kind: ConfigMap\n---\n---\n"),
    ];
    expect(diagnoseManifests(files, SETTINGS)).toEqual([]);
    expect(manifestsLookedAt(files)).toEqual(["5 files, 1 object, nothing of kgateway or Envoy Gateway"]);
  });

  test.each([
    ["is no YAML", "kind: A\nspec:\n  a: [1\n  b: 2\n", 4],
    ["is a template", "kind: A\n{{- if .Values.on }}\nspec: {}\n{{- end }}\n", 2],
    ["names a field twice", "kind: A\nspec: {}\nspec: {}\n", 3],
    ["has an alias of nothing", "kind: A\nspec: *it\n", 1],
    [
      "unfolds to something huge",
      `kind: A\n${Array.from({ length: 12 }, (_, at) => `a${at}: &a${at} [${at === 0 ? "x" : Array(9).fill(`*a${at - 1}`)}]\n`).join("")}`,
      1,
    ],
  ])("that %s are refused with file and line", (_, text, line) => {
    expect(() => diagnoseManifests([named(text)], SETTINGS)).toThrow(expect.objectContaining({ code: "manifest-invalid" }));
    expect(() => diagnoseManifests([named(text)], SETTINGS)).toThrow(new RegExp(`^gw.yaml:${line}: `));
  });
});

describe("what was looked at", () => {
  test("says how much, for which gateway", () => {
    expect(manifestsLookedAt([named(GOOD)])).toEqual([
      "1 file, 10 objects, for kgateway: 1 Service, 1 Gateway, 1 ListenerPolicy, 1 HTTPRoute, 1 GatewayExtension, 2 TrafficPolicy, " +
        "2 BackendConfigPolicy, 1 ReferenceGrant",
    ]);
  });

  test("says what could not be told, for what is not among the files", () => {
    const texts = GOOD.split("---\n").filter((text) => !/^kind: (?:Service|Gateway)$/m.test(text));
    expect(manifestsLookedAt([named(texts.join("---\n"))]).slice(1)).toEqual([
      "not looked at: whether Service sluice/sluice says that it is HTTP/2; it is not among the files",
      "not looked at: what holds for Gateway llm/llm; it is not among the files",
    ]);
  });
});

test.each([
  ["0s", 0],
  ["1500ms", 1500],
  ["1h30m", 5_400_000],
  ["1.5s", 1500],
  ["10", undefined],
  [undefined, undefined],
])("the duration %s is %s ms", (text, ms) => {
  expect(durationMs(text)).toBe(ms);
});

test.each([
  ["32Mi", 33_554_432],
  ["1M", 1_000_000],
  ["50000", 50_000],
  [50_000, 50_000],
  ["many", undefined],
])("the quantity %s is %s bytes", (text, bytes) => {
  expect(quantityBytes(text)).toBe(bytes);
});

function lineOf(text: string, part: string): number {
  return text.slice(0, text.indexOf(part)).split("\n").length;
}
