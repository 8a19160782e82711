// Supervises the processes that serve behind one Envoy: starts as many as asked for, starts one again that ends, and never goes on with
// fewer in silence. What they count and show is asked of all of them.
import { setTimeout as wait } from "node:timers/promises";
import { SluiceError } from "../errors.ts";
import type { Logger } from "../outcome/telemetry/log.ts";
import { limitsInMemory } from "../state/limits-in-memory.ts";
import type { Answers, ProcessTask, Question } from "./messages.ts";
import { type Exit, type ProcessOutput, type ServingProcess, startProcess } from "./serving-process.ts";
import { type Families, parseMetrics, sumMetrics } from "./summed-metrics.ts";

export interface SupervisorSettings {
  readonly program: URL; // what a process runs
  readonly tasks: readonly ProcessTask[]; // one for each
  readonly output: ProcessOutput;
  readonly log: Logger;
  readonly restartMs?: { readonly first: number; readonly most: number }; // before a process that has ended is started again
}

export interface Supervisor {
  /** Where each serves, as bound. */
  readonly extProc: readonly string[];
  readonly policy: string;
  readonly restarts: () => number;
  /** True when all serve; else what is the matter. */
  ready(): true | string;
  /** Of those that serve, in order; or of the first of them. */
  ask<About extends keyof Answers>(question: Question<About>, whom?: "all" | "first"): Promise<readonly Answers[About][]>;
  /** Of all, those that have ended included. */
  metrics(): Promise<Families>;
  reload(): void;
  /** Lets them finish what is in flight; what has not ended after `withinMs` is killed. */
  close(withinMs: number): Promise<void>;
}

const RESTART_MS = { first: 100, most: 10_000 };
/** One that has served so long has not failed because of its start. */
const SETTLED_MS = 60_000;

interface Place {
  task: ProcessTask;
  process: ServingProcess;
  serves: boolean;
  lastMetrics: Families | undefined;
}

/** Resolves when all serve. Throws why one could not; none is left running then. */
export async function supervise(settings: SupervisorSettings): Promise<Supervisor> {
  const limits = limitsInMemory();
  const start = (task: ProcessTask) => startProcess(settings.program, task, settings.output, limits);
  const places: Place[] = settings.tasks.map((task) => ({ task, process: start(task), serves: false, lastMetrics: undefined }));
  const killAll = () => places.forEach(({ process: each }) => void each.kill());
  process.once("exit", killAll);
  const policy = await allServe(places).catch(async (error: unknown) => {
    killAll();
    await Promise.all(places.map((place) => place.process.exited));
    throw error;
  });
  const closing = new AbortController();
  let restarts = 0;
  let ended: Families = new Map();

  const kept = places.map((place) =>
    keepRunning(place, start, settings, closing.signal, (metrics) => {
      if (metrics !== undefined) ended = sumMetrics([], [ended, metrics]);
      if (!closing.signal.aborted) restarts++;
    }),
  );

  const ask = async <About extends keyof Answers>(question: Question<About>, whom: "all" | "first" = "all") => {
    const serving = places.filter(({ serves }) => serves).slice(0, whom === "first" ? 1 : places.length);
    const answers = await Promise.all(serving.map((place) => place.process.ask(question)));
    return answers.filter((answer) => answer !== undefined);
  };
  return {
    extProc: places.map(({ task }) => task.extProc),
    policy,
    restarts: () => restarts,
    ready: () => stateOf(places, closing.signal.aborted),
    ask,
    async metrics() {
      await Promise.all(
        places.map(async (place) => {
          const { process: asked, serves } = place;
          const text = serves ? await asked.ask({ about: "metrics" }) : undefined;
          if (text !== undefined && place.serves && place.process === asked) place.lastMetrics = parseMetrics(text);
        }),
      );
      return sumMetrics(
        places.flatMap(({ lastMetrics }) => lastMetrics ?? []),
        [ended],
      );
    },
    reload: () => places.forEach((place) => void place.process.tell({ kind: "reload" })),
    async close(withinMs) {
      closing.abort();
      for (const place of places) place.process.tell({ kind: "end" });
      const timer = setTimeout(killAll, withinMs);
      await Promise.all(places.map((place) => place.process.exited));
      await Promise.all(kept);
      clearTimeout(timer);
      process.off("exit", killAll);
    },
  };
}

/** Starts it again whenever it ends, until it is to stop. A start that fails is an end like any other. */
async function keepRunning(
  place: Place,
  start: (task: ProcessTask) => ServingProcess,
  { log, restartMs = RESTART_MS }: SupervisorSettings,
  stop: AbortSignal,
  onEnded: (lastMetrics: Families | undefined) => void,
): Promise<void> {
  const { index } = place.task;
  for (let failures = 0; ; ) {
    const since = performance.now();
    const { pid } = place.process;
    const exit = await place.process.exited;
    place.serves = false;
    onEnded(place.lastMetrics);
    place.lastMetrics = undefined;
    failures = performance.now() - since > SETTLED_MS ? 0 : failures + 1;
    const inMs = failures === 0 ? 0 : Math.min(restartMs.most, restartMs.first * 2 ** (failures - 1));
    if (!stop.aborted) log.error({ process: index, pid, ...exit, inMs }, "a process has ended: it is started again");
    await wait(inMs, undefined, { signal: stop }).catch(() => {});
    if (stop.aborted) return;
    place.process = start(place.task);
    const started = await place.process.started;
    place.serves = started?.kind === "serving";
    if (place.serves) log.info({ process: index, pid: place.process.pid }, "the process serves again");
    else if (started?.kind === "refused") log.error({ process: index, ...started }, "the process cannot start");
  }
}

/** Resolves with the policy in force. A free port that one has taken is its own from then on. */
async function allServe(places: readonly Place[]): Promise<string> {
  let policy = "";
  await Promise.all(
    places.map(async (place) => {
      const started = await place.process.started;
      if (started === undefined) throw endedAtStart(place.task.index, await place.process.exited);
      if (started.kind === "refused") throw new SluiceError(started.code, started.message, { hint: started.hint });
      place.task = { ...place.task, extProc: started.extProc };
      place.serves = true;
      policy = started.policy;
    }),
  );
  return policy;
}

function endedAtStart(index: number, { code, signal }: Exit): SluiceError {
  return new SluiceError("process-ended", `process ${index} ended before it served: ${signal ?? `exit code ${code}`}`);
}

function stateOf(places: readonly Place[], closing: boolean): true | string {
  if (closing) return "shutting down";
  const missing = places.filter(({ serves }) => !serves).map(({ task }) => task.index);
  return missing.length === 0 || `process ${missing.join(", ")} of ${places.length} is being started again`;
}
