// Has a configuration read and checked in a thread of its own, so that requests are decided meanwhile, whatever the file is. The thread
// gets so much memory and time, and ends when it has answered.
import { once } from "node:events";
import { extname } from "node:path";
import { Worker } from "node:worker_threads";
import { SluiceError } from "../errors.ts";
import type { LoadAnswer, LoadTask } from "./load-worker.ts";

export interface LoadLimits {
  readonly heapMB: number;
  readonly ms: number;
}

/** Twice the memory and twenty times the time that the worst file takes: the thread runs when others do not. */
const LIMITS: LoadLimits = { heapMB: 256, ms: 60_000 };

/** Rejects with `config-too-large` when it takes too much, and with the signal's reason when that is aborted. */
export async function loadApart(task: LoadTask, stopped: AbortSignal, { heapMB, ms } = LIMITS): Promise<LoadAnswer> {
  const worker = new Worker(new URL(`./load-worker${extname(import.meta.url)}`, import.meta.url), {
    workerData: task,
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: heapMB },
  });
  const signal = AbortSignal.any([stopped, AbortSignal.timeout(ms)]);
  try {
    const [answer] = await once(worker, "message", { signal });
    return answer as LoadAnswer;
  } catch (error) {
    if (stopped.aborted) throw stopped.reason;
    if (signal.aborted) throw tooLarge(task.path, `${ms / 1000} seconds`);
    if ((error as NodeJS.ErrnoException).code === "ERR_WORKER_OUT_OF_MEMORY") throw tooLarge(task.path, `${heapMB} MB`);
    throw error;
  } finally {
    await worker.terminate();
  }
}

function tooLarge(path: string, what: string): SluiceError {
  return new SluiceError("config-too-large", `${path}: takes more than ${what} to read and check`);
}
