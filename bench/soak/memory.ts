// What sluice holds, minute by minute, and whether that stayed flat: by its heap after collections, and by the peaks of its memory.
import { loadavg } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import type { InspectedServer } from "../collected-heap.ts";
import { printTable } from "../table.ts";
import type { Load } from "./load.ts";

const COLLECT_EVERY_MINUTES = 2; // the load pauses: it stops sluice for half a second of CPU
const TELLING_MINUTES = 12;
const MAX_LEAK_BYTES = 16; // of the heap per request, after a collection: less than anything kept of a request takes
const MAX_RSS_GROWTH = 1.1; // of its peak, from the middle third to the last

/** What sluice's metrics say at a moment. */
export interface Sample {
  readonly minute: number;
  readonly rssMb: number;
  readonly heapMb: number;
  readonly waiting: number;
  readonly outcomes: number;
  readonly joined: number;
  readonly cpuSeconds: number;
  readonly collected?: Collected | undefined;
}

/** After a garbage collection. */
interface Collected {
  readonly heapBytes: number;
  readonly sent: number; // requests by then
}

/** One of each minute, printed as they come. The last one may be shorter. */
export async function watchMemory(sluice: InspectedServer, load: Load, minutes: number, ended: AbortSignal): Promise<readonly Sample[]> {
  const samples: Sample[] = [];
  for (let minute = 1; minute < minutes + 1 && !ended.aborted; minute++) {
    await sleep(Math.min(1, minutes - minute + 1) * 60_000, undefined, { signal: ended }).catch(() => {});
    const sample = sampleOf(await sluice.metrics(), minute);
    const isDue = minute % COLLECT_EVERY_MINUTES === 0;
    samples.push({
      ...sample,
      collected: isDue ? { heapBytes: await load.pausedFor(sluice.collectedHeapBytes), sent: load.counts.sent } : undefined,
    });
    printSample(samples, load);
  }
  return samples;
}

export function sampleOf(text: string, minute: number): Sample {
  const lines = text.split("\n");
  const sum = (start: string) =>
    lines.filter((line) => line.startsWith(start)).reduce((total, line) => total + Number(line.slice(line.lastIndexOf(" ") + 1)), 0);
  return {
    minute,
    rssMb: sum("process_resident_memory_bytes ") / 1e6,
    heapMb: sum("nodejs_heap_size_used_bytes ") / 1e6,
    waiting: sum("sluice_outcomes_waiting "),
    outcomes: sum("sluice_outcomes_total{"),
    joined: sum('sluice_outcomes_total{kind="joined"'),
    cpuSeconds: sum("process_cpu_seconds_total "),
  };
}

function printSample(samples: readonly Sample[], { counts: { sent, failed, astray, skipped } }: Load): void {
  const [now, before] = [samples.at(-1), samples.at(-2)];
  if (now === undefined) return;
  const cpuMicros = ((now.cpuSeconds - (before?.cpuSeconds ?? 0)) / Math.max(1, now.outcomes - (before?.outcomes ?? 0))) * 1e6;
  const collectedMb = (now.collected?.heapBytes ?? Number.NaN) / 1e6;
  const figures = [
    now.minute,
    now.rssMb,
    now.heapMb,
    collectedMb,
    now.waiting,
    now.joined,
    sent,
    failed,
    astray,
    skipped,
    cpuMicros,
    loadavg()[0] ?? 0,
  ];
  printTable(
    [
      "minute",
      "RSS MB",
      "heap MB",
      "collected MB",
      "waiting",
      "joined",
      "sent",
      "failed",
      "astray",
      "skipped",
      "CPU µs/request",
      "machine's load",
    ],
    [figures.map((value) => (Number.isNaN(value) ? "" : Number.isInteger(value) ? String(value) : value.toFixed(1)))],
  );
}

/** Undefined: too short a run to tell. */
export function isFlat(samples: readonly Sample[]): boolean | undefined {
  if (samples.length < TELLING_MINUTES) return undefined;
  const third = Math.floor(samples.length / 3); // the first fills caches and what a garbage collector likes to keep
  const [middle, last] = [samples.slice(third, 2 * third), samples.slice(2 * third)];
  const [peakBefore, peakAfter] = [peakOf(middle), peakOf(last)];
  const [before, after] = [meanOf(middle), meanOf(last)];
  const leaked = (after.heapBytes - before.heapBytes) / Math.max(1, after.sent - before.sent);
  console.log(`of the middle third and the last: RSS, peak ${peakBefore.toFixed(0)} and ${peakAfter.toFixed(0)} MB;`);
  console.log(`  heap after a collection ${inMb(before)} and ${inMb(after)} MB: ${leaked.toFixed(1)} bytes a request`);
  return leaked < MAX_LEAK_BYTES && peakAfter < peakBefore * MAX_RSS_GROWTH;
}

function peakOf(samples: readonly Sample[]): number {
  return Math.max(...samples.map(({ rssMb }) => rssMb));
}

/** Over several collections: what is remembered of past requests comes and goes in large blocks. */
function meanOf(samples: readonly Sample[]): Collected {
  const all = samples.flatMap(({ collected }) => collected ?? []);
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
  return { heapBytes: mean(all.map(({ heapBytes }) => heapBytes)), sent: mean(all.map(({ sent }) => sent)) };
}

function inMb({ heapBytes }: Collected): string {
  return (heapBytes / 1e6).toFixed(1);
}
