// Has V8 collect what it would leave for later. It goes by the objects of its own heap, of which a Buffer of 64 KB is a small one; so under
// a flood of messages hundreds of megabytes wait to be collected. Used only while peers have us hold too much.
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

type Collect = (options: { readonly type: "minor" | "major" }) => void;

let made: Collect | undefined;

/** `minor`: what was made lately, in a few milliseconds. `major`: everything, in some tens. */
export function collectGarbage(type: "minor" | "major"): void {
  made ??= collector();
  made({ type });
}

/** The function that `node --expose-gc` has. */
function collector(): Collect {
  setFlagsFromString("--expose-gc");
  const collect: unknown = runInNewContext("gc");
  setFlagsFromString("--no-expose-gc");
  return typeof collect === "function" ? (options) => collect(options) : () => {};
}
