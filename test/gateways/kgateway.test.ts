// What deploy/kgateway promises, on the real kgateway with its Envoy: the page is followed to the letter, then the manifests are tried.
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { load } from "../support/load.ts";
import { metric } from "../support/metrics.ts";
import { postHead, sendRaw } from "../support/raw-http.ts";
import { ask, askChunked, bytesOf, chat, chatOfBytes, received, routed, withoutFirstModel } from "../support/requests.ts";
import { stopAtEnd } from "../support/teardown.ts";
import { waitFor } from "../support/wait-for.ts";
import { type ApiServer, startApiServer } from "./support/api-server.ts";
import { type GatewayEnvoy, type Kgateway, startKgateway } from "./support/kgateway.ts";
import { watchNamespaces } from "./support/namespaces.ts";
import { type Pods, startPods } from "./support/pods.ts";
import { portsReached } from "./support/reach.ts";
import { followStep, type Shell, startShell, stepsOf } from "./support/readme.ts";

const PAGE = "deploy/kgateway/README.md";
const GATEWAY = { namespace: "llm", name: "llm", address: "127.0.0.1", port: 8080 };
const EASY = chat("hello", { model: "glm-5" });
const HARD = chat("design it", { model: "glm-5" });
const UNROUTED_WHEN_KILLED = 40; // those that are with the pod when it dies; the load keeps 20 requests in flight

let api: ApiServer;
let pods: Pods;
let kgateway: Kgateway;

beforeAll(async () => {
  api = await startApiServer();
  stopAtEnd(api.stop);
  kgateway = await startKgateway(api);
  stopAtEnd(kgateway.stop);
  const namespaces = await watchNamespaces(api);
  stopAtEnd(namespaces.stop);
  pods = await startPods({ kubeconfig: api.kubeconfig, namespaces: ["sluice", "llm"] });
  stopAtEnd(pods.stop);
});

describe(`${PAGE}, followed command by command`, () => {
  let shell: Shell;
  let gateway: Promise<GatewayEnvoy>;

  beforeAll(() => {
    shell = startShell(api.env);
    gateway = kgateway.startGateway(GATEWAY);
    gateway.catch(() => {}); // told by afterAll, if the page does not fail for it before
  });
  afterAll(async () => {
    shell.end();
    await (await gateway).stop();
  });

  let goesOn = true; // each step needs those before it

  it.each(stepsOf(PAGE))("line $line does what it shows", async (step) => {
    expect(goesOn, "an earlier step failed").toBe(true);
    goesOn = false;
    await followStep(step, shell);
    goesOn = true;
  });
});

describe("the manifests", () => {
  let envoy: GatewayEnvoy;
  let slow: Promise<unknown>; // an answer that takes longer than Envoy's default lets it

  beforeAll(async () => {
    for (const folder of ["kubernetes", "kubernetes/stand-ins", "kgateway"]) await api.kubectl("apply", "-k", `deploy/${folder}`);
    await ready();
    envoy = await kgateway.startGateway(GATEWAY);
    await waitFor("requests to be routed", async () => (await ask(envoy.url, EASY)).tier === "weak", 30_000);
    slow = ask(envoy.url, EASY, { "x-stand-in-script": "delay=16000" });
    slow.catch(() => {});
  });

  it("make Envoys that sluice's NetworkPolicy lets in, and not the model servers beside them", async () => {
    expect(await portsReached(api, "llm")).toEqual([
      ["llm", ["grpc"]],
      ["strong", []],
      ["weak", []],
    ]);
  });

  it("are all accepted and attached", async () => {
    const kinds = "gateways,httproutes,trafficpolicies,listenerpolicies,backendconfigpolicies";
    const { items } = JSON.parse(await api.kubectl("get", "--all-namespaces", kinds, "-o", "json")) as { items: readonly WithStatus[] };
    expect(items.length).toBe(7);
    for (const { metadata, status } of items) {
      const conditions = [status, ...(status.parents ?? []), ...(status.ancestors ?? [])].flatMap((of) => of.conditions ?? []);
      expect(conditions.length, metadata.name).toBeGreaterThan(1);
      expect(conditions.filter(({ status }) => status !== "True")).toEqual([]);
    }
  });

  it("leave the doctor nothing to find", async () => {
    const { stdout } = await promisify(execFile)(process.execPath, ["src/main.ts", "doctor", "--json", "--envoy-admin", envoy.adminUrl]);
    expect((JSON.parse(stdout) as { findings: readonly unknown[] }).findings).toEqual([]);
  });

  it("send easy requests to weak and hard ones to strong, without their model", async () => {
    const [easy, hard] = [await ask(envoy.url, EASY), await ask(envoy.url, HARD)];
    expect(routed(easy)).toEqual({ tier: "weak", servedBy: "weak", reason: "under-thresholds" });
    expect(routed(hard)).toEqual({ tier: "strong", servedBy: "strong", reason: "keyword:design" });
    expect(received(hard)).toEqual(bytesOf(withoutFirstModel(HARD)));
  });

  it("send what holds no chat to the default tier", async () => {
    const models = await fetch(`${envoy.url}/v1/models`);
    expect([models.status, models.headers.get("x-stand-in")]).toEqual([200, "strong"]);
  });

  it("let no client choose its tier", async () => {
    const forged = { "x-sluice-tier": "strong", "x-sluice-policy": "mine", "x-sluice-reason": "mine" };
    const answer = await ask(envoy.url, EASY, forged);
    expect(routed(answer)).toEqual({ tier: "weak", servedBy: "weak", reason: "under-thresholds" });
    expect(answer.echo.headers["x-sluice-policy"]).toBe("main@v7");
    expect(await ask(envoy.url, undefined, { ...forged, "x-sluice-tier": "weak" })).toMatchObject({ tier: "strong", servedBy: "strong" });
  });

  it.each([
    ["a 503", "503,200", 2],
    ["a 429", "429,200", 2],
    ["a 529", "529,200", 2],
    ["a dropped connection", "reset,200", 2],
    ["a 503 and a 429", "503,429,200", 3],
  ])("have a body of 1 KB and one of 3 MB sent again after %s, as sluice left them", async (_what, script, attempts) => {
    for (const body of [chatOfBytes(1 << 10), chatOfBytes(3 << 20)]) {
      const answer = await ask(envoy.url, body, { "x-stand-in-script": script });
      expect(answer).toMatchObject({ tier: "strong", servedBy: "strong" });
      expect(answer.echo.attempt).toBe(attempts);
      expect(received(answer)).toEqual(bytesOf(withoutFirstModel(body)));
    }
  });

  it("route a body of 15 MB that comes in chunks", async () => {
    const body = chatOfBytes(15_000_000);
    const answer = await askChunked(envoy.url, body);
    expect(routed(answer)).toEqual({ tier: "strong", servedBy: "strong", reason: "chars" });
    expect(received(answer)).toEqual(bytesOf(withoutFirstModel(body)));
  });

  it("have 60 requests retried at the same time", async () => {
    const script = { "x-stand-in-script": "503,200,delay=200" };
    const answers = await Promise.all(Array.from({ length: 60 }, () => ask(envoy.url, EASY, script)));
    expect(answers.map(({ servedBy, echo }) => `${servedBy} ${echo.attempt}`)).toEqual(Array(60).fill("weak 2"));
  });

  it("let events through one by one", async () => {
    const body = chat("hello", { stream: true });
    const headers = { "content-type": "application/json", "x-stand-in-script": "chunk-delay=50" };
    const response = await fetch(`${envoy.url}/v1/chat/completions`, { method: "POST", headers, body });
    const arrivals: number[] = [];
    for await (const _piece of response.body ?? []) arrivals.push(performance.now());
    expect(arrivals.length).toBeGreaterThan(10);
    expect((arrivals.at(-1) ?? 0) - (arrivals[0] ?? 0)).toBeGreaterThan(500);
  });

  it("have sluice told what was served, after how many attempts", async () => {
    const headers = { "content-type": "application/json", "x-stand-in-script": "503,404" };
    for (let sent = 0; sent < 5; sent++) await fetch(`${envoy.url}/v1/chat/completions`, { method: "POST", headers, body: EASY });
    // Envoy opens one log per worker, each to one of the pods: some decisions are joined where they were taken, some are told elsewhere.
    await waitFor(
      "five outcomes",
      async () => (await sum("sluice_outcomes_total", { decided: "weak", served: "weak", status: "4xx" })) === 5,
    );
    expect(await sum("sluice_retries_total", { decided: "weak" })).toBeGreaterThanOrEqual(5);
  });

  describe("when a pod of sluice goes, under load", () => {
    it("and is killed, every request is answered; those that were with it go unrouted", async () => {
      const doomed = sluices()[0];
      const { sent, wrong } = await loadUntil(async () => {
        doomed?.signal("SIGKILL");
        await waitFor("the container to be started anew", () => doomed?.restarts() === 1 && doomed.ready(), 30_000);
      });
      console.info(`kgateway, a pod killed: ${wrong.get("200 unrouted") ?? 0} of ${sent} requests unrouted`);
      expect([...wrong.keys()].filter((what) => what !== "200 unrouted")).toEqual([]);
      expect(wrong.get("200 unrouted") ?? 0).toBeLessThan(UNROUTED_WHEN_KILLED);
    });

    it("and all are replaced by a rollout, none goes unrouted", async () => {
      const { sent, wrong } = await loadUntil(async () => {
        await api.kubectl("-n", "sluice", "rollout", "restart", "deployment/sluice");
        await api.kubectl("-n", "sluice", "rollout", "status", "deployment/sluice", "--timeout=120s");
        await waitFor("the old pods to be gone", () => sluices().every((pod) => !pod.terminating()), 60_000);
      });
      console.info(`kgateway, a rollout: ${[...wrong.values()].reduce((sum, n) => sum + n, 0)} of ${sent} requests unrouted`);
      expect([...wrong]).toEqual([]);
    });
  });

  it("let an answer take longer than 15 seconds", async () => {
    expect(await slow).toMatchObject({ servedBy: "weak" });
  });

  describe("without sluice", () => {
    const passed = { tier: null, servedBy: "strong" }; // as it came, to the tier that can answer everything

    it("pass requests on unchanged when it hangs, within its time", async () => {
      for (const pod of sluices()) pod.signal("SIGSTOP");
      const startedAt = performance.now();
      const answer = await ask(envoy.url, EASY, { "x-sluice-tier": "weak" });
      expect(answer).toMatchObject(passed);
      expect(received(answer)).toEqual(bytesOf(EASY));
      expect(answer.echo.headers).not.toHaveProperty("x-sluice-tier");
      expect(performance.now() - startedAt).toBeGreaterThan(1_900);
      expect(performance.now() - startedAt).toBeLessThan(6_000);
    });

    it("refuse them instead with failOpen: false", async () => {
      await failOpen(false);
      expect(await statusOf(EASY)).toBe(504);
      for (const pod of sluices()) pod.signal("SIGCONT");
      await waitFor("sluice to answer again", async () => (await statusOf(EASY)) === 200);
      await scale(0);
      expect(await statusOf(EASY)).toBe(500);
    });

    it("pass them on when it is gone, and route again when it is back", async () => {
      await failOpen(true);
      expect(await ask(envoy.url, EASY)).toMatchObject(passed);
      await scale(2);
      await waitFor("requests to be routed", async () => (await ask(envoy.url, EASY)).tier === "weak", 30_000);
    });
  });

  const sluices = () => pods.of("sluice", "sluice");

  const loadUntil = async (happened: () => Promise<void>) => {
    let done = false;
    const loading = load({
      url: envoy.url,
      requests: [
        { body: EASY, tier: "weak" },
        { body: HARD, tier: "strong" },
      ],
      count: 2_000,
      connections: 20,
      during: () => !done,
    });
    await happened().finally(() => {
      done = true;
    });
    return loading;
  };

  /** Of the answer to a request on a connection of its own: open ones keep the filters they were made with. */
  const statusOf = async (body: string) => {
    const head = postHead([`content-length: ${body.length}`, "connection: close"]);
    return Number((await sendRaw(envoy.url, head + body)).split(" ")[1]);
  };

  const failOpen = async (open: boolean) => {
    await api.kubectl(
      "-n",
      "llm",
      "patch",
      "gatewayextension",
      "sluice",
      "--type=merge",
      "-p",
      `{"spec":{"extProc":{"failOpen":${open}}}}`,
    );
    const isSo = async () => (await (await fetch(`${envoy.adminUrl}/config_dump`)).text()).includes('"failure_mode_allow": true') === open;
    await waitFor("Envoy to have the change", isSo);
  };

  const scale = async (replicas: number) => {
    await api.kubectl("-n", "sluice", "scale", "deployment/sluice", `--replicas=${replicas}`);
    await waitFor(
      `${replicas} pods`,
      () => sluices().filter((pod) => pod.ready()).length === replicas && sluices().length === replicas,
      60_000,
    );
    const endpoints = async () =>
      (await (await fetch(`${envoy.adminUrl}/clusters`)).text()).match(/^kube_sluice_sluice_9002::.*::cx_active/gm);
    await waitFor("Envoy to know them", async () => ((await endpoints())?.length ?? 0) === replicas, 30_000);
  };

  /** Of a metric, over the pods of sluice. */
  const sum = async (name: string, labels: Readonly<Record<string, string>>) => {
    const counts = await Promise.all(sluices().map((pod) => metric(`http://${pod.address}:9003`, name, labels)));
    return counts.reduce((total, count) => total + count, 0);
  };

  const ready = async () => {
    await api.kubectl("-n", "sluice", "rollout", "status", "deployment/sluice", "--timeout=60s");
    await api.kubectl("-n", "llm", "wait", "--for=condition=Available", "deployment/weak", "deployment/strong", "--timeout=60s");
  };
});

interface Condition {
  readonly status: string;
}

interface WithConditions {
  readonly conditions?: readonly Condition[];
}

interface WithStatus {
  readonly metadata: { readonly name: string };
  readonly status: WithConditions & { readonly parents?: readonly WithConditions[]; readonly ancestors?: readonly WithConditions[] };
}
