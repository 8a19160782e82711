// `sluice explain`: how one request would be decided, with every quantity the decision rests on.
import { readFile } from "node:fs/promises";
import { buffer } from "node:stream/consumers";
import { Command, InvalidArgumentError } from "commander";
import { loadConfig } from "../config/load.ts";
import { policyNamed, routingOf, routingWith } from "../config/routing-of.ts";
import { SluiceError } from "../errors.ts";
import type { HeaderView } from "../request/routing/route-headers.ts";
import { explain } from "./explanation.ts";
import { explanationText } from "./explanation-text.ts";

interface ExplainOptions {
  readonly config?: string;
  readonly policy?: string;
  readonly path?: string;
  readonly header: ReadonlyMap<string, string>;
  readonly json: boolean;
}

export function explainCommand(): Command {
  return new Command("explain")
    .description("show how a request would be routed, and why")
    .argument("[request]", "file with the request's JSON body; - or nothing for standard input", "-")
    .option("--config <file>", "configuration; without it, the defaults")
    .option("--policy <name>", "another policy than the active one: of the configuration, a preset such as v7, or learned:FILE")
    .option("--path <path>", "the request's path, such as /v1/messages; without it, the body's shape says what it is")
    .option("--header <name: value>", "a header of the request; may be given several times", withHeader, new Map<string, string>())
    .option("--json", "print one JSON object", false)
    .action(runExplain);
}

async function runExplain(request: string, options: ExplainOptions): Promise<void> {
  const config = await loadConfig(options.config);
  const routing = options.policy === undefined ? routingOf(config) : routingWith(config, policyNamed(config, options.policy));
  const explanation = explain(routing, await readRequest(request), headerView(options));
  process.stdout.write(options.json ? `${JSON.stringify(explanation)}\n` : explanationText(explanation, routing));
}

/** Names in lower case, as Envoy sends them. */
function withHeader(text: string, before: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const [, name = "", value = ""] = /^([^\s:]+):\s*(.*)$/.exec(text) ?? [];
  if (name === "") throw new InvalidArgumentError("A header is written 'name: value'; the path has an option of its own.");
  return new Map([...before, [name.toLowerCase(), value.trimEnd()]]);
}

function headerView({ path, header }: ExplainOptions): HeaderView {
  return { get: (name) => (name === ":path" ? path : header.get(name)) };
}

async function readRequest(path: string): Promise<Buffer> {
  try {
    return path === "-" ? await buffer(process.stdin) : await readFile(path);
  } catch (cause) {
    throw new SluiceError("request-unreadable", `${path}: cannot be read`, { cause });
  }
}
