// Tests of code: the answer's code, the tests behind it, run as a process of its own with little time, memory and no environment. A bound,
// not a sandbox: what a model wrote runs as this user, so it runs only where the operator says so.
import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SluiceError } from "../../../errors.ts";
import { codeBlocks } from "./code-blocks.ts";

export const CODE_LANGUAGES = ["python", "javascript"] as const;
export type CodeLanguage = (typeof CODE_LANGUAGES)[number];

export interface CodeTests {
  readonly language: CodeLanguage;
  readonly tests: string; // ends with an error where the code is wrong
}

export interface CodeBounds {
  readonly timeoutMs: number;
  readonly memoryMb: number;
}

const ALIASES: Readonly<Record<CodeLanguage, readonly string[]>> = {
  python: ["python", "py", "python3"],
  javascript: ["javascript", "js", "node", "mjs"],
};
const MOST_FILE_BLOCKS = 20_480; // of 512 bytes: 10 MB a file

const NOT_FOUND = 127; // of a POSIX shell

/** Right where the tests end by themselves, without an error, in time. Throws `judge-code` where nothing runs such code here. */
export async function gradeCode(text: string, { language, tests }: CodeTests, bounds: CodeBounds): Promise<boolean> {
  const folder = await mkdtemp(join(tmpdir(), "sluice-code-"));
  try {
    const file = join(folder, language === "python" ? "answer.py" : "answer.mjs");
    await writeFile(file, `${codeOf(text, language)}\n\n${tests}\n`);
    const exitCode = await exitCodeOf(commandOf(language, file, folder, bounds), folder, bounds.timeoutMs);
    if (exitCode === NOT_FOUND) throw new SluiceError("judge-code", `no program here runs ${language}`);
    return exitCode === 0;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The blocks of the language, else all blocks, else the whole: some models write code alone. */
function codeOf(text: string, language: CodeLanguage): string {
  const blocks = codeBlocks(text);
  const own = blocks.filter((block) => ALIASES[language].includes(block.language));
  const chosen = own.length > 0 ? own : blocks;
  return chosen.length === 0 ? text : chosen.map(({ code }) => code).join("\n");
}

/** V8 reserves far more addresses than it uses, so that Node.js is bounded by its heap. Python is told to read nothing of the user's. */
function commandOf(language: CodeLanguage, file: string, folder: string, { timeoutMs, memoryMb }: CodeBounds): readonly string[] {
  const seconds = Math.ceil(timeoutMs / 1000);
  const limits = `ulimit -c 0 && ulimit -t ${seconds} && ulimit -f ${MOST_FILE_BLOCKS} || exit 1`; // one a call: dash
  switch (language) {
    case "python":
      return ["/bin/sh", "-c", `${limits}; ulimit -v ${memoryMb * 1024} || exit 1; exec python3 -I -B "$0"`, file];
    case "javascript": {
      const kept = process.allowedNodeEnvironmentFlags.has("--permission") ? ["--permission", `--allow-fs-read=${folder}`] : [];
      return ["/bin/sh", "-c", `${limits}; exec "$0" "$@"`, process.execPath, `--max-old-space-size=${memoryMb}`, ...kept, file];
    }
    default:
      return language satisfies never;
  }
}

/** Null: it was ended. */
function exitCodeOf([command = "", ...args]: readonly string[], folder: string, timeoutMs: number): Promise<number | null> {
  return new Promise((resolve) => {
    const env = { PATH: process.env["PATH"] ?? "/usr/bin:/bin", HOME: folder, TMPDIR: folder };
    const child = spawn(command, args, { cwd: folder, env, stdio: "ignore", detached: true });
    const { pid } = child;
    const killAll = () => {
      try {
        if (pid !== undefined) process.kill(-pid, "SIGKILL"); // what it started, too
      } catch {
        // all have ended
      }
    };
    const timer = setTimeout(killAll, timeoutMs);
    const end = (exitCode: number | null) => {
      clearTimeout(timer);
      killAll();
      resolve(exitCode);
    };
    child.on("error", () => end(NOT_FOUND));
    child.on("exit", end);
  });
}
