// One of the processes that serve, and how it is supervised: started with its task, asked, told, and ended; its output comes line by line.
import { type ChildProcess, fork } from "node:child_process";
import { createInterface } from "node:readline";
import type { AccessLogEntry } from "../envoy/wire/access-log.ts";
import type { HistoryDesk } from "../outcome/history/recorder.ts";
import type { LimitStore } from "../state/limit-store.ts";
import type { Answers, FromChild, ProcessTask, Question, ToChild } from "./messages.ts";

export interface ServingProcess {
  readonly pid: number | undefined;
  /** Resolves when it serves, or cannot: then with why, where it says so. */
  readonly started: Promise<Started>;
  readonly exited: Promise<Exit>;
  /** Undefined: it has ended, or does not answer in time. */
  ask<About extends keyof Answers>(question: Question<About>): Promise<Answers[About] | undefined>;
  tell(message: ToChild): void;
  kill(): void;
}

export type Started = Extract<FromChild, { readonly kind: "serving" | "refused" }> | undefined;

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface ProcessOutput {
  readonly onEntry?: (entry: AccessLogEntry) => void; // where the task has it tell them
  readonly history?: HistoryDesk; // of all
  readonly stdout: (line: string) => void;
  readonly stderr: (line: string) => void;
}

/** A process that is busy with large bodies answers late. */
const ANSWER_MS = 5_000;

/** `program`: the file to run. In a process group of its own, so that Ctrl-C reaches its supervisor alone. */
export function startProcess(program: URL, task: ProcessTask, output: ProcessOutput, limits: LimitStore): ServingProcess {
  const child = fork(program, { serialization: "advanced", stdio: ["ignore", "pipe", "pipe", "ipc"], detached: true });
  const endings = [relay(child.stdout, output.stdout), relay(child.stderr, output.stderr)];
  const waiting = new Map<number, (value: unknown) => void>();
  let asked = 0;
  const exited = new Promise<Exit>((resolve) => {
    const over = async (code: number | null, signal: NodeJS.Signals | null) => {
      await Promise.all(endings); // its last lines
      for (const answer of waiting.values()) answer(undefined);
      resolve({ code, signal });
    };
    child.once("error", () => child.pid === undefined && over(null, null));
    child.once("exit", over);
  });
  const started = new Promise<Started>((resolve) => {
    child.on("message", (message) => {
      const said = message as FromChild;
      if (said.kind === "answer") waiting.get(said.id)?.(said.value);
      else if (said.kind === "entry") output.onEntry?.(said.entry);
      else if (said.kind === "happened") output.history?.record(said.happening, task.index);
      else if (said.kind === "limits") void exchange(said);
      else resolve(said);
    });
    void exited.then(() => resolve(undefined));
  });
  const tell = (message: ToChild) => {
    if (child.connected) child.send(message, () => {}); // an error: it has just ended
  };
  const exchange = async ({ id, batch }: Extract<FromChild, { kind: "limits" }>) => {
    tell({ kind: "limits", id, standings: await limits.exchange(batch) });
  };
  tell({ kind: "start", task });
  return {
    pid: child.pid,
    started,
    exited,
    ask<About extends keyof Answers>(question: Question<About>) {
      const id = ++asked;
      return new Promise<Answers[About] | undefined>((resolve) => {
        if (!child.connected) return resolve(undefined);
        const timer = setTimeout(() => settle(undefined), ANSWER_MS);
        const settle = (value: unknown) => {
          clearTimeout(timer);
          waiting.delete(id);
          resolve(value as Answers[About] | undefined);
        };
        waiting.set(id, settle);
        tell({ kind: "ask", id, question });
      });
    },
    tell,
    kill: () => void child.kill("SIGKILL"),
  };
}

/** Resolves at the end of the stream. */
function relay(stream: ChildProcess["stdout"], onLine: (line: string) => void): Promise<void> {
  if (stream === null) return Promise.resolve();
  const lines = createInterface({ input: stream });
  lines.on("line", onLine);
  return new Promise((resolve) => lines.once("close", () => resolve()));
}
