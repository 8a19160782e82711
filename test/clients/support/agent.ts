// A coding agent as a process: run once, in an empty folder that is its home too, and ended when it takes too long.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ChildOptions, startChild } from "../../../src/setup/stack/child.ts";
import { stopAtEnd } from "../../support/teardown.ts";
import { clientEnv } from "./no-way-out.ts";

const RUN_MS = 120_000; // of a run; they take 3 to 20 s

export interface AgentRun {
  readonly lines: readonly string[]; // of all that it wrote
  /** What it wrote into the file `name`; undefined where there is none. */
  file(name: string): string | undefined;
}

export interface AgentOptions {
  readonly env: Readonly<Record<string, string>>;
  readonly prepare?: (home: string) => void;
  readonly home?: string; // of an earlier run, to go on from; a new one where it is not given
  readonly mayFail?: boolean; // it may end with an error
}

export function newHome(): string {
  const home = mkdtempSync(join(tmpdir(), "sluice-agent-"));
  stopAtEnd(async () => rmSync(home, { recursive: true, force: true }));
  return home;
}

/** Throws where it does not end well within the deadline. */
export async function runAgent(command: string, args: readonly string[], options: AgentOptions): Promise<AgentRun> {
  const { env, prepare, home = newHome(), mayFail = false } = options;
  prepare?.(home);
  const lines: string[] = [];
  const childOptions: ChildOptions = {
    cwd: home,
    env: clientEnv({ HOME: home, TMPDIR: home, NO_COLOR: "1", TERM: "dumb", ...env }),
    onLine: (line) => lines.push(line),
  };
  const child = startChild(command, args, childOptions);
  stopAtEnd(child.stop);
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    void child.stop();
  }, RUN_MS);
  await child.exited;
  clearTimeout(timer);
  if (late || (!mayFail && child.exitCode() !== 0)) {
    throw new Error(`${command} ${late ? `was not done after ${RUN_MS} ms` : `ended with ${child.exitCode()}`}:\n${lines.join("\n")}`);
  }
  return { lines, file: (name) => (readdirSync(home).includes(name) ? readFileSync(join(home, name), "utf8") : undefined) };
}
