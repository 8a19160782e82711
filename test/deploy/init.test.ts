// What `sluice init` writes for kgateway and Envoy Gateway holds against their schemas and CEL rules, says the same as the shipped
// manifests but for the names, and leaves the doctor nothing to find. That it routes is shown by test/gateways.
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import { diagnose } from "../support/doctor.ts";
import { initInto, newFolder } from "../support/init.ts";
import { catchPrinted } from "../support/printed.ts";
import { manifestTools } from "./manifest-tools.ts";

const DEPLOY = fileURLToPath(new URL("../../deploy", import.meta.url));
const printed = catchPrinted();
const tools = await manifestTools();

const SERVERS = ["--weak", "http://qwen.models:8000", "--strong", "http://glm.models.svc.cluster.local"];
const SHIPPED_NAMES = ["--weak", "http://weak", "--strong", "http://strong.llm"];

describe.each(["kgateway", "envoy-gateway"])("the manifests for %s", (gateway) => {
  const [folder, shippedNames] = [newFolder(), newFolder()];
  let output = "";

  beforeAll(async () => {
    output = await initInto(folder, [...SERVERS, "--traffic", "chat", "--gateway", gateway]);
    await initInto(shippedNames, [...SHIPPED_NAMES, "--traffic", "chat", "--gateway", gateway]);
  });

  it("leave the doctor nothing to find, which says so at once", async () => {
    expect(output).toContain("no findings");
    expect(output).toContain(`kubectl apply -k ${folder}`);
    expect(await diagnose(printed, "--manifests", join(folder, gateway), "--config", join(folder, "sluice.yaml"))).toMatchObject({
      ids: [],
    });
  });

  it("name the servers' Services and nothing of the stand-ins", () => {
    const files = globSync(`${gateway}/*.yaml`, { cwd: folder });
    expect(files.length).toBeGreaterThan(4);
    const objects = files.flatMap((file) => parseAllDocuments(readFileSync(join(folder, file), "utf8")).map((each) => each.toJS()));
    const text = JSON.stringify(objects);
    expect(text).not.toMatch(/"namespace":"llm"|\.llm\.svc|"name":"(?:weak|strong)","port"/);
    expect(text).toMatch(
      gateway === "kgateway" ? /"name":"qwen","port":8000/ : /"hostname":"qwen\.models\.svc\.cluster\.local","port":8000/,
    );
    const { tiers } = parse(readFileSync(join(folder, "sluice.yaml"), "utf8")) as {
      readonly tiers: readonly { readonly cluster: string }[];
    };
    expect(tiers.map(({ cluster }) => cluster)).toEqual(
      gateway === "kgateway"
        ? ["kube_models_qwen_8000", "kube_models_glm_80"]
        : ["qwen.models.svc.cluster.local", "glm.models.svc.cluster.local"],
    );
  });

  it("are the shipped ones where the names are", () => {
    for (const file of globSync(`${gateway}/*.yaml`, { cwd: shippedNames })) {
      const objects = (text: string) => parseAllDocuments(text).map((each) => each.toJS() as unknown);
      expect(objects(readFileSync(join(shippedNames, file), "utf8")), file).toEqual(objects(readFileSync(join(DEPLOY, file), "utf8")));
    }
  });

  it.skipIf(tools === undefined)("are one set with sluice and its configuration, valid as a whole", async () => {
    const set = (await tools?.build(folder)) ?? "";
    expect(await tools?.problems({ set })).toEqual({ set: [] });
    const objects = parseAllDocuments(set).map((each) => each.toJS() as KubeObject);
    const maps = objects.filter(({ kind }) => kind === "ConfigMap");
    expect(maps).toMatchObject([{ metadata: { name: "sluice", namespace: "sluice" } }]);
    expect(maps[0]?.data?.["sluice.yaml"]).toBe(readFileSync(join(folder, "sluice.yaml"), "utf8"));
    const shipped = parseAllDocuments((await tools?.build(join(DEPLOY, "kubernetes"))) ?? "").map((each) => each.toJS() as KubeObject);
    const ofSluice = (kind: string, from: readonly KubeObject[]) => from.filter((each) => each.kind === kind);
    for (const kind of ["Deployment", "Service", "PodDisruptionBudget", "HorizontalPodAutoscaler", "Namespace", "ServiceAccount"]) {
      expect(ofSluice(kind, objects), kind).toEqual(ofSluice(kind, shipped));
    }
  });
});

interface KubeObject {
  readonly kind: string;
  readonly data?: Readonly<Record<string, string>>;
}
