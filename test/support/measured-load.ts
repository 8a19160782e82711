// A process of its own: `node measured-load.ts HOST:PORT`. A well-behaved peer, in a process where nothing else holds it up: what it waits
// for is the server, or the processor. Each line of its standard input is a number: once so many of its calls are answered since the last
// telling, it tells what became of them, as a line of JSON. Ends with its standard input.
import { monitorEventLoopDelay } from "node:perf_hooks";
import { createInterface } from "node:readline";
import { extProcLoad } from "./ext-proc-load.ts";

const CHAT = JSON.stringify({ messages: [{ role: "user", content: "What is the capital of France?" }] });
const RESOLUTION_MS = 1;

/** Of the calls since the last telling. */
export interface Telling {
  readonly answers: Readonly<Record<string, number>>; // by tier, or by what went wrong
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly ownP99Ms: number; // the calling process was late by so much itself
}

const load = extProcLoad(process.argv[2] ?? "", CHAT, 2);
const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
delay.enable();
let due: number | undefined; // answers

setInterval(tellIfDue, 10);
createInterface({ input: process.stdin })
  .on("line", (line) => {
    due = Number(line);
    tellIfDue();
  })
  .on("close", () => process.exit(0));

function tellIfDue(): void {
  const served = [...load.answers.values()].reduce((sum, count) => sum + count, 0);
  if (due === undefined || served < due) return;
  due = undefined;
  const [p50Ms, p99Ms] = [toTenths(load.waitMs(0.5)), toTenths(load.waitMs(0.99))];
  const ownP99Ms = toTenths(delay.percentile(99) / 1e6 - RESOLUTION_MS);
  const telling: Telling = { answers: Object.fromEntries(load.answers), p50Ms, p99Ms, ownP99Ms };
  process.stdout.write(`${JSON.stringify(telling)}\n`);
  load.startOver();
  delay.reset();
}

function toTenths(ms: number): number {
  return Math.round(ms * 10) / 10;
}
