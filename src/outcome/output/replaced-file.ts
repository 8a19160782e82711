// A small file of our own, written anew: whoever reads its path sees the old text or the new one, also behind a power cut.
import { open, rename } from "node:fs/promises";

/** Rejects with the system's error; the file is then as it was. */
export async function replacedFile(path: string, text: string): Promise<void> {
  const beside = `${path}.${process.pid}.new`;
  const handle = await open(beside, "w", 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(beside, path);
}
