// Requests whose answers may be kept, under way: one of each key at a time is its first, and equal ones may wait for what comes of it.
import type { CacheAsk } from "../../request/cache/ask.ts";
import type { Collected, CollectingAnswer } from "./collected-answer.ts";

export interface Flight {
  readonly name: string; // that nobody can guess
  readonly ask: CacheAsk;
  readonly tier: string; // that is to serve
  collecting: CollectingAnswer | undefined; // its answer has begun
  collected: Collected | undefined; // and was seen to its end
}

export interface Waiting {
  /** To be called once: nothing more is to be waited for, and the answer may have been kept. */
  over(): void;
}

interface First {
  readonly flight: Flight;
  readonly waiting: Set<Waiting>;
  isGiving: boolean; // its stream has begun
}

export interface Flights {
  begin(flight: Flight): void;
  named(name: string): Flight | undefined;
  /** Waits for the first of this key. Undefined: there is none, or it is too late to wait. Else to be called to wait no longer. */
  wait(key: string, waiting: Waiting): (() => void) | undefined;
  /** The first byte of its answer has come: who asked for a stream waits no longer. */
  gives(flight: Flight): void;
  /** What could be kept of it was. */
  end(flight: Flight): void;
}

export function flightsUnderWay(): Flights {
  const byName = new Map<string, Flight>();
  const firsts = new Map<string, First>();

  const releaseAll = ({ waiting }: First): void => {
    const all = [...waiting];
    waiting.clear();
    for (const one of all) one.over();
  };
  return {
    begin(flight) {
      byName.set(flight.name, flight);
      if (!firsts.has(flight.ask.key)) firsts.set(flight.ask.key, { flight, waiting: new Set(), isGiving: false });
    },
    named: (name) => byName.get(name),
    wait(key, waiting) {
      const first = firsts.get(key);
      if (first === undefined || first.isGiving) return undefined;
      first.waiting.add(waiting);
      return () => first.waiting.delete(waiting);
    },
    gives(flight) {
      const first = firsts.get(flight.ask.key);
      if (first?.flight !== flight || !flight.ask.stream || first.isGiving) return;
      first.isGiving = true;
      releaseAll(first);
    },
    end(flight) {
      byName.delete(flight.name);
      const first = firsts.get(flight.ask.key);
      if (first?.flight !== flight) return;
      firsts.delete(flight.ask.key);
      releaseAll(first);
    },
  };
}
