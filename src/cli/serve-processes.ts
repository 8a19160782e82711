// `sluice serve --processes`: several processes that serve behind one Envoy, and this one, which supervises them and answers for all at the
// admin port. Their logs, and decision logs on standard output, come through here, so that no two write into each other's lines.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { InvalidArgumentError } from "commander";
import type { Serving } from "../app.ts";
import type { Config } from "../config/config.ts";
import type { AccessLogEntry } from "../envoy/wire/access-log.ts";
import { startAdmin } from "../outcome/admin/server.ts";
import { type HistoryRecorder, recordHistory } from "../outcome/history/recorder.ts";
import type { Logger, LogOutput } from "../outcome/telemetry/log.ts";
import type { TextOptions } from "../outcome/telemetry/log-text.ts";
import { createMetrics, type Metrics } from "../outcome/telemetry/metrics.ts";
import { decisionLogs } from "../processes/decision-logs.ts";
import { processAddresses } from "../processes/process-addresses.ts";
import { sharedAdmin } from "../processes/shared-admin.ts";
import { type SupervisorSettings, supervise } from "../processes/supervisor.ts";
import { securedPorts } from "../serving/secured-ports.ts";
import { newSalt } from "../serving/shared-state.ts";

const MAX_PROCESSES = 64;
/** What a process has after the calls in flight, for what it has not yet written, and to end. */
const LAST_LINES_MS = 7000;
const PROGRAM = new URL(`./serve-process${extname(import.meta.url)}`, import.meta.url);

export interface ServeProcessesOptions {
  readonly config: Config;
  readonly configPath: string | undefined;
  readonly count: number;
  readonly log: Logger;
  readonly logText: TextOptions | undefined; // undefined: JSON lines
  readonly stderr: LogOutput; // for the logs of all
  readonly logLosses?: (count: (lines: number) => void) => void; // has lines of that log that nobody took counted
  readonly onServing?: (serving: Serving) => void;
  readonly logLevel?: string; // in place of the configuration's
  readonly laidOver?: unknown; // over the configuration, as src/cli/serve-process.ts reads it
  readonly onEntry?: (entry: AccessLogEntry) => void; // of Envoy's access log
}

export interface ServedProcesses {
  readonly extProcAddress: readonly string[]; // as bound
  readonly adminAddress: string;
  reopenFiles(): void;
  reload(): Promise<void>;
  close(): Promise<void>;
}

/** Of an option. */
export function processCount(text: string): number {
  const count = Number(text);
  if (/^\d{1,2}$/.test(text) && count >= 1 && count <= MAX_PROCESSES) return count;
  throw new InvalidArgumentError(`It must be a number of processes, 1 to ${MAX_PROCESSES}.`);
}

/** Resolves when all serve. Throws what keeps one from it. */
export async function serveProcesses(options: ServeProcessesOptions): Promise<ServedProcesses> {
  const { config, configPath, count, log, logText, stderr, onEntry } = options;
  const folder = mkdtempSync(join(tmpdir(), "sluice-")); // for this user alone
  const removeFolder = () => rmSync(folder, { recursive: true, force: true });
  process.once("exit", removeFolder);
  const metrics = ownMetrics(options);
  const stdout = decisionLogs(metrics, log);
  const level = options.logLevel === undefined ? {} : { level: options.logLevel };
  const logged = { text: logText !== undefined, colour: logText?.colour ?? false, ...level };
  const given = { count, configPath, folder, voterSalt: newSalt() };
  const common = { ...given, log: logged, laidOver: options.laidOver, tellsEntries: onEntry !== undefined };
  const tasks = processAddresses(config.listen.extProc, config.listen.admin, count).map((extProc, index) => {
    return { ...common, index, extProc };
  });
  const history = recordHistory({ file: config.history.file, most: config.history.most }, { metrics, log });
  const output = { ...(onEntry && { onEntry }), history, stdout: stdout.write, stderr: (line: string) => stderr.write(`${line}\n`) };
  const { supervisor, admin, secured } = await start(config, { program: PROGRAM, tasks, output, log }, metrics, history);
  options.onServing?.({ extProc: supervisor.extProc.join(", "), admin: admin.address, policy: supervisor.policy });
  return {
    extProcAddress: supervisor.extProc,
    adminAddress: admin.address,
    reopenFiles() {}, // with the next
    async reload() {
      supervisor.reload();
      await secured.reload();
    },
    async close() {
      secured.close();
      await supervisor.close(endsWithinMs(config.shutdown));
      await admin.close();
      await history.written();
      await stdout.close(LAST_LINES_MS);
      removeFolder();
    },
  };
}

/** The processes and the port that answers for them, or none of them. */
async function start({ listen, shutdown }: Config, settings: SupervisorSettings, metrics: Metrics, history: HistoryRecorder) {
  const secured = await securedPorts({ adminTls: listen.adminTls }, metrics, settings.log);
  try {
    const supervisor = await supervise(settings);
    const port = { listen, tls: secured.admin, env: process.env, ...sharedAdmin(supervisor, metrics, history.view) };
    const admin = await startAdmin(port).catch(async (error: unknown) => {
      await supervisor.close(endsWithinMs(shutdown));
      throw error;
    });
    return { supervisor, admin, secured };
  } catch (error) {
    secured.close();
    throw error;
  }
}

/** Of this process: its port, its log. */
function ownMetrics({ logLosses }: ServeProcessesOptions): Metrics {
  const metrics = createMetrics();
  logLosses?.((lines) => metrics.logLinesLost(lines));
  return metrics;
}

function endsWithinMs({ graceMs }: Config["shutdown"]): number {
  return graceMs + LAST_LINES_MS;
}
