// Reads a text once for the learned policy: which hashed words, word pairs and character grams it holds, and how it looks on its surface.
// Training and scoring both read through here, so that they see the same.
import { astralTraits, DIGIT, HANGUL, IDEOGRAPH, KIND, LETTER, LOWER, SPACE, TRAITS, TRAITS_END } from "./characters.ts";

/** Buckets that features are hashed into. */
export const BUCKETS = 1 << 18;
const BITS_DROPPED = 32 - 18;

/** Of a longer text only the front and the back are read, this many bytes together: more adds cost, hardly evidence. */
export const READ_BYTES = 4096;
/** Changes whenever the same text would give other features: a model is good only for those it was trained on. */
export const FEATURES_VERSION = 1;

/**
 * Features are there or not; how often does not count: that ranks as well as term frequencies. They are the words and symbols, the pairs of
 * neighbours, and the character grams: four characters, across words too. Three and five beside them bring nothing beyond noise by
 * cross-validation on MMLU and MMLU-Pro. Other constants of the hash move the area under the routing curve by up to .005 either way.
 */
const MAX_FEATURES_PER_BYTE = 4; // a byte is at most a token, a pair and a gram; the space after the last one makes another gram

const SPACE_POINT = 0x20;
const NO_POINT = 0; // before the text
const NEWLINE = 0x0a;
const BACKTICK = 0x60;
const WORD_SEED = 0x2545f491;
const GRAM_SEED = 0x9747b28c;
const MULTIPLIER = 0x01000193;
const PAIR_MULTIPLIER = 0x27d4eb2f;
const MIXER = 0x9e3779b1;
const NONE = 0; // no token before
const NO_CHOICE = -1;
const ASCII_END = 0x80;
const PAST_LATIN = 0x370;

export class TextReader {
  /** The features of the last text, each once: the first `count`. */
  readonly buckets: Int32Array;
  count = 0;
  /** Of the part that was read: characters by their traits. */
  readonly characters: Uint32Array = new Uint32Array(TRAITS_END);
  words = 0;
  longestWord = 0; // characters
  lines = 0; // line feeds
  choices = 0; // lines that begin like `A.`, `(b)` or `3)`
  fences = 0; // three backticks
  numbers = 0; // runs of digits
  foreign = 0; // letters of scripts that are neither Latin nor Hangul: Greek, Cyrillic, Arabic, Devanagari …
  stemBytes = 0; // in front of the first choice; without one, all
  choiceBytes = 0; // of all choices, each to the end of its line
  longestChoice = 0; // bytes
  choiceSquares = 0; // sum of the squares of their bytes
  /** Of the part that was read: ASCII characters, each by its code. */
  readonly ascii: Uint32Array = new Uint32Array(ASCII_END);

  readonly #seen: Uint32Array = new Uint32Array(BUCKETS / 32); // a bit a bucket: 32 KB, which stays in the nearest cache
  readonly #readBytes: number;
  #previous = 0; // hash of the token before
  #front = 0; // bytes of the parts before this one, less where it starts: what turns a place in the text into one in what is read
  #choiceStart = NO_CHOICE;

  readonly #tokenCounts: Uint32Array | undefined;

  /** `tokenCounts`: by bucket, to count each word, symbol and pair in that is read; the other features are grams. */
  constructor(readBytes: number = READ_BYTES, tokenCounts?: Uint32Array) {
    this.#readBytes = readBytes;
    this.#tokenCounts = tokenCounts;
    this.buckets = new Int32Array(readBytes * MAX_FEATURES_PER_BYTE);
  }

  /** Reads valid UTF-8. What was found stands in the fields until the next text. */
  read(text: Uint8Array): void {
    this.#seen.fill(0);
    this.characters.fill(0);
    this.ascii.fill(0);
    this.count = this.words = this.longestWord = this.lines = this.choices = this.fences = 0;
    this.numbers = this.foreign = this.stemBytes = this.choiceBytes = this.longestChoice = this.choiceSquares = this.#front = 0;
    this.#previous = NONE;
    this.#choiceStart = NO_CHOICE;
    const half = this.#readBytes >> 1;
    if (text.length <= this.#readBytes) {
      this.#readPart(text, 0, text.length);
    } else {
      this.#readPart(text, 0, characterStart(text, half - 3)); // a character cut in the middle would be three bytes more
      this.#readPart(text, characterStart(text, text.length - half), text.length);
    }
    this.#endChoice(this.#front);
    if (this.choices === 0) this.stemBytes = this.#front;
    for (let code = 0; code < ASCII_END; code++) {
      const traits = TRAITS[code] ?? 0;
      this.characters[traits] = (this.characters[traits] ?? 0) + (this.ascii[code] ?? 0);
    }
  }

  #readPart(text: Uint8Array, start: number, end: number): void {
    const { characters, ascii } = this;
    this.#front -= start;
    let digit = 0; // whether the character before is one
    let length = 0; // of the word being read
    let hash = WORD_SEED;
    let [third, second, first] = [NO_POINT, NO_POINT, SPACE_POINT]; // the three characters before this one, lower-cased
    for (let at = start; at < end; ) {
      const byte = text[at] ?? 0;
      let point = byte;
      let traits: number;
      if (byte < 0x80) {
        at++;
        traits = TRAITS[byte] ?? 0;
        ascii[byte] = (ascii[byte] ?? 0) + 1;
      } else {
        point = decode(text, at, byte);
        at += byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
        traits = point < 0x10000 ? (TRAITS[point] ?? 0) : astralTraits(point);
        characters[traits] = (characters[traits] ?? 0) + 1;
        if ((traits & KIND) === LETTER && point >= PAST_LATIN) this.foreign++;
      }
      const kind = traits & KIND;
      if ((traits & DIGIT) > digit) this.numbers++;
      digit = traits & DIGIT;
      const lower = kind === SPACE ? SPACE_POINT : point < 0x10000 ? (LOWER[point] ?? 0) : point;
      if (kind === LETTER || kind === HANGUL) {
        hash = Math.imul(hash ^ lower, MULTIPLIER);
        length++;
      } else {
        if (length > 0) this.#addWord(length, hash);
        length = 0;
        hash = WORD_SEED;
        if (point === NEWLINE) this.#newLine(text, at);
        if (point === BACKTICK && isFence(text, at)) this.fences++;
        if (kind !== SPACE) this.#addToken(Math.imul(WORD_SEED ^ lower, MULTIPLIER));
        else if (first === SPACE_POINT) continue; // white space of any length is one space
      }
      if (kind === HANGUL) this.#addPairGram(first, lower);
      else if (kind !== IDEOGRAPH && third !== NO_POINT) this.#addGram(third, second, first, lower);
      third = second;
      second = first;
      first = lower;
    }
    if (length > 0) this.#addWord(length, hash);
    if (third !== NO_POINT && first !== SPACE_POINT) this.#addGram(third, second, first, SPACE_POINT);
    this.#front += end;
  }

  #newLine(text: Uint8Array, at: number): void {
    this.lines++;
    this.#endChoice(this.#front + at - 1);
    if (!isChoice(text, at)) return;
    this.#choiceStart = this.#front + at;
    if (this.choices === 0) this.stemBytes = this.#choiceStart;
    this.choices++;
  }

  #endChoice(end: number): void {
    if (this.#choiceStart === NO_CHOICE) return;
    const bytes = end - this.#choiceStart;
    this.choiceBytes += bytes;
    this.choiceSquares += bytes * bytes;
    if (bytes > this.longestChoice) this.longestChoice = bytes;
    this.#choiceStart = NO_CHOICE;
  }

  #addWord(length: number, hash: number): void {
    this.words++;
    if (length > this.longestWord) this.longestWord = length;
    this.#addToken(hash);
  }

  #addGram(third: number, second: number, first: number, last: number): void {
    const front = Math.imul(Math.imul(GRAM_SEED ^ third, MULTIPLIER) ^ second, MULTIPLIER);
    this.#add(Math.imul(Math.imul(front ^ first, MULTIPLIER) ^ last, MULTIPLIER));
  }

  /** Of Hangul: a syllable says as much as two letters. Han and kana need none: their tokens are characters, and have pairs. */
  #addPairGram(first: number, last: number): void {
    this.#add(Math.imul(Math.imul(GRAM_SEED ^ first, MULTIPLIER) ^ last, MULTIPLIER));
  }

  /** A word or symbol, and the pair it makes with the one before. */
  #addToken(hash: number): void {
    const pair = Math.imul(this.#previous, PAIR_MULTIPLIER) ^ hash;
    const counts = this.#tokenCounts;
    this.#add(hash);
    if (counts !== undefined) count(counts, hash);
    if (this.#previous !== NONE) {
      this.#add(pair);
      if (counts !== undefined) count(counts, pair);
    }
    this.#previous = hash;
  }

  #add(hash: number): void {
    const bucket = bucketOf(hash);
    const seen = this.#seen[bucket >>> 5] ?? 0;
    const bit = 1 << (bucket & 31);
    if ((seen & bit) !== 0) return;
    this.#seen[bucket >>> 5] = seen | bit;
    this.buckets[this.count++] = bucket;
  }
}

function bucketOf(hash: number): number {
  return Math.imul(hash ^ (hash >>> 15), MIXER) >>> BITS_DROPPED;
}

function count(counts: Uint32Array, hash: number): void {
  const bucket = bucketOf(hash);
  counts[bucket] = (counts[bucket] ?? 0) + 1;
}

function decode(text: Uint8Array, at: number, lead: number): number {
  const second = (text[at + 1] ?? 0) & 0x3f;
  if (lead < 0xe0) return ((lead & 0x1f) << 6) | second;
  const third = (text[at + 2] ?? 0) & 0x3f;
  if (lead < 0xf0) return ((lead & 0x0f) << 12) | (second << 6) | third;
  return ((lead & 0x07) << 18) | (second << 12) | (third << 6) | ((text[at + 3] ?? 0) & 0x3f);
}

/** The first character that starts at `at` or behind. */
/** The place, or in the middle of a character the next one's. */
export function characterStart(text: Uint8Array, at: number): number {
  let start = at;
  while (((text[start] ?? 0) & 0xc0) === 0x80) start++;
  return start;
}

/** Whether the backtick in front of `at` is the first of three. */
function isFence(text: Uint8Array, at: number): boolean {
  return text[at] === BACKTICK && text[at + 1] === BACKTICK && text[at - 2] !== BACKTICK;
}

/** A letter or digit, perhaps in a bracket, with a full stop, colon or bracket behind it. */
function isChoice(text: Uint8Array, at: number): boolean {
  const label = text[at] === 0x28 ? at + 1 : at;
  const character = (text[label] ?? 0) | 0x20;
  if (!((character >= 0x61 && character <= 0x7a) || (character >= 0x30 && character <= 0x39))) return false;
  const behind = text[label + 1];
  return behind === 0x2e || behind === 0x29 || behind === 0x3a;
}
