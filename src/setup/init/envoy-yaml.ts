// Writes envoy.yaml: the shipped one, comments and all, with the servers of both tiers in place of the stand-ins. Each is reached as
// `sluice stack --weak URL` reaches it: with its own host, path and TLS, through a listener inside Envoy.
import { isMap, isSeq, type Node, parseDocument, stringify } from "yaml";
import { externalTier } from "../stack/external-tier.ts";
import { type Answers, TIERS, type Tier, urlText } from "./answers.ts";
import { replaced } from "./replaced.ts";

export const ENVOY_FILE = "envoy.yaml";

const LISTENERS = ["static_resources", "listeners"];
const CLUSTERS = ["static_resources", "clusters"];

interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** `template`: envoy/envoy.yaml. `caFile`: the certificates that servers with https are verified against. */
export function envoyYaml(template: string, { tiers }: Answers, caFile: string): string {
  const document = parseDocument(template);
  const made = TIERS.map((tier) => ({ tier, ...externalTier(tier, tiers[tier].url, caFile) }));
  const listenersEnd = rangeOf(document.getIn(LISTENERS, true), template).end;
  const edits: readonly Edit[] = [
    { start: 0, end: template.indexOf("\n\n"), text: head({ tiers }) },
    { start: listenersEnd, end: listenersEnd, text: made.map(({ tier, listener }) => listenerText(tier, listener)).join("") },
    ...made.map(({ tier, clusters }) => ({ ...clusterPlace(document.getIn(CLUSTERS, true), tier, template), text: block(clusters) })),
  ];
  return replaced(spliced(template, edits), ADAPTED);
}

const ADAPTED = [
  [
    / {4}# A gateway serves others: all interfaces\.[\s\S]*?port_value: 10000 \} \}/,
    `    # Loopback, to begin with: it authenticates nobody. To serve others put 0.0.0.0 here.
    address: { socket_address: { address: 127.0.0.1, port_value: 10000 } }`,
  ],
  [
    "\nstatic_resources:\n",
    `
# For the listeners inside this Envoy, through which the servers are reached.
bootstrap_extensions:
- name: envoy.bootstrap.internal_listener
  typed_config: { "@type": type.googleapis.com/envoy.extensions.bootstrap.internal_listener.v3.InternalListener }

static_resources:
`,
  ],
  [
    / {2}# The model servers, one cluster per tier;[\s\S]*?minute\.\n/,
    `  # The model servers: each tier is a cluster that leads to its listener above, and one that leads to its server. More servers of a
  # tier, alike in host name, path and TLS, are more endpoints of the second. The buffer limit is that of the listener. The circuit
  # breaker counts requests in flight: the default of 1024 is low for answers that take a minute.
`,
  ],
] as const;

function head({ tiers }: Pick<Answers, "tiers">): string {
  return `# Envoy for cascade routing with sluice, begun by \`sluice init\`. Envoy 1.37 to 1.40.
#
#   client ─► :10000 ─► strip x-sluice-* ─► ext_proc: sluice :9002 reads the body, sets x-sluice-tier, drops or sets \`model\`
#                                        ─► route by x-sluice-tier ─► weak    ${urlText(tiers.weak.url)}
#                                                                  ─► strong  ${urlText(tiers.strong.url)}
#                                           each falling back to the other
#
# Where a number has a reason, the reason stands beside it. API keys: a client's own \`authorization\` goes to whichever server serves
# it; to have Envoy add one, see the two listeners *_outside.`;
}

function listenerText(tier: Tier, listener: object): string {
  const variable = `${tier.toUpperCase()}_API_KEY`;
  const key = [
    `# To add an API key from Envoy's environment, take the # from these lines, start Envoy with ${variable} set, and let nobody in`,
    "# who shall not use it: Envoy would not ask for any other key.",
    "# request_headers_to_add:",
    `# - header: { key: authorization, value: "Bearer %ENVIRONMENT(${variable})%" }`,
    "#   append_action: OVERWRITE_IF_EXISTS_OR_ADD",
  ];
  const text = block([listener]).replace(/^( *)virtual_hosts:/m, (line, indent: string) =>
    [...key.map((each) => `${indent}${each}`), line].join("\n"),
  );
  const comment = `# The way to the server of ${tier}: its name as Host, its path in place of /v1; what tells of the client stays here.`;
  return `\n\n  ${comment}\n${text}`;
}

/** As entries of a list under `static_resources`. */
function block(entries: readonly object[]): string {
  const text = stringify(entries, { indentSeq: false, lineWidth: 0 }).trimEnd();
  return text.replaceAll(/^/gm, "  ");
}

function clusterPlace(clusters: unknown, name: string, text: string): Omit<Edit, "text"> {
  const item = isSeq(clusters) ? clusters.items.find((entry) => isMap(entry) && entry.get("name") === name) : undefined;
  const { start, end } = rangeOf(item, text);
  return { start: text.lastIndexOf("\n", start) + 1, end };
}

/** Without the blanks and line ends behind it, which the library counts in. */
function rangeOf(node: unknown, text: string): { readonly start: number; readonly end: number } {
  const range = (node as Node | undefined)?.range;
  if (!range) throw new Error("invariant: envoy.yaml has what is to be replaced");
  const [start, end] = range;
  return { start, end: start + text.slice(start, end).trimEnd().length };
}

function spliced(text: string, edits: readonly Edit[]): string {
  return edits
    .toSorted((a, b) => b.start - a.start)
    .reduce((before, { start, end, text: to }) => before.slice(0, start) + to + before.slice(end), text);
}
