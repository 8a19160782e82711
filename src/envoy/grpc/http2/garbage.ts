// Has V8 collect its garbage. By itself it waits until there is as much of it as of what is in use, which under a flood of messages may be
// hundreds of megabytes. Used only while peers have us hold too much.
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

let made: (() => void) | undefined;

/** Takes some tens of milliseconds. */
export function collectGarbage(): void {
  made ??= collector();
  made();
}

/** The function that `node --expose-gc` has. */
function collector(): () => void {
  setFlagsFromString("--expose-gc");
  const collect: unknown = runInNewContext("gc");
  setFlagsFromString("--no-expose-gc");
  return typeof collect === "function" ? () => collect() : () => {};
}
