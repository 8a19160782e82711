// A disk of a few kilobytes for tests of what happens when it is full: a tmpfs, which only root may mount.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stopAtEnd } from "./teardown.ts";

/** Why there can be none here; undefined: there can. */
export const noSmallDisk = process.platform === "linux" && process.getuid?.() === 0 && mounts() ? undefined : "only root may mount a tmpfs";

/** Its folder. */
export function smallDisk(kilobytes: number): string {
  const folder = mkdtempSync(join(tmpdir(), "sluice-disk-"));
  execFileSync("mount", ["-t", "tmpfs", "-o", `size=${kilobytes}k`, "tmpfs", folder]);
  stopAtEnd(async () => unmount(folder));
  return folder;
}

/** `ro`, `rw` or `size=512k`. It cannot be made read-only while files are open for writing. */
export function remount(folder: string, option: string): void {
  execFileSync("mount", ["-o", `remount,${option}`, folder], { stdio: "ignore" });
}

function mounts(): boolean {
  const folder = mkdtempSync(join(tmpdir(), "sluice-disk-"));
  try {
    execFileSync("mount", ["-t", "tmpfs", "tmpfs", folder], { stdio: "ignore" });
    unmount(folder);
    return true;
  } catch {
    rmSync(folder, { recursive: true, force: true });
    return false;
  }
}

function unmount(folder: string): void {
  execFileSync("umount", ["-l", folder]);
  rmSync(folder, { recursive: true, force: true });
}
