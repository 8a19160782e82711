// The package as a stranger has it: packed, and installed into an empty folder that knows nothing of the checkout.
import { execFile, execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

export interface PackedPackage {
  readonly tarball: string;
  readonly packedBytes: number;
  readonly unpackedBytes: number;
  readonly files: readonly string[];
}

/** Packs what is built: `npm test` builds first. */
export function packPackage(folder: string): PackedPackage {
  const output = execFileSync("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", folder], { cwd: ROOT, encoding: "utf8" });
  const [packed] = JSON.parse(output) as { filename: string; size: number; unpackedSize: number; files: { path: string }[] }[];
  if (packed === undefined) throw new Error(`npm pack says nothing: ${output}`);
  const { filename, size, unpackedSize, files } = packed;
  return { tarball: join(folder, filename), packedBytes: size, unpackedBytes: unpackedSize, files: files.map(({ path }) => path) };
}

/** Without what npm tells its scripts about the checkout, and with this Node.js but none of the checkout's programs on the path. */
export function strangerEnv(): NodeJS.ProcessEnv {
  const ofCheckout =
    /^(?:npm_(?:package_|lifecycle_|command|node_execpath|execpath|config_(?:local_prefix|user_agent))|INIT_CWD|NODE_PATH)/;
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !ofCheckout.test(name)));
  const path = (env["PATH"] ?? "").split(delimiter).filter((folder) => !folder.includes("node_modules"));
  return { ...env, PATH: [dirname(process.execPath), ...path].join(delimiter) };
}

export function emptyFolder(): { readonly folder: string; readonly remove: () => Promise<void> } {
  const folder = mkdtempSync(join(tmpdir(), "sluice-package-"));
  return { folder, remove: async () => rmSync(folder, { recursive: true, force: true }) };
}

export async function installPackage(tarball: string, folder: string): Promise<void> {
  const options = ["--omit=dev", "--prefer-offline", "--no-audit", "--no-fund"];
  await promisify(execFile)("npm", ["install", ...options, tarball], { cwd: folder, env: strangerEnv() });
}
