// One policy's own keywords among all that the scanner looks for on behalf of several.

export interface KeywordList {
  /** Of the keywords found, the one that stands first in this list; undefined: none of them is in it. */
  first(hits: readonly string[]): string | undefined;
  /** How many of the keywords found are in this list. */
  count(hits: readonly string[]): number;
}

export function keywordList(words: readonly string[]): KeywordList {
  const ranks = new Map(words.map((word, rank) => [word, rank]));
  return {
    first(hits) {
      let best: string | undefined;
      let bestRank = Number.POSITIVE_INFINITY;
      for (const hit of hits) {
        const rank = ranks.get(hit);
        if (rank !== undefined && rank < bestRank) [best, bestRank] = [hit, rank];
      }
      return best;
    },
    count: (hits) => hits.reduce((found, hit) => found + (ranks.has(hit) ? 1 : 0), 0),
  };
}
