// A disk of a few kilobytes for tests of what happens when it is full, there until the test file ends.
import { execFileSync } from "node:child_process";
import { stopAtEnd } from "./teardown.ts";
import { mountTmpfs, noTmpfs } from "./tmpfs.ts";

/** Why there can be none here; undefined: there can. */
export const noSmallDisk = noTmpfs();

/** Its folder. */
export function smallDisk(kilobytes: number): string {
  const { folder, unmount } = mountTmpfs(kilobytes);
  stopAtEnd(async () => unmount());
  return folder;
}

/** `ro`, `rw` or `size=512k`. It cannot be made read-only while files are open for writing. */
export function remount(folder: string, option: string): void {
  execFileSync("mount", ["-o", `remount,${option}`, folder], { stdio: "ignore" });
}
