// What runs in a thread of its own on a reload: reads the YAML, checks it, reads the models it names, and compares it with the file before.
import { constants, setPriority } from "node:os";
import { parentPort, workerData } from "node:worker_threads";
import { type ErrorCode, SluiceError } from "../errors.ts";
import type { Config } from "./config.ts";
import { loadText } from "./load.ts";
import { ConfigInvalid, type Problem } from "./problems.ts";
import { type Shrinkage, shrinkage } from "./second-look.ts";
import { readYaml } from "./yaml-text.ts";

export interface LoadTask {
  readonly path: string;
  readonly text: string;
  readonly before: string; // the text of the file in force
}

export type LoadAnswer = { readonly read: ReadonlyMap<string, string> } & (
  | { readonly kind: "loaded"; readonly config: Config; readonly shrinkage: Shrinkage }
  | { readonly kind: "invalid"; readonly problems: readonly Problem[]; readonly count: number }
  | { readonly kind: "refused"; readonly code: ErrorCode; readonly message: string; readonly hint: string }
);

giveWay();
Error.stackTraceLimit = 3; // enough for a bug; the YAML library makes an error of each mistake, thousands of them in a file that is none
parentPort?.postMessage(answerTo(workerData as LoadTask));

/** To the threads that decide requests, where processors are few. Elsewhere than on Linux it would be the whole process that gives way. */
function giveWay(): void {
  if (process.platform !== "linux") return;
  try {
    setPriority(0, constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // A sandbox that forbids it: then it takes its share.
  }
}

/** What it throws is a bug, and ends the thread. */
function answerTo({ path, text, before }: LoadTask): LoadAnswer {
  const read = new Map<string, string>();
  try {
    const { config, given } = loadText(path, text, (model, identity) => read.set(model, identity));
    return { kind: "loaded", read, config, shrinkage: shrinkage({ text: before, given: readYaml(before, path).given }, { text, given }) };
  } catch (error) {
    if (error instanceof ConfigInvalid) return { kind: "invalid", read, problems: error.problems, count: error.count };
    if (error instanceof SluiceError) return { kind: "refused", read, code: error.code, message: error.message, hint: error.hint };
    throw error;
  }
}
