// Does the steps of deploy/Dockerfile in a folder, for machines without Docker. The base images are not part of it, but for Node itself.
import { execFileSync } from "node:child_process";
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type DockerStage, type ImageStart, imageStartOf, parseDockerfile } from "./dockerfile.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** Takes from npm's cache what is there. */
const NPM_ENV = { ...process.env, npm_config_prefer_offline: "true", npm_config_audit: "false", npm_config_fund: "false" };

/** Of the base image; here a copy of the Node.js that runs this. */
export const IMAGE_NODE = "nodejs/bin/node";

export interface ImageFiles {
  readonly root: string; // read-only for everyone
  readonly start: ImageStart;
  remove(): void;
}

/** What `docker build` would make. It installs everything: a minute, more on a busy machine. */
export function makeImageFiles(onProgress: (line: string) => void): ImageFiles {
  const folder = mkdtempSync(join(tmpdir(), "sluice-image-"));
  const remove = () => {
    execFileSync("chmod", ["-R", "u+w", folder]);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const stages = parseDockerfile(readFileSync(join(ROOT, "deploy/Dockerfile"), "utf8"));
    const roots = new Map<string, string>();
    for (const [at, stage] of stages.entries()) {
      const name = stage.name ?? String(at);
      roots.set(name, join(folder, name));
      runStage(stage, join(folder, name), roots, onProgress);
    }
    const [final, root] = [stages.at(-1), [...roots.values()].at(-1)];
    if (final === undefined || root === undefined) throw new Error("deploy/Dockerfile has no stage");
    copy(process.execPath, join(root, IMAGE_NODE));
    chmodSync(folder, 0o755); // for another user to read
    execFileSync("chmod", ["-R", "a-w,a+rX", root]);
    return { root, start: imageStartOf(final), remove };
  } catch (error) {
    remove();
    throw error;
  }
}

function runStage(stage: DockerStage, root: string, roots: ReadonlyMap<string, string>, onProgress: (line: string) => void): void {
  let workdir = root;
  mkdirSync(root);
  for (const step of stage.steps) {
    if (step.kind === "workdir") {
      workdir = join(root, step.path);
      mkdirSync(workdir, { recursive: true });
    } else if (step.kind === "run") {
      onProgress(`RUN ${step.command}`);
      execFileSync("sh", ["-c", step.command], { cwd: workdir, env: NPM_ENV, stdio: ["ignore", 2, 2] });
    } else if (step.kind === "copy" && step.from === undefined) {
      if (step.paths.join() !== "." || step.to !== ".") throw new Error("only the whole context may be copied");
      for (const path of buildContext()) copy(join(ROOT, path), join(workdir, path));
    } else if (step.kind === "copy") {
      const from = roots.get(step.from ?? "");
      if (from === undefined) throw new Error(`no stage ${step.from}`);
      for (const path of step.paths) copy(join(from, path), join(workdir, step.to, step.to.endsWith("/") ? basename(path) : ""));
    }
  }
}

/** Files that .dockerignore lets through, and git does not ignore. */
function buildContext(): readonly string[] {
  const lines = readFileSync(join(ROOT, ".dockerignore"), "utf8").split("\n");
  const [first, ...rest] = lines.filter((line) => line !== "" && !line.startsWith("#"));
  if (first !== "*" || rest.some((rule) => !/^![\w./-]+$/.test(rule))) throw new Error(".dockerignore: understood are `*` and exceptions");
  const kept = rest.map((rule) => rule.slice(1));
  const listed = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], { cwd: ROOT, encoding: "utf8" });
  const there = listed.split("\n").filter((path) => existsSync(join(ROOT, path)));
  return there.filter((path) => kept.some((entry) => path === entry || path.startsWith(`${entry}/`)));
}

function copy(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  cpSync(from, to, { recursive: true, verbatimSymlinks: true });
}
