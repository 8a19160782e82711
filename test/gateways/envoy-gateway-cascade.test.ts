// deploy/envoy-gateway with its component `cascade` on the real Envoy Gateway and a real Envoy: what the patches make of them judges
// answers, and asks strong where weak's is bad.
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative, resolve } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { chat, type Headers } from "../support/requests.ts";
import { stopAtEnd } from "../support/teardown.ts";
import { waitFor } from "../support/wait-for.ts";
import { type ApiServer, startApiServer } from "./support/api-server.ts";
import { startEnvoyGateway } from "./support/envoy-gateway.ts";
import { inEnvoy } from "./support/found.ts";
import type { GatewayEnvoy } from "./support/kgateway.ts";
import { watchNamespaces } from "./support/namespaces.ts";
import { type Pods, startPods } from "./support/pods.ts";
import { serviceAddress } from "./support/service-address.ts";

const GATEWAY = { namespace: "llm", name: "llm", address: "10.254.1.1", port: 80 };
const READY_MS = 60_000;
const STEPS = ["weak", "strong"] as const;
const CONFIG = `listen: { extProc: "0.0.0.0:9002", admin: "0.0.0.0:9003" }
tiers: [{ name: weak }, { name: strong }]
active: main
policies:
  main: { type: rules, rules: [{ name: proof, match: { keywords: [prove] }, tier: strong }], fallback: { tier: cascade } }
cascade: { steps: [${STEPS.join(", ")}], hold: { ms: 300 } }
`;
/** The stand-ins answer with a sentence, where this asks for JSON. */
const [ANSWERED, UNANSWERED] = [{}, { response_format: { type: "json_object" } }];

let api: ApiServer;
let pods: Pods;
let gateway: GatewayEnvoy;

beforeAll(async () => {
  api = await startApiServer();
  stopAtEnd(api.stop);
  const controller = await startEnvoyGateway(api, { patches: true });
  stopAtEnd(controller.stop);
  pods = await startPods({ kubeconfig: api.kubeconfig, namespaces: ["sluice", "llm"] });
  stopAtEnd(pods.stop);
  const namespaces = await watchNamespaces(api);
  stopAtEnd(namespaces.stop);
  const starting = controller.startGateway(GATEWAY, addresses);
  starting.catch(() => undefined); // awaited below
  await api.kubectl("apply", "-f", "deploy/envoy-gateway/gatewayclass.yaml");
  for (const set of ["deploy/kubernetes", "deploy/kubernetes/stand-ins"]) await api.kubectl("apply", "-k", set);
  await api.kubectl(
    "-n",
    "sluice",
    "patch",
    "configmap",
    "sluice",
    "--type=merge",
    "-p",
    JSON.stringify({ data: { "sluice.yaml": CONFIG } }),
  );
  await api.kubectl("apply", "-k", withCascade());
  gateway = await starting;
  await waitFor("requests to be judged", async () => (await asked(ANSWERED)).status === 200 && (await judged()) > 0, READY_MS);
});

it("the patches are taken, and the doctor finds nothing to say", async () => {
  const status = await api.kubectl("-n", "llm", "get", "envoypatchpolicy", "sluice-cascade", "-o", "jsonpath={.status}");
  expect(status).toContain('"type":"Programmed"');
  expect(status).not.toContain('"status":"False"');
  expect(await inEnvoy(gateway, { cascade: STEPS })).toEqual([]);
});

describe.each([false, true])("an answer, streamed: %s", (stream) => {
  it("that is good is weak's, asked for once", async () => {
    expect(await asked({ ...ANSWERED, stream })).toMatchObject({ status: 200, servedBy: "weak", decided: "weak", isWhole: true });
  });

  it("that is bad is thrown away: the client gets strong's alone, which nobody judges", async () => {
    const before = await judged();
    expect(await asked({ ...UNANSWERED, stream })).toMatchObject({ status: 200, servedBy: "strong", decided: "weak", isWhole: true });
    expect(await judged()).toBe(before + 1);
  });

  it("of a tier that is gone is the other's", async () => {
    expect(await asked({ ...ANSWERED, stream }, "weak=503")).toMatchObject({ servedBy: "strong" });
    expect(await asked({ ...UNANSWERED, stream }, "strong=503")).toMatchObject({ servedBy: "weak" }); // an answer is better than none
  });
});

it("an answer to a question that is not for the cascade is judged by nobody", async () => {
  const before = await judged();
  expect(await asked(UNANSWERED, "", "prove it")).toMatchObject({ servedBy: "strong", decided: "strong" });
  expect(await judged()).toBe(before);
});

/** An overlay with the component. */
function withCascade(): string {
  const folder = mkdtempSync(join(tmpdir(), "sluice-overlay-"));
  const to = (path: string) => relative(folder, resolve("deploy/envoy-gateway", path));
  writeFileSync(join(folder, "kustomization.yaml"), JSON.stringify({ resources: [to(".")], components: [to("cascade")] }));
  return folder;
}

async function asked(fields: { readonly stream?: boolean; readonly response_format?: object }, script = "", question = "hello") {
  const headers: Headers = { "content-type": "application/json", "x-stand-in-script": script };
  const response = await fetch(`${gateway.url}/v1/chat/completions`, { method: "POST", headers, body: chat(question, fields) });
  const text = await response.text();
  const said = /This.*is the (weak|strong) stand-in/.exec(fields.stream === true ? contentOf(text) : text)?.[1];
  return {
    status: response.status,
    servedBy: said,
    decided: response.headers.get("x-sluice-tier"),
    isWhole:
      fields.stream === true ? text.trimEnd().endsWith("data: [DONE]") && text.split("[DONE]").length === 2 : text.trimEnd().endsWith("}"),
  };
}

/** The words of a streamed answer. */
function contentOf(events: string): string {
  return [...events.matchAll(/"content":"([^"]*)"/g)].map(([, word]) => word).join("");
}

/** How many answers Envoy has shown to the judge. */
async function judged(): Promise<number> {
  return [...(await gateway.stats("ext_proc.judge.streams_started")).values()].reduce((sum, count) => sum + count, 0);
}

/** What DNS would say: the tiers' Services lead to the stand-ins' pods; sluice's, which is headless, is a pod. */
async function addresses(): Promise<Readonly<Record<string, string>>> {
  const hosts: Record<string, string> = {};
  const ready = (namespace: string, name: string) => pods.of(namespace, name).find((pod) => pod.ready() && !pod.terminating());
  for (const tier of STEPS) {
    const address = await api.kubectl("-n", "llm", "get", "service", tier, "-o", "jsonpath={.spec.clusterIP}");
    const service = await serviceAddress({ address, port: 80 }, () => {
      const pod = ready("llm", tier);
      return pod && { address: pod.address, port: 8080 };
    });
    stopAtEnd(async () => service.close());
    hosts[`${tier}.llm.svc.cluster.local`] = address;
  }
  hosts["sluice.sluice.svc.cluster.local"] = await waitFor("a pod of sluice", () => ready("sluice", "sluice")?.address, READY_MS);
  return hosts;
}
