// When `sluice stack` is to end: Ctrl-C, SIGTERM, a closed terminal, or an npx that was ended itself.
import { watchParent } from "../setup/stack/parent-watch.ts";

export interface StopSignal {
  readonly signal: Promise<undefined>;
  started(): void; // all is up: from now on the first signal asks for an orderly end
  stopped(): void; // all is down: what nobody reads of our last lines does not keep the process
}

/** For the last lines to be read. */
const READ_WITHIN_MS = 1000;

/** Before all has started, and the second time, a signal ends the process at once, children included. */
export function stopSignal(): StopSignal {
  let phase: "starting" | "serving" | "stopping" = "starting";
  let ask = () => {};
  const signal = new Promise<undefined>((resolve) => {
    ask = () => resolve(undefined);
  });
  const stop = () => {
    if (phase !== "serving") process.exit(130);
    phase = "stopping";
    ask();
  };
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(name, stop);
  watchParent(() => {
    for (const output of [process.stdout, process.stderr]) output.on("error", () => {}); // nobody may be reading any more
    if (phase !== "stopping") stop(); // after Ctrl-C npx may well be gone before us
  });
  return {
    signal,
    started: () => {
      phase = "serving";
    },
    stopped: () => void setTimeout(() => process.exit(), READ_WITHIN_MS).unref(),
  };
}
