// How V8 should keep house while serving. Bodies live in buffers outside its heap; by default V8 collects the whole heap whenever 64 MB of
// them have come and gone, which costs more CPU than all the rest of the filter when bodies are large. Flags can only be given at the
// start of a process, so `serve` starts itself anew with them, in the same process.

/**
 * Half to two thirds less CPU per request from 256 KB up (bench/filter.ts, with and without). New objects live in 4 MB from the start
 * instead of in 1 to 16, at the same CPU: 40 MB less memory at 1 KB, 110 MB at 16 KB, 45 MB at 256 KB. Not `--no-maglev`: without that
 * compiler, whose work leaves holes in the C heap, it would be 20 MB less at 1 KB, but the slowest of a hundred requests then waits
 * twice as long while V8 warms up.
 */
export function heapFlags(nodeVersion: string): readonly string[] {
  const major = Number(nodeVersion.split(".")[0]);
  const flags = ["--initial-old-space-size=128", "--min-semi-space-size=4", "--max-semi-space-size=4"];
  if (major < 24) return flags; // that V8 has no limit to count buffers in
  return ["--external-memory-accounted-in-global-limit", ...flags];
}

/** Starts this program anew, in this process, with the flags, where it can and has not. */
export function startAnew(running: typeof process): void {
  const restart = restartArguments(running);
  if (restart !== undefined) running.execve?.(running.execPath, [...restart], heapEnvironment(running.env));
}

/**
 * glibc keeps what each thread frees for that thread: threads that compile left 10 to 15 MB, in which messages now come to lie. Whoever
 * sets it has their way; other C libraries do not know it.
 */
export function heapEnvironment(given: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return { MALLOC_ARENA_MAX: "1", ...given };
}

/** What `process.execve` needs to start this program anew with the flags; undefined when it has them, or cannot be started anew. */
export function restartArguments(running: typeof process): readonly string[] | undefined {
  const flags = heapFlags(running.versions.node);
  if (typeof running.execve !== "function" || running.platform === "win32") return undefined;
  if (flags.every((flag) => running.execArgv.includes(flag))) return undefined;
  return [running.execPath, ...flags, ...running.execArgv, ...running.argv.slice(1)];
}
