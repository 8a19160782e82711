// `sluice serve`: runs the filter until it is told to stop.
import { isatty } from "node:tty";
import { Command, Option } from "commander";
import { type AppOptions, startApp } from "../app.ts";
import type { Config } from "../config/config.ts";
import { loadWithFile } from "../config/load.ts";
import { createLogger, type LogOutput, standardError } from "../outcome/telemetry/log.ts";
import { sluiceVersion } from "../outcome/telemetry/version.ts";
import { restartArguments } from "./heap-flags.ts";
import { serveIntroduction } from "./serve-introduction.ts";
import { takesColour } from "./terminal.ts";

/** At the end, for the log's last lines. */
const LOG_GRACE_MS = 1000;
const LOG_FORMATS = ["auto", "json", "text"] as const;

interface ServeOptions {
  readonly config?: string;
  readonly logFormat: (typeof LOG_FORMATS)[number];
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
    .action(async (options: ServeOptions) => {
      const restart = restartArguments(process);
      if (restart !== undefined) process.execve?.(process.execPath, [...restart], process.env);
      const { config, source } = await loadWithFile(options.config);
      const output = standardError();
      const app = await startApp({ config, source, ...told(config, options, output) });
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

/** How this run is told of: in JSON lines from the first to the last, or to a person, with an introduction. */
function told(
  config: Config,
  { logFormat, config: configPath }: ServeOptions,
  destination: LogOutput,
): Pick<AppOptions, "log" | "logLosses" | "onServing"> {
  const { level } = config.log;
  const isTerminal = isatty(2); // process.stderr would make the stream, which waits for a terminal that is held
  const isJson = logFormat === "json" || (logFormat === "auto" && !isTerminal);
  const log = createLogger({ level, destination, text: isJson ? undefined : { colour: takesColour(isTerminal, process.env) } });
  const tell = (count: number) => log.warn({ count }, "lines of this log are lost: nobody took them in time");
  const logLosses = (count: (lines: number) => void) => destination.onLost(count, tell);
  if (isJson) return { log, logLosses };
  return {
    log,
    logLosses,
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
