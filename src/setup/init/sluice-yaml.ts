// Writes sluice.yaml: few keys, each explained in a line. Pure.
import { type Answers, TIERS, type Tier, type TierAnswer, urlText } from "./answers.ts";
import { servedAs } from "./cluster-service.ts";
import { TRAFFIC_POLICIES } from "./traffic-policy.ts";

export const CONFIG_FILE = "sluice.yaml";
export const SCHEMA_FILE = "sluice.schema.json";

export function sluiceYaml(answers: Answers): string {
  const { why, lines } = TRAFFIC_POLICIES[answers.traffic];
  return [
    `# yaml-language-server: $schema=./${SCHEMA_FILE}`,
    "# Sluice's configuration, begun by `sluice init`. The line above lets editors explain and complete its keys, which docs/reference.md",
    `# lists. \`sluice check --config ${CONFIG_FILE}\` checks it. A change is taken while running; a file with a mistake changes nothing.`,
    "",
    ...listen(answers),
    "",
    "# The model servers to choose from, cheap first. `name` is what the gateway's routes match.",
    "# API keys do not stand here: a client's own `authorization` header goes to whichever server serves it, or Envoy adds one.",
    ...fallback(answers),
    "tiers:",
    ...TIERS.flatMap((tier) => tierLines(answers, tier)),
    "",
    "# The tier for a request that cannot be read: the one that can answer everything.",
    "defaultTier: strong",
    "",
    "# The policy that decides. Others may stand beside it, to be tried on labelled requests with `sluice evaluate`.",
    "active: main",
    "policies:",
    ...why.map((line) => `  # ${line}`),
    "  main:",
    ...lines.map((line) => `    ${line}`),
    "",
  ].join("\n");
}

/** A body is made once, for the decided tier. */
function fallback({ tiers, gateway }: Answers): readonly string[] {
  const fallsBack = gateway === "envoy" || gateway === "envoy-gateway";
  if (!fallsBack || TIERS.every((tier) => tiers[tier].model === undefined)) return [];
  return ["# When a tier fails the other one gets the same request, with the same `model`: let its server know that name too."];
}

function listen({ gateway }: Answers): readonly string[] {
  const inCluster = gateway === "kgateway" || gateway === "envoy-gateway";
  const host = inCluster ? "0.0.0.0" : "127.0.0.1";
  return [
    `# \`extProc\`: gRPC, for Envoy${inCluster ? " in other pods" : " on this machine"}. \`admin\`: health, metrics and a page to watch.`,
    "# Both are taken at the next start.",
    `listen: { extProc: "${host}:9002", admin: "${host}:9003" }`,
  ];
}

function tierLines({ tiers, gateway }: Answers, tier: Tier): readonly string[] {
  const answer = tiers[tier];
  const cluster = servedAs(gateway, tier, answer.url);
  return [
    `- name: ${tier} # ${urlText(answer.url)}`,
    ...(cluster === undefined ? [] : ["  # what the gateway's access log calls its server", `  cluster: ${JSON.stringify(cluster)}`]),
    ...modelLines(answer),
    "  # US dollars for a million tokens. Without prices there are no costs in metrics and logs.",
    tier === "weak" ? "  # price: { inputPerMTok: 0.10, outputPerMTok: 0.40 }" : "  # price: { inputPerMTok: 3.00, outputPerMTok: 15.00 }",
  ];
}

function modelLines({ model }: TierAnswer): readonly string[] {
  if (model === undefined) {
    return ["  # The client's `model` is dropped, and the server uses its own. One that needs a name gets it so:", '  # model: "its-name"'];
  }
  return ["  # set in the request, in place of the client's `model`", `  model: ${JSON.stringify(model)}`];
}
