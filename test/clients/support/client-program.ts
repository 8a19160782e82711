// A program of test/clients/npm or test/clients/python as a process that runs jobs: one line of JSON in, one out.
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { copyFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import { waitFor } from "../../support/wait-for.ts";
import type { ChatFormat } from "./answers.ts";
import type { Installed } from "./installed.ts";
import { clientEnv } from "./no-way-out.ts";

const OURS = fileURLToPath(new URL("..", import.meta.url));
const JOB_MS = 60_000; // with the start of the program, whose imports alone may take 10 s

export interface Job {
  readonly format: ChatFormat;
  readonly kind: "chat" | "stream" | "tool";
  readonly url: string;
  readonly prompt: string;
}

export interface Outcome {
  readonly text: string; // of the answer, the last one
  readonly pieces: number; // into how many it came
  readonly ran?: unknown; // what the tool was called with
}

export interface ClientProgram {
  run(job: Job): Promise<Outcome>;
  stop(): Promise<void>;
}

/** `file` is with-NAME.mjs or with_NAME.py. */
export function startProgram(file: string, { folder }: Installed): ClientProgram {
  const child = file.endsWith(".py") ? pythonProgram(file, folder) : nodeProgram(file, folder);
  const [lines, errors]: [string[], string[]] = [[], []];
  createInterface({ input: child.stdout }).on("line", (line) => lines.push(line));
  createInterface({ input: child.stderr }).on("line", (line) => errors.push(line));
  const isOver = () => child.exitCode !== null || child.signalCode !== null;
  return {
    async run(job) {
      child.stdin.write(`${JSON.stringify(job)}\n`);
      const line = await waitFor(`${file} reports`, () => lines.shift() ?? (isOver() ? "{}" : undefined), JOB_MS);
      const outcome = JSON.parse(line) as Outcome & { readonly error?: string };
      if (outcome.text === undefined) throw new Error(`${file}: ${outcome.error ?? errors.join("\n")}`);
      return outcome;
    },
    async stop() {
      if (isOver()) return;
      child.kill("SIGKILL");
      await waitFor(`${file} is gone`, isOver);
    },
  };
}

type Piped = ChildProcessByStdio<Writable, Readable, Readable>;

/** Run where its packages are, which is how Node.js finds them. */
function nodeProgram(file: string, folder: string): Piped {
  for (const program of readdirSync(join(OURS, "npm"))) {
    if (program.endsWith(".mjs")) copyFileSync(join(OURS, "npm", program), join(folder, program));
  }
  return spawn(process.execPath, [join(folder, file)], { stdio: "pipe", env: clientEnv({}) });
}

function pythonProgram(file: string, folder: string): Piped {
  const env = clientEnv({ PYTHONDONTWRITEBYTECODE: "1", LITELLM_LOCAL_MODEL_COST_MAP: "True" });
  return spawn(join(folder, "bin/python"), [join(OURS, "python", file)], { stdio: "pipe", env });
}
