// Compiles a keyword list into the tables that the scanner searches with, and says which keywords need more than ASCII case folding.
// Keywords are folded as texts are (folding.ts), so that each is found however either is written.
import { foldedKeyword } from "./folding.ts";

export const MAX_KEYWORDS = 10_000;
export const MAX_KEYWORD_BYTES = 255; // UTF-8
const BUCKETS = 8;
const WINDOW = 4; // bytes of a keyword that the filter and the hash look at

/**
 * The two characters outside ASCII whose lower case holds an ASCII letter are the Kelvin sign, a k, and the capital I with a dot, an i and
 * a combining dot, so that it can only be the end of a keyword. (A test over all of Unicode holds this.) Where a keyword has such a place,
 * the scanner looks for the character as if it were a keyword, with an id behind the last: JavaScript folds a text that has one.
 */
const FOLDING_TO_ASCII = [
  { character: "\u212a", in: /k/ },
  { character: "\u0130", in: /i$/ },
] as const;

export interface KeywordTables {
  /** The keywords as they are sought. */
  readonly folded: readonly string[];
  /** What the scanner searches with, as laid out in assembly/text.ts. */
  readonly table: Uint8Array;
  /** Records in the table; ids from the number of keywords on are FOLDING_TO_ASCII. */
  readonly records: number;
  /** Keywords with cased letters outside ASCII. They are not in the table: only JavaScript can tell whether a text has them. */
  readonly beyondAscii: ReadonlySet<string>;
  /** Keywords in the table that a character of FOLDING_TO_ASCII may be part of. */
  readonly foldable: ReadonlySet<string>;
}

/** What is wrong with a keyword, as the end of a sentence; undefined when nothing is. */
export function checkKeyword(word: string): string | undefined {
  return complaintOf(word, foldedKeyword(word));
}

function complaintOf(word: string, folded: string): string | undefined {
  if (word === "") return "must not be empty";
  if (isTooLong(word)) return `has ${utf8(word).length} bytes of UTF-8; at most ${MAX_KEYWORD_BYTES} are possible`;
  if (!word.isWellFormed()) return "holds half of a surrogate pair";
  if (word.includes("\ufffd")) return "holds U+FFFD, which stands for a character that was lost";
  if (word !== word.toLowerCase()) return "must be in lower case";
  if (folded === "") return "holds no character that is seen";
  return isTooLong(folded) ? `comes to ${utf8(folded).length} bytes of UTF-8; at most ${MAX_KEYWORD_BYTES} are possible` : undefined;
}

/** A code unit takes three bytes of UTF-8 at most, so that few words must be encoded to tell. */
function isTooLong(word: string): boolean {
  return 3 * word.length > MAX_KEYWORD_BYTES && utf8(word).length > MAX_KEYWORD_BYTES;
}

/** `start`: nothing of a word stands before it, so that a stem finds all its forms. `both`: nothing behind it either. */
export type Borders = "start" | "both";

/**
 * `borders`: of keywords that count only at the borders of words. Those inside a longer word of ASCII letters, digits and `_` are left out;
 * beyond ASCII it takes a look at the text to tell. Throws a RangeError that names the keyword or the limit.
 */
export function compileKeywords(keywords: readonly string[], borders: ReadonlyMap<string, Borders> = new Map()): KeywordTables {
  if (keywords.length > MAX_KEYWORDS) throw new RangeError(`${keywords.length} keywords; at most ${MAX_KEYWORDS} are possible`);
  const folded = keywords.map((word) => {
    const one = foldedKeyword(word);
    const complaint = complaintOf(word, one);
    if (complaint !== undefined) throw new RangeError(`keyword ${JSON.stringify(word)} ${complaint}`);
    return one;
  });
  const beyondAscii = new Set(folded.filter(hasOtherCase));
  const compared = folded
    .map((word, id) => ({ id, bytes: utf8(word), word, shape: shapeOf(word, borders.get(keywords[id] ?? "")) }))
    .filter(({ word }) => !beyondAscii.has(word));
  const foldable = compared.filter(({ word }) => FOLDING_TO_ASCII.some((folding) => folding.in.test(word)));
  const characters = FOLDING_TO_ASCII.filter((folding) => foldable.some(({ word }) => folding.in.test(word)));
  const members = [...compared, ...characters.map(({ character }, i) => ({ id: keywords.length + i, bytes: utf8(character), shape: 0 }))];
  return { folded, table: tableOf(members), records: members.length, beyondAscii, foldable: new Set(foldable.map(({ word }) => word)) };
}

/** Every character that lower-casing can produce outside ASCII is cased, or the combining dot of U+0130 (held by the same test). */
function hasOtherCase(word: string): boolean {
  return /(?=[^\0-\x7f])(?:\p{Cased}|\u0307)/u.test(word);
}

interface Keyword {
  readonly id: number;
  readonly bytes: Uint8Array;
  readonly shape: number; // NO_WORD_BEFORE and NO_WORD_BEHIND
}

const NO_WORD_BEFORE = 1 << 8;
const NO_WORD_BEHIND = 1 << 9;

/** A border is asked for only at an edge that is part of a word itself. */
function shapeOf(word: string, borders: Borders | undefined): number {
  const before = borders !== undefined && /^\w/.test(word) ? NO_WORD_BEFORE : 0;
  return borders === "both" && /\w$/.test(word) ? before | NO_WORD_BEHIND : before;
}

/** The nibbles that may stand at one position of the window, as bit sets. */
interface Nibbles {
  readonly low: number;
  readonly high: number;
}

/** What a bucket lets through: every combination of the nibbles at each position of the window. */
type Bucket = readonly Nibbles[];

/**
 * The two buckets whose union lets through the fewest more are merged until eight are left. Long lists are first cut, in alphabetical
 * order, into 64 pieces that share prefixes.
 */
function intoBuckets(members: readonly Keyword[]): Bucket[] {
  const sorted = [...members].sort((a, b) => compareBytes(a.bytes, b.bytes));
  const share = Math.ceil(sorted.length / 64);
  let buckets: Bucket[] = [];
  for (let i = 0; i < sorted.length; i += share) {
    const piece = sorted.slice(i, i + share).map(windowOf);
    buckets.push(piece.reduce(merged));
  }
  while (buckets.length > BUCKETS) buckets = withCheapestPairMerged(buckets);
  return buckets;
}

function windowOf({ bytes }: Keyword): Bucket {
  return Array.from({ length: WINDOW }, (_, i) => nibblesOf(bytes[i]));
}

const ANY_NIBBLE = 0xffff;

function nibblesOf(byte: number | undefined): Nibbles {
  if (byte === undefined) return { low: ANY_NIBBLE, high: ANY_NIBBLE }; // the keyword is shorter than the window: anything may follow
  const isLetter = byte >= 0x61 && byte <= 0x7a;
  const high = 1 << (byte >> 4);
  return { low: 1 << (byte & 15), high: isLetter ? high | (1 << ((byte >> 4) ^ 2)) : high };
}

function merged(a: Bucket, b: Bucket): Bucket {
  return a.map(({ low, high }, i) => ({ low: low | (b[i]?.low ?? 0), high: high | (b[i]?.high ?? 0) }));
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

function combinations(bucket: Bucket): number {
  return bucket.reduce((product, { low, high }) => product * bitCount(low) * bitCount(high), 1);
}

function bitCount(bits: number): number {
  let count = 0;
  for (let rest = bits; rest !== 0; rest &= rest - 1) count++;
  return count;
}

/** Header fields and record layout: see assembly/text.ts. */
const SHIFT = 128;
const PREFIXES = 132;
const SLOTS = 136;
const RECORD_HEAD = 16;

/** The filter, a hash slot for each prefix, and the records, chained within a slot. */
function tableOf(members: readonly Keyword[]): Uint8Array {
  const shift = Math.clz32(Math.max(members.length, 8)) - 2; // 4 to 8 slots for a keyword: most that passes the filter meets an empty one
  const recordsAt = SLOTS + 4 * 2 ** (32 - shift);
  const sizes = members.map(({ bytes }) => RECORD_HEAD + ((bytes.length + 3) & ~3));
  const table = new Uint8Array(sizes.reduce((sum, size) => sum + size, recordsAt));
  const view = new DataView(table.buffer);
  table.set(filterOf(intoBuckets(members)));
  view.setUint32(SHIFT, shift, true);
  let record = recordsAt;
  let prefixes = 0;
  members.forEach(({ id, bytes, shape }, i) => {
    const slot = SLOTS + 4 * (Math.imul(prefixOf(bytes), 0x9e3779b1) >>> shift);
    prefixes |= 1 << Math.min(bytes.length, WINDOW);
    [view.getUint32(slot, true), id, bytes.length | shape].forEach((field, index) => {
      view.setUint32(record + 4 * index, field, true);
    });
    table.set(bytes, record + RECORD_HEAD);
    view.setUint32(slot, record, true);
    record += sizes[i] ?? 0;
  });
  view.setUint32(PREFIXES, prefixes, true);
  return table;
}

/** The first bytes of a keyword as a little-endian number, as the scanner reads them: bit 5 set, which makes letters lower case. */
function prefixOf(bytes: Uint8Array): number {
  return bytes.subarray(0, WINDOW).reduce((word, byte, i) => word | ((byte | 0x20) << (8 * i)), 0);
}

function filterOf(buckets: readonly Bucket[]): Uint8Array {
  const filter = new Uint8Array(WINDOW * 32);
  buckets.forEach((window, bucket) => {
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

const ENCODER = new TextEncoder();
const utf8 = (word: string) => ENCODER.encode(word);

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}
