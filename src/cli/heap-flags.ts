// How V8 should keep house while serving. Bodies live in buffers outside its heap; by default V8 collects the whole heap whenever 64 MB of
// them have come and gone, which costs more CPU than all the rest of the filter when bodies are large. Flags can only be given at the
// start of a process, so `serve` starts itself anew with them, in the same process.

/** Half to two thirds less CPU per request from 256 KB up, for about 100 MB more memory at most (bench/filter.ts, with and without). */
export function heapFlags(nodeVersion: string): readonly string[] {
  const major = Number(nodeVersion.split(".")[0]);
  const roomMb = "--initial-old-space-size=128";
  if (major < 24) return [roomMb]; // that V8 has no such limit to count buffers in
  return ["--external-memory-accounted-in-global-limit", roomMb];
}

/** What `process.execve` needs to start this program anew with the flags; undefined when it has them, or cannot be started anew. */
export function restartArguments(running: typeof process): readonly string[] | undefined {
  const flags = heapFlags(running.versions.node);
  if (typeof running.execve !== "function" || running.platform === "win32") return undefined;
  if (flags.every((flag) => running.execArgv.includes(flag))) return undefined;
  return [running.execPath, ...flags, ...running.execArgv, ...running.argv.slice(1)];
}
