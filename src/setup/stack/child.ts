// A child process that belongs to this one: started with its output captured, ended with it, never left behind.
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";

const STOP_MS = 5_000; // how long a process may take to end when asked to, before it is killed
const KEPT_LINES = 40; // of output, to show when it fails

export interface ChildOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string; // ours when not given
  readonly onLine?: (line: string) => void; // each line of standard output and standard error
}

export interface Child {
  readonly pid: number | undefined; // undefined: it could not be started, as `lastLines` then says
  readonly exited: Promise<void>;
  hasExited(): boolean;
  exitCode(): number | null; // null while it runs, and when a signal ended it
  lastLines(): readonly string[];
  signal(name: NodeJS.Signals): void;
  stop(): Promise<void>; // resolves when it is gone
}

const running = new Set<ChildProcess>();
process.once("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

/** Starts it in a process group of its own, so that Ctrl-C reaches only us and we end it in order. */
export function startChild(command: string, args: readonly string[], options: ChildOptions = {}): Child {
  const { env = process.env, cwd } = options;
  const child = spawn(command, args, { env, cwd, stdio: ["ignore", "pipe", "pipe"], detached: true });
  const lines: string[] = [];
  const keep = (line: string) => {
    lines.push(line);
    if (lines.length > KEPT_LINES) lines.shift();
    options.onLine?.(line);
  };
  for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on("line", keep);
  running.add(child);
  const exited = new Promise<void>((resolve) => {
    child.once("error", (error) => {
      keep(error.message);
      resolve();
    });
    child.once("close", () => resolve()); // after `exit`, when its last lines are read
  });
  void exited.then(() => running.delete(child));
  return {
    pid: child.pid,
    exited,
    hasExited: () => isOver(child),
    exitCode: () => child.exitCode,
    lastLines: () => lines,
    signal: (name) => void child.kill(name),
    async stop() {
      if (isOver(child)) return exited;
      child.kill("SIGTERM");
      const timer = setTimeout(() => child.kill("SIGKILL"), STOP_MS);
      await exited;
      clearTimeout(timer);
    },
  };
}

function isOver(child: ChildProcess): boolean {
  return child.pid === undefined || child.exitCode !== null || child.signalCode !== null;
}
