// Installs the clients that stand in test/clients/npm and test/clients/python, at their pinned versions, once a version, into
// .cache/clients/. What cannot be installed is told in words: with SLUICE_CLIENTS=1 they are a failure, else the reason of a skip.
import { createHash } from "node:crypto";
import { copyFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startChild } from "../../../src/setup/stack/child.ts";
import { fillCache } from "../../../src/setup/stack/fill-cache.ts";

const OURS = fileURLToPath(new URL("..", import.meta.url));
const CACHE = fileURLToPath(new URL("../../../.cache/clients/", import.meta.url));
const INSTALL_MS = 900_000; // 1 GB at 10 Mbit/s

export interface Installed {
  readonly folder: string;
  readonly missing: string | undefined; // what this machine lacks, instead of it
}

/** The programs of test/clients/npm with all they import, Claude Code and Codex among it. */
export const npmClients = (): Promise<Installed> =>
  installed("npm clients (890 MB)", "npm", "npm/package-lock.json", async (folder) => {
    for (const file of ["package.json", "package-lock.json", ".npmrc"]) copyFileSync(join(OURS, "npm", file), join(folder, file));
    await run("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], folder);
  });

/** An environment of Python with what test/clients/python imports. */
export const pythonLibraries = (): Promise<Installed> =>
  installed("Python libraries (470 MB)", "python", "python/requirements.txt", (folder) => environment(folder, "requirements.txt"));

/** aider, in an environment of its own: it pins libraries that the others want in other versions. */
export const aider = (): Promise<Installed> =>
  installed("aider (690 MB)", "aider", "python/aider-requirements.txt", (folder) => environment(folder, "aider-requirements.txt"));

async function installed(
  title: string,
  name: string,
  pins: string, // a file of ours: another content is another version
  fill: (folder: string) => Promise<void>,
): Promise<Installed> {
  const version = createHash("sha256").update(readFileSync(join(OURS, pins)));
  const folder = join(CACHE, `${name}-${version.digest("hex").slice(0, 12)}`);
  try {
    await fillCache(folder, async (work) => {
      process.stderr.write(`test:clients: installing ${title} into .cache/clients/, once ...\n`);
      await fill(work);
      return work;
    });
    return { folder, missing: undefined };
  } catch (error) {
    const missing = `${title} cannot be installed: ${error instanceof Error ? error.message : String(error)}`;
    if (process.env["SLUICE_CLIENTS"] === "1") throw new Error(`test:clients: ${missing}`);
    process.stderr.write(`test:clients: skipped, ${missing}\n`);
    return { folder, missing };
  }
}

async function environment(folder: string, requirements: string): Promise<void> {
  await run("python3", ["-m", "venv", folder], folder);
  const options = ["--quiet", "--no-input", "--disable-pip-version-check", "--requirement", join(OURS, "python", requirements)];
  await run(join(folder, "bin/python"), ["-m", "pip", "install", ...options], folder);
}

/** Throws the last lines of what it says, where it does not end well. */
async function run(command: string, args: readonly string[], cwd: string): Promise<void> {
  const child = startChild(command, args, { cwd });
  const tooLong = setTimeout(() => void child.stop(), INSTALL_MS);
  await child.exited;
  clearTimeout(tooLong);
  const words = `${command} ${args.slice(0, 3).join(" ")}`.replaceAll(cwd, "");
  if (child.exitCode() !== 0)
    throw new Error(
      [
        `\`${words} ...\` failed`,
        ...child
          .lastLines()
          .slice(-3)
          .map((line) => line.slice(0, 200)),
      ].join(": "),
    );
}
