// What the doctor says of manifests, against what the real kgateway makes of them: the mistake is in Envoy, too, and it hurts.
import { once } from "node:events";
import { request as httpRequest, type IncomingMessage } from "node:http";
import { beforeAll, describe, expect, it } from "vitest";
import type { FindingId } from "../../src/setup/doctor/catalogue.ts";
import { ask, chat, chatOfBytes } from "../support/requests.ts";
import { stopAtEnd } from "../support/teardown.ts";
import { waitFor } from "../support/wait-for.ts";
import { type ApiServer, startApiServer } from "./support/api-server.ts";
import { inEnvoy, inManifests } from "./support/found.ts";
import { type GatewayEnvoy, startKgateway } from "./support/kgateway.ts";
import { watchNamespaces } from "./support/namespaces.ts";
import { startPods } from "./support/pods.ts";

const EASY = chat("hello");
const CHANGED_MS = 30_000; // a changed cluster may warm for 15 s

interface Mistake {
  /** In what `kubectl kustomize` makes of the shipped manifests. */
  readonly edit: readonly [from: string | RegExp, to: string];
  readonly manifests: FindingId;
  /** What the same mistake is called in Envoy's configuration; none where it does not show there. */
  readonly envoy: readonly FindingId[];
  readonly request?: Request;
  /** What comes of it: status, x-sluice-tier of the answer, the server that gave it. */
  readonly comesTo: string;
  readonly insteadOf: string;
}

interface Request {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

const ROUTED = "200 weak by weak";
const UNROUTED = "200 - by strong";

const MISTAKES: Readonly<Record<string, Mistake>> = {
  "the mode of the body is left out": {
    edit: [/ +requestBodyMode: BUFFERED\n/, ""],
    manifests: "processing-mode-implicit",
    envoy: ["request-body-not-buffered"],
    comesTo: "200 strong by strong",
    insteadOf: ROUTED,
  },
  "the filter runs after the route is final": {
    edit: ["    failOpen: true\n", "    failOpen: true\n    filterStage: { stage: Route, predicate: After }\n"],
    manifests: "route-stage-late",
    envoy: [],
    comesTo: "200 weak by strong",
    insteadOf: ROUTED,
  },
  "the port of sluice's Service does not say HTTP/2": {
    edit: [/ {2}- appProtocol: kubernetes.io\/h2c\n {4}name: grpc\n/, "  - name: ext-proc\n"],
    manifests: "app-protocol-missing",
    envoy: ["ext-proc-not-http2"],
    comesTo: UNROUTED,
    insteadOf: ROUTED,
  },
  "the policy is on the strong rule": {
    edit: ["sectionName: undecided", "sectionName: strong"],
    manifests: "ext-proc-off-on-route",
    envoy: ["ext-proc-off-on-route"],
    comesTo: UNROUTED,
    insteadOf: ROUTED,
  },
  "the policy names an extension that is not there": {
    edit: ["extensionRef:\n      name: sluice", "extensionRef:\n      name: sluices"],
    manifests: "extension-missing",
    envoy: ["ext-proc-missing"],
    comesTo: "500 - by -",
    insteadOf: ROUTED,
  },
  "the extension may not refer to sluice's Service": {
    edit: [/ {2}- group: gateway.kgateway.dev\n {4}kind: GatewayExtension\n {4}namespace: llm\n/, ""],
    manifests: "reference-not-granted",
    envoy: ["ext-proc-missing"],
    comesTo: "500 - by -",
    insteadOf: ROUTED,
  },
  "the access log may not go to sluice's Service": {
    edit: [/ {2}- group: gateway.kgateway.dev\n {4}kind: ListenerPolicy\n {4}namespace: llm\n/, ""],
    manifests: "reference-not-granted",
    envoy: ["client-headers-kept", "body-limit-small", "access-log-missing"],
    comesTo: "500 - by -",
    insteadOf: ROUTED,
  },
  "clients' headers are kept": {
    edit: [/ +earlyRequestHeaderModifier:\n +remove:\n(?: +- x-sluice-\w+\n)+/, ""],
    manifests: "client-headers-kept",
    envoy: ["client-headers-kept"],
    request: { headers: { "x-sluice-tier": "weak" } },
    comesTo: "200 weak by weak",
    insteadOf: "200 strong by strong", // no body, no decision but the default's
  },
  "the buffer limit is left to Envoy": {
    edit: [/ {4}perConnectionBufferLimitBytes: 33554432\n/, ""],
    manifests: "body-limit-small",
    envoy: ["body-limit-small"],
    request: { body: chatOfBytes(2 << 20) },
    comesTo: "413 - by -",
    insteadOf: "200 strong by strong",
  },
};

let api: ApiServer;
let envoy: GatewayEnvoy;
let good: string;

beforeAll(async () => {
  api = await startApiServer();
  stopAtEnd(api.stop);
  const kgateway = await startKgateway(api);
  stopAtEnd(kgateway.stop);
  const namespaces = await watchNamespaces(api);
  stopAtEnd(namespaces.stop);
  const pods = await startPods({ kubeconfig: api.kubeconfig, namespaces: ["sluice", "llm"] });
  stopAtEnd(pods.stop);
  await api.kubectl("apply", "-k", "deploy/kubernetes/stand-ins");
  const parts = await Promise.all(["deploy/kubernetes", "deploy/kgateway"].map((folder) => api.kubectl("kustomize", folder)));
  good = parts.join("---\n");
  await api.apply(good);
  await api.kubectl("-n", "sluice", "rollout", "status", "deployment/sluice", "--timeout=60s");
  await api.kubectl("-n", "llm", "wait", "--for=condition=Available", "deployment/weak", "deployment/strong", "--timeout=60s");
  envoy = await kgateway.startGateway({ namespace: "llm", name: "llm", address: "127.0.0.1", port: 8080 });
  await waitFor("requests to be routed", async () => (await ask(envoy.url, EASY)).tier === "weak", CHANGED_MS);
});

describe("the doctor, of manifests and of the Envoy that kgateway runs by them", () => {
  it("finds nothing wrong with ours", async () => {
    expect(inManifests(good)).toEqual([]);
    const kinds = "gatewayextensions,trafficpolicies,listenerpolicies,backendconfigpolicies,gateways,httproutes,services,referencegrants";
    expect(inManifests(await api.kubectl("get", kinds, "--all-namespaces", "-o", "yaml"))).toEqual([]);
    expect(await inEnvoy(envoy)).toEqual([]);
  });

  it.each(Object.entries(MISTAKES))("finds in both that %s, which shows", async (_, mistake) => {
    const { manifests, envoy, request = { body: EASY }, comesTo, insteadOf } = mistake;
    const bad = good.replace(mistake.edit[0], mistake.edit[1]);
    expect(bad).not.toBe(good);
    expect(inManifests(bad)).toEqual([manifests]);
    await comes(request, insteadOf);
    await api.apply(bad);
    await comes(request, comesTo);
    await findsInEnvoy(envoy);
    await api.apply(good);
    await comes(request, insteadOf);
    await findsInEnvoy([]);
  });

  it("knows a kind that the API server does not", async () => {
    const retry = "apiVersion: gateway.kgateway.dev/v1alpha1\nkind: EnvoyRetry\nmetadata: { name: retry, namespace: llm }\n";
    expect(inManifests(`${good}---\n${retry}`)).toEqual(["unknown-kind"]);
    await expect(api.apply(retry)).rejects.toThrow(/no matches for kind "EnvoyRetry"/);
  });
});

async function findsInEnvoy(expected: readonly FindingId[]): Promise<void> {
  const found = async () => (await inEnvoy(envoy)).join() === expected.join();
  await waitFor(`Envoy's configuration to have [${expected.join()}]`, found, CHANGED_MS).catch(async () => {
    expect(await inEnvoy(envoy)).toEqual(expected);
  });
}

/** Waits for a request to come to that. */
async function comes(request: Request, expected: string): Promise<void> {
  const asExpected = async () => (await outcomeOf(request)) === expected;
  await waitFor(`a request to come to ${expected}`, asExpected, CHANGED_MS).catch(async () => {
    expect(await outcomeOf(request)).toBe(expected);
  });
}

/** On a connection of its own: open ones keep the filters they were made with. */
async function outcomeOf({ headers = {}, body = "" }: Request): Promise<string> {
  const sent = httpRequest(`${envoy.url}/v1/chat/completions`, {
    method: "POST",
    agent: false,
    headers: { "content-type": "application/json", "content-length": body.length, ...headers },
  });
  sent.end(body);
  // Envoy may close before it has taken in a body that it refuses: then its answer may be lost, and the request is to be sent again.
  const [answer] = (await once(sent, "response").catch(() => [])) as [IncomingMessage?];
  if (answer === undefined) return "no answer";
  sent.on("error", () => {});
  answer.resume();
  return `${answer.statusCode} ${answer.headers["x-sluice-tier"] ?? "-"} by ${answer.headers["x-stand-in"] ?? "-"}`;
}
