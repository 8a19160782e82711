// What each keyword of a policy does: counted from its decisions with the keyword and without it, so it holds for every type of policy.
import type { KeywordEffect } from "./result.ts";

interface Counts {
  found: number;
  helped: number;
  hurt: number;
  change: number; // of misroutes without it, in requests that the rows stand for
}

export class KeywordTally {
  readonly #counts: ReadonlyMap<string, Counts>;

  constructor(keywords: readonly string[]) {
    this.#counts = new Map(keywords.map((keyword) => [keyword, { found: 0, helped: 0, hurt: 0, change: 0 }]));
  }

  /** Of the keywords found in a request, those of this policy. */
  own(found: readonly string[]): readonly string[] {
    return found.filter((keyword) => this.#counts.has(keyword));
  }

  found(keyword: string): void {
    const counts = this.#counts.get(keyword);
    if (counts !== undefined) counts.found++;
  }

  /** The keyword alone sends a row to strong. */
  decided(keyword: string, needsStrong: boolean, weight: number): void {
    const counts = this.#counts.get(keyword);
    if (counts === undefined) return;
    if (needsStrong) counts.helped++;
    else counts.hurt++;
    counts.change += needsStrong ? weight : -weight;
  }

  /** `rows`: what all stand for. Without a keyword, the rows it helped would be misrouted and those it hurt would not. */
  effects(rows: number): readonly KeywordEffect[] {
    return [...this.#counts].map(([keyword, { found, helped, hurt, change }]) => ({
      keyword,
      found,
      decisive: helped + hurt,
      helped,
      hurt,
      misrouteChange: change / rows,
    }));
  }
}
