// What to do with the files that were written: exact commands. Pure.
import type { Answers } from "./answers.ts";
import { ENVOY_FILE } from "./envoy-yaml.ts";
import { CONFIG_FILE } from "./sluice-yaml.ts";

/** `at` gives a file's path as the user would type it, `folder` that of all. */
export function nextSteps({ gateway, tiers }: Answers, at: (path: string) => string, folder: string): string {
  const noModel = Object.entries(tiers).flatMap(([tier, { model }]) => (model === undefined ? [tier] : []));
  const models =
    noModel.length === 0
      ? []
      : [`Requests reach ${noModel.join(" and ")} without \`model\`. A server that needs one: set it in ${CONFIG_FILE}.`];
  return [...commands(gateway, at, folder), ...models, KEYS[gateway]].map((line) => `${line}\n`).join("");
}

const KEYS: Readonly<Record<Answers["gateway"], string>> = {
  envoy: `API keys: clients send their own; to have Envoy add one from its environment, see the comments in ${ENVOY_FILE}.`,
  kgateway: "API keys: clients send their own, in `authorization`.",
  "envoy-gateway": "API keys: clients send their own, in `authorization`.",
  none: "API keys: clients send their own, in `authorization`.",
};

function commands(gateway: Answers["gateway"], at: (path: string) => string, folder: string): readonly string[] {
  switch (gateway) {
    case "envoy":
      return [
        "Next, each in a terminal of its own:",
        `  sluice serve --config ${at(CONFIG_FILE)}`,
        `  envoy -c ${at(ENVOY_FILE)}`,
        `  ${curl("http://127.0.0.1:10000")}`,
        "The answer's header x-sluice-tier says which tier was decided. Then let the doctor look, and watch:",
        "  sluice doctor --envoy-admin http://127.0.0.1:9901",
        "  sluice top",
      ];
    case "kgateway":
    case "envoy-gateway":
      return [
        `Next, with ${gateway} and an image of sluice in the cluster (\`images\` in ${at("kustomization.yaml")} says where it is):`,
        ...(gateway === "envoy-gateway"
          ? [`  kubectl apply -f ${at("envoy-gateway/gatewayclass.yaml")}    # where there is no GatewayClass \`eg\``]
          : []),
        `  kubectl apply -k ${folder}`,
        "  kubectl -n sluice rollout status deployment/sluice",
        `  ${curl("http://GATEWAY")}`,
        "The answer's header x-sluice-tier says which tier was decided.",
      ];
    case "none":
      return [
        "Next:",
        `  sluice serve --config ${at(CONFIG_FILE)}`,
        `  sluice explain --config ${at(CONFIG_FILE)} REQUEST.json    # what would be decided, and why`,
      ];
    default:
      return gateway satisfies never;
  }
}

function curl(url: string): string {
  const body = '{"messages":[{"role":"user","content":"Good morning!"}]}';
  return `curl -i ${url}/v1/chat/completions -H 'content-type: application/json' -d '${body}'`;
}
