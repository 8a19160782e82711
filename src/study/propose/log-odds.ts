// How much more often a word is in some texts than in others: log-odds with an informative Dirichlet prior, which keeps rare words from
// looking telling and common ones from standing first. Source: Monroe, Colaresi and Quinn, "Fightin' Words" (2008).

export interface WordCounts {
  readonly some: Float64Array; // by word: texts that hold it
  readonly others: Float64Array;
  readonly prior: Float64Array; // in all texts: what is expected of either
}

/** How many words of the expected kind are imagined in either, enough that one odd text proves nothing: a tenth of all, at most so many. */
const PRIOR_WORDS = 500;
const PRIOR_SHARE = 0.1;

/** z-scores, by word: above 0, more often in `some`. */
export function logOdds({ some, others, prior }: WordCounts): Float64Array {
  const [inSome, inOthers, inAll] = [sum(some), sum(others), sum(prior)];
  const imagined = Math.min(PRIOR_WORDS, PRIOR_SHARE * inAll);
  const scale = inAll === 0 ? 0 : imagined / inAll;
  return prior.map((count, word) => {
    const expected = count * scale;
    if (expected === 0) return 0;
    const [a, b] = [(some[word] ?? 0) + expected, (others[word] ?? 0) + expected];
    const difference = Math.log(a / (inSome + imagined - a)) - Math.log(b / (inOthers + imagined - b));
    return difference / Math.sqrt(1 / a + 1 / b);
  });
}

function sum(values: Float64Array): number {
  return values.reduce((all, value) => all + value, 0);
}
