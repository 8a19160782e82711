// A disk of a few kilobytes: a tmpfs, which only root may mount.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface Tmpfs {
  readonly folder: string;
  unmount(): void;
}

export function mountTmpfs(kilobytes: number): Tmpfs {
  const folder = mkdtempSync(join(tmpdir(), "sluice-disk-"));
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${kilobytes}k`, "tmpfs", folder], { stdio: "ignore" });
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
  return {
    folder,
    unmount() {
      execFileSync("umount", ["-l", folder]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Why there can be none here; undefined: there can. */
export function noTmpfs(): string | undefined {
  const without = "only root may mount a tmpfs";
  if (process.platform !== "linux" || process.getuid?.() !== 0) return without;
  try {
    mountTmpfs(64).unmount();
    return undefined;
  } catch {
    return without;
  }
}
