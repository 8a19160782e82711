// Compiles a keyword list into the tables that the scanner searches with, and says which keywords need more than ASCII case folding.

const MAX_KEYWORDS = 1000;
const MAX_KEYWORD_BYTES = 255;
const BUCKETS = 8;
const WINDOW = 4; // bytes of a keyword that the filter looks at

/**
 * The two characters outside ASCII whose lower case holds an ASCII letter: the Kelvin sign (k) and the capital I with a dot (i and a
 * combining dot). The scanner looks for them as if they were keywords; a text that has one is folded whole, by JavaScript.
 */
const FOLDING_TO_ASCII = ["\u212a", "\u0130"] as const;

export interface KeywordTables {
  readonly filter: Uint8Array; // eight nibble tables of 16 bytes
  readonly records: Uint8Array; // {id u16, length u8, last of its bucket u8, bytes} each
  readonly starts: readonly number[]; // offset of each bucket's first record
  readonly cells: number; // ids run from 0 to here; those from `keywords.length` on are FOLDING_TO_ASCII
  readonly foldedWhole: boolean; // a keyword has cased letters outside ASCII: bytes cannot tell, JavaScript folds every text
}

/** What is wrong with a keyword, as the end of a sentence; undefined when nothing is. */
export function checkKeyword(word: string): string | undefined {
  const { length } = utf8(word);
  if (length === 0) return "must not be empty";
  if (length > MAX_KEYWORD_BYTES) return `has ${length} bytes of UTF-8; at most ${MAX_KEYWORD_BYTES} are possible`;
  if (!word.isWellFormed()) return "holds half of a surrogate pair";
  return word === word.toLowerCase() ? undefined : "must be in lower case";
}

/** Throws a RangeError that names the keyword or the limit. */
export function compileKeywords(keywords: readonly string[]): KeywordTables {
  if (keywords.length > MAX_KEYWORDS) throw new RangeError(`${keywords.length} keywords; at most ${MAX_KEYWORDS} are possible`);
  for (const word of keywords) {
    const complaint = checkKeyword(word);
    if (complaint !== undefined) throw new RangeError(`keyword ${JSON.stringify(word)} ${complaint}`);
  }
  const members = [...keywords, ...FOLDING_TO_ASCII].map((word, id) => ({ id, bytes: utf8(word) }));
  const buckets = intoBuckets(members);
  const records: number[] = [];
  const starts = buckets.map((bucket) => {
    const start = records.length;
    bucket.members.forEach(({ id, bytes }, i) => {
      records.push(id & 255, id >> 8, bytes.length, i === bucket.members.length - 1 ? 1 : 0, ...bytes);
    });
    return start;
  });
  return {
    filter: filterOf(buckets),
    records: Uint8Array.from(records),
    starts,
    cells: members.length,
    foldedWhole: keywords.some(hasOtherCase),
  };
}

/** Every character that lower-casing can produce outside ASCII is cased, or the combining dot of U+0130 (held by a test over all of Unicode). */
function hasOtherCase(word: string): boolean {
  return /(?=[^\0-\x7f])(?:\p{Cased}|\u0307)/u.test(word);
}

interface Keyword {
  readonly id: number;
  readonly bytes: Uint8Array;
}

/** The nibbles that may stand at one position of the window, as bit sets. */
interface Nibbles {
  readonly low: number;
  readonly high: number;
}

interface Bucket {
  readonly members: readonly Keyword[];
  readonly window: readonly Nibbles[];
}

/**
 * A bucket lets through every combination of its members' nibbles. So the two whose union lets through the fewest more are merged until eight
 * are left. Long lists are first cut, in alphabetical order, into pieces that share prefixes.
 */
function intoBuckets(members: readonly Keyword[]): Bucket[] {
  const sorted = [...members].sort((a, b) => compareBytes(a.bytes, b.bytes));
  const share = Math.ceil(sorted.length / 64);
  let buckets: Bucket[] = [];
  for (let i = 0; i < sorted.length; i += share)
    buckets.push(
      sorted
        .slice(i, i + share)
        .map(single)
        .reduce(merged),
    );
  while (buckets.length > BUCKETS) buckets = withCheapestPairMerged(buckets);
  return buckets;
}

function single(member: Keyword): Bucket {
  return { members: [member], window: Array.from({ length: WINDOW }, (_, i) => nibblesOf(member.bytes[i])) };
}

const ANY_NIBBLE = 0xffff;

function nibblesOf(byte: number | undefined): Nibbles {
  if (byte === undefined) return { low: ANY_NIBBLE, high: ANY_NIBBLE }; // the keyword is shorter than the window: anything may follow
  const isLetter = byte >= 0x61 && byte <= 0x7a;
  const high = 1 << (byte >> 4);
  return { low: 1 << (byte & 15), high: isLetter ? high | (1 << ((byte >> 4) ^ 2)) : high };
}

function merged(a: Bucket, b: Bucket): Bucket {
  const window = a.window.map(({ low, high }, i) => ({ low: low | (b.window[i]?.low ?? 0), high: high | (b.window[i]?.high ?? 0) }));
  return { members: [...a.members, ...b.members], window };
}

function withCheapestPairMerged(buckets: readonly Bucket[]): Bucket[] {
  let best: { readonly a: Bucket; readonly b: Bucket; readonly both: Bucket; readonly cost: number } | undefined;
  for (const [i, a] of buckets.entries()) {
    for (const b of buckets.slice(i + 1)) {
      const both = merged(a, b);
      const cost = combinations(both) - combinations(a) - combinations(b);
      if (best === undefined || cost < best.cost) best = { a, b, both, cost };
    }
  }
  if (best === undefined) return [...buckets];
  const { a, b, both } = best;
  return [...buckets.filter((bucket) => bucket !== a && bucket !== b), both];
}

function combinations({ window }: Bucket): number {
  return window.reduce((product, { low, high }) => product * bitCount(low) * bitCount(high), 1);
}

function bitCount(bits: number): number {
  let count = 0;
  for (let rest = bits; rest !== 0; rest &= rest - 1) count++;
  return count;
}

function filterOf(buckets: readonly Bucket[]): Uint8Array {
  const filter = new Uint8Array(WINDOW * 32);
  buckets.forEach(({ window }, bucket) => {
    window.forEach(({ low, high }, i) => {
      for (let nibble = 0; nibble < 16; nibble++) {
        const [lowAt, highAt] = [i * 32 + nibble, i * 32 + 16 + nibble];
        if (low & (1 << nibble)) filter[lowAt] = (filter[lowAt] ?? 0) | (1 << bucket);
        if (high & (1 << nibble)) filter[highAt] = (filter[highAt] ?? 0) | (1 << bucket);
      }
    });
  });
  return filter;
}

const utf8 = (word: string) => new TextEncoder().encode(word);

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}
