// Compiles what assembly/folding.ts tells texts by that must be folded: those with a character that folds to one of the keywords', that is
// not seen and stands behind one of theirs, or that may become one with the character before. All other texts are searched as they are.
import { composing, type Foldable, foldables } from "./folding.ts";

const WINDOW = 3; // bytes
const NIBBLES = 16;
const INDEX = 2 * NIBBLES * WINDOW; // low and high nibbles of each byte
const BLOCK_BITS = 6;
const INDEX_BYTES = 0x30000 >> BLOCK_BITS;
const BEFORE = INDEX + INDEX_BYTES;
const BLOCKS = BEFORE + 256;
const FOLDS = 1;
const UNSEEN = 2;
/** Beyond the table: characters of which the scanner itself knows that they are not seen. */
const TAG = "\u{e0100}";

/** `words`: folded keywords. Takes 1 ms, the first time in a process 10. */
export function compileFolding(words: readonly string[]): Uint8Array {
  const together = words.join(" "); // a space at a time, so that nothing becomes one with the next word
  const own = lettersOf(together);
  const letters = new Set([...own, ...lettersOf(together.normalize("NFD"))]);
  const matters = ({ becomes }: Foldable) => becomes === "" || [...becomes].some((character) => letters.has(character));
  const kinds = new Map<number, number>();
  for (const foldable of foldables()) if (matters(foldable)) kinds.set(foldable.point, foldable.becomes === "" ? UNSEEN : FOLDS);
  for (const point of composing(own)) kinds.set(point, FOLDS);
  const blocks = new Map<number, Uint8Array>();
  for (const [point, kind] of kinds) {
    const block = blocks.get(point >> BLOCK_BITS) ?? new Uint8Array(1 << BLOCK_BITS);
    block[point & ((1 << BLOCK_BITS) - 1)] = kind;
    blocks.set(point >> BLOCK_BITS, block);
  }
  const table = new Uint8Array(BLOCKS + ((1 + blocks.size) << BLOCK_BITS));
  for (const point of kinds.keys()) addNibbles(table, String.fromCodePoint(point));
  addNibbles(table, TAG);
  [...blocks].forEach(([index, block], i) => {
    table[INDEX + index] = i + 1; // block 0 is empty
    table.set(block, BLOCKS + ((i + 1) << BLOCK_BITS));
  });
  for (const byte of firstBytes(letters)) table[BEFORE + byte] = 1;
  return table;
}

/** Each once. Of ten thousand words a set of all takes 10 ms. */
function lettersOf(text: string): ReadonlySet<string> {
  const seen = new Uint8Array(0x10000);
  const letters = new Set<string>();
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (seen[unit] === 1) continue;
    const letter = String.fromCodePoint(text.codePointAt(i) ?? unit);
    if (letter.length === 1) seen[unit] = 1;
    else i++;
    letters.add(letter);
  }
  return letters;
}

/** Of the letters in both cases, and all of ASCII: what stands beside a keyword may be any of these. */
function firstBytes(letters: ReadonlySet<string>): readonly number[] {
  const ascii = Array.from({ length: 0x80 }, (_, byte) => byte).filter((byte) => /[A-Za-z]/.test(String.fromCharCode(byte)));
  const cased = [...letters].flatMap((letter) => [letter, letter.toUpperCase(), "\u0130"]);
  return [...ascii, ...cased.map((letter) => utf8(letter)[0] ?? 0)];
}

/** The eight bits of the nibble tables: chosen so that what is common (“ ” — … 。，ㅋ → ─ and letters of any script) passes none. */
function bucketOf(lead: number, second: number): number {
  if (lead < 0xe0) return 0;
  if (lead === 0xe2) return second < 0x81 ? 1 : second < 0x90 ? 2 : 3;
  if (lead === 0xe3) return 4;
  if (lead === 0xef) return second === 0xbc ? 5 : second === 0xac ? 3 : 6;
  return lead >= 0xf0 ? 3 : 7;
}

function addNibbles(table: Uint8Array, character: string): void {
  const bytes = utf8(character);
  const bit = 1 << bucketOf(bytes[0] ?? 0, bytes[1] ?? 0);
  const add = (at: number) => {
    table[at] = (table[at] ?? 0) | bit;
  };
  for (let place = 0; place < WINDOW; place++) {
    const byte = bytes[place];
    const at = 2 * NIBBLES * place;
    if (byte === undefined)
      for (let nibble = 0; nibble < 2 * NIBBLES; nibble++) add(at + nibble); // anything may follow
    else for (const nibble of [byte & 15, NIBBLES + (byte >> 4)]) add(at + nibble);
  }
}

const ENCODER = new TextEncoder();
const utf8 = (text: string) => ENCODER.encode(text);
