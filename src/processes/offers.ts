// Entries that were offered to the siblings: each is taken by one of them, or refused by all. Only then is it nobody's.
import type { AccessLogEntry } from "../envoy/wire/access-log.ts";

export interface Offers {
  /** Offers to so many siblings; returns what the offer is called. */
  add(entries: readonly AccessLogEntry[], siblings: number): number;
  /** One sibling does not know these of an offer, by place; undefined: it knows none. */
  refused(about: number, places: readonly number[] | undefined): void;
  areAnswered(): boolean;
  /** Who has not answered by now will not: what is left of older offers is nobody's. */
  expire(olderThanMs: number): void;
}

interface Offer {
  readonly entries: readonly AccessLogEntry[];
  readonly refusals: Uint8Array; // by place
  readonly siblings: number;
  readonly since: number;
  answers: number;
}

export function createOffers(nobodys: (entry: AccessLogEntry) => void, now: () => number): Offers {
  const open = new Map<number, Offer>();
  let last = 0;
  const finish = (about: number, { entries, refusals, answers }: Offer) => {
    open.delete(about);
    for (const [place, entry] of entries.entries()) if (refusals[place] === answers) nobodys(entry);
  };
  return {
    add(entries, siblings) {
      last++;
      const offer = { entries, refusals: new Uint8Array(entries.length), siblings, since: now(), answers: 0 };
      if (siblings === 0) finish(last, offer);
      else open.set(last, offer);
      return last;
    },
    refused(about, places) {
      const offer = open.get(about);
      if (offer === undefined) return;
      offer.answers++;
      const all = places ?? offer.entries.keys();
      for (const place of all) offer.refusals[place] = (offer.refusals[place] ?? 0) + 1;
      if (offer.answers === offer.siblings) finish(about, offer);
    },
    areAnswered: () => open.size === 0,
    expire(olderThanMs) {
      for (const [about, offer] of open) {
        if (now() - offer.since < olderThanMs) return; // they stand in the order they were made
        finish(about, offer);
      }
    },
  };
}
