// Loaded into sluice by `node --import`: how long the longest turn of its event loop kept the thread busy. Counted in CPU time, so that a
// machine that is busy with other things does not count; by the clock too, for who measures. Told on standard error at each SIGUSR2.
import { monitorEventLoopDelay } from "node:perf_hooks";

const EVERY_MS = 5;

const delay = monitorEventLoopDelay({ resolution: EVERY_MS });
delay.enable();
let last = cpuMs();
let longest = 0;
setInterval(() => {
  const now = cpuMs();
  longest = Math.max(longest, now - last);
  last = now;
}, EVERY_MS).unref();

process.on("SIGUSR2", () => {
  const told = { longestTurnMs: Math.round(longest), longestDelayMs: Math.round(delay.max / 1e6), rssMB: rssMB() };
  process.stderr.write(`loop-stalls ${JSON.stringify(told)}\n`);
  longest = 0;
  delay.reset();
});

/** Of this thread. */
function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

function rssMB(): number {
  return Math.round(process.memoryUsage.rss() / 1e6);
}
