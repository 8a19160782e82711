// Which Envoy to run: the one the user names, the one that is installed, or one fetched into a cache.
import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join } from "node:path";
import { SluiceError } from "../../errors.ts";
import { ENVOY_VERSION } from "./envoy-releases.ts";
import { envoyCacheFolder, fetchEnvoy } from "./fetch-envoy.ts";

export interface FindOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly onProgress: (line: string) => void;
  readonly version?: string; // exactly this one, fetched; whatever ENVOY_BIN or PATH hold when not given
}

/** Path of an Envoy binary: ENVOY_BIN, then PATH, then the cache, then the network. Throws `envoy-not-found` or `envoy-download-failed`. */
export async function findEnvoy(options: FindOptions): Promise<string> {
  const { env, onProgress } = options;
  const fetchOptions = { cacheFolder: envoyCacheFolder(env), env, onProgress };
  if (options.version !== undefined) return fetchEnvoy(options.version, fetchOptions);
  const named = env["ENVOY_BIN"];
  if (named) {
    if (isExecutable(named)) return named;
    throw new SluiceError("envoy-not-found", `ENVOY_BIN is ${named}, which this user cannot run`);
  }
  const folders = (env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  const installed = folders.map((folder) => join(folder, "envoy")).find(isExecutable);
  return installed ?? fetchEnvoy(ENVOY_VERSION, fetchOptions);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
