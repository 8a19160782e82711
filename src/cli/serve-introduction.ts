// What `sluice serve` says to a person at its start: where it listens, what decides, where that was said, and what to try next.
import type { Serving } from "../app.ts";
import type { Config } from "../config/config.ts";
import { linksOf } from "../config/policies/others.ts";
import { warningsOf } from "../config/warnings.ts";
import { parseListenAddress } from "../listen-address.ts";
import { policyRows, type Row, tierRows, tlsText } from "./check.ts";

export interface Introduced {
  readonly version: string;
  readonly serving: Serving;
  readonly config: Config;
  readonly configPath: string | undefined; // undefined: the defaults
}

const EXAMPLE = "Design a payment service and analyze its failure modes.";

/** Lines of text, without colours. */
export function serveIntroduction({ version, serving, config, configPath }: Introduced): string {
  const page = pageUrl(serving.admin, config.listen.adminTls === undefined ? "http" : "https");
  const rows: Row[] = [
    ["ext_proc", `${serving.extProc}, for Envoy's filter and its access log${tlsText(config.listen.tls)}`],
    ["admin", `${serving.admin}, for /metrics, /readyz and /config${tlsText(config.listen.adminTls)}`],
    ["live page", page ?? "not in a browser: the admin port is a socket; sluice top shows the same"],
    ["configuration", configPath === undefined ? "the defaults; --config FILE gives others" : `${configPath}, read again when it changes`],
    ...policyRows(config, "policy", config.active),
    ...linksOf(config.policies, config.active).flatMap((name) => policyRows(config, "  asks", name)),
    ...tierRows(config),
    ...warningsOf(config).map(({ path, message }): Row => ["warning", `${path}: ${message}`]),
  ];
  return `sluice ${version} is serving; Ctrl-C ends it

${rows.map(([label, value]) => `  ${label.padEnd(15)}${value}\n`).join("")}
Try next:
${nextSteps(page ?? serving.admin, configPath)
  .map(([command, what]) => `  ${command}\n      ${what}\n`)
  .join("")}
`;
}

function nextSteps(admin: string, configPath: string | undefined): readonly (readonly [command: string, what: string])[] {
  const config = configPath === undefined ? "" : ` --config ${shellWord(configPath)}`;
  return [
    [`npx --no-install sluice explain${config} --prompt ${shellWord(EXAMPLE)}`, "how this policy decides, and why"],
    [`npx --no-install sluice doctor${config} --envoy-config envoy.yaml`, "whether your Envoy hands its requests to sluice"],
    [`npx --no-install sluice top --admin ${shellWord(admin)}`, "what is decided and served, live"],
  ];
}

/** Of an address that stands for every interface, the loopback one. */
function pageUrl(admin: string, scheme: "http" | "https"): string | undefined {
  const address = parseListenAddress(admin);
  if (address.kind === "unix") return undefined;
  const host = address.host === "0.0.0.0" ? "127.0.0.1" : address.host === "::" ? "::1" : address.host;
  return `${scheme}://${host.includes(":") ? `[${host}]` : host}:${address.port}/`;
}

function shellWord(text: string): string {
  return /^[\w./:@-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
