// Who may reach the two ports that are for those you trust, under the NetworkPolicy we ship: Envoys of the shipped gateways, Prometheus.
// That a cluster enforces it is its network plugin's business.
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { manifestTools } from "./manifest-tools.ts";
import { mayEnter, mayLeave, type NetworkPolicy, type Pod } from "./network-policy.ts";

const FOLDER = new URL("../../deploy/kubernetes/", import.meta.url);
const yamlOf = (path: string) => parse(readFileSync(new URL(path, FOLDER), "utf8"));

const SLUICE_LABELS = { "app.kubernetes.io/name": "sluice" };
const { namespace, labels } = yamlOf("kustomization.yaml");
const SLUICE: Pod = { namespace, labels: labels[0].pairs };
const [container] = yamlOf("deployment.yaml").spec.template.spec.containers;
const portOf = (name: string) => container.ports.find((port: { name: string }) => port.name === name).containerPort as number;
const PORTS = {
  grpc: { name: "grpc", number: portOf("grpc") },
  admin: { name: "admin", number: portOf("admin") },
  another: { number: 9229 }, // Node's inspector, were it on
};

// Labels that the controllers give their Envoys' pods: kgateway 2.4 (helm/envoy/templates/deployment.yaml) and Envoy Gateway 1.9
// (infrastructure/kubernetes/proxy/resource.go).
const KGATEWAY = {
  kgateway: "kube-gateway",
  "app.kubernetes.io/component": "proxy",
  "gateway.networking.k8s.io/gateway-name": "llm",
  "app.kubernetes.io/name": "llm",
};
const ENVOY_GATEWAY = {
  "app.kubernetes.io/name": "envoy",
  "app.kubernetes.io/component": "proxy",
  "app.kubernetes.io/managed-by": "envoy-gateway",
  "gateway.envoyproxy.io/owning-gateway-name": "llm",
};
const ENVOY_GATEWAY_CONTROLLER = { "control-plane": "envoy-gateway", "app.kubernetes.io/managed-by": "Helm" };
const PROMETHEUS = { "app.kubernetes.io/name": "prometheus" };
const ANYBODY = { app: "a" };

const MAY_REACH: readonly (readonly [who: string, from: Pod, ports: readonly string[]])[] = [
  ["kgateway's Envoy, which runs beside its Gateway", { namespace: "llm", labels: KGATEWAY }, ["grpc"]],
  ["Envoy Gateway's Envoy, in its controller's namespace", { namespace: "envoy-gateway-system", labels: ENVOY_GATEWAY }, ["grpc"]],
  ["Envoy Gateway's Envoy beside its Gateway", { namespace: "llm", labels: ENVOY_GATEWAY }, ["grpc"]],
  ["Envoy Gateway's controller", { namespace: "envoy-gateway-system", labels: ENVOY_GATEWAY_CONTROLLER }, []],
  ["Prometheus", { namespace: "monitoring", labels: PROMETHEUS }, ["admin"]],
  ["whatever else scrapes in its namespace", { namespace: "monitoring", labels: ANYBODY }, ["admin"]],
  ["a model server beside the gateway", { namespace: "llm", labels: { app: "weak" } }, []],
  ["a stranger beside the gateway", { namespace: "llm", labels: ANYBODY }, []],
  ["a stranger in sluice's own namespace", { namespace: SLUICE.namespace, labels: ANYBODY }, []],
  ["another pod of sluice", SLUICE, []],
  ["a stranger in another namespace", { namespace: "team-a", labels: ANYBODY }, []],
  ["who calls himself a gateway in another namespace", { namespace: "team-a", labels: { ...KGATEWAY, ...ENVOY_GATEWAY } }, []],
  ["who calls himself Prometheus in another namespace", { namespace: "team-a", labels: PROMETHEUS }, []],
];

const shipped: NetworkPolicy = { ...yamlOf("network-policy.yaml"), metadata: { namespace: SLUICE.namespace } };

describe("under the NetworkPolicy of deploy/kubernetes", () => {
  test("is every pod of sluice: the policy selects the labels that kustomize gives them", () => {
    expect(SLUICE.labels).toMatchObject(SLUICE_LABELS);
    expect(shipped.spec.podSelector).toEqual({ matchLabels: SLUICE_LABELS });
    expect(shipped.spec.policyTypes).toEqual(["Ingress", "Egress"]);
  });

  test.each(MAY_REACH)("%s reaches of sluice's ports what it needs", (_who, from, ports) => {
    expect(reached(shipped, from)).toEqual(ports);
  });

  test("sluice asks names, and reaches nobody else", () => {
    const dns: Pod = { namespace: "kube-system", labels: { "k8s-app": "kube-dns" } };
    const leaves = (to: Pod, number: number, protocol: "TCP" | "UDP" = "TCP") => mayLeave(shipped, SLUICE, to, { number, protocol });
    expect([leaves(dns, 53), leaves(dns, 53, "UDP"), leaves(dns, 443)]).toEqual([true, true, false]);
    expect(leaves({ namespace: "kube-system", labels: { component: "kube-apiserver" } }, 6443)).toBe(false);
    for (const [, pod] of MAY_REACH) expect(leaves(pod, 80)).toBe(false);
  });

  test("and says what its page says of it", () => {
    const page = readFileSync(new URL("README.md", FOLDER), "utf8");
    const row = /^\| `network-policy\.yaml` \| (.+) \|$/m.exec(page)?.[1] ?? "";
    expect(row).toMatch(new RegExp(`to ${PORTS.grpc.number}.*to ${PORTS.admin.number}.*network plugin`));
  });
});

const tools = await manifestTools();

describe.skipIf(tools === undefined)("the chart's NetworkPolicy", () => {
  test("lets the same ones in, and an Envoy of one's own where it is named", async () => {
    if (tools === undefined) return;
    const render = async (...args: string[]): Promise<NetworkPolicy> =>
      parse(
        await tools.helm(
          "template",
          "sluice",
          "deploy/helm/sluice",
          "--namespace",
          "sluice",
          "-s",
          "templates/network-policy.yaml",
          ...args,
        ),
      );
    const policy = await render();
    const pod: Pod = { namespace: "sluice", labels: policy.spec.podSelector.matchLabels ?? {} };
    for (const [who, from, ports] of MAY_REACH) {
      if (from !== SLUICE) expect([who, reached(policy, from, pod)]).toEqual([who, ports]);
    }
    const own = { namespace: "edge", labels: { app: "envoy" } };
    expect(reached(policy, own, pod)).toEqual([]);
    const peer = {
      namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "edge" } },
      podSelector: { matchLabels: own.labels },
    };
    const extended = await render("--set-json", `networkPolicy.extraGateways=${JSON.stringify([peer])}`);
    expect(reached(extended, own, pod)).toEqual(["grpc"]);
    expect(reached(extended, { ...own, labels: ANYBODY }, pod)).toEqual([]);
  });
});

describe("what may enter", () => {
  const policyOf = (spec: Partial<NetworkPolicy["spec"]>): NetworkPolicy => ({
    metadata: { namespace: "sluice" },
    spec: { podSelector: {}, policyTypes: ["Ingress"], ...spec },
  });
  const here: Pod = { namespace: "sluice", labels: ANYBODY };
  const there: Pod = { namespace: "other", labels: ANYBODY };

  test.each<[what: string, spec: Partial<NetworkPolicy["spec"]>, from: Pod, isAllowed: boolean]>([
    ["nothing without a rule", {}, here, false],
    ["everything where the policy speaks of the other direction", { policyTypes: ["Egress"] }, there, true],
    ["everything for pods it does not select", { podSelector: { matchLabels: { other: "1" } } }, there, true],
    ["everybody by an empty rule", { ingress: [{}] }, there, true],
    ["only pods of its own namespace by a pod selector alone", { ingress: [{ from: [{ podSelector: {} }] }] }, there, false],
    ["those pods", { ingress: [{ from: [{ podSelector: {} }] }] }, here, true],
    ["all namespaces by an empty selector", { ingress: [{ from: [{ namespaceSelector: {} }] }] }, there, true],
    [
      "one or the other of two peers, not half of each",
      {
        ingress: [
          { from: [{ namespaceSelector: {}, podSelector: { matchLabels: { x: "1" } } }, { podSelector: { matchLabels: { app: "a" } } }] },
        ],
      },
      there,
      false,
    ],
    ["no other port", { ingress: [{ ports: [{ port: 80 }] }] }, there, false],
    ["no other protocol", { ingress: [{ ports: [{ port: "grpc", protocol: "UDP" }] }] }, there, false],
    ["a port by its name", { ingress: [{ ports: [{ port: "grpc" }] }] }, there, true],
  ])("is %s", (_what, spec, from, isAllowed) => {
    expect(mayEnter(policyOf(spec), from, { namespace: "sluice", labels: { app: "sluice" } }, PORTS.grpc)).toBe(isAllowed);
  });
});

function reached(policy: NetworkPolicy, from: Pod, to: Pod = SLUICE): readonly string[] {
  const ports = Object.entries(PORTS).filter(([, port]) => mayEnter({ ...policy, metadata: { namespace: to.namespace } }, from, to, port));
  return ports.map(([name]) => name);
}
