// Which of several processes behind one Envoy is told what an answer said: the one that knows its request, whichever read it. With a single
// process that is always this one. An entry may come before it is heard that the answer is being read.
import type { Reading } from "../../answer/answer-reader.ts";
import type { AccessLogEntry } from "../../envoy/wire/access-log.ts";
import type { ThrownAnswer } from "./discarded.ts";
import type { ReadingJoin } from "./reading-join.ts";

/** An answer that one process reads, told to the one that knows its request. */
export interface ReadElsewhere {
  reading(requestId: string): void;
  read(requestId: string, reading: Reading | undefined): void;
  /** One that was judged, and that nobody got. */
  discarded(requestId: string, thrown: ThrownAnswer): void;
}

export interface SharedReadings {
  /** An answer is about to be read here. What it said, undefined for nothing, is to be told in the end. */
  begin(requestId: string, soFar: () => Reading | undefined): (reading: Reading | undefined) => void;
  /** Of a request that is known here, or to nobody. */
  entry(entry: AccessLogEntry): void;
  /** What siblings read; of requests that are not known here, nothing is kept. */
  readonly fromSiblings: Pick<ReadElsewhere, "reading" | "read">;
  /** Hands on what came early. */
  close(): void;
}

/**
 * Envoy writes both in order, on two connections; which one is read first is chance, and on a busy machine an entry overtakes a short
 * answer now and then: of 2,000, 3 had estimated tokens for exact ones.
 */
const EARLY_MS = 50;

export function sharedReadings(
  readings: ReadingJoin,
  knows: (requestId: string) => boolean,
  siblings: ReadElsewhere | undefined,
): SharedReadings {
  let areRead = false; // answers are read at all
  const early: AccessLogEntry[] = [];
  let timer: NodeJS.Timeout | undefined;
  const handOn = () => {
    clearTimeout(timer);
    timer = undefined;
    for (const entry of early.splice(0)) readings.entry(entry);
  };
  return {
    begin(requestId, soFar) {
      areRead = true;
      const isOurs = siblings === undefined || knows(requestId);
      const owner = isOurs ? readings : siblings;
      if (isOurs) readings.reading(requestId, soFar);
      else siblings.reading(requestId);
      return (reading) => owner.read(requestId, reading);
    },
    entry(entry) {
      const { requestId } = entry;
      if (!areRead || readings.expects(requestId)) return readings.entry(entry);
      if (siblings !== undefined) {
        readings.reading(requestId); // one of them may be reading, and tells it in its time
        return readings.entry(entry);
      }
      early.push(entry);
      timer ??= setTimeout(handOn, EARLY_MS).unref();
    },
    close: handOn,
    fromSiblings: {
      reading(requestId) {
        areRead = true;
        if (knows(requestId)) readings.reading(requestId);
      },
      read(requestId, reading) {
        if (knows(requestId)) readings.read(requestId, reading);
      },
    },
  };
}
