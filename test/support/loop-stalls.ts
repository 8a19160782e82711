// Loaded into sluice by `node --import`: how long the longest turn of its event loop kept the thread busy. Counted in CPU time, so that a
// machine that is busy with other things does not count; by the clock too, for who measures. Told on standard error at each SIGUSR2.
import { monitorEventLoopDelay } from "node:perf_hooks";

const EVERY_MS = 5;
/** Whoever comes in a turn longer than this may wait for longer than a request shall. */
const LONG_MS = 20;

const delay = monitorEventLoopDelay({ resolution: EVERY_MS });
delay.enable();
let last = cpuMs();
let longest = 0;
let inLong = 0; // ms spent in turns that are too long
let since = performance.now();
setInterval(() => {
  const now = cpuMs();
  const turn = now - last;
  longest = Math.max(longest, turn);
  if (turn > LONG_MS) inLong += turn;
  last = now;
}, EVERY_MS).unref();

process.on("SIGUSR2", () => {
  const [longestTurnMs, longestDelayMs] = [Math.round(longest), Math.round(delay.max / 1e6)];
  const told = { longestTurnMs, longestDelayMs, rssMB: rssMB(), longTurnsShare: longTurnsShare() };
  process.stderr.write(`loop-stalls ${JSON.stringify(told)}\n`);
  longest = 0;
  inLong = 0;
  since = performance.now();
  delay.reset();
});

/** Of all time: so many requests came in one, were the machine busy with nothing else. */
function longTurnsShare(): number {
  return Number((inLong / (performance.now() - since)).toFixed(4));
}

/** Of this thread. */
function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

function rssMB(): number {
  return Math.round(process.memoryUsage.rss() / 1e6);
}
