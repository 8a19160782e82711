// `sluice serve`: runs the filter until it is told to stop.
import { Command, Option } from "commander";
import { type AppOptions, startApp } from "../app.ts";
import type { Config } from "../config/config.ts";
import { loadWithFile } from "../config/load.ts";
import { createLogger, standardError } from "../outcome/telemetry/log.ts";
import { sluiceVersion } from "../outcome/telemetry/version.ts";
import { restartArguments } from "./heap-flags.ts";
import { serveIntroduction } from "./serve-introduction.ts";
import { takesColour } from "./terminal.ts";

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
      const app = await startApp({ config, source, ...told(config, options) });
      process.on("SIGHUP", () => void app.reload());
      await stopSignal(() => process.exit(130));
      await app.close();
      process.exit(); // not before: a reader of standard output or a receiver of spans that is stuck would keep the process
    });
}

/** How this run is told of: in JSON lines from the first to the last, or to a person, with an introduction. */
function told(config: Config, { logFormat, config: configPath }: ServeOptions): Pick<AppOptions, "log" | "onServing"> {
  const { level } = config.log;
  const isTerminal = process.stderr.isTTY === true;
  const destination = standardError();
  if (logFormat === "json" || (logFormat === "auto" && !isTerminal)) return { log: createLogger({ level, destination }) };
  return {
    log: createLogger({ level, destination, text: { colour: takesColour(isTerminal, process.env) } }),
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
