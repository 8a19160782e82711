// `sluice serve`: runs the filter until it is told to stop.
import { isatty } from "node:tty";
import { Command, Option } from "commander";
import { type AppOptions, startApp } from "../app.ts";
import type { Config } from "../config/config.ts";
import { loadWithFile } from "../config/load.ts";
import { collectEverything } from "../envoy/grpc/http2/garbage.ts";
import { createLogger, type LogOutput, standardError } from "../outcome/telemetry/log.ts";
import type { TextOptions } from "../outcome/telemetry/log-text.ts";
import { sluiceVersion } from "../outcome/telemetry/version.ts";
import { compileSoon } from "./compile-soon.ts";
import { rehearse } from "./rehearsal.ts";
import { serveIntroduction } from "./serve-introduction.ts";
import { processCount, serveProcesses } from "./serve-processes.ts";
import { takesColour } from "./terminal.ts";

/** At the end, for the log's last lines. */
const LOG_GRACE_MS = 1000;
const LOG_FORMATS = ["auto", "json", "text"] as const;

interface ServeOptions {
  readonly config?: string;
  readonly logFormat: (typeof LOG_FORMATS)[number];
  readonly processes: number;
}

/** What runs, in this process or in others. */
interface Running {
  reopenFiles(): void;
  reload(): Promise<void>;
  close(): Promise<void>;
}

export function serveCommand(): Command {
  return new Command("serve")
    .description("run the ext_proc server")
    .option("--config <file>", "configuration; without it, the defaults")
    .addOption(
      new Option("--log-format <format>", "the log on standard error: for people, or JSON lines; auto: for people where it is a terminal")
        .choices(LOG_FORMATS)
        .default("auto"),
    )
    .option("--processes <count>", "so many processes, each an endpoint of Envoy's clusters that are sluice", processCount, 1)
    .action(async (options: ServeOptions) => {
      const { config, source } = await loadWithFile(options.config);
      const output = standardError();
      const telling = told(config, options, output);
      const onMade = async () => {
        collectEverything();
        await rehearse(config, telling.log);
      };
      const app: Running =
        options.processes === 1
          ? await startApp({ config, source, ...telling, onMade })
          : await serveProcesses({ ...telling, config, configPath: options.config, count: options.processes, stderr: output });
      compileSoon();
      process.on("SIGHUP", () => {
        app.reopenFiles();
        void app.reload();
      });
      await stopSignal(() => process.exit(130));
      await app.close();
      await output.close(LOG_GRACE_MS);
      process.exit(); // whoever does not read what we write, or does not answer, would keep the process
    });
}

type Told = Required<Pick<AppOptions, "log" | "logLosses" | "onServing">> & { readonly logText: TextOptions | undefined };

/** How this run is told of: in JSON lines from the first to the last, or to a person, with an introduction. */
function told(config: Config, { logFormat, config: configPath }: ServeOptions, destination: LogOutput): Told {
  const { level } = config.log;
  const isTerminal = isatty(2); // process.stderr would make the stream, which waits for a terminal that is held
  const isJson = logFormat === "json" || (logFormat === "auto" && !isTerminal);
  const logText = isJson ? undefined : { colour: takesColour(isTerminal, process.env) };
  const log = createLogger({ level, destination, text: logText });
  const tell = (count: number) => log.warn({ count }, "lines of this log are lost: nobody took them in time");
  const logLosses = (count: (lines: number) => void) => destination.onLost(count, tell);
  if (isJson) return { log, logLosses, logText, onServing: (serving) => log.info(serving, "serving") };
  return {
    log,
    logLosses,
    logText,
    // By the same way as the log, so that the two stay in order.
    onServing: (serving) => destination.write(serveIntroduction({ version: sluiceVersion(), serving, config, configPath })),
  };
}

/** Resolves at the first SIGTERM or SIGINT; a second one calls `again`. */
function stopSignal(again: () => void): Promise<void> {
  return new Promise((resolve) => {
    let stopping = false;
    const stop = () => {
      if (stopping) return again();
      stopping = true;
      resolve();
    };
    process.on("SIGTERM", stop);
    process.on("SIGINT", stop);
  });
}
