// When V8 is to compile what runs often. Its defaults suit pages that come and go; a filter runs the same few hundred functions for months.
import { setFlagsFromString } from "node:v8";

/** TurboFan after 800 calls instead of 3,000, and 200 after what was seen last changed instead of 500. */
const FLAGS = ["--invocation-count-for-turbofan=800", "--minimum-invocations-after-ic-update=200"];

/**
 * To be called once it serves, so that what only the start runs is not compiled. A request of 1 KB then takes the 23 µs that it stays at
 * from the 10,000th on instead of from the 30,000th; in all, as much is compiled (`node bench/warm.ts`). Before Node 24 nothing is changed.
 */
export function compileSoon(nodeVersion = process.versions.node): void {
  if (Number(nodeVersion.split(".")[0]) < 24) return;
  for (const flag of FLAGS) setFlagsFromString(flag);
}
