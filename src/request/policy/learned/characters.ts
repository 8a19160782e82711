// What kind of character a code point is for the learned policy, and its lower-case form: tables, so that a character costs one look-up
// each.

/** Kinds of characters. Words are runs of LETTER and HANGUL; each IDEOGRAPH and SYMBOL is a token of its own. */
export const KIND = 7; // mask
export const SPACE = 0;
export const LETTER = 1; // digits too
export const SYMBOL = 2;
export const IDEOGRAPH = 3; // Han and kana: scripts that write no spaces
export const HANGUL = 4;

/** Flags beside the kind. */
export const DIGIT = 8;
export const UPPER = 16;
export const MATH = 32;
export const QUESTION = 64;
/** Every combination of a kind and flags is below this. */
export const TRAITS_END = 128;

const PLANE = 0x10000;
/** Beyond this no script in use has two cases, but for full-width Latin. */
const LAST_CASED = 0x1fff;

/** [first, last, kind], later ranges over earlier ones; all else is LETTER. */
const RANGES: readonly (readonly [first: number, last: number, kind: number])[] = [
  [0x00, 0x20, SPACE],
  [0x21, 0x2f, SYMBOL],
  [0x3a, 0x40, SYMBOL],
  [0x5b, 0x60, SYMBOL],
  [0x7b, 0x7e, SYMBOL],
  [0x7f, 0xa0, SPACE],
  [0xa1, 0xa9, SYMBOL],
  [0xab, 0xb4, SYMBOL],
  [0xb6, 0xb9, SYMBOL],
  [0xbb, 0xbf, SYMBOL],
  [0xd7, 0xd7, SYMBOL],
  [0xf7, 0xf7, SYMBOL],
  [0x1100, 0x11ff, HANGUL],
  [0x2000, 0x200b, SPACE],
  [0x200c, 0x2027, SYMBOL],
  [0x2028, 0x202f, SPACE],
  [0x2030, 0x2bff, SYMBOL],
  [0x3000, 0x3000, SPACE],
  [0x3001, 0x303f, SYMBOL],
  [0x3005, 0x3007, IDEOGRAPH],
  [0x3040, 0x312f, IDEOGRAPH],
  [0x3130, 0x318f, HANGUL],
  [0x31a0, 0x31ff, IDEOGRAPH],
  [0x3400, 0x9fff, IDEOGRAPH],
  [0xac00, 0xd7ff, HANGUL],
  [0xe000, 0xf8ff, SYMBOL], // private use
  [0xf900, 0xfaff, IDEOGRAPH],
  [0xfe10, 0xfe6f, SYMBOL],
  [0xfeff, 0xfeff, SPACE], // byte order mark
  [0xff01, 0xff0f, SYMBOL],
  [0xff1a, 0xff20, SYMBOL],
  [0xff3b, 0xff40, SYMBOL],
  [0xff5b, 0xff65, SYMBOL],
  [0xff66, 0xff9f, IDEOGRAPH],
  [0xffe0, 0xffff, SYMBOL],
];
const ASTRAL_RANGES: readonly (readonly [first: number, last: number, kind: number])[] = [
  [0x1f000, 0x1faff, SYMBOL], // pictograms
  [0x20000, 0x3ffff, IDEOGRAPH],
];
const ZEROS = [0x30, 0x660, 0x6f0, 0x966, 0xff10];
const MATH_SYMBOLS = "+=<>*/^\\|%$±²³×÷";
const MATH_OPERATORS = [0x2200, 0x22ff] as const;
const QUESTION_MARKS = "?¿؟？";
const FULL_WIDTH = [0xff01, 0xff5e] as const;
const FULL_WIDTH_SHIFT = 0xff01 - 0x21;

/** Lower-case forms by code point of the basic plane, full-width forms as their ASCII ones. */
export const LOWER: Uint16Array = lowerCase();
/** Kind and flags by code point of the basic plane. */
export const TRAITS: Uint8Array = traits();

/** Of a code point beyond the basic plane. */
export function astralTraits(point: number): number {
  for (const [first, last, kind] of ASTRAL_RANGES) if (point >= first && point <= last) return kind;
  return LETTER;
}

function traits(): Uint8Array {
  const table = new Uint8Array(PLANE).fill(LETTER);
  for (const [first, last, kind] of RANGES) table.fill(kind, first, last + 1);
  const mark = (point: number, flag: number) => {
    table[point] = (table[point] ?? 0) | flag;
  };
  for (const zero of ZEROS) for (let digit = 0; digit < 10; digit++) mark(zero + digit, DIGIT);
  for (let point = 0; point <= LAST_CASED; point++) if (LOWER[point] !== point) mark(point, UPPER);
  for (let point = 0xff21; point <= 0xff3a; point++) mark(point, UPPER);
  for (const character of MATH_SYMBOLS) mark(character.charCodeAt(0), MATH);
  for (let [point, last] = MATH_OPERATORS as readonly [number, number]; point <= last; point++) mark(point, MATH);
  for (const character of QUESTION_MARKS) mark(character.charCodeAt(0), QUESTION);
  return table;
}

function lowerCase(): Uint16Array {
  const table = Uint16Array.from({ length: PLANE }, (_, point) => (point <= LAST_CASED ? lowerOf(point) : point));
  for (let point = FULL_WIDTH[0]; point <= FULL_WIDTH[1]; point++) table[point] = lowerOf(point - FULL_WIDTH_SHIFT);
  return table;
}

/** A code point whose lower-case form is more than one code unit stays as it is. */
function lowerOf(point: number): number {
  const lower = String.fromCharCode(point).toLowerCase();
  return lower.length === 1 ? lower.charCodeAt(0) : point;
}
