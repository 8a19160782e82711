// Writes the manifests of a gateway in Kubernetes and of sluice itself: the shipped ones, comments and all, with the names of the model
// servers' Services and namespaces filled in, and one kustomization over them. Pure.
import type { Answers, KubernetesGateway, NewFile } from "./answers.ts";
import { hostOf, type TierServices, tierServices } from "./cluster-service.ts";
import { type Replacement, replaced } from "./replaced.ts";
import { CONFIG_FILE } from "./sluice-yaml.ts";

/** Files under deploy/ that are taken. */
export const TEMPLATES: Readonly<Record<KubernetesGateway | "kubernetes", readonly string[]>> = {
  kgateway: ["kustomization.yaml", "gateway.yaml", "ext-proc.yaml", "tiers.yaml", "sluice.yaml"],
  "envoy-gateway": ["kustomization.yaml", "gateway.yaml", "envoy.yaml", "routes.yaml", "tiers.yaml", "ext-proc.yaml", "gatewayclass.yaml"],
  kubernetes: [
    "kustomization.yaml",
    "namespace.yaml",
    "service-account.yaml",
    "deployment.yaml",
    "service.yaml",
    "pod-disruption-budget.yaml",
    "horizontal-pod-autoscaler.yaml",
    "network-policy.yaml",
  ],
};

/** `read` gives the text of a file under deploy/. Throws `init-server`. */
export function manifests(answers: Answers, gateway: KubernetesGateway, read: (path: string) => string): readonly NewFile[] {
  const services = tierServices(answers, gateway);
  const { namespace } = services.strong;
  const edits = gateway === "kgateway" ? kgatewayEdits(services) : envoyGatewayEdits(services);
  return [
    { path: "kustomization.yaml", text: kustomization(gateway) },
    ...TEMPLATES[gateway].map((file) => {
      const renamed = read(`${gateway}/${file}`).replaceAll("namespace: llm", `namespace: ${namespace}`);
      return { path: `${gateway}/${file}`, text: replaced(renamed, edits[file] ?? []) };
    }),
    ...TEMPLATES.kubernetes.map((file) => {
      const edits = sluiceEdits(namespace)[file] ?? [];
      return { path: `kubernetes/${file}`, text: replaced(read(`kubernetes/${file}`), edits) };
    }),
  ];
}

type Edits = Readonly<Record<string, readonly Replacement[]>>;

function kgatewayEdits({ weak, strong }: TierServices): Edits {
  return {
    "kustomization.yaml": [
      [
        /^# kgateway 2\.4[\s\S]*?`llm`\.\n/,
        `# kgateway 2.4 in front of sluice, which runs in namespace sluice; the gateway is beside the models, in ${strong.namespace}.\n`,
      ],
    ],
    "gateway.yaml": [
      ["{ name: weak, port: 80 }", `{ name: ${weak.name}, port: ${weak.port} }`],
      ["{ name: strong, port: 80 }", `{ name: ${strong.name}, port: ${strong.port} }`],
    ],
    "tiers.yaml": [
      [
        "Services `weak` and `strong` in namespace llm",
        `Services \`${weak.name}\` and \`${strong.name}\` in namespace ${strong.namespace}`,
      ],
      ["kind: Service, name: weak }", `kind: Service, name: ${weak.name} }`],
      ["kind: Service, name: strong }", `kind: Service, name: ${strong.name} }`],
    ],
  };
}

function envoyGatewayEdits({ weak, strong }: TierServices): Edits {
  return {
    "kustomization.yaml": [
      [
        /^# Envoy Gateway 1\.9[\s\S]*?`llm`\.\n/,
        `# Envoy Gateway 1.9 in front of sluice. Sluice runs in namespace sluice, the gateway in ${strong.namespace}.\n`,
      ],
    ],
    "tiers.yaml": [
      ["{ hostname: weak.llm.svc.cluster.local, port: 80 }", `{ hostname: ${hostOf(weak)}, port: ${weak.port} }`],
      ["{ hostname: strong.llm.svc.cluster.local, port: 80 }", `{ hostname: ${hostOf(strong)}, port: ${strong.port} }`],
    ],
  };
}

/** The configuration is not sluice's example but the file beside the kustomization over it all, which makes the ConfigMap. */
function sluiceEdits(namespace: string): Edits {
  return {
    "kustomization.yaml": [
      [/^# Sluice in a cluster.*\n/, "# Sluice in a cluster, namespace `sluice`.\n"],
      [/configMapGenerator:\n[\s\S]*?(?=^images:)/m, ""],
    ],
    "network-policy.yaml": [["values: [llm, envoy-gateway-system]", `values: [${namespace}, envoy-gateway-system]`]],
  };
}

function kustomization(gateway: KubernetesGateway): string {
  return `# Sluice, its configuration and its gateway: kubectl apply -k .
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources:
- kubernetes
- ${gateway}
configMapGenerator:
- name: sluice
  namespace: sluice
  files: [${CONFIG_FILE}]
  # The same name for every content: pods see the new file within a minute or two and take it without a restart.
  options: { disableNameSuffixHash: true, labels: { app.kubernetes.io/name: sluice } }
# Where your image of sluice is:
# images:
# - { name: sluice, newName: registry.example.com/sluice }
`;
}
