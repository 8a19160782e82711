// `sluice serve`: runs the filter until it is told to stop.
import { Command } from "commander";
import { startApp } from "../app.ts";
import { loadConfig } from "../config/load.ts";
import { restartArguments } from "./heap-flags.ts";

export function serveCommand(): Command {
  return new Command("serve")
    .description("run the ext_proc server")
    .option("--config <file>", "configuration; without it, the defaults")
    .action(async (options: { config?: string }) => {
      const restart = restartArguments(process);
      if (restart !== undefined) process.execve?.(process.execPath, [...restart], process.env);
      const config = await loadConfig(options.config);
      const app = await startApp({ config, ...(options.config !== undefined && { configPath: options.config }) });
      process.on("SIGHUP", () => void app.reload());
      await stopSignal(() => process.exit(130));
      await app.close();
      process.exit(); // not before: a reader of standard output or a receiver of spans that is stuck would keep the process
    });
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
