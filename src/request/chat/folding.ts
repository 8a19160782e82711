// Text as words are sought in it: characters put together, forms of one letter made one, what is not seen left out. The body is not
// changed. Upper and lower case stay: whoever seeks words makes them lower case too.

/**
 * Forms that stay what they are, though NFKC has others for them: raised and lowered letters, numbers and signs that are no letters (² ① ½
 * ™ ㎏ …), single Korean letters (ㅋㅋ), Latin digraphs, and the two Arabic phrases that are one character.
 */
const KEPT_KINDS = String.raw`\p{No}\p{S}\p{Lm}`;
const KEPT_DIGRAPHS = String.raw`\u0132\u0133\u013f\u0140\u0149\u017f\u01c4-\u01cc\u01f1-\u01f3\u1e9a`;
const KEPT_OTHERS = String.raw`\u00aa\u00ba\u2024-\u2026\u3131-\u318e\ufdfa\ufdfb`;
const NOT_KEPT = String.raw`\0-\x7f\u24b6-\u24e9\uff01-\uffee\u{1f130}-\u{1f189}`;
const KEPT = `[[${KEPT_KINDS}${KEPT_DIGRAPHS}${KEPT_OTHERS}]--[${NOT_KEPT}]]`;
const FOLDED_RUN = new RegExp(`[^${KEPT}]+`, "gv");

/** Soft hyphens, joiners, marks of direction, selectors of variants: of what Unicode says may be left unseen, what is used. */
const UNSEEN_RANGES: readonly (readonly [first: number, last: number])[] = [
  [0xad, 0xad],
  [0x34f, 0x34f],
  [0x61c, 0x61c],
  [0x115f, 0x1160],
  [0x17b4, 0x17b5],
  [0x180b, 0x180f],
  [0x200b, 0x200f],
  [0x202a, 0x202e],
  [0x2060, 0x206f],
  [0x3164, 0x3164],
  [0xfe00, 0xfe0f],
  [0xfeff, 0xfeff],
  [0xffa0, 0xffa0],
];
const TAGS_LEAD = 0xdb40; // the first code unit of U+E0000 to U+E03FF, tags and selectors, all unseen
const UNSEEN = UNSEEN_RANGES.map(([first, last]) => `\\u{${first.toString(16)}}-\\u{${last.toString(16)}}`).join("");

/** What may become one character with the one before: accents, Korean vowels and finals, Japanese voicing marks, Arabic hamzas. */
const COMPOSING = /[\u0300-\u036f\u0653-\u0655\u1161-\u1175\u11a8-\u11c2\u3099\u309a]/;

/** Vowel signs and dots that do so in the scripts of India, Sri Lanka, Burma and Bali: they matter to words of their script alone. */
const COMPOSING_SIGNS =
  /[\u093c\u09be\u09d7\u0b3e\u0b56\u0b57\u0bbe\u0bd7\u0c56\u0cc2\u0cd5\u0cd6\u0d3e\u0d57\u0dca\u0dcf\u0ddf\u102e\u1b35]/;

/** More marks than these on one character are not put in order together: sorting a million would take hours. As in UAX #15, D4. */
const MOST_MARKS = 30;
const LONG_RUN = new RegExp(`\\p{M}{${MOST_MARKS}}`, "gu");
const DIVIDER = "\u034f"; // made for this; it is not seen

/** A text, and as words are sought in it. */
export interface FoldedText {
  readonly text: string;
  readonly chars: number; // of the text as it was written; what can be written as one character counts as one
}

/** Takes linear time: for 256 KB of decomposed Korean 2 ms, 1 KB 16 µs; for marks without end, the slowest, 12 ms. */
export function foldedText(written: string): FoldedText {
  const composed = COMPOSING.test(written) ? normalized(written, "NFC") : written;
  return { text: folded(composed), chars: pointsIn(composed) };
}

/** Without what is not seen, composed, and with one form of each letter: NFKC but for KEPT. A character becomes four code units at most. */
export function folded(text: string): string {
  const traits = traitsOf(text);
  const seen = traits & MAY_BE_UNSEEN ? withoutUnseen(text) : text;
  return traits & MAY_BE_KEPT ? seen.replace(FOLDED_RUN, (run) => normalized(run, "NFKC")) : normalized(seen, "NFKC");
}

/** The same for a keyword; the answer is in lower case. */
export function foldedKeyword(word: string): string {
  const lower = word.toLowerCase();
  const once = folded(lower).toLowerCase(); // some capitals are found only now: ℌ is an H
  return once === lower ? once : folded(once);
}

/** Whether a character is folded by itself, whatever stands before it. */
export function isFoldedAlone(character: string): boolean {
  return !NOT_ALONE.test(character);
}

/** Half-width Korean vowels and voicing marks become such as compose. */
const NOT_ALONE = new RegExp(`[\\p{M}${UNSEEN}\\u{e0000}-\\u{e03ff}${COMPOSING.source.slice(1, -1)}\\uff9e\\uff9f\\uffc2-\\uffdc]`, "u");

/** Dividers in the text itself are lost where it has a long run of marks. */
function normalized(text: string, form: "NFC" | "NFKC"): string {
  if ((traitsOf(text) & LONG_RUN_OF_MARKS) === 0) return text.normalize(form);
  const divided = text.replace(LONG_RUN, `$&${DIVIDER}`);
  return divided === text ? text.normalize(form) : divided.normalize(form).replaceAll(DIVIDER, "");
}

function withoutUnseen(text: string): string {
  const units = new Uint16Array(text.length);
  let length = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (((TRAITS[unit] ?? 0) & MAY_BE_UNSEEN) === 0) units[length++] = unit;
    else if (unit === TAGS_LEAD) i++;
  }
  return UTF16.decode(units.subarray(0, length));
}

const UTF16 = new TextDecoder("utf-16le", { ignoreBOM: true });

function pointsIn(text: string): number {
  let points = text.length;
  for (let i = 0; i < text.length; i++) if ((text.charCodeAt(i) & 0xfc00) === 0xdc00) points--;
  return points;
}

// ---- what a code unit may be: a glance that errs on the safe side, since the exact questions take ten times as long ----
const MAY_BE_UNSEEN = 1; // exact
const MAY_BE_KEPT = 2;
const MAY_BE_MARK = 4;
const LONG_RUN_OF_MARKS = 8; // of a text

const TRAITS = unitTraits();

function unitTraits(): Uint8Array {
  const traits = new Uint8Array(0x10000).fill(MAY_BE_KEPT | MAY_BE_MARK);
  traits.fill(0, 0, 0xa2);
  traits.fill(MAY_BE_KEPT, 0xa2, 0x300);
  traits.fill(MAY_BE_MARK, 0x300, 0x1d00);
  traits.fill(MAY_BE_KEPT | MAY_BE_MARK, 0x370, 0x400); // of Greek and of Georgian a few
  traits.fill(MAY_BE_KEPT | MAY_BE_MARK, 0x10fc, 0x10fd);
  for (const [first, end] of [
    [0x1100, 0x1200],
    [0x3000, 0x3001],
    [0x3400, 0xa000],
    [0xac00, 0xd7a4],
    [0xff00, 0x10000],
  ] as const)
    traits.fill(0, first, end);
  for (const [first, last] of UNSEEN_RANGES) traits.fill(MAY_BE_UNSEEN, first, last + 1);
  traits[TAGS_LEAD] = MAY_BE_UNSEEN;
  return traits;
}

function traitsOf(text: string): number {
  let all = 0;
  let run = 0;
  for (let i = 0; i < text.length; i++) {
    const traits = TRAITS[text.charCodeAt(i)] ?? 0;
    all |= traits;
    run = traits & MAY_BE_MARK ? run + 1 : 0;
    if (run >= MOST_MARKS) all |= LONG_RUN_OF_MARKS;
  }
  return all;
}

/** A character that asks for folding, and what it becomes. */
export interface Foldable {
  readonly point: number;
  readonly becomes: string; // in lower case; "" for one that is not seen
}

/** Where there are characters that change, beside those that are not seen (a test over all of Unicode holds this). */
const CHANGING: readonly (readonly [first: number, last: number])[] = [
  ...([
    [0xa0, 0xb5],
    [0x340, 0x3f9],
    [0x587, 0x587],
    [0x675, 0x678],
    [0x958, 0x95f],
    [0x9dc, 0x9df],
    [0xa33, 0xa5e],
  ] as const),
  ...([
    [0xb5c, 0xb5d],
    [0xe33, 0xe33],
    [0xeb3, 0xfb9],
    [0x10fc, 0x10fc],
    [0x1e9b, 0x1e9b],
    [0x1f71, 0x208e],
    [0x2102, 0x217f],
  ] as const),
  ...([
    [0x2329, 0x232a],
    [0x24b6, 0x24e9],
    [0x3000, 0x30ff],
    [0xf900, 0xffee],
    [0x1ccf0, 0x1ccf9],
    [0x1d400, 0x1d7ff],
  ] as const),
  ...([
    [0x1ee00, 0x1eebb],
    [0x1f130, 0x1f16c],
    [0x1fbf0, 0x1fbf9],
    [0x2f800, 0x2fa1d],
  ] as const),
];
let all: readonly Foldable[] | undefined;

/** All characters that fold to others, once: 5 ms. Tags and selectors from U+E0000 on are not among them. */
export function foldables(): readonly Foldable[] {
  if (all !== undefined) return all;
  const points = [...UNSEEN_RANGES, ...CHANGING].flatMap(([first, last]) => Array.from({ length: last - first + 1 }, (_, i) => first + i));
  const lines = folded(points.map((point) => String.fromCodePoint(point)).join("\n")).split("\n"); // at once takes a third of the time
  const found = points.map((point, i) => ({ point, becomes: lines[i] ?? "" }));
  all = found
    .filter(({ point, becomes }) => becomes !== String.fromCodePoint(point))
    .map(({ point, becomes }) => ({ point, becomes: becomes.toLowerCase() }));
  return all;
}

const COMPOSERS = Array.from({ length: 0x3100 }, (_, point) => point).filter((point) => COMPOSING.test(String.fromCodePoint(point)));
const SIGNS = Array.from({ length: 0x1c00 }, (_, point) => point).filter((point) => COMPOSING_SIGNS.test(String.fromCodePoint(point)));

/** Characters that may become one with the one before: always, and those of the scripts of these letters. */
export function composing(letters: Iterable<string>): readonly number[] {
  const blocks = new Set([...letters].map((character) => blockOf(character.codePointAt(0) ?? 0)));
  return [...COMPOSERS, ...SIGNS.filter((point) => blocks.has(blockOf(point)))];
}

const blockOf = (point: number) => point >> 7;
