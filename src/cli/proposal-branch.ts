// A proposal as a commit on a branch of its own. Made beside the working tree, which a running sluice may read its configuration from: no
// file of it is touched, nothing is checked out, nothing is pushed.
import { execFile } from "node:child_process";
import { mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, relative, resolve } from "node:path";
import { promisify } from "node:util";
import { SluiceError } from "../errors.ts";

const run = promisify(execFile);

export interface BranchFile {
  readonly path: string; // in the working tree
  readonly content: string | Uint8Array;
}

/** In the repository of the first file, on top of what is checked out. `requireBranch` has said that it can be done. */
export async function commitOnBranch(branch: string, message: string, files: readonly BranchFile[]): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "sluice-proposal-"));
  const root = await rootOf(files[0]?.path ?? "");
  const git = gitIn(root, { GIT_INDEX_FILE: join(folder, "index") });
  try {
    await git(["read-tree", "HEAD"]);
    for (const { path, content } of files) {
      const blob = await git(["hash-object", "-w", "--stdin"], content);
      await git(["update-index", "--add", "--cacheinfo", `100644,${blob},${await pathIn(root, path)}`]);
    }
    const commit = await git(["commit-tree", await git(["write-tree"]), "-p", "HEAD"], message);
    await git(["branch", branch, commit]);
  } catch (cause) {
    throw new SluiceError("proposal-no-branch", `${branch}: ${reasonOf(cause)}`, { cause });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Asked before minutes of work. Throws `proposal-no-branch`. */
export async function requireBranch(branch: string, configFile: string | undefined): Promise<void> {
  const refuse = (why: string) => new SluiceError("proposal-no-branch", `${branch}: ${why}`);
  if (configFile === undefined) throw refuse("there is no configuration to commit: name it with --config");
  const root = await rootOf(configFile).catch(() => {
    throw refuse(`${configFile} is in no git repository`);
  });
  const git = gitIn(root, {});
  await git(["check-ref-format", "--branch", branch]).catch(() => {
    throw refuse("it is no name for a branch");
  });
  const exists = await git(["rev-parse", "--verify", "--quiet", `refs/heads/${branch}`]).then(
    () => true,
    () => false,
  );
  if (exists) throw refuse("there is a branch of this name");
  await git(["ls-files", "--error-unmatch", "--", await pathIn(root, configFile)]).catch(() => {
    throw refuse(`${configFile} is not committed`);
  });
  const changed = await git(["status", "--porcelain", "--untracked-files=no"]);
  if (changed !== "") throw refuse(`the working tree has changes: ${changed.split("\n").length} files`);
}

async function rootOf(path: string): Promise<string> {
  const { stdout } = await run("git", ["-C", dirname(resolve(path)), "rev-parse", "--show-toplevel"]);
  return stdout.trim();
}

/** Folders may be links. */
async function pathIn(root: string, path: string): Promise<string> {
  const folder = await realpath(dirname(resolve(path)));
  return relative(await realpath(root), join(folder, resolve(path).slice(dirname(resolve(path)).length + 1)));
}

function gitIn(root: string, env: Readonly<Record<string, string>>) {
  return async (args: readonly string[], input?: string | Uint8Array): Promise<string> => {
    const running = run("git", ["-C", root, ...args], { env: { ...process.env, ...env }, maxBuffer: 64 << 20 });
    running.child.stdin?.end(input);
    return (await running).stdout.trim();
  };
}

function reasonOf(cause: unknown): string {
  const said = cause instanceof Error && "stderr" in cause ? String(cause.stderr).trim() : String(cause);
  return said.split("\n")[0] || "git failed";
}
