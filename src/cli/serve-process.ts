// The program of one process among several behind one Envoy: src/processes starts it. It serves as `serve` does, but listens and writes
// where it is told to, and is asked over the channel to its parent instead of at a port. Without that parent it ends.
import { type App, type StartAdmin, startApp } from "../app.ts";
import type { Config } from "../config/config.ts";
import { loadWithFile } from "../config/load.ts";
import { collectEverything } from "../envoy/grpc/http2/garbage.ts";
import type { AccessLogEntry } from "../envoy/wire/access-log.ts";
import { SluiceError } from "../errors.ts";
import { NO_ROLLOUT } from "../outcome/admin/rollout.ts";
import { createLogger, standardError } from "../outcome/telemetry/log.ts";
import { limitsOfParent } from "../processes/limits-of-parent.ts";
import type { Answers, FromChild, ProcessTask, Question, ToChild } from "../processes/messages.ts";
import { processFile } from "../processes/process-addresses.ts";
import { openSiblings } from "../processes/sibling-link.ts";
import { type StackOptionsByTier, withModels } from "../setup/stack/tier-options.ts";
import { compileSoon } from "./compile-soon.ts";
import { rehearse } from "./rehearsal.ts";

/** For the log's last lines. */
const LOG_GRACE_MS = 1000;

let app: App | undefined;
let answer: ((question: Question) => Promise<Answers[keyof Answers]>) | undefined;
const output = standardError();
let ending = false;
const limits = limitsOfParent((id, batch) => say({ kind: "limits", id, batch }));

for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => void end());
process.on("SIGHUP", () => {}); // its parent says so
process.on("disconnect", () => void end());
process.on("message", (message) => void heard(message as ToChild));

async function heard(message: ToChild): Promise<void> {
  switch (message.kind) {
    case "start":
      return start(message.task);
    case "ask":
      return say({ kind: "answer", id: message.id, value: await answer?.(message.question) });
    case "limits":
      return limits.answered(message.id, message.standings);
    case "reload":
      app?.reopenFiles();
      return app?.reload();
    case "end":
      return end();
    default:
      return message satisfies never;
  }
}

async function start(task: ProcessTask): Promise<void> {
  const { index, count, folder, voterSalt, log: format } = task;
  try {
    const loaded = await loadWithFile(task.configPath);
    const adapt = (config: Config) =>
      ownPlaces(task.laidOver === undefined ? config : withModels(config, task.laidOver as StackOptionsByTier), task);
    const config = adapt(loaded.config);
    const text = format.text ? { colour: format.colour } : undefined;
    const log = createLogger({ level: format.level ?? config.log.level, destination: output, text });
    app = await startApp({
      config,
      adapt,
      source: loaded.source,
      log,
      logLosses: (counted) => output.onLost(counted, (lines) => log.warn({ count: lines }, "lines of this log are lost")),
      onServing: ({ extProc, policy }) => say({ kind: "serving", extProc, policy }),
      onMade: async () => {
        collectEverything();
        await rehearse(config, log);
      },
      startAdmin: askedByParent,
      limitStore: limits,
      history: { record: (happening) => say({ kind: "happened", happening }) },
      ...(task.tellsEntries === true && { onAccessLog: (entry: AccessLogEntry) => say({ kind: "entry", entry }) }),
      openSiblings: (deps) => openSiblings({ folder, index, count }, deps),
      voterSalt,
    });
    compileSoon();
    if (ending) await app.close();
  } catch (error) {
    if (!(error instanceof SluiceError)) throw error;
    const { code, message, hint } = error;
    say({ kind: "refused", code, message, hint });
    process.disconnect();
    process.exitCode = 2;
  }
}

/** An address and files that no other process has. */
function ownPlaces(config: Config, { index, extProc }: ProcessTask): Config {
  const { listen, decisionLog, rollout } = config;
  const places = { listen: { ...listen, extProc }, decisionLog: { ...decisionLog, file: processFile(decisionLog.file, index) } };
  const ratings = config.ratings.file === undefined ? {} : { ratings: { file: `${config.ratings.file}.${index}` } };
  if (rollout?.file === undefined) return { ...config, ...places, ...ratings };
  return { ...config, ...places, ...ratings, rollout: { ...rollout, file: `${rollout.file}.${index}` } };
}

const askedByParent: StartAdmin = async ({ metrics, figures, config, feedback, rollout = NO_ROLLOUT }) => {
  answer = async (question) => {
    switch (question.about) {
      case "metrics":
        return (await metrics.expose("openmetrics")).text;
      case "figures":
        return figures();
      case "config":
        return config();
      case "feedback":
        return question.feedback === undefined ? { kind: "unknown" } : feedback(question.feedback);
      case "rollout":
        return rollout.statuses();
      case "rolloutAction":
        return question.action === undefined ? { kind: "refused", why: "no action" } : rollout.act(question.action);
      default:
        return question.about satisfies never;
    }
  };
  return { address: "", close: async () => {} };
};

function say(message: FromChild): void {
  if (process.connected) process.send?.(message);
}

async function end(): Promise<void> {
  if (ending) return;
  ending = true;
  await app?.close();
  await output.close(LOG_GRACE_MS);
  process.exit();
}
