// Old versions of Node.js, to see what they are told: fetched once from npm, as the program alone, into .cache.
import { execFile } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { fillCache } from "../../src/setup/stack/fill-cache.ts";

const CACHE = fileURLToPath(new URL("../../.cache/node/", import.meta.url));

/** Path of that Node.js for this machine. The first call fetches it, some 35 MB. */
export function oldNode(version: string): Promise<string> {
  const name = `node-${process.platform}-${process.arch}`;
  return fillCache(join(CACHE, version), async (work) => {
    const options = ["--prefix", work, "--ignore-scripts", "--no-save", "--force"]; // its `engines` refuse other Nodes than itself
    await promisify(execFile)("npm", ["install", ...options, `${name}@${version}`]);
    return join(work, "node_modules", name);
  }).then((folder) => join(folder, "bin/node"));
}
