// Notices that whoever started this process is gone. npx and npm start a program through a shell, and a signal that ends npx ends that
// shell, but not the program: nobody would be left to end it.
import { fstatSync, statSync } from "node:fs";

const LOOK_MS = 500;

/**
 * Calls `onGone` once, when the parent is another than it was: the system gives orphans to process 1, or to one that has asked for them.
 * Whatever was put into the background on purpose is left alone, unless npx or npm did the starting.
 */
export function watchParent(onGone: () => void): void {
  if (inBackground() && process.env["npm_config_user_agent"] === undefined) return;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    onGone();
  }, LOOK_MS);
  timer.unref();
}

/** `nohup`, `&` in a script, and managers of services give /dev/null to read from; they may end while what they started goes on. */
function inBackground(): boolean {
  try {
    const input = fstatSync(0);
    return input.isCharacterDevice() && input.rdev === statSync("/dev/null").rdev;
  } catch {
    return false; // no standard input, or no such device
  }
}
