// deploy/envoy-gateway on the real Envoy Gateway and a real Envoy, with sluice and the stand-ins as deploy/kubernetes has them: its page
// followed to the letter, and then what the page promises.
import { readFileSync } from "node:fs";
import { Client } from "undici";
import { beforeAll, describe, expect, it } from "vitest";
import type { FindingId } from "../../src/setup/doctor/catalogue.ts";
import { type LoadResult, load } from "../support/load.ts";
import { type Headers as AskHeaders, ask, bytesOf, chat, chatOfBytes, received, withoutFirstModel } from "../support/requests.ts";
import { stopAtEnd } from "../support/teardown.ts";
import { waitFor } from "../support/wait-for.ts";
import { type ApiServer, startApiServer } from "./support/api-server.ts";
import { type EnvoyGateway, startEnvoyGateway } from "./support/envoy-gateway.ts";
import { eventTimes } from "./support/event-times.ts";
import { inEnvoy, inManifests } from "./support/found.ts";
import { askHttp2 } from "./support/http2-client.ts";
import type { GatewayEnvoy } from "./support/kgateway.ts";
import { watchNamespaces } from "./support/namespaces.ts";
import { type Pods, startPods } from "./support/pods.ts";
import { portsReached } from "./support/reach.ts";
import { followStep, type PageStep, startShell, stepsOf } from "./support/readme.ts";
import { serviceAddress } from "./support/service-address.ts";

const GATEWAY = { namespace: "llm", name: "llm", address: "10.254.1.1", port: 80 };
const TAKES_EFFECT_MS = 30_000;
const UNROUTED_WHEN_KILLED = 20; // with 12 in flight
const STEPS = stepsOf("deploy/envoy-gateway/README.md");
const REMOVES = (step: PageStep) => step.commands.includes("kubectl delete");
const HARD = "Design the architecture of a payment service.";

let api: ApiServer;
let controller: EnvoyGateway;
let pods: Pods;
let gateway: GatewayEnvoy;
let shell: ReturnType<typeof startShell>;
let longAnswer: Promise<number>;

beforeAll(async () => {
  api = await startApiServer();
  stopAtEnd(api.stop);
  controller = await startEnvoyGateway(api);
  stopAtEnd(controller.stop);
  pods = await startPods({ kubeconfig: api.kubeconfig, namespaces: ["sluice", "llm"] });
  stopAtEnd(pods.stop);
  const namespaces = await watchNamespaces(api);
  stopAtEnd(namespaces.stop);
  shell = startShell({ ...process.env, KUBECONFIG: api.kubeconfig });
  stopAtEnd(async () => shell.end());
});

describe("the page", () => {
  let starting: Promise<GatewayEnvoy>;

  // Envoy runs as soon as the page's commands have made the controller want it to.
  beforeAll(() => {
    starting = controller.startGateway(GATEWAY, tierAddresses);
    starting.catch(() => undefined); // the test below says so
  });

  it.each(STEPS.filter((step) => !REMOVES(step)).map((step) => [step.line, step] as const))(
    "works as it stands: commands in line %i",
    (_line, step) => followStep(step, shell),
  );

  it("makes a Gateway that Envoy serves", async () => {
    gateway = await starting;
  });

  it("makes Envoys that sluice's NetworkPolicy lets in, and not the model servers", async () => {
    const [[name, ports] = [], ...others] = await portsReached(api, "envoy-gateway-system");
    expect([name, ports, others]).toEqual([expect.stringContaining("envoy-llm-llm"), ["grpc"], []]);
    expect(await portsReached(api, "llm")).toEqual([
      ["strong", []],
      ["weak", []],
    ]);
  });

  it("is about policies that the controller accepted", async () => {
    const kinds = "envoyextensionpolicies,backendtrafficpolicies,clienttrafficpolicies,backends,httproutes,gateways";
    const said = await api.kubectl("-n", "llm", "get", kinds, "-o", "jsonpath={range .items[*]}{.kind}{.status}{'\\n'}{end}");
    expect(said).not.toContain('"status":"False"');
    expect(said.match(/"type":"Accepted"/g)?.length).toBeGreaterThanOrEqual(9);
  });
});

describe("a request", () => {
  beforeAll(() => {
    longAnswer = ask(gateway.url, chat("hello"), { "x-stand-in-script": "delay=16000" }).then(({ status }) => status);
  });

  it.each([
    ["easy", chat("hello"), "weak", "under-thresholds"],
    ["hard", chat(HARD), "strong", "keyword:architect"],
    ["without a body", undefined, "strong", "no-body"],
  ])("that is %s goes to the tier decided", async (_what, body, tier, reason) => {
    const answer = await ask(gateway.url, body);
    expect(answer).toMatchObject({ status: 200, tier, servedBy: tier });
    expect(answer.echo.headers).toMatchObject({ "x-sluice-tier": tier, "x-sluice-reason": reason });
  });

  it("loses the x-sluice headers its client sent", async () => {
    const forged = { "x-sluice-tier": "strong", "x-sluice-policy": "mine", "x-sluice-other": "1" };
    const { tier, servedBy, echo } = await ask(gateway.url, chat("hello"), forged);
    expect({ tier, servedBy }).toEqual({ tier: "weak", servedBy: "weak" });
    expect(echo.headers).toMatchObject({ "x-sluice-policy": "main@v7" });
    expect(echo.headers).not.toHaveProperty("x-sluice-other");
  });

  it.each([
    ["HTTP/1.1", ask],
    ["HTTP/2", askHttp2],
  ])("of 3 MB arrives whole over %s, at the other tier too", async (_protocol, send) => {
    const body = chatOfBytes(3_000_000);
    const expected = bytesOf(withoutFirstModel(body));
    const [direct, fallenBack] = [await send(gateway.url, body), await send(gateway.url, body, { "x-stand-in-script": "strong=503" })];
    expect([direct.servedBy, received(direct)]).toEqual(["strong", expected]);
    expect([fallenBack.servedBy, received(fallenBack)]).toEqual(["weak", expected]);
  });

  it("is answered in events that come one by one", async () => {
    const times = await eventTimes(gateway.url, chat("hello", { stream: true }), { "x-stand-in-script": "chunk-delay=60" });
    expect(times.length).toBeGreaterThan(10);
    const gaps = times.slice(1).map((time, at) => time - (times[at] ?? 0));
    expect(gaps.filter((gap) => gap > 30).length).toBeGreaterThan(gaps.length * 0.7);
  });
});

describe("a server that is full or going", () => {
  it.each([
    ["503", "503,200", "strong"], // the second attempt is the same tier's
    ["429", "429,200", "strong"],
    ["529", "529,200", "strong"],
    ["503", "strong=503", "weak"],
    ["429", "strong=429", "weak"],
    ["a lost connection", "strong=reset", "weak"],
  ])("answers %s (%s): %s serves, for each of 60 at a time, with the body as sluice made it", async (_what, script, servedBy) => {
    const bodies = Array.from({ length: 60 }, (_, at) => chat(`${HARD} ${at} ${"lorem ip ".repeat(2000)}`, { model: "glm-5" }));
    const answers = await Promise.all(bodies.map((body) => ask(gateway.url, body, { "x-stand-in-script": script })));
    expect(answers.map((answer) => [answer.servedBy, received(answer)])).toEqual(
      bodies.map((body) => [servedBy, bytesOf(withoutFirstModel(body))]),
    );
  });

  it("makes weak fall back to strong, too, and the outcome says so without a line of configuration", async () => {
    const { tier, servedBy } = await ask(gateway.url, chat("hello"), { "x-stand-in-script": "weak=503" });
    expect({ tier, servedBy }).toEqual({ tier: "weak", servedBy: "strong" });
    await waitFor("the outcome", async () => (await outcomes(`decided="weak",served="strong",status="2xx"`)) === 1);
    // What is no chat is decided for no tier, and served by none.
    for (const decided of ["weak", "strong"]) expect(await outcomes(`decided="${decided}",served="none",status="2xx"`)).toBe(0);
  });
});

it("an answer may take longer than Envoy's default of 15 seconds", async () => {
  expect(await longAnswer).toBe(200);
});

describe("while requests come in", () => {
  /** Keeps 12 requests in flight until `act` is done. */
  async function loadDuring(act: () => Promise<unknown>): Promise<LoadResult> {
    let acting = true;
    const requests = [
      { body: chat("hello"), tier: "weak" },
      { body: chat(HARD), tier: "strong" },
    ];
    const loading = load({ url: gateway.url, requests, count: 1000, connections: 12, during: () => acting });
    try {
      await act();
    } finally {
      acting = false;
    }
    return loading;
  }

  it("a pod of sluice is killed: its requests are asked of another one", async () => {
    const doomed = pods.of("sluice", "sluice")[0];
    const { sent, wrong } = await loadDuring(async () => {
      doomed?.signal("SIGKILL");
      await waitFor("its container to be started anew", () => doomed?.restarts() === 1 && doomed.ready(), TAKES_EFFECT_MS);
    });
    console.info(`Envoy Gateway, a pod killed: ${sent} requests, of them not as decided: ${JSON.stringify([...wrong])}`);
    expect([...wrong.keys()].filter((what) => what !== "200 unrouted")).toEqual([]);
    expect(wrong.get("200 unrouted") ?? 0).toBeLessThan(UNROUTED_WHEN_KILLED);
  });

  it("a rollout of sluice leaves none of them unrouted", async () => {
    const { sent, wrong } = await loadDuring(async () => {
      await api.kubectl("-n", "sluice", "rollout", "restart", "deployment/sluice");
      await api.kubectl("-n", "sluice", "rollout", "status", "deployment/sluice", "--timeout=120s");
      await waitFor("the old pods to go", () => pods.of("sluice", "sluice").every((pod) => !pod.terminating()), 60_000);
    });
    console.info(`Envoy Gateway, a rollout: ${sent} requests, of them not as decided: ${JSON.stringify([...wrong])}`);
    expect([...wrong]).toEqual([]);
  });
});

/** In what `kubectl kustomize` makes of the shipped manifests; the doctor names it, and a request shows it. */
const MISTAKES: Readonly<Record<string, Mistake>> = {
  "the buffer limit is left to Envoy Gateway": {
    edit: ["  connection:\n    bufferLimit: 32Mi\n", ""],
    found: "body-limit-small",
    showsIn: async () => (await askAnew({}, chatOfBytes(100_000))).status === 413,
  },
  "the window of HTTP/2 clients is left to Envoy Gateway": {
    edit: ["  http2:\n    initialConnectionWindowSize: 64Mi\n    initialStreamWindowSize: 32Mi\n", ""],
    found: "body-limit-small",
    showsIn: async () => (await askHttp2(gateway.url, chatOfBytes(100_000)).catch(String)).toString().includes("413"),
  },
  "clients' headers are kept": {
    edit: [/ {2}headers:\n {4}earlyRequestHeaders:\n {6}removeOnMatch:\n {6}- type: Prefix\n {8}value: x-sluice-\n/, ""],
    found: "client-headers-kept",
    showsIn: () => whileSluiceHangs(async () => (await askAnew({ "x-sluice-tier": "weak" })).servedBy === "weak"),
  },
  "429 is not retried": {
    edit: ["      - 429\n", ""],
    found: "retry-without-429",
    showsIn: async () => (await askAnew({ "x-stand-in-script": "429,200" })).status === 429,
  },
  "a Service stands beside a fallback": {
    edit: [
      /(backendRefs:\n) {4}- group: gateway.envoyproxy.io\n {6}kind: Backend\n {6}name: strong\n( {4}- group)/,
      "$1    - name: strong\n      port: 80\n$2",
    ],
    found: "fallback-shares",
    inEnvoy: [], // two clusters with weights are no mistake to Envoy
    showsIn: async () => {
      const eight = await Promise.all(Array.from({ length: 8 }, () => askAnew({}, chat(HARD))));
      return eight.some(({ servedBy }) => servedBy === "weak");
    },
  },
};

interface Mistake {
  readonly edit: readonly [from: string | RegExp, to: string];
  readonly found: FindingId;
  readonly inEnvoy?: readonly FindingId[]; // the same, when not given
  readonly showsIn: () => Promise<boolean>;
}

describe("a mistake in the manifests", () => {
  let good: string;

  beforeAll(async () => {
    const parts = await Promise.all(["deploy/kubernetes", "deploy/envoy-gateway"].map((folder) => api.kubectl("kustomize", folder)));
    good = [...parts, readFileSync("deploy/envoy-gateway/gatewayclass.yaml", "utf8")].join("---\n");
  });

  it.each(Object.entries(MISTAKES))(
    "%s: the doctor finds it there and in Envoy, and it shows",
    async (_, { edit, found, inEnvoy: inIt = [found], showsIn }) => {
      const bad = good.replace(edit[0], edit[1]);
      expect(bad).not.toBe(good);
      expect(inManifests(good)).toEqual([]);
      expect(inManifests(bad)).toEqual([found]);
      expect(await inEnvoy(gateway)).toEqual([]);
      await apply(bad);
      try {
        await waitFor("the mistake to show", showsIn, TAKES_EFFECT_MS);
        await waitFor("the mistake in Envoy", async () => (await inEnvoy(gateway)).join() === inIt.join(), TAKES_EFFECT_MS);
      } finally {
        await apply(good);
      }
      await waitFor("it to be mended", async () => !(await showsIn()) && (await inEnvoy(gateway)).length === 0, TAKES_EFFECT_MS);
    },
  );

  const apply = (manifests: string) => shell.run(`kubectl apply -f - <<'END'\n${manifests}\nEND`);
});

describe.each([
  { failOpen: true, whenGone: 200, whenHanging: 200 },
  { failOpen: false, whenGone: 500, whenHanging: 504 },
])("with failOpen $failOpen", ({ failOpen, whenGone, whenHanging }) => {
  const served = failOpen ? "strong" : undefined;

  beforeAll(async () => {
    const patch = JSON.stringify([{ op: "replace", path: "/spec/extProc/0/failOpen", value: failOpen }]);
    await api.kubectl("-n", "llm", "patch", "envoyextensionpolicy", "sluice", "--type=json", "-p", patch);
    await waitFor("the policy in Envoy", async () => (await inForce()).includes('"failure_mode_allow":true') === failOpen, TAKES_EFFECT_MS);
  });

  it(`a sluice that hangs makes it ${whenHanging}`, async () => {
    expect(await whileSluiceHangs(askAnew)).toEqual({ status: whenHanging, tier: undefined, servedBy: served });
  });

  it(`no sluice at all makes it ${whenGone}, and clients cannot choose either`, async () => {
    const replicas = String(pods.of("sluice", "sluice").length);
    await api.kubectl("-n", "sluice", "scale", "deployment/sluice", "--replicas=0");
    await waitFor("the pods to go", () => pods.of("sluice", "sluice").length === 0, TAKES_EFFECT_MS);
    const asked = () => askAnew({ "x-sluice-tier": "weak" });
    // The controller takes the filter out of the listener and, closed, has the routes answer 500: two updates, with requests between them.
    await waitFor("the filter to go", async () => !(await inForce()).includes("ext_proc"), TAKES_EFFECT_MS);
    await waitFor(`it to be ${whenGone}`, async () => (await asked()).status === whenGone, TAKES_EFFECT_MS);
    expect(await asked()).toEqual({ status: whenGone, tier: undefined, servedBy: served });
    await api.kubectl("-n", "sluice", "scale", "deployment/sluice", `--replicas=${replicas}`);
    await waitFor("requests to be routed", async () => (await askAnew()).tier === "weak", TAKES_EFFECT_MS);
  });
});

describe("with the optional lines of ext-proc.yaml", () => {
  it("sluice is shown the answers on the side, and counts tokens exactly, in streams longer than the call's timeout, too", async () => {
    const shipped = readFileSync(new URL("../../deploy/envoy-gateway/ext-proc.yaml", import.meta.url), "utf8");
    const changed = shipped.replace(/^ {2}#-.*\n(?: {2}# .*\n)+/m, (lines) => lines.replaceAll(/^ {2}#/gm, "  "));
    expect(changed).toContain("\n    shadowMode: true\n");
    await shell.run(`kubectl apply -f - <<'END'\n${changed}\nEND`);
    await waitFor("the filter that observes", async () => (await inForce()).includes('"observability_mode":true'), TAKES_EFFECT_MS);
    // One pod: decision, access log and answer must meet in it.
    await api.kubectl("-n", "sluice", "patch", "hpa", "sluice", "--type=merge", "-p", '{"spec":{"minReplicas":1}}');
    await api.kubectl("-n", "sluice", "scale", "deployment/sluice", "--replicas=1");
    await waitFor("one pod", () => pods.of("sluice", "sluice").length === 1, TAKES_EFFECT_MS);
    const exact = () => metricSum(`sluice_tokens_total{tier="weak",direction="output",basis="exact"}`);
    const before = await exact();
    expect(await askAnew({ "x-stand-in-script": "delay=11000" })).toMatchObject({ status: 200, tier: "weak" });
    await waitFor("the tokens", async () => (await exact()) > before);
  });
});

it("the page's last commands remove what its first ones made", async () => {
  for (const step of STEPS.filter(REMOVES)) await followStep(step, shell);
  const left = await api.kubectl("get", "gateways,httproutes,envoyextensionpolicies,deployments", "-A", "-o", "name");
  expect(left.split("\n").filter((name) => name.includes("llm") || name.includes("sluice"))).toEqual([]);
});

async function whileSluiceHangs<T>(act: () => Promise<T>): Promise<T> {
  const hanging = pods.of("sluice", "sluice");
  for (const pod of hanging) pod.signal("SIGSTOP");
  try {
    return await act();
  } finally {
    for (const pod of hanging) pod.signal("SIGCONT");
  }
}

/** Asks on a connection of its own: open ones keep the listener they came in by, as it was. */
async function askAnew(sent: AskHeaders = {}, asked = chat("hello")) {
  const client = new Client(gateway.url);
  const { statusCode, headers, body } = await client.request({
    method: "POST",
    path: "/v1/chat/completions",
    headers: { "content-type": "application/json", ...sent },
    body: asked,
  });
  await body.dump();
  await client.close();
  return { status: statusCode, tier: headers["x-sluice-tier"], servedBy: headers["x-stand-in"] };
}

/** DNS and kube-proxy: the tiers' host names stand for addresses that lead to the stand-ins' pods. */
async function tierAddresses(): Promise<Readonly<Record<string, string>>> {
  const hosts: Record<string, string> = {};
  for (const tier of ["weak", "strong"]) {
    const address = await api.kubectl("-n", "llm", "get", "service", tier, "-o", "jsonpath={.spec.clusterIP}");
    const pod = () => pods.of("llm", tier).find((one) => one.ready() && !one.terminating());
    const service = await serviceAddress({ address, port: 80 }, () => {
      const ready = pod();
      return ready === undefined ? undefined : { address: ready.address, port: 8080 };
    });
    stopAtEnd(async () => service.close());
    hosts[`${tier}.llm.svc.cluster.local`] = address;
  }
  return hosts;
}

/** Envoy's listeners as JSON, without those that only finish what they have begun. */
async function inForce(): Promise<string> {
  const dump = await (await fetch(`${gateway.adminUrl}/config_dump?resource=dynamic_listeners`)).json();
  const { configs } = dump as { configs: readonly { active_state?: object }[] };
  return JSON.stringify(configs.map((listener) => listener.active_state));
}

/** How many outcomes with these labels the pods of sluice counted, all together. */
function outcomes(labels: string): Promise<number> {
  return metricSum("sluice_outcomes_total{", labels);
}

/** Of all pods of sluice. */
async function metricSum(start: string, labels = ""): Promise<number> {
  const texts = await Promise.all(
    pods.of("sluice", "sluice").map(async ({ address }) => (await fetch(`http://${address}:9003/metrics`)).text()),
  );
  const lines = texts.flatMap((text) => text.split("\n")).filter((line) => line.startsWith(start));
  return lines.filter((line) => line.includes(labels)).reduce((sum, line) => sum + Number(line.split(" ").at(-1)), 0);
}
