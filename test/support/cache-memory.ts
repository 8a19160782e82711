// What bench/cache-memory.ts measures, in a process that keeps house as `sluice serve` does.
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { heapFlags } from "../../src/cli/heap-flags.ts";

const BENCH = fileURLToPath(new URL("../../bench/cache-memory.ts", import.meta.url));

/** Shares of the limit. */
export interface HeldMemory {
  readonly evicted: number;
  readonly counted: number;
  readonly held: number;
  readonly heldAtMost: number;
}

export function heldMemory(limitMb: number): HeldMemory {
  const flags = ["--expose-gc", ...heapFlags(process.versions.node)];
  return JSON.parse(execFileSync(process.execPath, [...flags, BENCH, String(limitMb)], { encoding: "utf8" }));
}
