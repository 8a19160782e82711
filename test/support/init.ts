// `sluice init` as a user runs it, for tests: the built program, into a new folder.
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SLUICE_MAIN } from "./sluice.ts";
import { stopAtEnd } from "./teardown.ts";

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A folder of its own under the system's; gone at the end of the file. */
export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "sluice-init-"));
  stopAtEnd(async () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Without a terminal. */
export function runSluice(
  args: readonly string[],
  options: { readonly env?: NodeJS.ProcessEnv; readonly cwd?: string } = {},
): Promise<Ended> {
  const env = { ...process.env, ...options.env };
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [SLUICE_MAIN, ...args], { ...options, env }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
    child.stdin?.end();
  });
}

/** Throws with what it said when it does not end well. What it printed. */
export async function initInto(folder: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<string> {
  const { code, stdout, stderr } = await runSluice(["init", ...args, "--out", folder], { env });
  if (code !== 0) throw new Error(`init ended with ${code}: ${stdout}${stderr}`);
  return stdout;
}

/** Changes a file's text. Throws where there is nothing to change. */
export function edit(path: string, changes: readonly (readonly [from: string, to: string])[]): void {
  const text = changes.reduce(
    (before, [from, to]) => {
      if (!before.includes(from)) throw new Error(`${path} has no ${from}`);
      return before.replaceAll(from, to);
    },
    readFileSync(path, "utf8"),
  );
  writeFileSync(path, text);
}
