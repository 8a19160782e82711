// Puts something into a cache in one step: it is made in a folder beside its place and moved there when it is whole. What is in the cache
// can therefore be trusted.
import { rmSync } from "node:fs";
import { access, mkdir, mkdtemp, rename } from "node:fs/promises";
import { dirname, join } from "node:path";

/** Makes the file or folder `path`, unless it is there: `make` gets an empty folder to work in, and returns what is to be moved. */
export async function fillCache(path: string, make: (work: string) => Promise<string>): Promise<string> {
  if (await exists(path)) return path;
  await mkdir(dirname(path), { recursive: true });
  const work = await mkdtemp(join(dirname(path), "making-"));
  const removeNow = () => rmSync(work, { recursive: true, force: true });
  process.once("exit", removeNow); // Ctrl-C in the middle
  try {
    const made = await make(work);
    await rename(made, path).catch(async (error: unknown) => {
      if (!(await exists(path))) throw error; // otherwise another process was faster: a folder cannot be moved over its own
    });
    return path;
  } finally {
    process.off("exit", removeNow);
    removeNow();
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
