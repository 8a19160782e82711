// `sluice stack`: the whole thing on this machine, to try it: Envoy, sluice and two model servers, with each request shown as one line.
import { Command, InvalidArgumentError } from "commander";
import { startApp } from "../app.ts";
import type { Config } from "../config/config.ts";
import { loadWithFile } from "../config/load.ts";
import type { AccessLogEntry } from "../envoy/wire/access-log.ts";
import { createLogger, standardError } from "../outcome/telemetry/log.ts";
import { FETCHABLE_VERSIONS } from "../setup/stack/envoy-releases.ts";
import { findEnvoy } from "../setup/stack/find-envoy.ts";
import { type LocalStack, startLocalStack } from "../setup/stack/local-stack.ts";
import { REQUEST_TITLES, requestLine, servedRequest } from "../setup/stack/request-line.ts";
import type { ServerUrl } from "../setup/stack/server-url.ts";
import { type StackOptionsByTier, tierNotes, tierServer, withModels } from "../setup/stack/tier-options.ts";
import { processCount, serveProcesses } from "./serve-processes.ts";
import { serverUrl } from "./server-url-option.ts";
import { stopSignal } from "./stop-signal.ts";

/** Requests have their own lines. */
const LOG_LEVEL = "warn";

interface StackOptions {
  readonly port: number;
  readonly weak?: ServerUrl;
  readonly strong?: ServerUrl;
  readonly weakModel?: string;
  readonly strongModel?: string;
  readonly weakKeyEnv?: string;
  readonly strongKeyEnv?: string;
  readonly config?: string;
  readonly envoyVersion?: string;
  readonly json: boolean;
  readonly processes: number;
}

export function stackCommand(): Command {
  return new Command("stack")
    .description("run Envoy, sluice and two model servers on this machine")
    .option("--port <port>", "where Envoy listens, on loopback", portNumber, 10_000)
    .option("--weak <url>", "an OpenAI-compatible server for the tier weak, instead of a stand-in", serverUrl)
    .option("--strong <url>", "the same for strong", serverUrl)
    .option("--weak-model <name>", "the `model` that weak's server wants; without it, with --weak, the client's own is kept", modelName)
    .option("--strong-model <name>", "the same for strong", modelName)
    .option("--weak-key-env <variable>", "name of the environment variable with the API key of weak's server; Envoy sends it")
    .option("--strong-key-env <variable>", "the same for strong")
    .option("--config <file>", "configuration of sluice; without it, the defaults on free ports")
    .option("--envoy-version <version>", `fetch and run this Envoy (${FETCHABLE_VERSIONS.join(", ")})`)
    .option("--processes <count>", "so many processes of sluice", processCount, 1)
    .option("--json", "print each request as one JSON object", false)
    .action(runStack);
}

function portNumber(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw new InvalidArgumentError("It must be a port, 0 to 65535.");
}

/** As long as the configuration takes one. */
function modelName(text: string): string {
  if (text.length > 0 && text.length <= 256) return text;
  throw new InvalidArgumentError("It must be a model's name, of 1 to 256 characters.");
}

async function runStack(options: StackOptions): Promise<void> {
  const stop = stopSignal();
  const tiers = tiersOf(options);
  const servers = { weak: tierServer("weak", tiers.weak, process.env), strong: tierServer("strong", tiers.strong, process.env) };
  const adapt = (config: Config) => withModels(config, tiers);
  const loaded = await loadWithFile(options.config);
  const config = stackConfig(adapt(loaded.config), options);
  for (const line of tierNotes(config, tiers)) note(line);
  const envoyBin = await findEnvoy({
    env: process.env,
    onProgress: note,
    ...(options.envoyVersion === undefined ? {} : { version: options.envoyVersion }),
  });
  const onAccessLog = (entry: AccessLogEntry) => {
    const request = servedRequest(entry);
    process.stdout.write(`${options.json ? JSON.stringify(request) : requestLine(request)}\n`);
  };
  const stack = await startLocalStack({
    envoyBin,
    port: options.port,
    ...servers,
    cascades: config.cascade !== undefined,
    startSluice: async () => {
      const log = createLogger({ level: LOG_LEVEL });
      const { processes: count, config: configPath } = options;
      if (count === 1) return startApp({ config, adapt, log, onAccessLog, source: loaded.source });
      const telling = { log, logText: undefined, logLevel: LOG_LEVEL, stderr: standardError(), onEntry: onAccessLog };
      return serveProcesses({ ...telling, config, configPath, count, laidOver: tiers });
    },
  });
  if (!options.json) process.stdout.write(introduction(stack, options));
  stop.started();
  const failure = await Promise.race([stop.signal, stack.ended]);
  note("stopping");
  await stack.stop();
  stop.stopped();
  if (failure !== undefined) throw failure;
}

/** Without a file of one's own the ports are free ones: nothing else has to give way. */
function stackConfig(config: Config, options: StackOptions): Config {
  return options.config === undefined ? { ...config, listen: { ...config.listen, extProc: "127.0.0.1:0", admin: "127.0.0.1:0" } } : config;
}

function tiersOf({ weak, strong, weakModel, strongModel, weakKeyEnv, strongKeyEnv }: StackOptions): StackOptionsByTier {
  return {
    weak: { url: weak, model: weakModel, keyVariable: weakKeyEnv },
    strong: { url: strong, model: strongModel, keyVariable: strongKeyEnv },
  };
}

function introduction(stack: LocalStack, options: StackOptions): string {
  const server = (url: ServerUrl | undefined) => (url === undefined ? "a stand-in (no model runs)" : `${url.authority}${url.basePath}`);
  return `Envoy on ${stack.url} (admin ${stack.envoyAdminUrl}), sluice behind it (admin ${stack.sluiceAdminUrl})
weak:   ${server(options.weak)}
strong: ${server(options.strong)}

An easy request, for weak:
${curl(stack.url, "-s", "Good morning! How are you?")}

A hard one, for strong:
${curl(stack.url, "-s", "Design the architecture of a payment service and analyze its failure modes.")}

A streamed one:
${curl(stack.url, "-sN", "Tell me a joke.", ',"stream":true')}

Live figures: ${stack.sluiceAdminUrl}/ in a browser, or \`npx --no-install sluice top --admin ${stack.sluiceAdminUrl}\`
Envoy's wiring: \`npx --no-install sluice doctor --envoy-admin ${stack.envoyAdminUrl}\`
Requests appear here; Ctrl-C ends everything.
${REQUEST_TITLES}
`;
}

function curl(url: string, flags: string, content: string, more = ""): string {
  const body = `{"model":"glm-5","messages":[{"role":"user","content":"${content}"}]${more}}`;
  return `  curl ${flags} ${url}/v1/chat/completions -H 'content-type: application/json' -d '${body}'`;
}

function note(line: string): void {
  process.stderr.write(`${line}\n`);
}
