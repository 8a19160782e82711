// A page's commands, followed literally: its ```sh blocks are run in order in one shell, and where a ```text block stands behind one, what
// the commands print must be what that block shows. In it `…` stands for whatever differs from run to run; alone on a line, for any lines.
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const COMMANDS_MS = 90_000; // of one block
const SOON_MS = 15_000; // for what a page shows, but comes about only a moment later
const ELLIPSIS = "…";

export interface PageStep {
  readonly line: number; // of the page, from 1
  readonly commands: string;
  readonly shown: string | undefined; // what the page says they print
}

export interface Shell {
  /** Runs commands as the page's reader would, variables of earlier ones kept. What they print; throws when one fails. */
  run(commands: string): Promise<string>;
  end(): void;
}

/** `path` from the root of the checkout. */
export function stepsOf(path: string): readonly PageStep[] {
  const page = readFileSync(join(ROOT, path), "utf8");
  return [...page.matchAll(/^```sh\n(.*?)^```\n(?:\n*```text\n(.*?)^```\n)?/gms)].map((match) => ({
    line: page.slice(0, match.index).split("\n").length,
    commands: match[1] ?? "",
    shown: match[2],
  }));
}

/** A shell at the root of the checkout. */
export function startShell(env: NodeJS.ProcessEnv): Shell {
  const folder = mkdtempSync(join(tmpdir(), "sluice-page-"));
  const variables = join(folder, "variables");
  writeFileSync(variables, "");
  return {
    async run(commands) {
      const script = `set -eo pipefail; . ${variables}; set -a\n${commands}\nset +a; export -p > ${variables}`;
      const options = { cwd: ROOT, env, timeout: COMMANDS_MS };
      return await new Promise((resolve, reject) => {
        execFile("bash", ["-c", script], options, (error, stdout, stderr) => {
          if (error !== null) reject(new Error([`failed: ${commands}`, stdout, stderr].join("\n")));
          else resolve(stdout.replaceAll("\r", "")); // HTTP ends its lines so
        });
      });
    },
    end: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Runs one step. Throws when a command fails, and when it does not print what the page shows. */
export async function followStep(step: PageStep, shell: Shell): Promise<void> {
  const { commands, shown } = step;
  if (shown === undefined) return void (await shell.run(commands));
  // Commands that only look may be given again; those that send requests are not, as these are counted.
  const end = commands.includes("curl") ? 0 : Date.now() + SOON_MS;
  for (;;) {
    const isLast = Date.now() >= end;
    const printed = await shell.run(commands).catch((error: unknown) => {
      if (isLast) throw error;
      return ""; // grep fails where it finds nothing yet
    });
    if (isAsShown(printed, shown)) return;
    if (isLast) throw new Error(`line ${step.line} of the page\n--- shows\n${shown}--- but printed was\n${printed}`);
  }
}

/** Whether what was printed is what the page shows. */
export function isAsShown(printed: string, shown: string): boolean {
  const lines = shown.trimEnd().split("\n");
  const pattern = lines.map((line) => (line.trim() === ELLIPSIS ? "(?:.*\\n)*" : `${patternOf(line)}[ ]*\\n`)).join("");
  return new RegExp(`^${pattern}$`).test(`${printed.trimEnd()}\n`);
}

function patternOf(line: string): string {
  return line.trimEnd().split(ELLIPSIS).map(literally).join(".*");
}

function literally(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}
