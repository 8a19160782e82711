// A fault: how it begins and ends, by what it is seen that sluice has told of it, and that all is as before. Faults of one track come one
// after the other, again and again; tracks run side by side.
import { setTimeout as sleep } from "node:timers/promises";

/** Within so long whoever runs sluice must hear of a fault. */
const TOLD_WITHIN_MS = 10_000;
/** And that it is over: what a receiver does not answer is given up after 10 s, and what waits behind it comes then. */
const OVER_WITHIN_MS = 20_000;
/** Its metrics cost sluice some milliseconds each time. */
const LOOK_MS = 200;

/** A number that has risen once sluice has told: of lines in its log, or of a metric. */
export interface Sign {
  readonly what: string;
  read(): number | Promise<number>;
}

export interface Fault {
  readonly name: string;
  begin(): void | Promise<void>;
  readonly toldBy: readonly Sign[]; // of the fault
  readonly holdMs: number; // it goes on for so long once it was told of
  end(): void | Promise<void>;
  readonly overBy: readonly Sign[]; // that it is over
  readonly onlyInRound?: number; // of its track, the first is 0; in every one when not given
}

export interface Track {
  readonly faults: readonly Fault[];
  readonly pauseMs: number; // behind each
}

/** What came of a fault in all its rounds. */
export interface FaultRecord {
  readonly fault: Fault;
  rounds: number;
  toldMs: number; // the longest until it was told of
  overMs: number; // the longest until its end was
  readonly untold: string[]; // signs that did not come
}

/** At least one round of each, however short the run; goes on until `ended`. */
export async function runTrack({ faults, pauseMs }: Track, ended: AbortSignal): Promise<readonly FaultRecord[]> {
  const records = faults.map((fault): FaultRecord => ({ fault, rounds: 0, toldMs: 0, overMs: 0, untold: [] }));
  for (let round = 0; round === 0 || !ended.aborted; round++) {
    for (const record of records) {
      const { onlyInRound = round } = record.fault;
      if (onlyInRound !== round || (round > 0 && ended.aborted)) continue;
      await runOnce(record);
      await sleep(pauseMs, undefined, { signal: ended }).catch(() => {});
    }
  }
  return records.filter(({ rounds }) => rounds > 0);
}

async function runOnce(record: FaultRecord): Promise<void> {
  const { begin, toldBy, holdMs, end, overBy } = record.fault;
  const isTold = await rising(toldBy);
  await begin();
  const told = await isTold(TOLD_WITHIN_MS);
  await sleep(holdMs);
  const isOver = await rising(overBy);
  await end();
  const over = await isOver(OVER_WITHIN_MS);
  record.rounds++;
  record.toldMs = Math.max(record.toldMs, told.ms);
  record.overMs = Math.max(record.overMs, over.ms);
  record.untold.push(...told.missing, ...over.missing);
}

interface Risen {
  readonly ms: number; // until all had
  readonly missing: readonly string[]; // those that had not in time
}

/** Looks at the signs now; what it returns waits until all have risen. */
async function rising(signs: readonly Sign[]): Promise<(withinMs: number) => Promise<Risen>> {
  const before = await Promise.all(signs.map((sign) => sign.read()));
  return async (withinMs) => {
    const startedAt = performance.now();
    const missing = async () => {
      const now = await Promise.all(signs.map((sign) => sign.read()));
      return signs.filter((_, at) => (now[at] ?? 0) <= (before[at] ?? 0)).map(({ what }) => what);
    };
    for (;;) {
      const still = await missing();
      const ms = performance.now() - startedAt;
      if (still.length === 0 || ms > withinMs) return { ms, missing: still };
      await sleep(LOOK_MS);
    }
  };
}
