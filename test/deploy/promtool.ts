// Prometheus' own checker, where it is installed. In CI it must be.
import { execFileSync, spawnSync } from "node:child_process";

/** For `describe.skipIf`: true where there is no promtool. Throws instead when CI is set, so that nothing goes unchecked there. */
export function withoutPromtool(): boolean {
  if (spawnSync("promtool", ["--version"]).error === undefined) return false;
  if (process.env["CI"] === "true") throw new Error("promtool is missing: install Debian's package prometheus");
  process.stderr.write(
    "promtool is not on the PATH: Prometheus rules and dashboard queries go unchecked (Debian's package prometheus has it)\n",
  );
  return true;
}

/** What it prints. Throws with it when promtool finds something wrong. */
export function promtool(...args: readonly string[]): string {
  return execFileSync("promtool", args, { encoding: "utf8" });
}
