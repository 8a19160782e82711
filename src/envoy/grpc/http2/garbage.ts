// Has V8 collect its garbage sooner than it would. As `serve` runs it, it waits until there is as much of it as of what is in use, buffers
// counted, which under a flood of messages may be hundreds of megabytes. Used only while peers have us hold too much.
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** Given at the start (cli/heap-flags.ts). V8 looks at it whenever buffers are allocated, so it may change meanwhile. */
const BUFFERS_COUNT_LATE = "--external-memory-accounted-in-global-limit";

export interface Garbage {
  /** Until `collectOnce`: whenever 64 MB of buffers have come, step by step and beside what else goes on. V8 without that flag does so. */
  collectOften(): void;
  /** What has been made lately and is garbage already: some milliseconds. */
  collectYoung(): void;
  /** All of it, which takes some tens of milliseconds. */
  collectOnce(): void;
}

export function garbage(startedWith: readonly string[] = process.execArgv): Garbage {
  const countLate = startedWith.includes(BUFFERS_COUNT_LATE);
  let made: Collect | undefined;
  const collect: Collect = (type) => {
    made ??= collector();
    made(type);
  };
  return {
    collectOften() {
      if (countLate) setFlagsFromString(BUFFERS_COUNT_LATE.replace("--", "--no-"));
    },
    collectOnce() {
      if (countLate) setFlagsFromString(BUFFERS_COUNT_LATE);
      collect("full");
    },
    collectYoung: () => collect("minor"),
  };
}

/** Until nothing more is found, code that ran once and caches too, and what is then free goes back to the system: some 100 milliseconds. */
export function collectEverything(): void {
  collector()("everything");
}

type Collect = (type: "minor" | "full" | "everything") => void;

const OPTIONS = { full: [], minor: [{ type: "minor" }], everything: [{ type: "major", execution: "sync", flavor: "last-resort" }] };

/** The function that `node --expose-gc` has. */
function collector(): Collect {
  setFlagsFromString("--expose-gc");
  const collect: unknown = runInNewContext("gc");
  setFlagsFromString("--no-expose-gc");
  if (typeof collect !== "function") return () => {};
  return (type) => collect(...OPTIONS[type]);
}
